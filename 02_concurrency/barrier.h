/* barrier.h - nobody goes on before all are here; and then again.
 *
 * So many threads work in rounds. Each arrives, and sleeps until the last one has arrived; that one is told so, and
 * may do what is to be done once a round before the next one can end.
 *
 *     word, 32 bits:   | generation | arrived |       barrier of 3 parties
 *                            7           0
 *     first                  7           1             sleeps while the generation is 7
 *     second                 7           2             sleeps
 *     third                  8           0             is the last: wakes both
 *
 * Both halves change in one step, so a thread that comes early for round 8 cannot be counted in round 7: that is the
 * whole trick of a barrier that can be used again. (The older form of it is called sense reversing: a generation of
 * one bit, of which each thread remembers what it saw last.)
 *
 *     static struct barrier all;   barrier_init(&all, 3);
 *     for (;;) {
 *         work();
 *         if (barrier_wait(&all))
 *             sum_up();                    one thread does, while the others may be in the next round's work already:
 *         barrier_wait(&all);              a second wait keeps them out until it is done
 *     }
 *
 * Invariant: arrived < parties. The generation grows by one in the moment in which the last one arrives.
 *
 * Why nobody passes early and nobody sleeps for ever:
 *  1. Arriving is one compare-and-swap of the word: it adds one to arrived, or, if that makes it parties, sets it to 0 and
 *     adds one to the generation. So of each round exactly one thread is the last.
 *  2. A thread that arrived in generation g waits until the generation is not g. It changes when all have arrived; and
 *     before this thread has left, not a second time: it would have to arrive again. So it may come round at 2^16.
 *  3. The last one wakes after it changed the word, and futex_wait sleeps only while the word is what the waiter saw, in
 *     generation g: see futex.h.
 *  4. Each arrival releases, and the change of the generation, which reads them all, is acquired by those who wait: what
 *     anybody wrote before the barrier is seen by everybody behind it.
 *  5. Who gives up at its deadline takes its arrival back by a compare-and-swap that finds the generation g. If it is not g,
 *     the round is complete, and it has passed.
 *
 *     pair of operations            together from two threads
 *     wait, wait_until              yes, by as many threads as there are parties
 *     init with anything            no
 *
 * Do not: free the barrier right behind it: others may be on their way out. Who joins them first may.
 *
 * Progress: blocking; the last one never waits. Signal-safe: no. Memory: 8 bytes, none is allocated, nothing to undo.
 * Errors: -EINVAL of init; -ETIMEDOUT of _until: then the thread has not arrived. Units: 02_concurrency/deadline.h.
 * Interface: barrier_init barrier_wait barrier_wait_until
 * Source: Hensgen, Finkel and Manber, Two Algorithms for Barrier Synchronization (1988); Mellor-Crummey and Scott (ACM
 *         TOCS 1991), section 3.1; pthread_barrier_wait(3p).
 */
#ifndef SYSLAB_CONCURRENCY_BARRIER_H
#define SYSLAB_CONCURRENCY_BARRIER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/deadline.h"

enum { BARRIER_PARTIES_MAX = 0xffff };

struct barrier {
    _Atomic(uint32_t) word; /* generation << 16 | arrived */
    uint32_t parties;
};

/* parties: how many threads a round has. Errors: -EINVAL: none, or more than BARRIER_PARTIES_MAX. */
int barrier_init(struct barrier *barrier, uint32_t parties);

/* Arrive, and wait for the others at most until the deadline.
 * Returns: 0, or 1 to the one that arrived last. Errors: -ETIMEDOUT. */
int barrier_wait_until(struct barrier *barrier, uint64_t deadline_ns);

/* Returns: whether this thread arrived last. Blocks: until all have arrived. */
static inline bool barrier_wait(struct barrier *barrier)
{
    return barrier_wait_until(barrier, DEADLINE_NEVER) == 1;
}

#endif
