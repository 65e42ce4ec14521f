/* Readers that were let in count themselves when they wake up; until then a write_lock waits for them. A try does not, and takes
 * the lock from under them. */
#include "rwlock.h"

#include <pthread.h>

struct rwlock {
    struct allocator *allocator;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t phase_begins, is_free;
    unsigned reading, let_in, readers_waiting, writers_waiting;
    uint64_t phases;
    bool is_writing;
};

struct rwlock *rwlock_create(struct allocator *allocator)
{
    struct rwlock *lock = allocator_alloc(allocator, sizeof(*lock), _Alignof(struct rwlock));
    if (!lock)
        return NULL;
    lock->allocator = allocator;
    lock->reading = lock->let_in = lock->readers_waiting = lock->writers_waiting = 0;
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

static void let_readers_in(struct rwlock *lock)
{
    lock->let_in += lock->readers_waiting;
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
        while (lock->phases == phases || lock->is_writing)
            pthread_cond_wait(&lock->phase_begins, &lock->mutex);
        lock->let_in--;
        lock->reading++;
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
    while (lock->let_in > 0 || !begin_to_write(lock))
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
    if (lock->let_in == 0)
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
