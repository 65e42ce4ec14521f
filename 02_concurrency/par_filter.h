/* par_filter.h - copy the elements that meet a condition, in order, by all threads.
 *
 * Where an element goes is how many before it are kept: a scan of that number (02_concurrency/par_scan.h). The
 * condition is inlined by 02_concurrency/par_filter_template.h; this one is called for elements of any size.
 *
 *     struct par_filter filter = {lines, kept, sizeof(*lines), is_error, &options};
 *     size_t count = par_filter(pool, line_count, &filter);
 *
 * Invariant: out holds the elements of in that keep is true for, in their order.
 * Threads: keep is called by several threads at once. Errors: none. Memory: none.
 * Interface: par_filter
 * Source: Blelloch, Prefix Sums and Their Applications (1990), "pack".
 */
#ifndef SYSLAB_CONCURRENCY_PAR_FILTER_H
#define SYSLAB_CONCURRENCY_PAR_FILTER_H

#include "02_concurrency/thread_pool.h"

struct par_filter {
    const void *in;
    void *out; /* room for as many as there are in in; not overlapping */
    size_t element_bytes;
    bool (*keep)(void *context, const void *element); /* asked once or twice: says the same */
    void *context;
};

/* Returns: how many of the count elements are in out. */
size_t par_filter(struct thread_pool *pool, size_t count, const struct par_filter *filter);

/* The number of kept elements as a value of par_scan. Shared with par_filter_template.h. */
void par_filter_none(void *context, void *value);
void par_filter_add(void *context, void *left, const void *right);

#endif
