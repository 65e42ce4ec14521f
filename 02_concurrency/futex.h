/* futex.h - sleep while a word has a value: the system call that every lock of this chapter ends in.
 *
 * A thread that would sleep "until the word changes" has to look at it first, and between its look and its
 * sleep the word may change and the wake-up be lost. So the look and the sleep are one step, in the kernel: futex_wait
 * sleeps only if the word still has the value that the caller saw. The word is the caller's, and the
 * kernel never writes it: who wakes changes it first, and then calls futex_wake.
 *
 *     while (atomic_load(&word) == BUSY)                atomic_store(&word, FREE);
 *         futex_wait(&word, BUSY);                      futex_wake(&word, 1);
 *
 * A wait may end for nothing: a signal, or a wake-up that was meant for another use of the same memory. The caller
 * looks again in a loop. That is also why a waker may call futex_wake on a word that may have been freed since:
 * the kernel takes the address as a name alone.
 *
 * Do not: share a word between processes (these are private futexes, twice as cheap); count on any order among
 * the waiters of one word.
 *
 *     pair of operations        together from two threads
 *     wait, wait_until, wake    yes, any pair
 *
 * Progress: wake is lock-free as far as the program can tell: it takes a short lock of the kernel. Signal-safe: all.
 * Units: deadlines as in 02_concurrency/deadline.h.
 * Interface: futex_wait futex_wait_until futex_wake FUTEX_ALL
 * Source: futex(2); Franke, Russell and Kirkwood, Fuss, Futexes and Furwocks (OLS 2002);
 *         Drepper, Futexes Are Tricky (2011).
 */
#ifndef SYSLAB_CONCURRENCY_FUTEX_H
#define SYSLAB_CONCURRENCY_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "02_concurrency/deadline.h"

enum { FUTEX_ALL = INT_MAX };

/* lesson: futex */
/* Sleep while *word is expected, at most until the deadline.
 * Returns: 0 woken, perhaps for nothing. Errors: -EAGAIN *word had another value, so there was no sleep; -EINTR a
 * signal was handled; -ETIMEDOUT. errno stays as it was. Blocks: yes. */
static inline int futex_wait_until(const _Atomic(uint32_t) *word, uint32_t expected,
                                   uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / DEADLINE_S),
                             .tv_nsec = (long)(deadline_ns % DEADLINE_S)};
    int saved = errno;
    /* Of the waits only the one with bits takes the moment when to end, and not how long to sleep. */
    long failed =
        syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                deadline_ns == DEADLINE_NEVER ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    int result = failed ? -errno : 0;
    errno = saved;
    return result;
}
/* end lesson */

/* The same, without end. */
static inline int futex_wait(const _Atomic(uint32_t) *word, uint32_t expected)
{
    return futex_wait_until(word, expected, DEADLINE_NEVER);
}

/* Wake up to count threads that sleep on the word; FUTEX_ALL for all of them.
 * Returns: how many. The word is not read: it may have been freed. errno stays as it was. */
static inline int futex_wake(const _Atomic(uint32_t) *word, int count)
{
    int saved = errno;
    long woken = syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    errno = saved;
    return woken > 0 ? (int)woken : 0;
}

#endif
