/* The C library has one. The exercise allows none. */
#include "rwlock.h"

#include <pthread.h>

struct rwlock {
    struct allocator *allocator;
    pthread_rwlock_t lock;
};

struct rwlock *rwlock_create(struct allocator *allocator)
{
    struct rwlock *lock = allocator_alloc(allocator, sizeof(*lock), _Alignof(struct rwlock));
    if (!lock)
        return NULL;
    lock->allocator = allocator;
    pthread_rwlock_init(&lock->lock, NULL);
    return lock;
}

void rwlock_destroy(struct rwlock *lock)
{
    if (lock)
        allocator_free(lock->allocator, lock, sizeof(*lock), _Alignof(struct rwlock));
}

void rwlock_read_lock(struct rwlock *lock)
{
    pthread_rwlock_rdlock(&lock->lock);
}

bool rwlock_try_read_lock(struct rwlock *lock)
{
    return pthread_rwlock_tryrdlock(&lock->lock) == 0;
}

void rwlock_read_unlock(struct rwlock *lock)
{
    pthread_rwlock_unlock(&lock->lock);
}

void rwlock_write_lock(struct rwlock *lock)
{
    pthread_rwlock_wrlock(&lock->lock);
}

bool rwlock_try_write_lock(struct rwlock *lock)
{
    return pthread_rwlock_trywrlock(&lock->lock) == 0;
}

void rwlock_write_unlock(struct rwlock *lock)
{
    pthread_rwlock_unlock(&lock->lock);
}

void rwlock_downgrade(struct rwlock *lock)
{
    pthread_rwlock_unlock(&lock->lock);
    pthread_rwlock_rdlock(&lock->lock);
}
