/* mutex.c - two threads count under the mutex: its fast path, its spinning, its parking in wait_queue, and the futex below that.
 *
 * Run: 02_concurrency/mutex.c 02_concurrency/wait_queue.c 02_concurrency/parker.c 02_concurrency/asymmetric.c -- -DNDEBUG => complete:
 *
 * Stays: mutex.c store release as relaxed: it is for a third thread, which finds the mutex free and has not been in the queue.
 *     Between two the queue's lock orders everything, and three are beyond the search.
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
