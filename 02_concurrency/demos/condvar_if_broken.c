/* condvar_if_broken.c - woken is not the same as first.
 *
 * A cook puts one dish on the counter and wakes one of the waiters. Before that waiter has the mutex back, another guest
 * comes by and takes the dish. The waiter was woken, does not look again, and serves a dish that is not there.
 * The steps are put in this order by hand, so that it happens each time. The repair is in condvar_while_fixed.c.
 *
 *   condvar_if_broken
 *
 * Expected output:
 *     the guest takes the dish
 *     the waiter takes the dish
 *     -1 dishes on the counter
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "02_concurrency/condvar.h"

static struct mutex mutex = MUTEX_INIT;
static struct condvar served = CONDVAR_INIT;
static int dishes, waiting; /* guarded by mutex */

static void *wait_for_a_dish(void *unused)
{
    (void)unused;
    mutex_lock(&mutex);
    waiting++;
    if (dishes == 0)
        condvar_wait(&served, &mutex);
    dishes--;
    printf("the waiter takes the dish\n");
    mutex_unlock(&mutex);
    return NULL;
}

/* Serve one, wake the waiter, and be faster than it. */
static void serve_and_take(void)
{
    dishes++;
    condvar_signal(&served);
    dishes--;
    printf("the guest takes the dish\n");
}

int main(void)
{
    pthread_t waiter;
    if (pthread_create(&waiter, NULL, wait_for_a_dish, NULL) != 0)
        return 1;
    mutex_lock(&mutex);
    while (waiting == 0) { /* it has not come yet */
        mutex_unlock(&mutex);
        sched_yield();
        mutex_lock(&mutex);
    }
    serve_and_take();
    mutex_unlock(&mutex);
    pthread_join(waiter, NULL);
    printf("%d dishes on the counter\n", dishes);
    return 0;
}
