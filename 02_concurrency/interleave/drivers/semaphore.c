/* semaphore.c - one permit, two threads that want it: never both have it, and both get it.
 *
 * Run: 02_concurrency/semaphore.c 02_concurrency/wait_queue.c 02_concurrency/parker.c 02_concurrency/asymmetric.c -- -DNDEBUG => complete:
 */
#include <pthread.h>

#include "02_concurrency/semaphore.h"

static struct semaphore semaphore;
static int count;

static void *run(void *argument)
{
    semaphore_wait(&semaphore);
    count++;
    semaphore_post(&semaphore);
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    semaphore_init(&semaphore, 1);
    for (int thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, run, NULL);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
    return count == 2 ? 0 : 1;
}
