/* latch.h - a gate that opens once, when enough has happened.
 *
 * It counts down from the number that it was made with. At 0 it is open, for good: who waits goes on, and who comes later
 * does not wait. For "all parts are ready", once; for rounds there is barrier.h, and for a number that is not known at
 * the start, wait_group.h.
 *
 *     static struct latch ready;   latch_init(&ready, 3);
 *     each of the three:           prepare();  latch_count_down(&ready);
 *     whoever needs them:          latch_wait(&ready);
 *
 * Invariant: the count only falls, and ends at 0. What was written before a count_down is seen behind a wait.
 *
 * Why nobody sleeps for ever: the count changes by one atomic subtraction a time, so one thread makes it 0, and that
 * one wakes all who sleep; futex_wait sleeps only while the count is what the waiter saw, and it saw no 0. Each
 * subtraction releases and goes on the release of those before, and a wait that sees 0 acquires them all.
 *
 *     pair of operations            together from two threads
 *     all but init                  yes, any number
 *
 * Do not: count below 0 (a debug build stops there). Free it when latch_wait has returned: yes, that is allowed; whoever
 * counted down last uses the address as a name only.
 *
 * Progress: count_down and is_open are wait-free but for the kernel's part, wait blocks. Signal-safe: count_down, is_open.
 * Errors: of _until alone: -ETIMEDOUT. Memory: 4 bytes, none is allocated, nothing to undo. Units: deadlines:
 * 02_concurrency/deadline.h.
 * Interface: latch_init latch_count_down latch_is_open latch_wait latch_wait_until
 * Source: ISO C++20, [thread.latch]; java.util.concurrent.CountDownLatch.
 */
#ifndef SYSLAB_CONCURRENCY_LATCH_H
#define SYSLAB_CONCURRENCY_LATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/deadline.h"

struct latch {
    _Atomic(uint32_t) count;
};

/* Make a latch that opens at the count-th count down; with 0 it is open. Threads: nobody else has it yet. */
static inline void latch_init(struct latch *latch, uint32_t count)
{
    /* relaxed: nobody else has it yet */
    atomic_store_explicit(&latch->count, count, memory_order_relaxed);
}

/* Returns: whether all has happened; then what the others wrote before they counted down may be read. Never blocks. */
static inline bool latch_is_open(const struct latch *latch)
{
    /* acquire: pairs with the release in latch_count_down */
    return atomic_load_explicit(&latch->count, memory_order_acquire) == 0;
}

/* One of the things has happened. Never blocks. */
void latch_count_down(struct latch *latch);

/* Errors: -ETIMEDOUT: it is not open yet. */
int latch_wait_until(struct latch *latch, uint64_t deadline_ns);

/* Blocks: until it is open. */
static inline void latch_wait(struct latch *latch)
{
    latch_wait_until(latch, DEADLINE_NEVER);
}

#endif
