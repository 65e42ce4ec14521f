/* locks.c - locks that are misused, and uses that look like it and are right.
 *
 * Run: -- -DHELD_MUTEX => thread 1 ended and still holds the mutex mutex
 * Run: -- -DHELD_SPIN => thread 1 ended and still holds the spinlock spinlock
 * Run: -- -DHELD_READ => thread 1 ended and still holds the read-write lock rwlock
 * Run: -- -DSTRANGER_MUTEX => unlocks a mutex that thread 1 holds
 * Run: -- -DSTRANGER_READ => unlocks a read-write lock that thread 1 holds
 * Run: -- -DUNLOCKED => unlocks a mutex that is not locked
 * Run: -- -DDESTROY_HELD => destroys a mutex that thread 0 holds
 * Run: -- -DDESTROY_READ => destroys a read-write lock that thread 0 holds
 * Run: -- -DINIT_HELD => destroys a spinlock that thread 0 holds
 * Run: -- -DDESTROY_WAITED => destroys a condition variable on which thread 1 waits
 * Run: -- -DFREE_HELD => gives back the memory of a mutex that thread 0 holds
 * Run: -- -DBROADCAST_DESTROY => complete:
 * Run: -- -DRECURSIVE => complete: 2 executions
 * Run: -- -DERRORCHECK => complete: 2 executions
 * Run: -- -DTRY_READ => complete:
 * Run: -- -DBARRIER => complete:
 * Run: -- -DBARRIER -DTOO_FEW => every thread that is left waits for another one
 * Run: -- -DSPECIFIC => complete: 1 executions
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <threads.h>

#include "02_concurrency/interleave/interleave.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_spinlock_t spinlock;
static pthread_barrier_t barrier;
static atomic_int held;
static int ready, before[2], after[2];
static tss_t key;

static void *run(void *argument)
{
#if defined(HELD_MUTEX)
    pthread_mutex_lock(&mutex);
#elif defined(HELD_SPIN)
    pthread_spin_lock(&spinlock);
#elif defined(HELD_READ)
    pthread_rwlock_rdlock(&rwlock);
#elif defined(STRANGER_MUTEX)
    pthread_mutex_lock(&mutex);
    atomic_store(&held, 1);
#elif defined(STRANGER_READ)
    pthread_rwlock_rdlock(&rwlock);
    atomic_store(&held, 1);
#elif defined(UNLOCKED)
    pthread_mutex_unlock(&mutex);
#elif defined(DESTROY_WAITED) || defined(BROADCAST_DESTROY)
    pthread_mutex_lock(&mutex);
    ready++;
    pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
#elif defined(RECURSIVE)
    pthread_mutex_lock(&mutex);
    assert(pthread_mutex_trylock(&mutex) == 0);
    pthread_mutex_unlock(&mutex);
    ready++; /* still locked */
    pthread_mutex_unlock(&mutex);
#elif defined(ERRORCHECK)
    assert(pthread_mutex_unlock(&mutex) == EPERM);
    pthread_mutex_lock(&mutex);
    assert(pthread_mutex_lock(&mutex) == EDEADLK);
    ready++;
    pthread_mutex_unlock(&mutex);
#elif defined(TRY_READ)
    if (pthread_rwlock_tryrdlock(&rwlock) == 0) {
        (void)*(volatile int *)&ready;
        pthread_rwlock_unlock(&rwlock);
    }
#elif defined(BARRIER)
    before[1] = 1;
    pthread_barrier_wait(&barrier);
    after[1] = before[0];
    pthread_barrier_wait(&barrier);
#elif defined(SPECIFIC)
    assert(!tss_get(key));
    tss_set(key, &held);
    assert(tss_get(key) == &held);
#endif
    return argument;
}

static void prepare(void)
{
#if defined(RECURSIVE) || defined(ERRORCHECK)
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
#if defined(RECURSIVE)
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
#else
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
#endif
    pthread_mutex_init(&mutex, &attributes);
#elif defined(BARRIER) && defined(TOO_FEW)
    pthread_barrier_init(&barrier, NULL, 3);
#elif defined(BARRIER)
    pthread_barrier_init(&barrier, NULL, 2);
#elif defined(SPECIFIC)
    tss_create(&key, NULL);
    tss_set(key, &ready);
#endif
}

static void meet(void)
{
#if defined(STRANGER_MUTEX)
    interleave_assume(atomic_load(&held));
    pthread_mutex_unlock(&mutex);
#elif defined(STRANGER_READ)
    interleave_assume(atomic_load(&held));
    pthread_rwlock_unlock(&rwlock);
#elif defined(DESTROY_HELD)
    pthread_mutex_lock(&mutex);
    pthread_mutex_destroy(&mutex);
#elif defined(DESTROY_READ)
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_destroy(&rwlock);
#elif defined(INIT_HELD)
    pthread_spin_lock(&spinlock);
    pthread_spin_init(&spinlock, 0);
#elif defined(FREE_HELD)
    pthread_mutex_t *own = malloc(sizeof(*own));
    pthread_mutex_init(own, NULL);
    pthread_mutex_lock(own);
    free(own);
#elif defined(DESTROY_WAITED) || defined(BROADCAST_DESTROY)
    pthread_mutex_lock(&mutex);
    interleave_assume(ready > 0);
#if defined(BROADCAST_DESTROY)
    pthread_cond_broadcast(&changed);
#endif
    pthread_cond_destroy(&changed);
    pthread_mutex_unlock(&mutex);
#elif defined(RECURSIVE) || defined(ERRORCHECK)
    run(NULL);
#elif defined(TRY_READ)
    pthread_rwlock_wrlock(&rwlock);
    ready++;
    pthread_rwlock_unlock(&rwlock);
#elif defined(BARRIER)
    before[0] = 1;
    pthread_barrier_wait(&barrier);
    after[0] = before[1];
    pthread_barrier_wait(&barrier);
    assert(after[0] == 1 && after[1] == 1);
    pthread_barrier_destroy(&barrier);
#elif defined(SPECIFIC)
    assert(tss_get(key) == &ready);
#endif
}

int main(void)
{
    pthread_t thread;
    (void)mutex, (void)rwlock, (void)changed, (void)spinlock, (void)barrier, (void)held;
    (void)ready, (void)before, (void)after, (void)key;
    prepare();
    pthread_create(&thread, NULL, run, NULL);
    meet();
    pthread_join(thread, NULL);
    return 0;
}
