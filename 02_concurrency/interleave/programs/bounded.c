/* bounded.c - searches that are not of every execution: within a bound, by threads that are alike, and at random.
 *
 * Run: --preemptions 0 -- -DLOST_UPDATE => complete within the bound, which left some out
 * Run: --preemptions 1 -- -DLOST_UPDATE => assertion failed: atomic_load(&count) == THREADS
 * Run: --preemptions 1 --model sc -- -DLOST_UPDATE => assertion failed: atomic_load(&count) == THREADS
 * Run: --preemptions 99 -- -DADD -DTHREADS=3 => complete: 6 schedules
 * Run: --preemptions 99 --symmetry -- -DADD -DTHREADS=3 => complete: 1 schedules
 * Run: --preemptions 99 --symmetry -- -DADD -DTHREADS=8 => complete: 1 schedules
 * Run: --preemptions 99 --symmetry -- -DADD -DTHREADS=3 -DAPART => no --symmetry
 * Run: --preemptions 0 -- -DLATE => complete within the bound
 * Run: --preemptions 1 -- -DLATE => data race
 * Run: --preemptions 0 -- -DLOCKED -DTHREADS=3 => complete within the bound
 * Run: --random 300 -- -DLOCKED -DTHREADS=3 => cut short: 300 executions; the longest
 * Run: --random 300 --pct 3 -- -DLOCKED -DTHREADS=3 => cut short: 300 executions; the longest
 * Run: --random 300 -- -DSPIN => cut short: 300 executions; the longest
 * Run: --preemptions 2 -- -DSPIN => complete within the bound
 * Run: --random 2000 -- -DLOST_UPDATE => assertion failed
 * Run: --random 2000 --pct 2 -- -DLOST_UPDATE => assertion failed
 * Run: --random 2000 --pct 2 -- -DLATE => data race
 * Run: --random 10 --spurious 1 -- -DTIMED => cut short: 10 executions; the longest
 * Run: --preemptions 2 -- -DDEADLOCK => every thread that is left waits for another one
 * Run: --random 1000 -- -DDEADLOCK => every thread that is left waits for another one
 * Run: --random 10 -- -DENDLESS => a loop waits for a value that nobody will write
 * Run: --preemptions 1 --jobs 2 -- -DDEADLOCK -DTHREADS=2 => again: --replay
 */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

#ifndef THREADS
#define THREADS 2
#endif

static atomic_int count, flag;
static int plain;
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t semaphore;

static void *run(void *argument)
{
#if defined(LOST_UPDATE)
    atomic_store(&count, atomic_load(&count) + 1);
#elif defined(ADD)
    atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
#elif defined(LATE)
    /* The first to come sets the flag; who is behind it sees it, or sees that it is late. */
    if (atomic_exchange_explicit(&flag, 1, memory_order_relaxed) == 0 ||
        atomic_load_explicit(&count, memory_order_relaxed) == 0) {
        plain++;
        atomic_store_explicit(&count, 1, memory_order_relaxed);
    }
#elif defined(LOCKED)
    pthread_mutex_lock(&a);
    plain++;
    pthread_mutex_unlock(&a);
#elif defined(SPIN)
    while (atomic_load_explicit(&flag, memory_order_acquire) == 0)
        ;
    atomic_fetch_add(&count, plain);
#elif defined(TIMED)
    const struct timespec until = {0, 0};
    sem_timedwait(&semaphore, &until);
#elif defined(DEADLOCK)
    pthread_mutex_t *first = argument ? &a : &b, *second = argument ? &b : &a;
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
#elif defined(ENDLESS)
    while (atomic_load(&flag) == 0)
        ;
#endif
    return argument;
}

int main(void)
{
    pthread_t threads[THREADS];
    (void)count, (void)flag, (void)plain, (void)a, (void)b, (void)semaphore;
#if defined(TIMED)
    sem_init(&semaphore, 0, 1);
#endif
    for (intptr_t thread = 0; thread < THREADS; thread++)
#if defined(DEADLOCK)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
#else
        pthread_create(&threads[thread], NULL, run, NULL);
#endif
#if defined(SPIN)
    plain = 1;
    atomic_store_explicit(&flag, 1, memory_order_release);
#endif
    for (int thread = 0; thread < THREADS; thread++) {
        pthread_join(threads[thread], NULL);
#if defined(APART)
        atomic_load(&count);
#endif
    }
#if defined(LOST_UPDATE)
    assert(atomic_load(&count) == THREADS);
#endif
    return 0;
}
