/* rwlock.h - many readers at once, or one writer.
 *
 * A reader writes to memory of its own (02_concurrency/rwlock_slots.h) and reads the lock; so readers on different cores
 * do not meet. The writer pays for it: it looks at the row of every thread that reads under any rwlock.
 *
 *     state, 32 bits:   | readers that count themselves here | PARKED | WRITER |
 *
 *     reader                                     writer
 *     slot = lock          (in its own row)      WRITER |= state           new readers wait from here on
 *     is WRITER in state?  no: it may read       for each row: until its slot is not this lock
 *     ...                                        ...
 *     slot = 0                                   WRITER is taken away, who is parked is woken
 *
 *     struct rwlock lock = RWLOCK_INIT;
 *     rwlock_read_lock(&lock);                   rwlock_write_lock(&lock);
 *     look at it                                 change it
 *     rwlock_read_unlock(&lock);                 rwlock_write_unlock(&lock);
 *
 * Fairness: a writer claims the lock first, and then waits for those who are inside: no reader that comes later keeps it
 * waiting. Readers do not starve either, nor one writer by others: now and then (02_concurrency/wait_queue.h: about every
 * half millisecond in which somebody waits) the lock is handed to who has waited longest. In between whoever
 * runs is faster.
 *
 * upgrade: a reader becomes the writer without letting go, if no other thread has claimed the lock: that one waits for
 * this reader to leave, so one of them has to give way (-EDEADLK): unlock, and lock for writing. downgrade: a
 * writer becomes a reader, and nobody writes in between.
 *
 * Invariant: WRITER is set by one thread, which holds the lock or waits for readers to leave. While it is set, nobody
 * becomes a reader.
 *
 *     operation of one thread              beside it, in other threads
 *     read_lock .. read_unlock             read locks; all that waits
 *     write_lock .. write_unlock           all that waits
 *     upgrade, downgrade                   anything; the caller holds the lock, for reading or writing
 *     what a try_ or _until could not get  leaves nothing behind; but while it looks, it may make other tries fail
 *
 * Two tries: a try that writes claims the lock before it knows that no reader came at the same moment, and one that reads has
 * stored its slot before it knows that nobody writes. So of two tries on a free lock both may fail, each because of the
 * other; and an upgrade may say -EDEADLK because of a try, or of a wait whose deadline passes. A try that finds a reader
 * who was there before it does not claim the lock, and so disturbs nobody.
 *
 * Do not: unlock in another thread than the one that locked (the slot is the thread's; so no fiber or task that may
 * wake up elsewhere holds one); lock for reading twice in one thread (a writer in between waits for the first, the second for
 * the writer); end a thread that holds one. Where RWLOCK_CHECKED is 1, the default without NDEBUG, these are reported with
 * the lines of the source, and so are two locks that are taken in one order here and in the other order there
 * (02_concurrency/lock_order.h). Lock and unlock in files compiled with the same RWLOCK_CHECKED.
 *
 * Progress: blocking. Uncontended: read_lock one atomic exchange, read_unlock a store, write_lock a compare-and-swap and a
 * look at a word for each thread that reads, write_unlock a compare-and-swap. A waiter spins for a microsecond
 * and sleeps then. Errors: of _until alone: -ETIMEDOUT; of upgrade: -EDEADLK. A deadline that has passed does not wait.
 * Memory: 4 bytes a lock, and 256 for each thread that reads, up to 64 threads; further ones count themselves
 * in the lock, as do readers of two locks of one column. None is allocated. A lock may be freed as soon as nobody holds it.
 * Cancel: not a cancellation point. Signal-safe: no. After fork: exec, or _exit. Units: deadlines: 02_concurrency/deadline.h.
 * Interface: RWLOCK_INIT RWLOCK_CHECKED rwlock_init rwlock_fini
 *            rwlock_read_lock rwlock_try_read_lock rwlock_read_lock_until rwlock_read_unlock
 *            rwlock_write_lock rwlock_try_write_lock rwlock_write_lock_until rwlock_write_unlock
 *            rwlock_upgrade rwlock_try_upgrade rwlock_upgrade_until rwlock_downgrade
 * Source: Dice and Kogan, BRAVO (USENIX ATC 2019): the slots; Brandenburg and Anderson, Spin-Based Reader-Writer
 *         Synchronization for Multiprocessor Real-Time Systems (2010): phases; Courtois, Heymans and Parnas, Concurrent
 *         Control with "Readers" and "Writers" (CACM 1971): the problem.
 */
#ifndef SYSLAB_CONCURRENCY_RWLOCK_H
#define SYSLAB_CONCURRENCY_RWLOCK_H

#include "02_concurrency/deadline.h"
#include "02_concurrency/rwlock_slots.h"
#include "07_unsafe/assert.h"

#ifndef RWLOCK_CHECKED
#ifdef NDEBUG
#define RWLOCK_CHECKED 0
#else
#define RWLOCK_CHECKED 1
#endif
#endif

enum {
    RWLOCK_WRITER = 1, /* somebody writes, or waits for the readers to leave */
    RWLOCK_PARKED = 2, /* somebody may be parked */
    RWLOCK_READER = 4, /* of those who read without a slot, one */
};

struct rwlock {
    _Atomic(uint32_t) state;
};

#define RWLOCK_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

/* Make a lock that nobody holds. Threads: nobody else has it yet. */
static inline void rwlock_init(struct rwlock *lock)
{
    /* relaxed: nobody else has it yet */
    atomic_store_explicit(&lock->state, 0, memory_order_relaxed);
}

/* The end of its use: nothing to do, but that the checks forget the address. Nobody holds it. */
static inline void rwlock_fini(struct rwlock *lock)
{
    /* relaxed: nobody else uses it any more. PARKED may be left by somebody who gave up */
    ASSERT((atomic_load_explicit(&lock->state, memory_order_relaxed) & ~(uint32_t)RWLOCK_PARKED) ==
           0);
    (void)lock;
}

/* ---- for reading ------------------------------------------------------------------------------*/

/* Internal: what the inline halves leave to be done. Errors: as rwlock_read_lock_until. */
int rwlock_read_slow(struct rwlock *lock, uint64_t deadline_ns);
void rwlock_read_unlock_counted(struct rwlock *lock);

/* lesson: rwlock-read */
/* Returns: whether the lock is held by the slot; if not, nothing was changed. */
static inline bool rwlock_read_by_slot(struct rwlock *lock)
{
    rwlock_slot *slot = rwlock_slots_find(lock);
    /* relaxed: this thread's own */
    if (__builtin_expect(atomic_load_explicit(slot, memory_order_relaxed) != 0, 0))
        return false;
    /* seq_cst, both: the store and then the load, against the writer's claim and then its look: one sees the other */
    atomic_store_explicit(slot, (uintptr_t)lock, memory_order_seq_cst);
    if (__builtin_expect(
            !(atomic_load_explicit(&lock->state, memory_order_seq_cst) & RWLOCK_WRITER), 1))
        return true;
    rwlock_slots_leave(slot, lock);
    return false;
}

/* Blocks: while somebody writes, or waits to. */
static inline void rwlock_read_lock(struct rwlock *lock)
{
    if (!rwlock_read_by_slot(lock))
        rwlock_read_slow(lock, DEADLINE_NEVER);
}

/* The caller holds it for reading. Never blocks. */
static inline void rwlock_read_unlock(struct rwlock *lock)
{
    rwlock_slot *slot = rwlock_slots_find(lock);
    /* relaxed: this thread's own */
    if (__builtin_expect(atomic_load_explicit(slot, memory_order_relaxed) == (uintptr_t)lock, 1))
        rwlock_slots_leave(slot, lock);
    else
        rwlock_read_unlock_counted(lock);
}
/* end lesson */

/* Errors: -ETIMEDOUT. */
static inline int rwlock_read_lock_until(struct rwlock *lock, uint64_t deadline_ns)
{
    return rwlock_read_by_slot(lock) ? 0 : rwlock_read_slow(lock, deadline_ns);
}

/* Returns: false if somebody writes, or waits to, or tries to at this moment. */
static inline bool rwlock_try_read_lock(struct rwlock *lock)
{
    return rwlock_read_lock_until(lock, 0) == 0;
}

/* ---- for writing ------------------------------------------------------------------------------*/

/* Errors: -ETIMEDOUT. */
int rwlock_write_lock_until(struct rwlock *lock, uint64_t deadline_ns);

/* Blocks: while somebody writes or reads. */
static inline void rwlock_write_lock(struct rwlock *lock)
{
    rwlock_write_lock_until(lock, DEADLINE_NEVER);
}

/* Returns: false if somebody reads or writes, or tries to at this moment. */
static inline bool rwlock_try_write_lock(struct rwlock *lock)
{
    return rwlock_write_lock_until(lock, 0) == 0;
}

/* The caller holds it for writing. Never blocks. */
void rwlock_write_unlock(struct rwlock *lock);

/* ---- from one to the other --------------------------------------------------------------------*/

/* Of a reader. On an error it still is one.
 * Errors: -EDEADLK another thread has claimed the lock: it waits for this one to leave, or is a try that is about to
 * fail; -ETIMEDOUT other readers did not leave. */
int rwlock_upgrade_until(struct rwlock *lock, uint64_t deadline_ns);

/* Errors: -EDEADLK, as above. Blocks: until the other readers have left. */
static inline int rwlock_upgrade(struct rwlock *lock)
{
    return rwlock_upgrade_until(lock, DEADLINE_NEVER);
}

/* Returns: whether the caller is the writer now. false: there are other readers, or a writer or a try, as above. */
static inline bool rwlock_try_upgrade(struct rwlock *lock)
{
    return rwlock_upgrade_until(lock, 0) == 0;
}

/* Of the writer: it is a reader from here on. Never blocks. */
void rwlock_downgrade(struct rwlock *lock);

#if RWLOCK_CHECKED
#include "02_concurrency/rwlock_checked.h"
#endif

#endif
