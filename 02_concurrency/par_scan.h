/* par_scan.h - prefix sums of any kind, by all threads, in one pass over memory.
 *
 * The prefix of an element is what all before it add up to: where its text begins in a file, which place it gets
 * among those that are kept. Each prefix needs the one before, and yet the work divides: the sum of a block does
 * not depend on what is before it. Whoever has a block first sums it up, waits until the sum of all before is
 * known, adds its own for the next one, and then goes through the block again, which is in its cache now, and
 * writes. Who finds the sum before known already goes through it once.
 *
 *     block 0           block 1            block 2          block 3
 *     [ scan          ] [ fold ] (wait)    [ scan    ]      [ fold ] (wait)
 *                     |___sum___>[ scan ]  ^                         ^
 *                                |_________|  the turn: who has it knows the sum of all before
 *
 *     static int fold(void *context, size_t from, size_t to, void *value)         value += in[from .. to)
 *     static int scan(void *context, size_t from, size_t to, void *value, const void *end)
 *                                                                                 out[i] = value; value += in[i]
 *     struct par_scan sums = {sizeof(uint64_t), zero, add, fold, scan, &arrays};
 *     par_scan(pool, count, &sums, &total);
 *
 * Invariant: a turn is held by the thread that has the block, and by nobody after it was passed; value is the sum
 * of all blocks before the turn. Each index is scanned once, and folded at most once before.
 *
 * Progress: blocks: a thread waits for who has the block before, without running anything else meanwhile.
 * fold and scan may use the pool; scans inside of a scan are done by one thread. A thread that waits in the pool,
 * for a join, does not help with scans meanwhile.
 * Errors: the first error ends it; *total stays as it was; what is in out is not said. -EINVAL a value is too
 * large. Memory: none.
 * Interface: par_scan
 * Source: Blelloch, Prefix Sums and Their Applications (1990); Merrill and Garland, Single-pass Parallel Prefix
 *         Scan with Decoupled Look-back (NVIDIA 2016), of which this takes the single pass and not the looking
 *         back.
 */
#ifndef SYSLAB_CONCURRENCY_PAR_SCAN_H
#define SYSLAB_CONCURRENCY_PAR_SCAN_H

#include "02_concurrency/par.h"

struct par_scan {
    size_t value_bytes; /* at most PAR_VALUE_BYTES */
    void (*identity)(void *context, void *value);
    void (*combine)(void *context, void *left, const void *right); /* into left; associative */
    /* The range into the value. */
    int (*fold)(void *context, size_t from, size_t to, void *value);
    /* value comes as the sum of all before; write the range's results and leave it as the sum through to - 1. end: that
     * sum, if it is known already, else NULL: then nobody writes results of later indices until scan returns. */
    int (*scan)(void *context, size_t from, size_t to, void *value, const void *end);
    void *context;
};

/* Scan 0 .. count - 1; *total, if not NULL, = the sum of all. */
int par_scan(struct thread_pool *pool, size_t count, const struct par_scan *scan, void *total);

#endif
