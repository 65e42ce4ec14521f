/* rwlock_upgrade.c - a try that finds a reader does not claim the lock: the reader upgrades as if nobody had tried.
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
        rwlock_write_unlock(&lock);
    return argument;
}

int main(void)
{
    pthread_t other;
    rwlock_init(&lock);
    rwlock_read_lock(&lock);
    pthread_create(&other, NULL, try_write, NULL);
    if (rwlock_upgrade(&lock) != 0)
        abort();
    rwlock_write_unlock(&lock);
    pthread_join(other, NULL);
    return 0;
}
