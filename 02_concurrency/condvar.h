/* condvar.h - wait until what a mutex guards has become what you need.
 *
 *     mutex_lock(&lock);                            mutex_lock(&lock);
 *     while (queue_is_empty(&queue))                queue_push(&queue, item);
 *         condvar_wait(&filled, &lock);             condvar_signal(&filled);
 *     item = queue_pop(&queue);                     mutex_unlock(&lock);
 *     mutex_unlock(&lock);
 *
 * To wait is to give the mutex back and to fall asleep in one step: whoever changes the guarded state under the mutex
 * afterwards, and signals, finds the waiter. Look again in a loop, always: between the signal and the moment that
 * the waiter has the mutex back, another thread may have been there first.
 *
 * Signal wakes one, broadcast all. But to wake a hundred, of which one gets the mutex and ninety-nine go back to sleep,
 * is waste; and so is to wake one, while the mutex is held by the waker. So whoever would find the mutex held is moved
 * to its queue instead, still asleep, and each unlock then wakes the next.
 *
 *     condvar's queue                 mutex's queue
 *     [w1] [w2] [w3]   --broadcast--> [x1] [w1] [w2] [w3]        nobody ran
 *
 * Invariant: mutex is the waiters' mutex while somebody is in the condvar's queue, and NULL while nobody is, except in
 * the child of a fork. It changes with that queue locked.
 *
 *     pair of operations                     together from two threads
 *     wait, wait_until, signal, broadcast    yes, any pair; all waits with the same mutex
 *     init, fini with anything               no
 *
 * Progress: blocking. Signal and broadcast without waiters are a load. Who waited longest is woken first.
 * Errors: none; waiting with two mutexes at the same time is stopped by an ASSERT. No spurious wake-ups of its own.
 * Memory: 8 bytes. Cancel: no cancellation point. Signal-safe: nothing here. After fork: nobody waits in the child,
 * and the condvar may be used there with any mutex.
 * Do not: change the state without the mutex, also if the signal comes later: the waiter may look before the change,
 * and fall asleep after the signal.
 *
 * Interface: CONDVAR_INIT condvar_init condvar_fini condvar_wait condvar_wait_until condvar_signal condvar_broadcast
 * Source: Hoare, Monitors (CACM 1974); Lampson and Redell, Mesa (CACM 1980: "look again"); Pizlo, Locking in WebKit;
 *         futex(2), FUTEX_CMP_REQUEUE (the herd).
 */
#ifndef SYSLAB_CONCURRENCY_CONDVAR_H
#define SYSLAB_CONCURRENCY_CONDVAR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/mutex.h"

struct condvar {
    _Atomic(struct mutex *) mutex;
};

#define CONDVAR_INIT                                                                               \
    {                                                                                              \
        NULL                                                                                       \
    }

/* Threads: nobody else uses it yet. */
static inline void condvar_init(struct condvar *condvar)
{
    /* relaxed: the owner hands the address out by something stronger */
    atomic_store_explicit(&condvar->mutex, NULL, memory_order_relaxed);
}

/* Nobody waits; who was woken may be on the way out. */
static inline void condvar_fini(struct condvar *condvar)
{
    /* relaxed: the owner is the last one here. In the child of a fork it may be set, and nobody waits */
    ASSERT(atomic_load_explicit(&condvar->mutex, memory_order_relaxed) == NULL ||
           !wait_queue_is_awaited(condvar));
    (void)condvar;
}

/* The slow paths of what follows. */
bool condvar_park(struct condvar *condvar, struct mutex *mutex, uint64_t deadline_ns);
void condvar_move(struct condvar *condvar, struct mutex *mutex, size_t count);

/* Give the mutex back, sleep until woken, take the mutex again. Blocks: yes. Threads: the holder of the mutex. */
static inline void condvar_wait(struct condvar *condvar, struct mutex *mutex)
{
    condvar_park(condvar, mutex, DEADLINE_NEVER);
}

/* The same, asleep at most until the deadline. It has the mutex again in any case, which may take longer.
 * Returns: whether it was woken, by then or in between; false: the deadline passed, and it took nobody's wake-up. */
static inline bool condvar_wait_until(struct condvar *condvar, struct mutex *mutex,
                                      uint64_t deadline_ns)
{
    return condvar_park(condvar, mutex, deadline_ns);
}

/* Wake the one that has waited longest. Never blocks for long. */
static inline void condvar_signal(struct condvar *condvar)
{
    /* relaxed: who waits for what this thread changed under the mutex wrote this before, under the mutex */
    struct mutex *mutex = atomic_load_explicit(&condvar->mutex, memory_order_relaxed);
    if (mutex)
        condvar_move(condvar, mutex, 1);
}

/* Let all that wait go on, one after the other as the mutex comes free. Never blocks for long. */
static inline void condvar_broadcast(struct condvar *condvar)
{
    /* relaxed: as above */
    struct mutex *mutex = atomic_load_explicit(&condvar->mutex, memory_order_relaxed);
    if (mutex)
        condvar_move(condvar, mutex, SIZE_MAX);
}

#if MUTEX_CHECKED
/* The mutex is given back and taken again: that is an acquisition like others. */
static inline bool condvar_checked_wait_until(struct condvar *condvar, struct mutex *mutex,
                                              uint64_t deadline_ns, const char *site)
{
    if (!lock_order_released(mutex, site))
        return false;
    lock_order_before(mutex, site);
    bool was_woken = condvar_park(condvar, mutex, deadline_ns);
    lock_order_acquired(mutex, site);
    return was_woken;
}

#define condvar_wait(condvar, mutex)                                                               \
    ((void)condvar_checked_wait_until(condvar, mutex, DEADLINE_NEVER, LOCK_ORDER_SITE))
#define condvar_wait_until(condvar, mutex, deadline_ns)                                            \
    condvar_checked_wait_until(condvar, mutex, deadline_ns, LOCK_ORDER_SITE)
#endif

#endif
