/* bench_mpmc_ring.c - many producers, many consumers, 8 bytes an element, 1024 places: ours beside ck_ring
 * and crossbeam's ArrayQueue.
 *
 *   alone-8B       push one, pop one, in one thread
 *   1p1c-8B        one at a time, one producer and one consumer
 *   2p2c-8B        one at a time, two producers and two consumers, on the cores that there are
 */
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/bench/queues.h"
#include "02_concurrency/mpmc_ring.h"
#include "bench/bench.h"
#include "bench/ck.h"

/* ---- ours ---- */

static void *ours_setup(void)
{
    struct mpmc_ring *ring = NULL;
    mpmc_ring_create(&ring, allocator_system(), QUEUES_CAPACITY, sizeof(uint64_t));
    return ring;
}

static void ours_teardown(void *ring)
{
    mpmc_ring_destroy(ring);
}

QUEUES_INLINE bool ours_push(void *ring, uint64_t value)
{
    return mpmc_ring_try_push_sized(ring, &value, sizeof(value));
}

QUEUES_INLINE bool ours_pop(void *ring, uint64_t *value)
{
    return mpmc_ring_try_pop_sized(ring, value, sizeof(*value));
}
QUEUES_LOOPS(ours)

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
    return ck_ring_enqueue_mpmc(&with->ring, with->slots, (void *)(uintptr_t)value);
}

QUEUES_INLINE bool ck_ring_pop(void *context, uint64_t *value)
{
    struct with_ck_ring *with = context;
    return ck_ring_dequeue_mpmc(&with->ring, with->slots, value);
}
QUEUES_LOOPS(ck_ring)
#else
#define ck_ring_setup NULL
#endif

/* ---- ArrayQueue: the loops are in bench/peers/src/queue.rs, the threads are ours ---- */

typedef void (*wait_fn)(struct backoff *backoff);

static struct {
    void *(*setup)(size_t capacity);
    void (*teardown)(void *queue);
    void (*push)(void *queue, uint64_t first, uint64_t count, wait_fn wait);
    uint64_t (*pop)(void *queue, uint64_t count, wait_fn wait);
    uint64_t (*alone)(void *queue, uint64_t operations);
} array_queue;

static bool find(const char *name, void *function)
{
    void *found = bench_symbol(bench_peers(), name);
    memcpy(function, &found, sizeof(found));
    return found != NULL;
}

static void *array_queue_setup(void)
{
    bool found = find("peer_array_queue_setup", &array_queue.setup) &&
                 find("peer_array_queue_teardown", &array_queue.teardown) &&
                 find("peer_array_queue_push", &array_queue.push) &&
                 find("peer_array_queue_pop", &array_queue.pop) &&
                 find("peer_array_queue_alone", &array_queue.alone);
    return found ? array_queue.setup(QUEUES_CAPACITY) : NULL;
}

static void array_queue_teardown(void *queue)
{
    array_queue.teardown(queue);
}

static void array_queue_push_all(void *queue, uint64_t first, uint64_t count)
{
    array_queue.push(queue, first, count, backoff_wait);
}

static uint64_t array_queue_pop_all(void *queue, uint64_t count)
{
    return array_queue.pop(queue, count, backoff_wait);
}

static uint64_t array_queue_alone(void *queue, uint64_t operations)
{
    return array_queue.alone(queue, operations);
}

static uint64_t array_queue_1p1c(void *queue, uint64_t operations)
{
    return queues_across(queue, operations, (struct queues_sides){1, 1}, array_queue_push_all,
                         array_queue_pop_all);
}

static uint64_t array_queue_2p2c(void *queue, uint64_t operations)
{
    return queues_across(queue, operations, (struct queues_sides){2, 2}, array_queue_push_all,
                         array_queue_pop_all);
}

#define CONTENDERS(work)                                                                           \
    {                                                                                              \
        {.name = "syslab", .run = ours_##work, .setup = ours_setup, .teardown = ours_teardown},    \
            {.name = "ck_ring",                                                                    \
             .run = BENCH_CK(ck_ring_##work),                                                      \
             .setup = ck_ring_setup,                                                               \
             .teardown = free,                                                                     \
             .package = BENCH_CK_PACKAGE},                                                         \
            {.name = "ArrayQueue",                                                                 \
             .run = array_queue_##work,                                                            \
             .setup = array_queue_setup,                                                           \
             .teardown = array_queue_teardown,                                                     \
             .package = "cargo and librust-crossbeam-queue-dev"},                                  \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static const struct bench_contender alone[] = CONTENDERS(alone);
static const struct bench_contender one_pair[] = CONTENDERS(1p1c);
static const struct bench_contender two_pairs[] = CONTENDERS(2p2c);

static const struct bench_row rows[] = {
    {.name = "mpmc_ring/alone-8B",
     .work = "8 B, push one and pop one, one thread",
     .operations = 1 << 18,
     .contenders = alone},
    {.name = "mpmc_ring/1p1c-8B",
     .work = "8 B, one at a time, 1 producer, 1 consumer",
     .operations = 1 << 18,
     .floor = 0.77,
     .two_threads = true,
     .contenders = one_pair},
    {.name = "mpmc_ring/2p2c-8B",
     .work = "8 B, one at a time, 2 producers, 2 consumers",
     .operations = 1 << 18,
     .floor = 0.77,
     .two_threads = true,
     .contenders = two_pairs},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
