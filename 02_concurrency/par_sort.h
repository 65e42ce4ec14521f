/* par_sort.h - qsort(3) by all threads, stable or not; elements of any size, a comparator by pointer.
 *
 * Where the order is known when the program is compiled, 02_concurrency/par_sort_template.h is three times as fast,
 * for the comparator is inlined; numbers of 64 bits go through 02_concurrency/par_radix.h, faster still.
 *
 *     struct par_sort sort = {names, count, sizeof(*names), compare_names, &locale};
 *     error = par_sort(pool, allocator_system(), &sort);
 *
 * Elements of 4, 8 and 16 bytes are sorted where they lie. Of others an array of pointers is sorted, and then each
 * element is moved once, to its place. The comparator gets elements of 4, 8 and 16 bytes as copies, which are aligned
 * for any type, whatever the array is.
 *
 * Errors: -ENOMEM, nothing is moved; -EINVAL elements of 0 bytes. Memory: for the sort in place none with 4, 8, 16
 * bytes, else a pointer and, if stable, another one for each element; par_sort_stable of 4, 8 and 16 bytes an array
 * of the same size.
 * Threads: the comparator is called by several threads at once. Cost: O(n log n) comparisons, also in the worst case.
 * Interface: par_sort par_sort_stable
 * Source: that of par_sort_template.h; for the cycles, Knuth, The Art of Computer Programming 3, exercise 5.2-10.
 */
#ifndef SYSLAB_CONCURRENCY_PAR_SORT_H
#define SYSLAB_CONCURRENCY_PAR_SORT_H

#include "02_concurrency/par.h"

/* Returns: less than, equal to or greater than 0, as qsort_r's. */
typedef int par_sort_compare_fn(const void *a, const void *b, void *context);

struct par_sort {
    void *base;
    size_t count;
    size_t element_bytes;
    par_sort_compare_fn *compare;
    void *context;
};

/* Equal elements in any order. */
int par_sort(struct thread_pool *pool, struct allocator *allocator, const struct par_sort *sort);

/* Equal elements in the order that they had. */
int par_sort_stable(struct thread_pool *pool, struct allocator *allocator,
                    const struct par_sort *sort);

#endif
