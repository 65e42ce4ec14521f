/* rwlock.c - a writer changes what a reader looks at.
 *
 * Run: 02_concurrency/rwlock.c 02_concurrency/rwlock_slots.c 02_concurrency/wait_queue.c 02_concurrency/parker.c 02_concurrency/asymmetric.c -- -DNDEBUG => complete:
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/rwlock.h"

static struct rwlock lock;
static int one, two;

static void *write_both(void *argument)
{
    rwlock_write_lock(&lock);
    one = two = 1;
    rwlock_write_unlock(&lock);
    return argument;
}

int main(void)
{
    pthread_t writer;
    rwlock_init(&lock);
    pthread_create(&writer, NULL, write_both, NULL);
    rwlock_read_lock(&lock);
    if (one != two)
        abort();
    rwlock_read_unlock(&lock);
    pthread_join(writer, NULL);
    return 0;
}
