/* condition.c - what a wait may do that is seldom seen: another waiter than the one meant is woken, one wakes for nothing, a
 * deadline comes just now. POSIX allows all three, and most code that is wrong about them works for years.
 *
 * Run: --spurious 0 => complete:
 * Run: => complete:
 * Run: --spurious 0 -- -DSIGNAL => every thread that is left waits for another one
 * Run: --spurious 0 -- -DIF => complete:
 * Run: -- -DIF => assertion failed: ready[mine]
 * Run: -- -DIF => wakes for nothing
 * Run: -- -DSIGNAL => wakes 2
 * Run: --spurious 0 -- -DTIMED => complete:
 * Run: -- -DTIMED => TIMES OUT
 * Run: -- -DTIMED => assertion failed: ready[mine]
 * Run: -- -DTIMED_CARELESS => wakes for nothing
 * Run: -- -DTIMED_SEMAPHORE => assertion failed: got == 0
 * Run: -- -DTIMED_MUTEX => assertion failed: got == 0
 * Run: -- -DTIMED_RWLOCK => assertion failed: got == 0
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static bool ready[2];

#if defined(TIMED_SEMAPHORE) || defined(TIMED_MUTEX) || defined(TIMED_RWLOCK)
static void *run(void *argument)
{
    const struct timespec until = {0, 0};
#if defined(TIMED_SEMAPHORE)
    int got = sem_timedwait(&semaphore, &until);
    if (got == 0)
        sem_post(&semaphore);
#elif defined(TIMED_MUTEX)
    int got = pthread_mutex_timedlock(&mutex, &until);
    if (got == 0)
        pthread_mutex_unlock(&mutex);
#else
    int got = pthread_rwlock_timedwrlock(&rwlock, &until);
    if (got == 0)
        pthread_rwlock_unlock(&rwlock);
#endif
    assert(got == 0);
    return argument;
}
#else
static void *run(void *argument)
{
    intptr_t mine = (intptr_t)argument;
    const struct timespec until = {0, 0};
    (void)until;
    pthread_mutex_lock(&mutex);
#if defined(IF)
    if (!ready[mine])
        pthread_cond_wait(&changed, &mutex);
    assert(ready[mine]);
#elif defined(TIMED)
    int error = 0;
    while (!ready[mine] && error == 0)
        error = pthread_cond_timedwait(&changed, &mutex, &until);
    assert(ready[mine]);
#elif defined(TIMED_CARELESS)
    if (!ready[mine] && pthread_cond_timedwait(&changed, &mutex, &until) == 0)
        assert(ready[mine]);
#else
    while (!ready[mine])
        pthread_cond_wait(&changed, &mutex);
#endif
    pthread_mutex_unlock(&mutex);
    return argument;
}
#endif

/* Tell one of them. With a signal: if both wait, perhaps the other one hears it. */
static void tell(intptr_t whom)
{
    pthread_mutex_lock(&mutex);
    ready[whom] = true;
#if defined(SIGNAL)
    pthread_cond_signal(&changed);
#else
    pthread_cond_broadcast(&changed);
#endif
    pthread_mutex_unlock(&mutex);
}

int main(void)
{
    pthread_t threads[2];
    (void)rwlock, (void)semaphore;
    sem_init(&semaphore, 0, 1);
#if defined(SIGNAL)
    enum { THREADS = 2 };
#else
    enum { THREADS = 1 };
#endif
    for (intptr_t thread = 0; thread < THREADS; thread++)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
#if defined(TIMED_SEMAPHORE)
    sem_wait(&semaphore);
    sem_post(&semaphore);
#elif defined(TIMED_MUTEX)
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
#elif defined(TIMED_RWLOCK)
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
#endif
    for (intptr_t thread = 0; thread < THREADS; thread++) {
        tell(thread);
        pthread_join(threads[thread], NULL); /* before the other one is told */
    }
    return 0;
}
