/* First come, first served: who waits is in a list of places on the stacks, each with a condition of its own,
 * and is let in by who leaves. It wakes up with the lock. */
#include "rwlock.h"

#include <pthread.h>

/* Who waits: on its stack. */
struct waiter {
    pthread_cond_t granted;
    bool is_writer, is_in;
    struct waiter *next;
};

struct rwlock {
    struct allocator *allocator;
    pthread_mutex_t mutex;
    int in; /* readers, or -1 for a writer */
    struct waiter *first, **last;
};

struct rwlock *rwlock_create(struct allocator *allocator)
{
    struct rwlock *lock = allocator_alloc(allocator, sizeof(*lock), _Alignof(struct rwlock));
    if (!lock)
        return NULL;
    *lock = (struct rwlock){.allocator = allocator, .last = &lock->first};
    pthread_mutex_init(&lock->mutex, NULL);
    return lock;
}

void rwlock_destroy(struct rwlock *lock)
{
    if (!lock)
        return;
    pthread_mutex_destroy(&lock->mutex);
    allocator_free(lock->allocator, lock, sizeof(*lock), _Alignof(struct rwlock));
}

static bool admit(struct rwlock *lock, bool is_writer)
{
    if (is_writer ? lock->in != 0 : lock->in < 0)
        return false;
    lock->in += is_writer ? -1 : 1;
    return true;
}

/* Let in who can be, from the head, and tell each on its own condition. */
static void grant(struct rwlock *lock)
{
    while (lock->first && admit(lock, lock->first->is_writer)) {
        struct waiter *waiter = lock->first;
        lock->first = waiter->next;
        if (!lock->first)
            lock->last = &lock->first;
        waiter->is_in = true;
        pthread_cond_signal(&waiter->granted);
    }
}

static void enter(struct rwlock *lock, bool is_writer)
{
    pthread_mutex_lock(&lock->mutex);
    if (lock->first || !admit(lock, is_writer)) {
        struct waiter self = {.is_writer = is_writer};
        pthread_cond_init(&self.granted, NULL);
        *lock->last = &self;
        lock->last = &self.next;
        while (!self.is_in)
            pthread_cond_wait(&self.granted, &lock->mutex);
        pthread_cond_destroy(&self.granted);
    }
    pthread_mutex_unlock(&lock->mutex);
}

static bool try_enter(struct rwlock *lock, bool is_writer)
{
    pthread_mutex_lock(&lock->mutex);
    bool is_in = !lock->first && admit(lock, is_writer);
    pthread_mutex_unlock(&lock->mutex);
    return is_in;
}

static void change(struct rwlock *lock, int by)
{
    pthread_mutex_lock(&lock->mutex);
    lock->in += by;
    grant(lock);
    pthread_mutex_unlock(&lock->mutex);
}

void rwlock_read_lock(struct rwlock *lock)
{
    enter(lock, false);
}

bool rwlock_try_read_lock(struct rwlock *lock)
{
    return try_enter(lock, false);
}

void rwlock_read_unlock(struct rwlock *lock)
{
    change(lock, -1);
}

void rwlock_write_lock(struct rwlock *lock)
{
    enter(lock, true);
}

bool rwlock_try_write_lock(struct rwlock *lock)
{
    return try_enter(lock, true);
}

void rwlock_write_unlock(struct rwlock *lock)
{
    change(lock, 1);
}

void rwlock_downgrade(struct rwlock *lock)
{
    change(lock, 2);
}
