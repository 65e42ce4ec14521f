/* As Go's sync.RWMutex: a writer takes one away from the count that is more than all readers, and readers see that it is
 * negative. Other writers wait outside, for a mutex, where no reader sees them: after each writer readers come in that came
 * after those. */
#include "rwlock.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MANY = 1 << 30 };

struct semaphore {
    pthread_mutex_t mutex;
    pthread_cond_t is_up;
    int count;
};

struct rwlock {
    struct allocator *allocator;
    pthread_mutex_t writers;
    struct semaphore readers_left, writer_left;
    atomic_int readers; /* less MANY while a writer writes or waits */
    atomic_int leaving; /* for how many it waits */
};

static void begin(struct semaphore *semaphore)
{
    pthread_mutex_init(&semaphore->mutex, NULL);
    pthread_cond_init(&semaphore->is_up, NULL);
    semaphore->count = 0;
}

static void end(struct semaphore *semaphore)
{
    pthread_cond_destroy(&semaphore->is_up);
    pthread_mutex_destroy(&semaphore->mutex);
}

static void down(struct semaphore *semaphore)
{
    pthread_mutex_lock(&semaphore->mutex);
    while (semaphore->count == 0)
        pthread_cond_wait(&semaphore->is_up, &semaphore->mutex);
    semaphore->count--;
    pthread_mutex_unlock(&semaphore->mutex);
}

static void up(struct semaphore *semaphore, int count)
{
    pthread_mutex_lock(&semaphore->mutex);
    semaphore->count += count;
    pthread_cond_broadcast(&semaphore->is_up);
    pthread_mutex_unlock(&semaphore->mutex);
}

struct rwlock *rwlock_create(struct allocator *allocator)
{
    struct rwlock *lock = allocator_alloc(allocator, sizeof(*lock), _Alignof(struct rwlock));
    if (!lock)
        return NULL;
    lock->allocator = allocator;
    pthread_mutex_init(&lock->writers, NULL);
    begin(&lock->readers_left);
    begin(&lock->writer_left);
    atomic_init(&lock->readers, 0);
    atomic_init(&lock->leaving, 0);
    return lock;
}

void rwlock_destroy(struct rwlock *lock)
{
    if (!lock)
        return;
    end(&lock->writer_left);
    end(&lock->readers_left);
    pthread_mutex_destroy(&lock->writers);
    allocator_free(lock->allocator, lock, sizeof(*lock), _Alignof(struct rwlock));
}

void rwlock_read_lock(struct rwlock *lock)
{
    if (atomic_fetch_add(&lock->readers, 1) < 0)
        down(&lock->writer_left);
}

bool rwlock_try_read_lock(struct rwlock *lock)
{
    int readers = atomic_load(&lock->readers);
    while (readers >= 0)
        if (atomic_compare_exchange_weak(&lock->readers, &readers, readers + 1))
            return true;
    return false;
}

void rwlock_read_unlock(struct rwlock *lock)
{
    if (atomic_fetch_sub(&lock->readers, 1) < 0 && atomic_fetch_sub(&lock->leaving, 1) == 1)
        up(&lock->readers_left, 1);
}

void rwlock_write_lock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->writers);
    int readers = atomic_fetch_sub(&lock->readers, MANY);
    if (readers != 0 && atomic_fetch_add(&lock->leaving, readers) + readers != 0)
        down(&lock->readers_left);
}

bool rwlock_try_write_lock(struct rwlock *lock)
{
    int nobody = 0;
    if (pthread_mutex_trylock(&lock->writers) != 0)
        return false;
    if (atomic_compare_exchange_strong(&lock->readers, &nobody, -MANY))
        return true;
    pthread_mutex_unlock(&lock->writers);
    return false;
}

void rwlock_write_unlock(struct rwlock *lock)
{
    up(&lock->writer_left, atomic_fetch_add(&lock->readers, MANY) + MANY);
    pthread_mutex_unlock(&lock->writers);
}

void rwlock_downgrade(struct rwlock *lock)
{
    up(&lock->writer_left, atomic_fetch_add(&lock->readers, MANY + 1) + MANY);
    pthread_mutex_unlock(&lock->writers);
}
