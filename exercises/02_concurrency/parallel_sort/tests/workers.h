/* workers.h - the workers that the exercise lends, as its tests see them.
 *
 * A worker may run at any time between its start and its join. A sort that is right only when it runs early,
 * or only when it runs late, is wrong, and threads would show it one day. Here both ends are tried each time:
 *
 *     WORKERS_AT_ONCE   a worker runs to its end inside of worker_start
 *     WORKERS_AT_JOIN   it does nothing until it is joined
 *     WORKERS_THREADS   it is a thread
 *
 * What would be gained by threads is counted and not timed. Each comparison is a tick of its thread's clock. A
 * worker's clock begins with its starter's; who joins it goes on with the later one of both. So the clock at
 * the end is the longest chain of comparisons of which each had to wait for the one before: the span. The sum
 * of all is the work, and no number of processors makes the one divided by the other smaller. With the first
 * two modes both are the same in every run.
 *
 * Threads: workers_begin and workers_end with none under way. Interface: workers_begin workers_end workers_tick
 * Source: Blumofe and Leiserson 1999, and He, Leiserson and Leiserson, The Cilkview Scalability Analyzer
 *         (SPAA 2010), for work and span.
 */
#ifndef SYSLAB_PARALLEL_SORT_WORKERS_H
#define SYSLAB_PARALLEL_SORT_WORKERS_H

#include <stddef.h>
#include <stdint.h>

enum workers_mode { WORKERS_AT_ONCE, WORKERS_AT_JOIN, WORKERS_THREADS };

/* The starts, counted from 0, of which each is refused. */
struct workers_refused {
    size_t from, to;
};

struct workers_tally {
    size_t started, refused;
    size_t at_once;  /* the most that were started and not joined */
    size_t unjoined; /* those that were never joined */
    size_t misused;  /* joins of what is no worker */
    uint64_t work, span;
};

void workers_begin(enum workers_mode chosen, struct workers_refused starts);

/* Returns: what was since workers_begin; of work and span, the caller's and what it joined. */
struct workers_tally workers_end(void);

/* One comparison of the thread that calls, or of the worker that it is at this moment. */
void workers_tick(void);

#endif
