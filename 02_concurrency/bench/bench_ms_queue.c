/* bench_ms_queue.c - 8 B through an unbounded queue, with all memory given back: ours by each scheme, beside
 * crossbeam's SegQueue.
 *
 *   1p1c, 2p2c     producers and consumers on two cores
 *   alone          push one, pop one, in one thread
 *
 * SegQueue has no scheme of reclamation: the last one to read a block of 31 frees it. A consumer of it waits
 * for a producer that has begun and was stopped; ours never waits for anybody.
 */
#include <stdlib.h>

#include "02_concurrency/bench/queues.h"
#include "02_concurrency/ms_queue.h"
#include "bench/bench.h"

/* ---- ours ---- */

struct ours {
    struct epoch epoch;
    struct hazard hazard;
    struct ms_queue queue;
};

static void *ours_setup(enum reclaim_kind kind)
{
    struct ours *ours = allocator_alloc(allocator_system(), sizeof(*ours), _Alignof(struct ours));
    if (!ours)
        return NULL;
    epoch_init(&ours->epoch, allocator_system(), asymmetric_best());
    hazard_init(&ours->hazard, allocator_system(), asymmetric_best());
    struct reclaim_domain *domain =
        kind == RECLAIM_EPOCH ? &ours->epoch.domain : &ours->hazard.domain;
    if (ms_queue_init(&ours->queue, domain) == 0)
        return ours;
    free(ours);
    return NULL;
}

static void *epoch_setup(void)
{
    return ours_setup(RECLAIM_EPOCH);
}

static void *hazard_setup(void)
{
    return ours_setup(RECLAIM_HAZARD);
}

static void ours_teardown(void *context)
{
    struct ours *ours = context;
    ms_queue_fini(&ours->queue);
    epoch_fini(&ours->epoch);
    hazard_fini(&ours->hazard);
    free(ours);
}

static struct reclaim_thread *join(struct ours *ours)
{
    struct reclaim_thread *me;
    if (reclaim_join(ours->queue.domain, &me) != 0)
        abort();
    return me;
}

/* 0 is no value of ours: all are one more on their way. */
static void ours_push_all(void *context, uint64_t first, uint64_t count)
{
    struct ours *ours = context;
    struct reclaim_thread *me = join(ours);
    for (uint64_t value = first; value != first + count; value++)
        if (ms_queue_push(&ours->queue, me, value + 1) != 0)
            abort();
    reclaim_quit(me);
}

static uint64_t ours_pop_all(void *context, uint64_t count)
{
    struct ours *ours = context;
    struct reclaim_thread *me = join(ours);
    uint64_t sum = 0, value;
    for (uint64_t i = 0; i < count; i++) {
        struct backoff backoff = BACKOFF_INIT;
        while (!ms_queue_pop(&ours->queue, me, &value))
            backoff_wait(&backoff);
        sum += value - 1;
    }
    reclaim_quit(me);
    return sum;
}

static uint64_t ours_alone(void *context, uint64_t operations)
{
    struct ours *ours = context;
    struct reclaim_thread *me = join(ours);
    uint64_t sum = 0, value = 0;
    for (uint64_t i = 0; i < operations; i++) {
        if (ms_queue_push(&ours->queue, me, i + 1) != 0 || !ms_queue_pop(&ours->queue, me, &value))
            abort();
        sum += value - 1;
    }
    reclaim_quit(me);
    return sum;
}

static uint64_t ours_1p1c(void *context, uint64_t operations)
{
    return queues_across(context, operations, (struct queues_sides){1, 1}, ours_push_all,
                         ours_pop_all);
}

static uint64_t ours_2p2c(void *context, uint64_t operations)
{
    return queues_across(context, operations, (struct queues_sides){2, 2}, ours_push_all,
                         ours_pop_all);
}

/* ---- SegQueue: the loops are in bench/peers/src/queue.rs ---- */

typedef void (*wait_fn)(uint32_t *round);
static struct {
    void *(*setup)(void);
    void (*teardown)(void *queue);
    void (*push)(void *queue, uint64_t first, uint64_t count, wait_fn wait);
    uint64_t (*pop)(void *queue, uint64_t count, wait_fn wait);
} seg;

static void seg_wait(uint32_t *round)
{
    struct backoff backoff = {*round};
    backoff_wait(&backoff);
    *round = backoff.round;
}

static bool seg_find(void)
{
    *(void **)&seg.setup = bench_symbol(bench_peers(), "peer_seg_queue_setup");
    *(void **)&seg.teardown = bench_symbol(bench_peers(), "peer_seg_queue_teardown");
    *(void **)&seg.push = bench_symbol(bench_peers(), "peer_seg_queue_push");
    *(void **)&seg.pop = bench_symbol(bench_peers(), "peer_seg_queue_pop");
    return seg.setup && seg.teardown && seg.push && seg.pop;
}

static void *seg_setup(void)
{
    return seg.setup();
}

static void seg_teardown(void *queue)
{
    seg.teardown(queue);
}

static void seg_push_all(void *queue, uint64_t first, uint64_t count)
{
    seg.push(queue, first, count, seg_wait);
}

static uint64_t seg_pop_all(void *queue, uint64_t count)
{
    return seg.pop(queue, count, seg_wait);
}

static uint64_t seg_alone(void *queue, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        seg.push(queue, i, 1, seg_wait);
        sum += seg.pop(queue, 1, seg_wait);
    }
    return sum;
}

static uint64_t seg_1p1c(void *queue, uint64_t operations)
{
    return queues_across(queue, operations, (struct queues_sides){1, 1}, seg_push_all, seg_pop_all);
}

static uint64_t seg_2p2c(void *queue, uint64_t operations)
{
    return queues_across(queue, operations, (struct queues_sides){2, 2}, seg_push_all, seg_pop_all);
}

#define CONTENDERS(scheme, work)                                                                   \
    {                                                                                              \
        {.name = "syslab",                                                                         \
         .run = ours_##work,                                                                       \
         .setup = scheme##_setup,                                                                  \
         .teardown = ours_teardown},                                                               \
            {.name = "SegQueue",                                                                   \
             .run = seg_##work,                                                                    \
             .setup = seg_setup,                                                                   \
             .teardown = seg_teardown,                                                             \
             .available = seg_find,                                                                \
             .package = "cargo and librust-crossbeam-queue-dev"},                                  \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static const struct bench_contender alone[] = CONTENDERS(epoch, alone);
static const struct bench_contender alone_hazard[] = CONTENDERS(hazard, alone);
static const struct bench_contender across[] = CONTENDERS(epoch, 1p1c);
static const struct bench_contender across_hazard[] = CONTENDERS(hazard, 1p1c);
static const struct bench_contender pairs[] = CONTENDERS(epoch, 2p2c);
static const struct bench_contender pairs_hazard[] = CONTENDERS(hazard, 2p2c);

static const struct bench_row rows[] = {
    {.name = "ms_queue/alone-epoch",
     .work = "8 B, push one and pop one, one thread, epochs",
     .operations = 1 << 19,
     .contenders = alone},
    {.name = "ms_queue/alone-hazard",
     .work = "the same, hazard pointers",
     .operations = 1 << 19,
     .contenders = alone_hazard},
    {.name = "ms_queue/1p1c-epoch",
     .work = "8 B, one producer, one consumer, epochs",
     .operations = 1 << 19,
     .floor = 0.91,
     .two_threads = true,
     .contenders = across},
    {.name = "ms_queue/1p1c-hazard",
     .work = "the same, hazard pointers",
     .operations = 1 << 19,
     .floor = 0.91,
     .two_threads = true,
     .contenders = across_hazard},
    {.name = "ms_queue/2p2c-epoch",
     .work = "8 B, two producers, two consumers, epochs",
     .operations = 1 << 19,
     .floor = 0.91,
     .two_threads = true,
     .contenders = pairs},
    {.name = "ms_queue/2p2c-hazard",
     .work = "the same, hazard pointers",
     .operations = 1 << 19,
     .floor = 0.91,
     .two_threads = true,
     .contenders = pairs_hazard},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
