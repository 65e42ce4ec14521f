/* bench_spsc_ring.c - one producer, one consumer, 8 bytes an element, 1024 places: ours beside ck_ring and ck_fifo.
 *
 *   alone-8B       push one, pop one, in one thread: what the instructions cost
 *   across-8B      one at a time, from one thread to the other: what the lines of memory cost
 *   batch-8B       64 at a time, written and read in place (reserve and commit, peek and release)
 *   copied-8B      64 at a time, copied in and out (push_many, pop_many)
 *
 * ck_ring and ck_fifo have no batches: in those rows they go one at a time, as their users do.
 * ck_fifo is unbounded; it gets QUEUES_CAPACITY nodes and takes them back by its own recycling.
 */
#include <stdlib.h>

#include "02_concurrency/bench/queues.h"
#include "02_concurrency/spsc_ring.h"
#include "bench/bench.h"
#include "bench/ck.h"

enum { BATCH = 64 };

/* ---- ours ---- */

static void *ours_setup(void)
{
    struct spsc_ring *ring = NULL;
    spsc_ring_create(&ring, allocator_system(), QUEUES_CAPACITY, sizeof(uint64_t));
    return ring;
}

static void ours_teardown(void *ring)
{
    spsc_ring_destroy(ring);
}

QUEUES_INLINE bool ours_push(void *ring, uint64_t value)
{
    return spsc_ring_try_push_sized(ring, &value, sizeof(value));
}

QUEUES_INLINE bool ours_pop(void *ring, uint64_t *value)
{
    return spsc_ring_try_pop_sized(ring, value, sizeof(*value));
}
QUEUES_LOOPS(ours)

static void spans_push_all(void *ring, uint64_t first, uint64_t count)
{
    for (uint64_t value = first, end = first + count; value != end;) {
        struct backoff backoff = BACKOFF_INIT;
        size_t span, wanted = end - value < BATCH ? end - value : BATCH;
        uint64_t *to;
        while (!(to = spsc_ring_reserve(ring, wanted, &span)))
            backoff_wait(&backoff);
        for (size_t i = 0; i < span; i++)
            to[i] = value++;
        spsc_ring_commit(ring, span);
    }
}

static uint64_t spans_pop_all(void *ring, uint64_t count)
{
    uint64_t sum = 0;
    while (count > 0) {
        struct backoff backoff = BACKOFF_INIT;
        size_t span;
        const uint64_t *from;
        while (!(from = spsc_ring_peek(ring, count < BATCH ? count : BATCH, &span)))
            backoff_wait(&backoff);
        for (size_t i = 0; i < span; i++)
            sum += from[i];
        spsc_ring_release(ring, span);
        count -= span;
    }
    return sum;
}

static uint64_t spans_1p1c(void *ring, uint64_t operations)
{
    return queues_across(ring, operations, (struct queues_sides){1, 1}, spans_push_all,
                         spans_pop_all);
}

static void copies_push_all(void *ring, uint64_t first, uint64_t count)
{
    uint64_t values[BATCH];
    for (uint64_t done = 0; done < count;) {
        size_t filled = count - done < BATCH ? count - done : BATCH;
        for (size_t i = 0; i < filled; i++)
            values[i] = first + done + i;
        struct backoff backoff = BACKOFF_INIT;
        for (size_t pushed = 0; pushed < filled; backoff_wait(&backoff))
            if ((pushed += spsc_ring_push_many(ring, values + pushed, filled - pushed)) == filled)
                break;
        done += filled;
    }
}

static uint64_t copies_pop_all(void *ring, uint64_t count)
{
    uint64_t values[BATCH], sum = 0;
    while (count > 0) {
        struct backoff backoff = BACKOFF_INIT;
        size_t popped;
        while (!(popped = spsc_ring_pop_many(ring, values, count < BATCH ? count : BATCH)))
            backoff_wait(&backoff);
        for (size_t i = 0; i < popped; i++)
            sum += values[i];
        count -= popped;
    }
    return sum;
}

static uint64_t copies_1p1c(void *ring, uint64_t operations)
{
    return queues_across(ring, operations, (struct queues_sides){1, 1}, copies_push_all,
                         copies_pop_all);
}

/* ---- theirs ---- */

#ifdef BENCH_CK_INSTALLED
#include <ck_fifo.h>
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
    return ck_ring_enqueue_spsc(&with->ring, with->slots, (void *)(uintptr_t)value);
}

QUEUES_INLINE bool ck_ring_pop(void *context, uint64_t *value)
{
    struct with_ck_ring *with = context;
    return ck_ring_dequeue_spsc(&with->ring, with->slots, value);
}
QUEUES_LOOPS(ck_ring)

struct with_ck_fifo {
    _Alignas(CACHE_LINE_APART) struct ck_fifo_spsc fifo;
    _Alignas(CACHE_LINE_APART) size_t fresh; /* the producer's: nodes not used yet */
    _Alignas(CACHE_LINE_APART) struct ck_fifo_spsc_entry nodes[QUEUES_CAPACITY + 1];
};

static void *ck_fifo_setup(void)
{
    struct with_ck_fifo *with = aligned_alloc(_Alignof(struct with_ck_fifo), sizeof(*with));
    if (!with)
        return NULL;
    ck_fifo_spsc_init(&with->fifo, &with->nodes[0]);
    with->fresh = 1;
    return with;
}

QUEUES_INLINE bool ck_fifo_push(void *context, uint64_t value)
{
    struct with_ck_fifo *with = context;
    struct ck_fifo_spsc_entry *node = with->fresh <= QUEUES_CAPACITY
                                          ? &with->nodes[with->fresh++]
                                          : ck_fifo_spsc_recycle(&with->fifo);
    if (!node)
        return false;
    ck_fifo_spsc_enqueue(&with->fifo, node, (void *)(uintptr_t)value);
    return true;
}

QUEUES_INLINE bool ck_fifo_pop(void *context, uint64_t *value)
{
    return ck_fifo_spsc_dequeue(&((struct with_ck_fifo *)context)->fifo, value);
}
QUEUES_LOOPS(ck_fifo)
#else
#define ck_ring_setup NULL
#define ck_fifo_setup NULL
#endif

#define OURS(work)                                                                                 \
    {                                                                                              \
        .name = "syslab", .run = work, .setup = ours_setup, .teardown = ours_teardown              \
    }
#define PEER(peer, work)                                                                           \
    {                                                                                              \
        .name = #peer, .run = BENCH_CK(peer##_##work), .setup = peer##_setup, .teardown = free,    \
        .package = BENCH_CK_PACKAGE                                                                \
    }

static const struct bench_contender alone[] = {OURS(ours_alone), PEER(ck_ring, alone), {0}};
static const struct bench_contender across[] = {
    OURS(ours_1p1c), PEER(ck_ring, 1p1c), PEER(ck_fifo, 1p1c), {0}};
static const struct bench_contender batch[] = {
    OURS(spans_1p1c), PEER(ck_ring, 1p1c), PEER(ck_fifo, 1p1c), {0}};
static const struct bench_contender copied[] = {
    OURS(copies_1p1c), PEER(ck_ring, 1p1c), PEER(ck_fifo, 1p1c), {0}};

static const struct bench_row rows[] = {
    {.name = "spsc_ring/alone-8B",
     .work = "8 B, push one and pop one, one thread",
     .operations = 1 << 20,
     .floor = 1.0,
     .contenders = alone},
    {.name = "spsc_ring/across-8B",
     .work = "8 B, one at a time, two threads",
     .operations = 1 << 20,
     .floor = 0.77,
     .two_threads = true,
     .contenders = across},
    {.name = "spsc_ring/batch-8B",
     .work = "8 B, 64 at a time in place, two threads",
     .operations = 1 << 20,
     .floor = 0.33,
     .two_threads = true,
     .contenders = batch},
    {.name = "spsc_ring/copied-8B",
     .work = "8 B, 64 at a time copied, two threads",
     .operations = 1 << 20,
     .floor = 0.33,
     .two_threads = true,
     .contenders = copied},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
