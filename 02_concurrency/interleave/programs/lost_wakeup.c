/* lost_wakeup.c - a condition is waited for without looking at it first: a signal that came before is gone.
 *
 * Run: --spurious 0 => complete: 2 executions
 * Run: => complete: 5 executions
 * Run: -- -DBLIND => every thread that is left waits for another one
 * Run: -- -DUNLOCKED => data race
 */
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool ready;

static void *waiter(void *argument)
{
    pthread_mutex_lock(&mutex);
#ifdef BLIND
    pthread_cond_wait(&changed, &mutex);
#else
    while (!ready)
        pthread_cond_wait(&changed, &mutex);
#endif
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void *waker(void *argument)
{
#ifdef UNLOCKED
    ready = true;
#endif
    pthread_mutex_lock(&mutex);
    ready = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, waiter, NULL);
    pthread_create(&threads[1], NULL, waker, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
