/* backoff.h - how long to wait before trying again, without giving the core away at once.
 *
 * A thread that lost a race tries again. At once is the worst moment: the winner's cache line is on its way
 * to it, and each attempt takes that line away again. So a loser waits, twice as long after each loss; and
 * when it has waited about as long as a lock is commonly held, it lets another thread run, which may be the
 * one that it is waiting for. With more threads than cores, only that makes progress.
 *
 *     struct backoff backoff = BACKOFF_INIT;
 *     while (!try_it())
 *         backoff_wait(&backoff);
 *
 * Rounds 0 to BACKOFF_SPIN_ROUNDS - 1 spin 1, 2, 4, ... hints of the processor; later rounds call sched_yield.
 * A waiter who can sleep asks backoff_is_completed, and then parks (02_concurrency/parker.h) instead.
 *
 * Invariant: a wait spins at most 2^(BACKOFF_SPIN_ROUNDS - 1) hints; the state never overflows.
 * Threads: a value of one thread. Progress: wait-free. Errors: none. Memory: 4 bytes, none is allocated.
 * Interface: BACKOFF_INIT backoff_wait backoff_spin backoff_is_completed backoff_reset
 * Source: Anderson, The Performance of Spin Lock Alternatives (IEEE TPDS 1990); Agarwal and Cherian (ISCA 1989).
 */
#ifndef SYSLAB_CONCURRENCY_BACKOFF_H
#define SYSLAB_CONCURRENCY_BACKOFF_H

#include <sched.h>
#include <stdbool.h>

#include "07_unsafe/bits.h"

enum { BACKOFF_SPIN_ROUNDS = 7 };

struct backoff {
    unsigned round; /* how many waits there were; it stays at BACKOFF_SPIN_ROUNDS */
};

#define BACKOFF_INIT ((struct backoff){0})

/* Whether spinning has been tried for long enough: who can sleep should. */
static inline bool backoff_is_completed(const struct backoff *backoff)
{
    return backoff->round >= BACKOFF_SPIN_ROUNDS;
}

/* Something changed: the next wait is short again. */
static inline void backoff_reset(struct backoff *backoff)
{
    backoff->round = 0;
}

/* Spin 2^round hints long. Never gives the core away. */
/* lesson: backoff */
static inline void backoff_hints(unsigned round)
{
    for (unsigned hints = 1u << round; hints > 0; hints--)
        bits_spin_hint();
}

/* Wait on this core, twice as long as the last time. For who was overtaken: somebody made progress. */
static inline void backoff_spin(struct backoff *backoff)
{
    backoff_hints(backoff->round);
    if (backoff->round + 1 < BACKOFF_SPIN_ROUNDS)
        backoff->round++;
}

/* Wait, and let others run once spinning is completed. For who must be let by: somebody has to act first. */
static inline void backoff_wait(struct backoff *backoff)
{
    if (backoff_is_completed(backoff)) {
        sched_yield();
        return;
    }
    backoff_hints(backoff->round);
    backoff->round++;
}
/* end lesson */

#endif
