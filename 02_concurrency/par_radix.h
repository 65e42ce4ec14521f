/* par_radix.h - sort 64-bit numbers by their digits, in parallel.
 *
 * A sort by comparisons asks log2(n!) questions. Numbers can be sorted without asking: count how many there are of
 * each leading digit, and so where each digit's numbers begin, and put each number there. That is done once for the
 * highest digit that differs, by all threads; what is left are 256 parts that fit a cache, each sorted by one
 * thread alone:
 *
 *     data    [ block | block | block | block ]     each block counts its digits
 *                 \   \/    /  \    |                then knows where its numbers of each digit go
 *     other   [ 0.. |  1..  |  2..  | ... | 255.. ]  a part for each digit
 *     data    [ sorted | sorted | ...             ]  each part, by as many digits as tell its numbers apart
 *
 * A part of n numbers is sorted by its leading log2(n) + 8 bits that differ, lowest digit first, and by insertion
 * after that: random numbers are apart by then. Where insertion finds that they are not, the other digits are
 * sorted, too.
 *
 * Errors: none: without memory for another array it sorts in place, by comparisons. Cost: O(n); 8 bytes a number
 * and 128 KiB of memory.
 * Threads: any number at once on one pool; the array is the call's until it returns.
 * Interface: par_radix_u64
 * Source: Knuth, The Art of Computer Programming 3, 5.2.5; Blelloch et al., A Comparison of Sorting Algorithms for
 *         the Connection Machine CM-2 (SPAA 1991); MacLaren (1966) for the finish by insertion.
 */
#ifndef SYSLAB_CONCURRENCY_PAR_RADIX_H
#define SYSLAB_CONCURRENCY_PAR_RADIX_H

#include "02_concurrency/par.h"

/* Sort in ascending order. The allocator gives the other array; pages_allocator() spares half a microsecond a 4
 * KiB. */
void par_radix_u64(struct thread_pool *pool, struct allocator *allocator, uint64_t *data,
                   size_t count);

#endif
