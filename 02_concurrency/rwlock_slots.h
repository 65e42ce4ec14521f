/* rwlock_slots.h - where readers say that they are reading: a row of slots for each thread.
 *
 * A reader that counts itself in the lock writes to a word that all readers write, and its line travels from core to
 * core. Here each thread has a row of its own, and writes the address of the lock into one slot of it. A writer
 * looks through the column that belongs to its lock.
 *
 *                column of lock A           column of lock B
 *                     |                          |
 *     thread 1  [ 0 | A | 0 | 0 | 0 | 0 | 0 | 0 | B | ...      each row is on lines of its own
 *     thread 2  [ 0 | A | 0 | 0 | 0 | 0 | 0 | 0 | 0 | ...
 *     thread 3  [ 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | B | ...
 *
 * The table is one for all locks of the process, and so costs a lock nothing: 256 bytes for each thread that ever read,
 * up to 64 of them (16 KiB in all). A thread that finds no row left, and a slot that is in use for another
 * lock of the same column, are no error: the reader counts itself in the lock then.
 *
 * This is the half of 02_concurrency/rwlock.h that knows no lock. Programs use that one.
 *
 * Invariant: a row belongs to one thread, which alone writes it. A row that has been given back is all zeros; one whose
 * thread ended while it held a lock is never given to another, and a debug build stops there.
 *
 * Threads: any number at once. Progress: wait-free, but for a thread's first use, which takes a lock.
 * After fork: as with any lock, what other threads held stays held. Then exec, or _exit.
 * Interface: rwlock_slots_find rwlock_slots_claim rwlock_slots_used rwlock_slots_leave rwlock_slots_wake
 * Source: Dice and Kogan, BRAVO: Biased Locking for Reader-Writer Locks (USENIX ATC 2019): the table of visible readers;
 *         and BRAVO-2D, a variant of it, of which a writer looks at one column and not at the whole.
 */
#ifndef SYSLAB_CONCURRENCY_RWLOCK_SLOTS_H
#define SYSLAB_CONCURRENCY_RWLOCK_SLOTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "02_concurrency/asymmetric.h"
#include "02_concurrency/cache_line.h"

enum { RWLOCK_SLOTS_ROWS = 64, RWLOCK_SLOTS_COLUMN_BITS = 5, RWLOCK_SLOTS_COLUMNS = 32 };

typedef _Atomic(uintptr_t)
    rwlock_slot; /* 0, or the address of the lock that the thread reads under */

struct rwlock_slots_row {
    _Alignas(CACHE_LINE_APART) rwlock_slot slots[RWLOCK_SLOTS_COLUMNS];
};

struct rwlock_slots {
    struct rwlock_slots_row rows[RWLOCK_SLOTS_ROWS];
    /* Read by all, and hardly ever written: */
    _Alignas(
        CACHE_LINE_APART) _Atomic(uint32_t) sleepers[RWLOCK_SLOTS_COLUMNS]; /* writers asleep */
    _Atomic(uint32_t) used;             /* rows from here on were never given out */
    _Atomic(enum asymmetric_mode) mode; /* set before the first row is given out */
};

extern struct rwlock_slots rwlock_slots;

/* This thread's row. Where it has none, a row in which every slot is in use. */
extern _Thread_local struct rwlock_slots_row *rwlock_slots_mine;

/* Which slot of a row is the lock's. Two locks may have the same one. */
static inline unsigned rwlock_slots_column(const void *lock)
{
    return (unsigned)((uint64_t)(uintptr_t)lock * UINT64_C(0x9e3779b97f4a7c15) >>
                      (64 - RWLOCK_SLOTS_COLUMN_BITS));
}

/* This thread's slot for the lock. */
static inline rwlock_slot *rwlock_slots_find(const void *lock)
{
    return &rwlock_slots_mine->slots[rwlock_slots_column(lock)];
}

/* Get a row, if this thread has none and never asked. Returns: whether it got one now. */
bool rwlock_slots_claim(void);

/* How many rows a writer has to look at. seq_cst: see rwlock.c, argument 2. */
static inline unsigned rwlock_slots_used(void)
{
    return atomic_load_explicit(&rwlock_slots.used, memory_order_seq_cst);
}

/* Wake the writer of the lock, if it sleeps until readers have left. The lock is only an address here. */
void rwlock_slots_wake(const void *lock);

/* lesson: rwlock-leave */
/* The reader leaves. From the store on, a writer may have the lock, and free it: so what a reader has to ask, whether
 * somebody sleeps, stands in the table and not in the lock. */
static inline void rwlock_slots_leave(rwlock_slot *slot, const void *lock)
{
    /* release: pairs with the writer's look at the slot in rwlock.c */
    atomic_store_explicit(slot, 0, memory_order_release);
    /* relaxed: what the row's owner reads was set before it got the row */
    asymmetric_light(atomic_load_explicit(&rwlock_slots.mode, memory_order_relaxed));
    /* relaxed: ordered behind the store by the line above, which pairs with the barrier before a writer sleeps */
    if (__builtin_expect(atomic_load_explicit(&rwlock_slots.sleepers[rwlock_slots_column(lock)],
                                              memory_order_relaxed) != 0,
                         0))
        rwlock_slots_wake(lock);
}
/* end lesson */

#endif
