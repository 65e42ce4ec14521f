/* rwlock.h - many readers at once, or one writer, and nobody waits for ever.
 *
 *     rwlock_read_lock(lock);                    rwlock_write_lock(lock);
 *     look at it                                 change it
 *     rwlock_read_unlock(lock);                  rwlock_write_unlock(lock);
 *
 * `struct rwlock` is yours to define.
 *
 *     operations                       from two threads at once
 *     all but create and destroy       yes, any pair; an unlock and a downgrade are for the thread that has it
 *     create, destroy                  alone
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: rwlock_create rwlock_destroy rwlock_read_lock rwlock_try_read_lock rwlock_read_unlock
 *            rwlock_write_lock rwlock_try_write_lock rwlock_write_unlock rwlock_downgrade
 */
#ifndef SYSLAB_EXERCISE_RWLOCK_H
#define SYSLAB_EXERCISE_RWLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

struct rwlock;

/* Make one that nobody has. Returns: NULL if there is no memory. */
struct rwlock *rwlock_create(struct allocator *allocator);

/* Give its memory back. NULL is ignored. Threads: nobody has it or waits for it. */
void rwlock_destroy(struct rwlock *lock);

/* Blocks: while somebody writes, or waits to. */
void rwlock_read_lock(struct rwlock *lock);

/* Returns: whether the caller reads now; false if it would have to wait. */
bool rwlock_try_read_lock(struct rwlock *lock);
void rwlock_read_unlock(struct rwlock *lock);

/* Blocks: while somebody reads or writes. */
void rwlock_write_lock(struct rwlock *lock);

/* Returns: whether the caller writes now; false if it would have to wait. */
bool rwlock_try_write_lock(struct rwlock *lock);
void rwlock_write_unlock(struct rwlock *lock);

/* Of the writer: it is a reader from here on, and nobody wrote in between. Does not wait. */
void rwlock_downgrade(struct rwlock *lock);

#endif
