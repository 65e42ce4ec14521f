/* rwlock_try.c - a try for writing that finds a reader does not claim the lock: another try, for reading, succeeds.
 *
 * Run: 02_concurrency/rwlock.c 02_concurrency/rwlock_slots.c 02_concurrency/wait_queue.c 02_concurrency/parker.c 02_concurrency/asymmetric.c -- -DNDEBUG => complete:
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/rwlock.h"

static struct rwlock lock;

static void *try_write(void *argument)
{
    if (rwlock_try_write_lock(&lock))
        abort();
    return argument;
}

static void *try_read(void *argument)
{
    if (!rwlock_try_read_lock(&lock))
        abort();
    rwlock_read_unlock(&lock);
    return argument;
}

int main(void)
{
    pthread_t writer, reader;
    rwlock_init(&lock);
    rwlock_read_lock(&lock);
    pthread_create(&writer, NULL, try_write, NULL);
    pthread_create(&reader, NULL, try_read, NULL);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    rwlock_read_unlock(&lock);
    return 0;
}
