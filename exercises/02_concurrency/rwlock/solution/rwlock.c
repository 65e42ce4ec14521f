/* rwlock.c - the reference: phases. A writer that leaves lets all in that wait to read, and they are the next phase.
 *
 *     reading     how many read; those who were let in and still sleep are counted already
 *     is_writing  never while reading > 0
 *     phases      how often sleeping readers were let in: who waited for that sees that it was meant
 *
 * Why no writer starves: while one waits, nobody becomes a reader but by a phase, and a phase begins only when a
 * writer leaves. So it waits for those who read, and for nobody after them.
 *
 * Why no reader starves: the next writer that leaves lets it in, before any other writer.
 *
 * Why no wake-up is lost: who makes a condition true does it under the mutex and tells then. A writer that is told and
 * finds another one faster waits again, and that one tells when it leaves, or its readers do.
 */
#include "rwlock.h"

#include <pthread.h>

struct rwlock {
    struct allocator *allocator;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t phase_begins, is_free;
    unsigned reading, readers_waiting, writers_waiting;
    uint64_t phases;
    bool is_writing;
};

struct rwlock *rwlock_create(struct allocator *allocator)
{
    struct rwlock *lock = allocator_alloc(allocator, sizeof(*lock), _Alignof(struct rwlock));
    if (!lock)
        return NULL;
    lock->allocator = allocator;
    lock->reading = lock->readers_waiting = lock->writers_waiting = 0;
    lock->phases = 0;
    lock->is_writing = false;
    pthread_mutex_init(&lock->mutex, NULL);
    pthread_cond_init(&lock->phase_begins, NULL);
    pthread_cond_init(&lock->is_free, NULL);
    return lock;
}

void rwlock_destroy(struct rwlock *lock)
{
    if (!lock)
        return;
    pthread_cond_destroy(&lock->is_free);
    pthread_cond_destroy(&lock->phase_begins);
    pthread_mutex_destroy(&lock->mutex);
    allocator_free(lock->allocator, lock, sizeof(*lock), _Alignof(struct rwlock));
}

static bool begin_to_read(struct rwlock *lock)
{
    if (lock->is_writing || lock->writers_waiting > 0)
        return false;
    lock->reading++;
    return true;
}

static bool begin_to_write(struct rwlock *lock)
{
    if (lock->is_writing || lock->reading > 0)
        return false;
    lock->is_writing = true;
    return true;
}

/* They read from here on, though they still sleep; where none waits, it is a phase of nobody. */
static void let_readers_in(struct rwlock *lock)
{
    lock->reading += lock->readers_waiting;
    lock->readers_waiting = 0;
    lock->phases++;
    pthread_cond_broadcast(&lock->phase_begins);
}

void rwlock_read_lock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    if (!begin_to_read(lock)) {
        uint64_t phases = lock->phases;
        lock->readers_waiting++;
        while (lock->phases == phases)
            pthread_cond_wait(&lock->phase_begins, &lock->mutex);
    }
    pthread_mutex_unlock(&lock->mutex);
}

bool rwlock_try_read_lock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    bool is_reader = begin_to_read(lock);
    pthread_mutex_unlock(&lock->mutex);
    return is_reader;
}

void rwlock_read_unlock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    if (--lock->reading == 0)
        pthread_cond_signal(&lock->is_free);
    pthread_mutex_unlock(&lock->mutex);
}

void rwlock_write_lock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    lock->writers_waiting++;
    while (!begin_to_write(lock))
        pthread_cond_wait(&lock->is_free, &lock->mutex);
    lock->writers_waiting--;
    pthread_mutex_unlock(&lock->mutex);
}

bool rwlock_try_write_lock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    bool is_writer = begin_to_write(lock);
    pthread_mutex_unlock(&lock->mutex);
    return is_writer;
}

void rwlock_write_unlock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    lock->is_writing = false;
    let_readers_in(lock);
    if (lock->reading == 0)
        pthread_cond_signal(&lock->is_free);
    pthread_mutex_unlock(&lock->mutex);
}

void rwlock_downgrade(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    lock->is_writing = false;
    lock->reading = 1;
    let_readers_in(lock);
    pthread_mutex_unlock(&lock->mutex);
}
