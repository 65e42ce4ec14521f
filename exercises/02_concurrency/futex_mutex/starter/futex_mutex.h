/* futex_mutex.h - a mutex in one word: who finds it held sleeps in the kernel.
 *
 *     struct futex_mutex mutex;
 *
 *     futex_mutex_init(&mutex);
 *     futex_mutex_lock(&mutex);
 *     balance += amount;              nobody else is between lock and unlock
 *     futex_mutex_unlock(&mutex);
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: futex_mutex_init futex_mutex_lock futex_mutex_try_lock futex_mutex_unlock;
 *            the course's: futex_wait futex_wake
 */
#ifndef SYSLAB_EXERCISE_FUTEX_MUTEX_H
#define SYSLAB_EXERCISE_FUTEX_MUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the kernel's part: the course's, for the tests look on ---- */

/* Sleep while *word is expected. The look at the word and the falling asleep are one step.
 * Returns: 0 woken, or for nothing; -EAGAIN *word was something else, so it did not sleep; -EINTR a signal came. */
int futex_wait(const _Atomic uint32_t *word, uint32_t expected);

/* Wake up to count threads that sleep on the word. The word is not read: its address is a name.
 * Returns: how many. */
int futex_wake(const _Atomic uint32_t *word, int count);

/* ---- the mutex ---- */

struct futex_mutex {
    _Atomic uint32_t word; /* all of it is yours */
};

/* Make it free, whatever its memory held. Threads: alone. */
void futex_mutex_init(struct futex_mutex *mutex);

/* Take it. Blocks: asleep, until it is free. */
void futex_mutex_lock(struct futex_mutex *mutex);

/* Take it if it is free. Returns: whether it was. Never sleeps, never waits. */
bool futex_mutex_try_lock(struct futex_mutex *mutex);

/* Give it back: the caller has it. Never sleeps, never waits. */
void futex_mutex_unlock(struct futex_mutex *mutex);

#endif
