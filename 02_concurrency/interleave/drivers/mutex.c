/* mutex.c - two threads count under the mutex: its fast path, its spinning, its parking in wait_queue, and the futex below that.
 *
 * Run: 02_concurrency/mutex.c 02_concurrency/wait_queue.c 02_concurrency/parker.c 02_concurrency/asymmetric.c -- -DNDEBUG => complete:
 */
#include <pthread.h>

#include "02_concurrency/mutex.h"

static struct mutex lock = MUTEX_INIT;
static int count;

static void *run(void *argument)
{
    mutex_lock(&lock);
    count++;
    mutex_unlock(&lock);
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    for (int thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, run, NULL);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
    return count == 2 ? 0 : 1;
}
