/* spin.h - four spinlocks to study, each from its paper: what a lock costs is where its waiters look.
 *
 *     lock          waiters look at             the next one is             state
 *     spin_tas      the lock, by writing it     whoever is fastest          1 byte
 *     spin_ttas     the lock, by reading it     whoever is fastest          1 byte
 *     spin_ticket   the lock, by reading it     whoever came first          8 bytes
 *     spin_mcs      their own node              whoever came first          8 bytes, and 16 a waiter
 *     spin_clh      the node before theirs      whoever came first          24 bytes, and 16 a thread
 *
 * Each takes a step beyond the one above it. Test-and-set writes to ask: every waiter takes the line of the cache
 * away from the holder, again and again. Test-and-test-and-set asks by reading, of its own copy, until there is
 * something to gain; but at each unlock all of them rush for it. The ticket lock has an order, so that only one of them
 * goes on, but all of them read the new number. In the queue locks each waits at a line of its own, and an unlock
 * disturbs one thread.
 *
 * Study them, and then take 02_concurrency/mutex.h. With more threads than cores a lock with an order hands itself to
 * somebody who is not running, and everybody waits for the scheduler; the lesson shows the figures. Therefore the
 * waiters here give the core away after a microsecond (02_concurrency/backoff.h), which the papers' do not.
 *
 * Invariants: from lock to unlock there is one holder. ticket, mcs, clh: threads are served in the order of their
 * atomic exchange or addition in lock (first come, first served), so nobody is overtaken and nobody starves.
 *
 * Why one holder at a time, and why it sees what the last one wrote:
 *  1. tas, ttas: the exchange that returns false made it true. Between two of those, of which the later reads what
 *     some unlock wrote, there is that unlock: its release pairs with the exchange's acquire.
 *  2. ticket: an addition gives each number to one thread, and serving grows by one in each unlock, by the holder alone.
 *     Who reads its own number reads what the one before it wrote, by release and acquire.
 *  3. mcs: the exchange of tail gives each thread exactly one predecessor, or none if the lock was free. waiting becomes
 *     false by the predecessor's unlock alone. An unlock may find no next for two reasons: nobody came, and then the
 *     exchange of tail for NULL succeeds; or somebody has exchanged tail and not yet linked itself, and is waited for.
 *  4. clh: the same, but the link is known by the later one. It leaves with its predecessor's node, which nobody looks
 *     at any more, and leaves its own to its successor: so nodes wander, and there is one more of them than threads.
 *
 *     pair of operations                   together from two threads
 *     lock with lock or unlock             yes: that is what it is for
 *     unlock with unlock                   no: there is one holder
 *     two uses of one node (mcs, clh)      no: a node is in one lock operation, and stays until its unlock
 *
 * Do not: lock twice in one thread; hold one through a system call; use one from a signal handler. A mcs node is free
 * again after its unlock. Clh nodes all have to stay until nobody uses the lock any more: who has which changes.
 *
 * Progress: blocking; unlock is wait-free, but in mcs it may wait for a successor's next two instructions.
 * Errors: none. Memory: as above; none is allocated.
 * All zeros is a free lock; a spin_clh alone needs its init.
 * Interface: spin_tas_lock spin_tas_unlock          spin_ttas_lock spin_ttas_unlock
 *            spin_ticket_lock spin_ticket_unlock    spin_mcs_lock spin_mcs_unlock
 *            spin_clh_init spin_clh_lock spin_clh_unlock
 * Source: Anderson, The Performance of Spin Lock Alternatives (IEEE TPDS 1990): tas, ttas, backoff;
 *         Mellor-Crummey and Scott, Algorithms for Scalable Synchronization (ACM TOCS 1991): ticket, mcs;
 *         Craig, Building FIFO and Priority-Queuing Spin Locks (UW TR 93-02-02, 1993), and Magnusson, Landin
 *         and Hagersten, Queue Locks on Cache Coherent Multiprocessors (IPPS 1994): clh.
 */
#ifndef SYSLAB_CONCURRENCY_SPIN_H
#define SYSLAB_CONCURRENCY_SPIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "02_concurrency/backoff.h"

/* ---- test-and-set -----------------------------------------------------------------------------*/

struct spin_tas {
    atomic_bool held;
};

/* Blocks: spins, and every turn takes the line from the holder. Whoever holds it ends that by spin_tas_unlock. */
/* lesson: spin-tas */
static inline void spin_tas_lock(struct spin_tas *lock)
{
    /* acquire: pairs with the release in spin_tas_unlock */
    while (atomic_exchange_explicit(&lock->held, true, memory_order_acquire))
        bits_spin_hint();
}

static inline void spin_tas_unlock(struct spin_tas *lock)
{
    /* release: pairs with the exchange in spin_tas_lock */
    atomic_store_explicit(&lock->held, false, memory_order_release);
}
/* end lesson */

/* ---- test-and-test-and-set, with exponential backoff ------------------------------------------*/

struct spin_ttas {
    atomic_bool held;
};

/* Blocks: reads until it looks free, by backoff_wait, and only then tries again. */
/* lesson: spin-ttas */
static inline void spin_ttas_lock(struct spin_ttas *lock)
{
    struct backoff backoff = BACKOFF_INIT;
    /* acquire: pairs with the release in spin_ttas_unlock */
    while (atomic_exchange_explicit(&lock->held, true, memory_order_acquire))
        do /* relaxed: only a hint that the exchange may succeed now */
            backoff_wait(&backoff);
        while (atomic_load_explicit(&lock->held, memory_order_relaxed));
}
/* end lesson */

/* The caller holds it. */
static inline void spin_ttas_unlock(struct spin_ttas *lock)
{
    /* release: pairs with the exchange in spin_ttas_lock */
    atomic_store_explicit(&lock->held, false, memory_order_release);
}

/* ---- ticket -----------------------------------------------------------------------------------*/

struct spin_ticket {
    _Atomic(uint32_t) next; /* the number that the next to come will get; both come round at 2^32 */
    _Atomic(uint32_t) serving; /* the number of the holder, or of the next one if there is none */
};

/* Blocks: by backoff_wait, and is served in the order of arrival. Whoever holds it ends that by spin_ticket_unlock. */
/* lesson: spin-ticket */
static inline void spin_ticket_lock(struct spin_ticket *lock)
{
    struct backoff backoff = BACKOFF_INIT;
    /* relaxed: a number; what the holder before us wrote comes with serving */
    uint32_t mine = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);
    /* acquire: pairs with the release in spin_ticket_unlock */
    while (atomic_load_explicit(&lock->serving, memory_order_acquire) != mine)
        backoff_wait(&backoff);
}

static inline void spin_ticket_unlock(struct spin_ticket *lock)
{
    /* relaxed: nobody but the holder writes it */
    uint32_t mine = atomic_load_explicit(&lock->serving, memory_order_relaxed);
    /* release: pairs with the acquire in spin_ticket_lock */
    atomic_store_explicit(&lock->serving, mine + 1, memory_order_release);
}
/* end lesson */

/* ---- MCS: a queue in which each knows the next ------------------------------------------------*/

struct spin_mcs_node {
    _Atomic(struct spin_mcs_node *) next;
    atomic_bool waiting;
};

struct spin_mcs {
    /* the last of the queue, whose first is the holder; NULL: free */
    _Atomic(struct spin_mcs_node *) tail;
};

/* lesson: spin-mcs */
/* Owns: the lock has *node until spin_mcs_unlock. */
static inline void spin_mcs_lock(struct spin_mcs *lock, struct spin_mcs_node *node)
{
    struct backoff backoff = BACKOFF_INIT;
    /* relaxed: published by the exchange of tail, and by the link */
    atomic_store_explicit(&node->next, NULL, memory_order_relaxed);
    atomic_store_explicit(&node->waiting, true, memory_order_relaxed);
    /* acq_rel: acquire pairs with the release of an unlock that leaves no holder; release with whoever comes next */
    struct spin_mcs_node *previous =
        atomic_exchange_explicit(&lock->tail, node, memory_order_acq_rel);
    if (!previous)
        return;
    /* release: pairs with the acquire of next in spin_mcs_unlock */
    atomic_store_explicit(&previous->next, node, memory_order_release);
    /* acquire: pairs with the release of waiting in spin_mcs_unlock */
    while (atomic_load_explicit(&node->waiting, memory_order_acquire))
        backoff_wait(&backoff);
}

static inline void spin_mcs_unlock(struct spin_mcs *lock, struct spin_mcs_node *node)
{
    struct backoff backoff = BACKOFF_INIT;
    struct spin_mcs_node *last = node, *next;
    /* acquire: pairs with the release of the link in spin_mcs_lock, here and below */
    next = atomic_load_explicit(&node->next, memory_order_acquire);
    /* release: pairs with the exchange of tail in spin_mcs_lock; relaxed: then there is a next, whom next shows */
    if (!next && atomic_compare_exchange_strong_explicit(
                     &lock->tail, &last, NULL, memory_order_release, memory_order_relaxed))
        return;
    while (!next) { /* between its exchange and its link */
        backoff_wait(&backoff);
        next = atomic_load_explicit(&node->next, memory_order_acquire);
    }
    /* release: pairs with the acquire of waiting in spin_mcs_lock */
    atomic_store_explicit(&next->waiting, false, memory_order_release);
}
/* end lesson */

/* ---- CLH: a queue in which each knows the one before ------------------------------------------*/

struct spin_clh_node {
    atomic_bool held;
    struct spin_clh_node *previous; /* of the thread that has the node in a lock */
};

struct spin_clh {
    _Atomic(struct spin_clh_node *)
        tail;                   /* the last of the queue; its held is false if the lock is free */
    struct spin_clh_node first; /* what the first to come finds before it */
};

/* Make a lock that nobody holds. Threads: nobody else has it yet. */
static inline void spin_clh_init(struct spin_clh *lock)
{
    /* relaxed: nobody else has the lock yet */
    atomic_store_explicit(&lock->first.held, false, memory_order_relaxed);
    atomic_store_explicit(&lock->tail, &lock->first, memory_order_relaxed);
}

/* lesson: spin-clh */
/* Owns: the lock has *node from here on. The caller has another one after the unlock. */
static inline void spin_clh_lock(struct spin_clh *lock, struct spin_clh_node *node)
{
    struct backoff backoff = BACKOFF_INIT;
    /* relaxed: published by the exchange */
    atomic_store_explicit(&node->held, true, memory_order_relaxed);
    /* acq_rel: pairs with itself, so that who comes next finds the node filled in */
    node->previous = atomic_exchange_explicit(&lock->tail, node, memory_order_acq_rel);
    /* acquire: pairs with the release in spin_clh_unlock */
    while (atomic_load_explicit(&node->previous->held, memory_order_acquire))
        backoff_wait(&backoff);
}

/* Returns: the node to bring the next time. */
static inline struct spin_clh_node *spin_clh_unlock(struct spin_clh_node *node)
{
    struct spin_clh_node *free =
        node->previous; /* read first: the node is not ours after the store */
    /* release: pairs with the acquire in spin_clh_lock */
    atomic_store_explicit(&node->held, false, memory_order_release);
    return free;
}
/* end lesson */

#endif
