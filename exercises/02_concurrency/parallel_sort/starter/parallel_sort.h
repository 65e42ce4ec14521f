/* parallel_sort.h - sort an array of pointers with several threads, stably.
 *
 * The course lends you the threads: worker_start and worker_join are pthread_create and pthread_join, with
 * two more eyes. They see how many workers are under way at once, and how the comparisons are spread over
 * them. In some tests they run a worker later than you expect, or sooner, or not at all.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: parallel_sort; the course's: worker_start worker_join
 */
#ifndef SYSLAB_EXERCISE_PARALLEL_SORT_H
#define SYSLAB_EXERCISE_PARALLEL_SORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

/* ---- workers: the course's ---- */

typedef void worker_fn(void *context);

/* Yours to place, on a stack or elsewhere; what it holds is the course's. */
struct worker {
    void *state;
};

/* Run run(context) in a thread of its own. What the caller wrote before is there for the worker.
 * Returns: 0, or -EAGAIN if there is no thread to be had: run is not called, and there is nothing to join.
 * Threads: any, workers too. */
int worker_start(struct worker *worker, worker_fn *run, void *context);

/* Wait until the worker has come to its end. What it wrote is there for the caller then. Once for each
 * worker that was started, by any thread. */
void worker_join(struct worker *worker);

/* ---- the sort ---- */

/* Returns: less than, equal to or greater than 0, as qsort_r's. a and b are two of the items. */
typedef int sort_compare_fn(const void *a, const void *b, void *context);

struct parallel_sort {
    void *
        *items; /* count pointers; what they point to is not yours to look at. NULL if count is 0 */
    size_t count;
    sort_compare_fn *compare; /* may be called by several threads at once */
    void *context;            /* passed on to it */
    unsigned threads;         /* how many may work at once, the caller among them; at least 1 */
    struct allocator *allocator;
};

/* Sort the items, smallest first. Items that compare equal keep the order that they had.
 * Returns: 0, or -ENOMEM: the allocator had no memory, and the items stand as they stood before.
 * Owns: all memory has gone back to the allocator, and all workers are joined, when it returns. */
int parallel_sort(const struct parallel_sort *sort);

#endif
