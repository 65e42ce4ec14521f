/* bench_mpsc_queue.c - many producers, one consumer, 8 bytes an element: ours beside crossbeam's SegQueue and, bounded
 * to as many, ck_ring.
 *
 *   alone-8B     push one, pop one, in one thread
 *   1p1c-8B      one producer, one consumer
 *   2p1c-8B      two producers, one consumer, on the cores that there are
 *
 * Nodes of ours are the producer's own, NODES each, used in turn; the consumer says of each when it has read it. That is
 * part of the work. SegQueue allocates blocks of 31 elements, and pops could be made by many.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/bench/queues.h"
#include "02_concurrency/mpsc_queue.h"
#include "07_unsafe/list.h"
#include "bench/bench.h"
#include "bench/ck.h"

/* ---- ours ---- */

enum { NODES = QUEUES_CAPACITY };

struct item {
    struct mpsc_queue_node node;
    uint64_t value;
    atomic_bool queued;
};

struct world {
    struct mpsc_queue queue;
    atomic_uint sides; /* of the nodes that are taken by a producer */
    struct item items[QUEUES_SIDE_MAX][NODES];
};

static void *ours_setup(void)
{
    struct world *world = aligned_alloc(_Alignof(struct world), sizeof(*world));
    if (!world)
        return NULL;
    memset(world, 0, sizeof(*world));
    mpsc_queue_init(&world->queue);
    return world;
}

QUEUES_INLINE bool ours_push(struct world *world, struct item *item, uint64_t value)
{
    /* acquire: pairs with the release in ours_pop; the value has been read */
    if (atomic_load_explicit(&item->queued, memory_order_acquire))
        return false;
    item->value = value;
    atomic_store_explicit(&item->queued, true, memory_order_relaxed); /* published by the push */
    mpsc_queue_push(&world->queue, &item->node);
    return true;
}

QUEUES_INLINE bool ours_pop(void *world, uint64_t *value)
{
    struct mpsc_queue_node *node;
    if (mpsc_queue_try_pop(&((struct world *)world)->queue, &node) != MPSC_QUEUE_POPPED)
        return false;
    struct item *item = container_of(node, struct item, node);
    *value = item->value;
    atomic_store_explicit(&item->queued, false, memory_order_release); /* pairs: see ours_push */
    return true;
}

static void ours_push_all(void *context, uint64_t first, uint64_t count)
{
    struct world *world = context;
    struct item *items = world->items[atomic_fetch_add(&world->sides, 1)];
    for (uint64_t i = 0; i < count; i++) {
        struct backoff backoff = BACKOFF_INIT;
        while (!ours_push(world, &items[i % NODES], first + i))
            backoff_wait(&backoff);
    }
}

static uint64_t ours_pop_all(void *world, uint64_t count)
{
    return queues_pop_each(world, count, ours_pop);
}

static uint64_t ours_alone(void *context, uint64_t operations)
{
    struct world *world = context;
    uint64_t sum = 0, value = 0;
    for (uint64_t i = 0; i < operations; i++) {
        if (!ours_push(world, &world->items[0][i % NODES], i) || !ours_pop(world, &value))
            return 0;
        sum += value;
    }
    return sum;
}

static uint64_t ours_1p1c(void *world, uint64_t operations)
{
    return queues_across(world, operations, (struct queues_sides){1, 1}, ours_push_all,
                         ours_pop_all);
}

static uint64_t ours_2p1c(void *world, uint64_t operations)
{
    return queues_across(world, operations, (struct queues_sides){2, 1}, ours_push_all,
                         ours_pop_all);
}

/* ---- ck_ring ---- */

#ifdef BENCH_CK_INSTALLED
#include <ck_ring.h>

struct with_ck_ring {
    struct ck_ring ring;
    _Alignas(CACHE_LINE_APART) struct ck_ring_buffer slots[QUEUES_CAPACITY];
};

static void *ck_ring_setup(void)
{
    struct with_ck_ring *with = aligned_alloc(_Alignof(struct with_ck_ring), sizeof(*with));
    if (with)
        ck_ring_init(&with->ring, QUEUES_CAPACITY);
    return with;
}

QUEUES_INLINE bool ck_ring_push(void *context, uint64_t value)
{
    struct with_ck_ring *with = context;
    return ck_ring_enqueue_mpsc(&with->ring, with->slots, (void *)(uintptr_t)value);
}

QUEUES_INLINE bool ck_ring_pop(void *context, uint64_t *value)
{
    struct with_ck_ring *with = context;
    return ck_ring_dequeue_mpsc(&with->ring, with->slots, value);
}
QUEUES_LOOPS(ck_ring)
#else
#define ck_ring_setup NULL
#endif

/* ---- SegQueue: the loops are in bench/peers/src/queue.rs, the threads are ours ---- */

typedef void (*wait_fn)(struct backoff *backoff);

static struct {
    void *(*setup)(void);
    void (*teardown)(void *queue);
    void (*push)(void *queue, uint64_t first, uint64_t count, wait_fn wait);
    uint64_t (*pop)(void *queue, uint64_t count, wait_fn wait);
    uint64_t (*alone)(void *queue, uint64_t operations);
} seg_queue;

static bool find(const char *name, void *function)
{
    void *found = bench_symbol(bench_peers(), name);
    memcpy(function, &found, sizeof(found));
    return found != NULL;
}

static void *seg_queue_setup(void)
{
    bool found = find("peer_seg_queue_setup", &seg_queue.setup) &&
                 find("peer_seg_queue_teardown", &seg_queue.teardown) &&
                 find("peer_seg_queue_push", &seg_queue.push) &&
                 find("peer_seg_queue_pop", &seg_queue.pop) &&
                 find("peer_seg_queue_alone", &seg_queue.alone);
    return found ? seg_queue.setup() : NULL;
}

static void seg_queue_teardown(void *queue)
{
    seg_queue.teardown(queue);
}

static void seg_queue_push_all(void *queue, uint64_t first, uint64_t count)
{
    seg_queue.push(queue, first, count, backoff_wait);
}

static uint64_t seg_queue_pop_all(void *queue, uint64_t count)
{
    return seg_queue.pop(queue, count, backoff_wait);
}

static uint64_t seg_queue_alone(void *queue, uint64_t operations)
{
    return seg_queue.alone(queue, operations);
}

static uint64_t seg_queue_1p1c(void *queue, uint64_t operations)
{
    return queues_across(queue, operations, (struct queues_sides){1, 1}, seg_queue_push_all,
                         seg_queue_pop_all);
}

static uint64_t seg_queue_2p1c(void *queue, uint64_t operations)
{
    return queues_across(queue, operations, (struct queues_sides){2, 1}, seg_queue_push_all,
                         seg_queue_pop_all);
}

#define CONTENDERS(work)                                                                           \
    {                                                                                              \
        {.name = "syslab", .run = ours_##work, .setup = ours_setup, .teardown = free},             \
            {.name = "ck_ring",                                                                    \
             .run = BENCH_CK(ck_ring_##work),                                                      \
             .setup = ck_ring_setup,                                                               \
             .teardown = free,                                                                     \
             .package = BENCH_CK_PACKAGE},                                                         \
            {.name = "SegQueue",                                                                   \
             .run = seg_queue_##work,                                                              \
             .setup = seg_queue_setup,                                                             \
             .teardown = seg_queue_teardown,                                                       \
             .package = "cargo and librust-crossbeam-queue-dev"},                                  \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static const struct bench_contender alone[] = CONTENDERS(alone);
static const struct bench_contender one_producer[] = CONTENDERS(1p1c);
static const struct bench_contender two_producers[] = CONTENDERS(2p1c);

static const struct bench_row rows[] = {
    {.name = "mpsc_queue/alone-8B",
     .work = "8 B, push one and pop one, one thread",
     .operations = 1 << 18,
     .contenders = alone},
    {.name = "mpsc_queue/1p1c-8B",
     .work = "8 B, one at a time, 1 producer, 1 consumer",
     .operations = 1 << 18,
     .two_threads = true,
     .contenders = one_producer},
    {.name = "mpsc_queue/2p1c-8B",
     .work = "8 B, one at a time, 2 producers, 1 consumer",
     .operations = 1 << 18,
     .two_threads = true,
     .contenders = two_producers},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
