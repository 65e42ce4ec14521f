/* ms_queue.c - one thread pushes two numbers, the other tries to pop twice, and pops the rest at the end: in order, and all memory is given back.
 *
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c => complete:
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/ms_queue.h"
#include "03_memory/allocator.h"

static struct ms_queue queue;
static struct hazard hazard;

static void *push(void *argument)
{
    struct reclaim_thread *me;
    if (reclaim_join(&hazard.domain, &me) != 0)
        abort();
    for (uint64_t number = 1; number <= 2; number++)
        if (ms_queue_push(&queue, me, number) != 0)
            abort();
    reclaim_quit(me);
    return argument;
}

int main(void)
{
    pthread_t pusher;
    struct reclaim_thread *me;
    hazard_init(&hazard, allocator_system(), ASYMMETRIC_FENCES);
    if (reclaim_join(&hazard.domain, &me) != 0)
        abort();
    if (ms_queue_init(&queue, &hazard.domain) != 0)
        abort();
    pthread_create(&pusher, NULL, push, NULL);
    uint64_t number, seen = 0;
    for (int attempt = 0; attempt < 2; attempt++)
        if (ms_queue_pop(&queue, me, &number))
            if (number != ++seen)
                abort();
    pthread_join(pusher, NULL);
    while (ms_queue_pop(&queue, me, &number))
        if (number != ++seen)
            abort();
    if (seen != 2)
        abort();
    ms_queue_fini(&queue);
    reclaim_quit(me);
    hazard_fini(&hazard);
    return 0;
}
