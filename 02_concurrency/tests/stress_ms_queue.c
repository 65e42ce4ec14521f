/* stress_ms_queue.c - producers and consumers at one queue and at one stack, with each scheme of reclamation.
 *
 *   stress_ms_queue [SEED [ROUNDS]]      about a second; prints the seed
 *
 * Each item carries its producer and a number. What each consumer takes from the queue is in the order of each producer,
 * nothing is there twice, and nothing is lost; items of the stack have the last two alone. Threads stop between operations
 * and, by an allocator that lets others run, in the middle of a push that appends a segment and of a pop that
 * retires one. Some quit and join again. In the end all memory is back.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/ms_queue.h"
#include "02_concurrency/treiber_stack.h"
#include "tests/support/stress.h"

enum { PRODUCERS = 3, CONSUMERS = 3, ITEMS = 120000 };

struct item {
    struct treiber_stack_node node;
    unsigned producer, number;
};

struct world {
    struct reclaim_domain *domain;
    struct ms_queue queue;
    struct treiber_stack stack;
    unsigned items;
    atomic_ulong popped, errors;
    atomic_uchar *seen; /* of the queue, then of the stack: [producer][number] */
};

struct worker {
    struct world *world;
    struct reclaim_thread *me;
    uint64_t random;
    unsigned id;
    unsigned last[PRODUCERS]; /* number of the last item that came from each */
};

/* An allocator that lets others run at each segment. */
struct yielding {
    struct allocator base;
    struct allocator *parent;
};

static void *yielding_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    if (size_bytes > 1024)
        sched_yield();
    return allocator_alloc(container_of(self, struct yielding, base)->parent, size_bytes, align);
}

static void yielding_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    if (size_bytes > 1024)
        sched_yield();
    allocator_free(container_of(self, struct yielding, base)->parent, block, size_bytes, align);
}

static void wrong(struct world *world)
{
    /* relaxed, as all counts here but popped: read after the joins */
    atomic_fetch_add_explicit(&world->errors, 1, memory_order_relaxed);
}

static void join(struct worker *worker)
{
    if (reclaim_join(worker->world->domain, &worker->me) != 0)
        abort();
}

static void disturb(struct worker *worker)
{
    uint64_t dice = stress_random(&worker->random) % 4096;
    if (dice < 4) {
        sched_yield();
    } else if (dice == 4) {
        reclaim_quit(worker->me);
        join(worker);
    }
}

static void item_free(struct reclaim_node *reclaim, struct allocator *allocator)
{
    struct item *item = container_of(reclaim, struct item, node.reclaim);
    item->number = UINT32_MAX; /* wrong for whoever still reads it */
    allocator_free(allocator, item, sizeof(*item), 16);
}

static void *produce(void *argument)
{
    struct worker *worker = argument;
    struct world *world = worker->world;
    join(worker);
    for (unsigned number = 1; number <= world->items; number++) {
        struct item *item = allocator_alloc(reclaim_allocator(worker->me), sizeof(*item), 16);
        if (!item)
            abort();
        item->producer = worker->id;
        item->number = number;
        treiber_stack_push(&world->stack, &item->node);
        if (ms_queue_push(&world->queue, worker->me, (uint64_t)worker->id << 32 | number) != 0)
            abort();
        disturb(worker);
    }
    return NULL;
}

static void see(struct world *world, unsigned structure, unsigned producer, unsigned number)
{
    if (producer >= PRODUCERS || number == 0 || number > world->items) {
        wrong(world);
        return;
    }
    size_t place = (size_t)(structure * PRODUCERS + producer) * world->items + number - 1;
    if (atomic_fetch_add_explicit(&world->seen[place], 1, memory_order_relaxed) != 0)
        wrong(world);
}

static bool consume_queue(struct worker *worker)
{
    uint64_t value;
    if (!ms_queue_pop(&worker->world->queue, worker->me, &value))
        return false;
    unsigned producer = (unsigned)(value >> 32), number = (unsigned)value;
    see(worker->world, 0, producer, number);
    if (producer < PRODUCERS && number <= worker->last[producer])
        wrong(worker->world);
    else if (producer < PRODUCERS)
        worker->last[producer] = number;
    return true;
}

static bool consume_stack(struct worker *worker)
{
    struct treiber_stack_node *node = treiber_stack_pop(&worker->world->stack, worker->me);
    if (!node)
        return false;
    struct item *item = container_of(node, struct item, node);
    see(worker->world, 1, item->producer, item->number);
    reclaim_retire(worker->me, &node->reclaim, item_free);
    return true;
}

static void *consume(void *argument)
{
    struct worker *worker = argument;
    struct world *world = worker->world;
    unsigned long all = 2ul * PRODUCERS * world->items;
    struct backoff backoff = BACKOFF_INIT;
    join(worker);
    while (atomic_load(&world->popped) < all) {
        unsigned long count = (unsigned long)consume_queue(worker) + consume_stack(worker);
        if (count == 0)
            backoff_wait(&backoff);
        else
            backoff_reset(&backoff);
        atomic_fetch_add(&world->popped, count);
        disturb(worker);
    }
    return NULL;
}

static void run_threads(struct world *world, uint64_t *random)
{
    struct worker workers[PRODUCERS + CONSUMERS];
    pthread_t threads[PRODUCERS + CONSUMERS];
    for (unsigned i = 0; i < PRODUCERS + CONSUMERS; i++) {
        workers[i] = (struct worker){.world = world, .random = stress_fork(random), .id = i};
        if (pthread_create(&threads[i], NULL, i < PRODUCERS ? produce : consume, &workers[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < PRODUCERS + CONSUMERS; i++)
        pthread_join(threads[i], NULL);
}

/* Returns: whether something was wrong. */
static bool run(enum reclaim_kind kind, uint64_t *random, unsigned long rounds)
{
    struct allocator_counting counting;
    struct epoch epoch;
    struct hazard hazard;
    allocator_counting_init(&counting, allocator_system());
    struct yielding yielding = {{yielding_alloc, NULL, yielding_free}, &counting.base};
    epoch_init(&epoch, &yielding.base, asymmetric_best());
    hazard_init(&hazard, &yielding.base, asymmetric_best());
    struct world world = {.domain = kind == RECLAIM_EPOCH ? &epoch.domain : &hazard.domain,
                          .items = (unsigned)rounds * ITEMS};
    world.seen = calloc(2 * PRODUCERS, world.items);
    if (!world.seen || ms_queue_init(&world.queue, world.domain) != 0)
        abort();
    treiber_stack_init(&world.stack);
    run_threads(&world, random);
    size_t peak = allocator_counting_read(&counting).peak_bytes;
    ms_queue_fini(&world.queue);
    epoch_fini(&epoch);
    hazard_fini(&hazard);
    size_t left = allocator_counting_read(&counting).live_bytes;
    printf("%s: popped %lu, peak %zu bytes, errors %lu, bytes left %zu\n",
           kind == RECLAIM_EPOCH ? "epoch" : "hazard", world.popped, peak, world.errors, left);
    free(world.seen);
    return world.errors || left || world.popped != 2ul * PRODUCERS * world.items;
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, 1);
    bool failed = run(RECLAIM_EPOCH, &stress.random, stress.rounds);
    failed |= run(RECLAIM_HAZARD, &stress.random, stress.rounds);
    return failed;
}
