/* semaphore_slots.c - at most three at a time.
 *
 * Ten workers want the same machine, which takes three. Each counts who is there with it: more than three would be a
 * permit too many, and fewer than three in the end a permit lost.
 *
 *   semaphore_slots
 *
 * Expected output:
 *     10 workers were served
 *     never more than 3 at a time
 *     3 permits are back
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "02_concurrency/semaphore.h"

enum { WORKERS = 10, SLOTS = 3 };

static struct semaphore slots = SEMAPHORE_INIT(SLOTS);
static atomic_int inside, most, served;

static void *work(void *unused)
{
    struct timespec job = {.tv_nsec = 1000000};
    (void)unused;
    semaphore_wait(&slots);
    int now = atomic_fetch_add(&inside, 1) + 1;
    for (int seen = atomic_load(&most); now > seen;)
        if (atomic_compare_exchange_weak(&most, &seen, now))
            break;
    nanosleep(&job, NULL);
    atomic_fetch_sub(&inside, 1);
    atomic_fetch_add(&served, 1);
    semaphore_post(&slots);
    return NULL;
}

int main(void)
{
    pthread_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&workers[i], NULL, work, NULL) != 0)
            return 1;
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    printf("%d workers were served\n", atomic_load(&served));
    printf("never more than %d at a time\n",
           atomic_load(&most) > SLOTS ? atomic_load(&most) : SLOTS);
    printf("%u permits are back\n", semaphore_count(&slots));
    return 0;
}
