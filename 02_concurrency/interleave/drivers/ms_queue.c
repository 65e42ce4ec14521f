/* ms_queue.c - numbers are pushed by one thread or two, and popped by another one or two: each once, one pusher's in order, with what was
 * written before the push; and all memory is given back. Segments of one or two cells, so that they end.
 *
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DMS_QUEUE_FEW_CELLS=2 => complete:
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DMS_QUEUE_FEW_CELLS=1 => complete:
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DMS_QUEUE_FEW_CELLS=1 -DPUSHERS=2 => complete:
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DMS_QUEUE_FEW_CELLS=2 -DPUSHERS=2 => complete:
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DMS_QUEUE_FEW_CELLS=1 -DPOPPERS=2 => complete:
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DMS_QUEUE_FEW_CELLS=1 -DEPOCH => complete:
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DMS_QUEUE_FEW_CELLS=3 -DOWN -DATTEMPTS=0 => complete:
 * Run: 02_concurrency/ms_queue.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DMS_QUEUE_FEW_CELLS=1 -DPUSHERS=2 -DEACH=2 -DATTEMPTS=0 => complete:
 *
 * Orders: ms_queue.c
 * Stays: ms_queue.c compare_exchange acq_rel as release: C17 wants the order of a success to be no weaker than that of a failure.
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/ms_queue.h"
#include "03_memory/allocator.h"

#ifndef PUSHERS
#define PUSHERS 1
#endif
#ifndef POPPERS
#define POPPERS 1
#endif
#ifndef EACH
#define EACH (2 / PUSHERS)
#endif
#ifdef OWN /* main pushes one more, and then has to find something */
enum { NUMBERS = PUSHERS * EACH + 1 };
#else
enum { NUMBERS = PUSHERS * EACH };
#endif
#ifndef ATTEMPTS
#define ATTEMPTS (POPPERS == 2 ? 1 : 2)
#endif

static struct ms_queue queue;
#ifdef EPOCH
static struct epoch scheme;
#define SCHEME_INIT epoch_init
#define SCHEME_FINI epoch_fini
#else
static struct hazard scheme;
#define SCHEME_INIT hazard_init
#define SCHEME_FINI hazard_fini
#endif
static int items[NUMBERS + 1]; /* plain: written before the push, changed by whoever pops */

struct worker {
    pthread_t thread;
    struct reclaim_thread *me; /* joined by main: two that join at once are not what is looked at */
    uint64_t first;
};

static void *push(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t number = worker->first; number < worker->first + EACH; number++) {
        items[number] = 7;
        if (ms_queue_push(&queue, worker->me, number) != 0)
            abort();
    }
    return NULL;
}

static uint64_t pop_one(struct reclaim_thread *me)
{
    uint64_t number;
    if (!ms_queue_pop(&queue, me, &number))
        return 0;
    if (items[number] != 7)
        abort();
    items[number] = 0;
    return number;
}

static void *pop(void *argument)
{
    pop_one(((struct worker *)argument)->me);
    return NULL;
}

static void start(struct worker *worker, void *(*run)(void *), uint64_t first)
{
    worker->first = first;
    if (reclaim_join(&scheme.domain, &worker->me) != 0)
        abort();
    pthread_create(&worker->thread, NULL, run, worker);
}

int main(void)
{
    struct worker pushers[PUSHERS], popper;
    struct reclaim_thread *me;
    /* No fences, which would hide that an order is too weak; nothing is collected before the end, so no barrier is needed. */
    SCHEME_INIT(&scheme, allocator_system(), ASYMMETRIC_KERNEL);
    if (reclaim_join(&scheme.domain, &me) != 0 || ms_queue_init(&queue, &scheme.domain) != 0)
        abort();
    for (int pusher = 0; pusher < PUSHERS; pusher++)
        start(&pushers[pusher], push, 1 + (uint64_t)(pusher * EACH));
    if (POPPERS == 2)
        start(&popper, pop, 0);
#ifdef OWN
    items[NUMBERS] = 7;
    if (ms_queue_push(&queue, me, NUMBERS) != 0 || pop_one(me) == 0)
        abort();
#endif
    uint64_t before = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t number = pop_one(me);
        if (PUSHERS == 1 && number != 0 && number < before)
            abort();
        before = number > before ? number : before;
    }
    for (int pusher = 0; pusher < PUSHERS; pusher++)
        pthread_join(pushers[pusher].thread, NULL);
    if (POPPERS == 2)
        pthread_join(popper.thread, NULL);
    while (pop_one(me))
        ;
    for (int number = 1; number <= NUMBERS; number++)
        if (items[number] != 0)
            abort();
    ms_queue_fini(&queue);
    SCHEME_FINI(&scheme);
    return 0;
}
