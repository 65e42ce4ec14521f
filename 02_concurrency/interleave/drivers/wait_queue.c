/* wait_queue.c - a flag that one waits for and the other sets: what is set before a wake-up is seen, and no wake-up falls
 * between the look at the flag and the sleep. -DUNCHECKED is how it goes wrong: the look is made before the queue is locked.
 *
 * Run: 02_concurrency/wait_queue.c 02_concurrency/parker.c -- -DNDEBUG => complete:
 * Run: 02_concurrency/wait_queue.c 02_concurrency/parker.c -- -DNDEBUG -DUNCHECKED => every thread that is left waits
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "02_concurrency/wait_queue.h"

static atomic_bool is_set;
static int message; /* plain: the flag orders it */

static bool is_not_set(void *context)
{
    (void)context;
    return !atomic_load_explicit(&is_set, memory_order_acquire);
}

static void *wait_for_it(void *argument)
{
#ifdef UNCHECKED
    static const struct wait_queue_park how = {0};
    if (is_not_set(NULL))
        wait_queue_park(&is_set, &how, DEADLINE_NEVER, NULL);
#else
    static const struct wait_queue_park how = {.validate = is_not_set};
    while (is_not_set(NULL))
        wait_queue_park(&is_set, &how, DEADLINE_NEVER, NULL);
#endif
    if (message != 7)
        abort();
    return argument;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_it, NULL);
    message = 7;
    atomic_store_explicit(&is_set, true, memory_order_release);
    wait_queue_unpark_all(&is_set, 0);
    pthread_join(thread, NULL);
    return 0;
}
