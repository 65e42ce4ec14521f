/* Everybody draws a ticket and is served in that order; readers in a row are in together. One condition, and
 * everybody looks at each change whether it is its turn. */
#include "rwlock.h"

#include <pthread.h>

struct rwlock {
    struct allocator *allocator;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t next, serving; /* tickets */
    unsigned readers, writers;
};

struct rwlock *rwlock_create(struct allocator *allocator)
{
    struct rwlock *lock = allocator_alloc(allocator, sizeof(*lock), _Alignof(struct rwlock));
    if (!lock)
        return NULL;
    lock->allocator = allocator;
    pthread_mutex_init(&lock->mutex, NULL);
    pthread_cond_init(&lock->changed, NULL);
    lock->next = lock->serving = 0;
    lock->readers = lock->writers = 0;
    return lock;
}

void rwlock_destroy(struct rwlock *lock)
{
    if (lock)
        allocator_free(lock->allocator, lock, sizeof(*lock), _Alignof(struct rwlock));
}

/* The mutex is held. Wait for one's turn, and until so many others at most are in. */
static void wait_for_turn(struct rwlock *lock, bool alone)
{
    uint64_t ticket = lock->next++;
    while (lock->serving != ticket || lock->writers > 0 || (alone && lock->readers > 0))
        pthread_cond_wait(&lock->changed, &lock->mutex);
    lock->serving++;
    if (alone)
        lock->writers = 1;
    else
        lock->readers++;
    pthread_cond_broadcast(&lock->changed);
}

static bool try_turn(struct rwlock *lock, bool alone)
{
    pthread_mutex_lock(&lock->mutex);
    bool free = lock->serving == lock->next && lock->writers == 0 && !(alone && lock->readers > 0);
    if (free)
        wait_for_turn(lock, alone);
    pthread_mutex_unlock(&lock->mutex);
    return free;
}

static void leave(struct rwlock *lock, unsigned *count, unsigned readers)
{
    pthread_mutex_lock(&lock->mutex);
    --*count;
    lock->readers += readers;
    pthread_cond_broadcast(&lock->changed);
    pthread_mutex_unlock(&lock->mutex);
}

void rwlock_read_lock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    wait_for_turn(lock, false);
    pthread_mutex_unlock(&lock->mutex);
}

bool rwlock_try_read_lock(struct rwlock *lock)
{
    return try_turn(lock, false);
}

void rwlock_read_unlock(struct rwlock *lock)
{
    leave(lock, &lock->readers, 0);
}

void rwlock_write_lock(struct rwlock *lock)
{
    pthread_mutex_lock(&lock->mutex);
    wait_for_turn(lock, true);
    pthread_mutex_unlock(&lock->mutex);
}

bool rwlock_try_write_lock(struct rwlock *lock)
{
    return try_turn(lock, true);
}

void rwlock_write_unlock(struct rwlock *lock)
{
    leave(lock, &lock->writers, 0);
}

void rwlock_downgrade(struct rwlock *lock)
{
    leave(lock, &lock->writers, 1);
}
