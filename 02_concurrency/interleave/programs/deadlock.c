/* deadlock.c - two locks, taken in one order and in the other. Most runs are fine.
 *
 * Run: => every thread that is left waits for another one
 * Run: -- -DSAME => complete: 2 executions
 */
#include <pthread.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void lock_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

static void *one(void *argument)
{
    lock_both(&a, &b);
    return argument;
}

static void *other(void *argument)
{
#ifdef SAME
    lock_both(&a, &b);
#else
    lock_both(&b, &a);
#endif
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, one, NULL);
    pthread_create(&threads[1], NULL, other, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
