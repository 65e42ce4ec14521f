/* bench_counter.c - counting: ours beside one atomic variable, and beside a stripe for each processor that is found by
 * sched_getcpu and added to atomically.
 *
 *   alone       one thread
 *   2t          two threads add at once
 *   read        the sum, while nobody adds: what the stripes cost
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "02_concurrency/counter.h"
#include "bench/bench.h"

#define INLINE __attribute__((always_inline)) static inline

static void *ours_setup(void)
{
    struct counter *counter = NULL;
    counter_create(&counter, allocator_system());
    return counter;
}

static void ours_teardown(void *counter)
{
    counter_destroy(counter);
}

INLINE void ours_add(void *counter)
{
    counter_add(counter, 1);
}

INLINE uint64_t ours_get(void *counter)
{
    return (uint64_t)counter_read(counter);
}

static void *atomic_setup(void)
{
    _Atomic(int64_t) *shared = aligned_alloc(CACHE_LINE_APART, CACHE_LINE_APART);
    if (shared)
        atomic_init(shared, 0);
    return shared;
}

INLINE void atomic_add(void *shared)
{
    atomic_fetch_add_explicit((_Atomic(int64_t) *)shared, 1, memory_order_relaxed);
}

INLINE uint64_t atomic_get(void *shared)
{
    return (uint64_t)atomic_load_explicit((_Atomic(int64_t) *)shared, memory_order_relaxed);
}

INLINE void getcpu_add(void *context)
{
    struct counter *counter = context;
    uint32_t cpu = (uint32_t)sched_getcpu();
    atomic_fetch_add_explicit(&counter->stripes[cpu < counter->count ? cpu : counter->count].sum, 1,
                              memory_order_relaxed);
}

#define LOOPS(name, get)                                                                           \
    static uint64_t name##_alone(void *context, uint64_t operations)                               \
    {                                                                                              \
        for (uint64_t i = 0; i < operations; i++)                                                  \
            name##_add(context);                                                                   \
        return get(context);                                                                       \
    }                                                                                              \
    static uint64_t name##_2t(void *context, uint64_t operations)                                  \
    {                                                                                              \
        return with_two_threads(context, operations, name##_alone) ? get(context) : 0;             \
    }                                                                                              \
    static uint64_t name##_read(void *context, uint64_t operations)                                \
    {                                                                                              \
        uint64_t sum = 0;                                                                          \
        name##_add(context);                                                                       \
        for (uint64_t i = 0; i < operations; i++) {                                                \
            bench_keep(context);                                                                   \
            sum += get(context);                                                                   \
        }                                                                                          \
        return sum;                                                                                \
    }

struct half {
    void *context;
    uint64_t operations;
    bench_run_fn run;
};

static void *do_half(void *argument)
{
    struct half *half = argument;
    half->run(half->context, half->operations);
    return NULL;
}

static bool with_two_threads(void *context, uint64_t operations, bench_run_fn run)
{
    struct half mine = {context, operations - operations / 2, run};
    struct half other = {context, operations / 2, run};
    pthread_t thread;
    if (pthread_create(&thread, NULL, do_half, &other) != 0)
        return false;
    do_half(&mine);
    return pthread_join(thread, NULL) == 0;
}

LOOPS(ours, ours_get)
LOOPS(atomic, atomic_get)
LOOPS(getcpu, ours_get)

#define CONTENDERS(work)                                                                           \
    {                                                                                              \
        {.name = "syslab", .run = ours_##work, .setup = ours_setup, .teardown = ours_teardown},    \
            {.name = "atomic", .run = atomic_##work, .setup = atomic_setup, .teardown = free},     \
            {.name = "sched_getcpu",                                                               \
             .run = getcpu_##work,                                                                 \
             .setup = ours_setup,                                                                  \
             .teardown = ours_teardown},                                                           \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static const struct bench_contender alone[] = CONTENDERS(alone);
static const struct bench_contender two_threads[] = CONTENDERS(2t);
static const struct bench_contender reads[] = CONTENDERS(read);

static const struct bench_row rows[] = {
    {.name = "counter/alone",
     .work = "add, one thread",
     .operations = 1 << 20,
     .contenders = alone},
    {.name = "counter/2t",
     .work = "add, two threads",
     .operations = 1 << 20,
     .two_threads = true,
     .contenders = two_threads},
    {.name = "counter/read",
     .work = "read the sum, nobody adds",
     .operations = 1 << 20,
     .contenders = reads},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
