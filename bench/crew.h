/* crew.h - one work, done by several threads at once, as a contender of a row.
 *
 *     static uint64_t work(void *lock, uint64_t operations) { ... }          of one member
 *     static uint64_t by_two(void *lock, uint64_t operations)
 *     {
 *         return crew_run(2, work, lock, operations);
 *     }
 *
 * The operations are shared out evenly; the members begin when all of them are there. The row says
 * .two_threads (bench/bench.h), for the round trip of a cache line decides its figures. A sample lasts
 * milliseconds, and a thread starts in some 20 us, for every contender alike.
 *
 * Interface: crew_run
 */
#ifndef SYSLAB_BENCH_CREW_H
#define SYSLAB_BENCH_CREW_H

#include "bench/bench.h"

enum { CREW_MAX = 64 };

/* Do the work in `members` threads, of which the caller is one.
 * Returns: the sum of what they returned. Stops the program if the machine has no more threads. */
uint64_t crew_run(unsigned members, bench_run_fn work, void *context, uint64_t operations);

#endif
