/* mutex.h - one thread at a time, in one byte.
 *
 *     static struct mutex lock = MUTEX_INIT;        all zeros: a mutex in zeroed memory is ready
 *
 *     mutex_lock(&lock);
 *     balance += amount;                            nobody else is between lock and unlock
 *     mutex_unlock(&lock);
 *
 * The byte says whether somebody has it. All else is about waiting, and is where the waiting is: in the table of
 * 02_concurrency/wait_queue.h.
 *
 * Taking a free mutex is one atomic exchange. Giving it back is a plain store and a look whether anybody waits: without
 * a second atomic read-modify-write it costs half. The store and the look must not change places. It is the waiters who
 * see to that, for whom it matters little: a thread on its way to sleep runs a fence on all cores
 * (02_concurrency/asymmetric.h).
 *
 * Who finds it taken spins, for about as long as sleeping and waking would cost, and less where that was in vain
 * before. Then it parks. An unlock wakes one, and lets the mutex go free at once: whoever runs may take it, which keeps
 * it busy while the sleeper wakes up. One at a time is on its way. And every half millisecond or so the queue says that
 * it is time to be fair: then the mutex goes from hand to hand to the one that waited longest.
 *
 * Invariant: while a thread is in the queue, somebody is bound to look there: the holder, because the queue is
 * announced; or who gave the mutex back and has not looked yet; or who was woken and does not have the mutex yet.
 *
 *     pair of operations         together from two threads
 *     lock, try, until, unlock   yes, any pair; unlock is for the thread that locked
 *     init, fini with anything   no
 *
 * It may be freed, with what it guards, by the thread that took it last and gave it back, although the unlock of the
 * one before may still be on its way out: that does not touch the mutex after it gave it up.
 *
 * Progress: blocking. try_lock is wait-free. A running thread is never kept from a free mutex; a waiter gets it after
 * at most as many fair moments as others wait before it.
 * Errors: none in a correct program. Where MUTEX_CHECKED is 1, the default without NDEBUG, these are reported with the
 * lines of the source (02_concurrency/lock_order.h): a thread that locks what it holds, unlocks what it does not hold,
 * or ends while it holds it; and two mutexes that are taken in one order here and in the other order there, which may
 * be a deadlock one day.
 * Memory: 1 byte; a waiter's place in the queue is on its stack. Cancel: no cancellation point. Signal-safe: nothing
 * here. After fork: in the child, what another thread held stays held.
 * Do not: copy or move a mutex in use; lock and unlock one mutex in files compiled with different MUTEX_CHECKED.
 *
 * Interface: MUTEX_INIT MUTEX_CHECKED mutex_init mutex_fini mutex_lock mutex_lock_until mutex_try_lock mutex_unlock
 *            mutex_is_locked
 * Source: Pizlo, Locking in WebKit (2016); parking_lot, Rust (eventual fairness); Dice, Huang and Yang, Asymmetric
 *         Dekker Synchronization (2001); Karlin et al., Empirical Studies of Competitive Spinning (SOSP 1991).
 */
#ifndef SYSLAB_CONCURRENCY_MUTEX_H
#define SYSLAB_CONCURRENCY_MUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/asymmetric.h"
#include "02_concurrency/deadline.h"
#include "02_concurrency/wait_queue.h"
#include "07_unsafe/assert.h"

#ifndef MUTEX_CHECKED
#ifdef NDEBUG
#define MUTEX_CHECKED 0
#else
#define MUTEX_CHECKED 1
#endif
#endif

struct mutex {
    _Atomic(uint8_t) held; /* 0 free, 1 somebody has it */
};

#define MUTEX_INIT                                                                                 \
    {                                                                                              \
        0                                                                                          \
    }

/* How unlock and park keep their order; chosen before main. */
extern enum asymmetric_mode mutex_mode;

/* The slow paths of what follows. */
bool mutex_lock_slowly(struct mutex *mutex, uint64_t deadline_ns);
void mutex_unlock_held(struct mutex *mutex);
void mutex_unlock_late(const void *address);

/* lesson: mutex-fast */
/* Take it; sleep until it is free. Blocks: yes. */
static inline void mutex_lock(struct mutex *mutex)
{
    /* acquire: pairs with the release in mutex_unlock */
    if (__builtin_expect(atomic_exchange_explicit(&mutex->held, 1, memory_order_acquire) != 0, 0))
        mutex_lock_slowly(mutex, DEADLINE_NEVER);
}

/* Give it back. Never blocks for long. */
static inline void mutex_unlock(struct mutex *mutex)
{
    if (__builtin_expect(wait_queue_is_announced(mutex), 0)) {
        mutex_unlock_held(mutex);
        return;
    }
    /* release: pairs with the acquire of whoever takes it next */
    atomic_store_explicit(&mutex->held, 0, memory_order_release);
    asymmetric_light(mutex_mode); /* pairs with the barrier of a thread about to park */
    /* Of the mutex only the address is left: it may have been freed by now. */
    if (__builtin_expect(wait_queue_is_announced(mutex), 0))
        mutex_unlock_late(mutex);
}
/* end lesson */

/* Take it if it is free. Returns: whether it was. */
static inline bool mutex_try_lock(struct mutex *mutex)
{
    /* Looked at first: an exchange would take the line away from the holder, for nothing. acquire: as in mutex_lock */
    return atomic_load_explicit(&mutex->held, memory_order_relaxed) == 0 &&
           atomic_exchange_explicit(&mutex->held, 1, memory_order_acquire) == 0;
}

/* Take it, or give up when the deadline passes. A free mutex is taken even after the deadline.
 * Returns: whether it was taken. Blocks: yes. */
static inline bool mutex_lock_until(struct mutex *mutex, uint64_t deadline_ns)
{
    return mutex_try_lock(mutex) || mutex_lock_slowly(mutex, deadline_ns);
}

/* Whether anybody holds it, at some moment during the call. */
static inline bool mutex_is_locked(const struct mutex *mutex)
{
    return atomic_load_explicit(&mutex->held, memory_order_relaxed) != 0;
}

/* Make it free. Threads: nobody else uses it yet. */
static inline void mutex_init(struct mutex *mutex)
{
    *mutex = (struct mutex)MUTEX_INIT;
}

/* The end of its use: nothing to do, but that the checks forget the address. It must be free. */
static inline void mutex_fini(struct mutex *mutex)
{
    ASSERT(!mutex_is_locked(mutex));
}

#if MUTEX_CHECKED
#include "02_concurrency/mutex_checked.h"
#endif

#endif
