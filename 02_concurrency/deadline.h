/* deadline.h - until when to wait.
 *
 * A wait is often woken for nothing and begun again. With a duration each round would wait for the whole of it
 * anew; a deadline is the same however often it is passed on. So all waits of this course that end by
 * themselves take one: nanoseconds on CLOCK_MONOTONIC, which nobody sets back.
 *
 *     if (!semaphore_wait_until(&slots, deadline_after_ns(50 * DEADLINE_MS)))
 *         return -ETIMEDOUT;
 *
 * 0, and whatever has passed, does not wait. DEADLINE_NEVER is the end of time: such a wait does not end by itself.
 *
 * Invariant: adding never wraps around: what is too far away is DEADLINE_NEVER.
 * Threads: pure functions and a clock. Signal-safe. Units: nanoseconds.
 * Interface: DEADLINE_NEVER DEADLINE_US DEADLINE_MS DEADLINE_S deadline_now_ns deadline_after_ns deadline_has_passed
 * Source: clock_gettime(2).
 */
#ifndef SYSLAB_CONCURRENCY_DEADLINE_H
#define SYSLAB_CONCURRENCY_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define DEADLINE_NEVER UINT64_MAX
#define DEADLINE_US    UINT64_C(1000)
#define DEADLINE_MS    UINT64_C(1000000)
#define DEADLINE_S     UINT64_C(1000000000)

/* Returns: the time since some fixed moment, commonly the start of the machine. Cost: some 20 ns, no system call. */
static inline uint64_t deadline_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * DEADLINE_S + (uint64_t)now.tv_nsec;
}

/* Returns: the deadline that is so far away; DEADLINE_NEVER if that is beyond all that can be said. */
static inline uint64_t deadline_after_ns(uint64_t duration_ns)
{
    uint64_t deadline_ns;
    return __builtin_add_overflow(deadline_now_ns(), duration_ns, &deadline_ns) ? DEADLINE_NEVER
                                                                                : deadline_ns;
}

/* Returns: whether the moment is over; of DEADLINE_NEVER, never. */
static inline bool deadline_has_passed(uint64_t deadline_ns)
{
    return deadline_ns != DEADLINE_NEVER && deadline_now_ns() >= deadline_ns;
}

#endif
