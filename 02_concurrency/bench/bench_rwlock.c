/* bench_rwlock.c - read a word behind a reader-writer lock, and now and then write it.
 *
 *   read-1      one thread; nobody else wants the lock
 *   write-1     the same, for writing
 *   read-2      two threads, both read
 *   mixed-2, 4, 8    of 20 operations one is a write; 4 and 8 threads are more than there are cores
 *   half-2      every second operation is a write
 *
 * Peers that prefer readers (pthread by default, ck_rwlock not) are measured as they come. A second thread sleeps
 * meanwhile: alone, parts of the C library are faster.
 */
#include <pthread.h>
#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include "02_concurrency/cache_line.h"
#include "02_concurrency/rwlock.h"
#include "bench/bench.h"
#include "bench/ck.h"
#include "bench/crew.h"
#ifdef BENCH_CK_INSTALLED
#include <ck_rwlock.h>
#endif

static struct world {
    alignas(CACHE_LINE_APART) union {
        struct rwlock ours;
        pthread_rwlock_t pthread;
#ifdef BENCH_CK_INSTALLED
        ck_rwlock_t ck;
#endif
    } lock;
    alignas(CACHE_LINE_APART) uint64_t value;
    alignas(CACHE_LINE_APART) unsigned members, write_every;
} world;

static void *set_up(unsigned members, unsigned write_every)
{
    memset(&world, 0, sizeof(world));
    world.members = members;
    world.write_every = write_every;
    return &world;
}
static void *set_up_read_1(void)
{
    return set_up(1, 0);
}
static void *set_up_write_1(void)
{
    return set_up(1, 1);
}
static void *set_up_read_2(void)
{
    return set_up(2, 0);
}
static void *set_up_mixed_2(void)
{
    return set_up(2, 20);
}
static void *set_up_mixed_4(void)
{
    return set_up(4, 20);
}
static void *set_up_mixed_8(void)
{
    return set_up(8, 20);
}
static void *set_up_half_2(void)
{
    return set_up(2, 2);
}

/* Returns: how many writes there were, by what they wrote: each adds one. */
static uint64_t run_crew(bench_run_fn work, uint64_t operations)
{
    uint64_t before = world.value;
    crew_run(world.members, work, &world, operations);
    return world.value - before;
}

static uint64_t ours_member(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    unsigned every = world.write_every, left = every;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        if (--left == 0) {
            left = every;
            rwlock_write_lock(&world.lock.ours);
            world.value++;
            rwlock_write_unlock(&world.lock.ours);
        } else {
            rwlock_read_lock(&world.lock.ours);
            sum += world.value;
            rwlock_read_unlock(&world.lock.ours);
        }
    }
    bench_keep(&sum);
    return 0;
}
static uint64_t ours(void *context, uint64_t operations)
{
    (void)context;
    return run_crew(ours_member, operations);
}

static uint64_t pthread_member(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    unsigned every = world.write_every, left = every;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        if (--left == 0) {
            left = every;
            pthread_rwlock_wrlock(&world.lock.pthread);
            world.value++;
        } else {
            pthread_rwlock_rdlock(&world.lock.pthread);
            sum += world.value;
        }
        pthread_rwlock_unlock(&world.lock.pthread);
    }
    bench_keep(&sum);
    return 0;
}
static uint64_t with_pthread(void *context, uint64_t operations)
{
    (void)context;
    pthread_rwlock_init(&world.lock.pthread, NULL);
    return run_crew(pthread_member, operations);
}

#ifdef BENCH_CK_INSTALLED
static uint64_t ck_member(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    unsigned every = world.write_every, left = every;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        if (--left == 0) {
            left = every;
            ck_rwlock_write_lock(&world.lock.ck);
            world.value++;
            ck_rwlock_write_unlock(&world.lock.ck);
        } else {
            ck_rwlock_read_lock(&world.lock.ck);
            sum += world.value;
            ck_rwlock_read_unlock(&world.lock.ck);
        }
    }
    bench_keep(&sum);
    return 0;
}
static uint64_t with_ck(void *context, uint64_t operations)
{
    (void)context;
    ck_rwlock_init(&world.lock.ck);
    return run_crew(ck_member, operations);
}
#endif

/* The Rust peers make their threads themselves, and are told how many and how often: bench/peers/src/rwlocks.rs. */
#define RUST(label, function)                                                                      \
    {                                                                                              \
        .name = (label), .symbol = (function)                                                      \
    }
#define CONTENDERS(prepare, row)                                                                   \
    {                                                                                              \
        {.name = "syslab", .run = ours, .setup = (prepare)},                                       \
            {.name = "pthread", .run = with_pthread, .setup = (prepare)},                          \
            {.name = "ck_rwlock",                                                                  \
             .run = BENCH_CK(with_ck),                                                             \
             .setup = (prepare),                                                                   \
             .package = BENCH_CK_PACKAGE},                                                         \
            RUST("parking_lot", "peer_parking_lot_rwlock_" row),                                   \
            RUST("std", "peer_std_rwlock_" row),                                                   \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
static const struct bench_contender read_1[] = CONTENDERS(set_up_read_1, "read_1");
static const struct bench_contender write_1[] = CONTENDERS(set_up_write_1, "write_1");
static const struct bench_contender read_2[] = CONTENDERS(set_up_read_2, "read_2");
static const struct bench_contender mixed_2[] = CONTENDERS(set_up_mixed_2, "mixed_2");
static const struct bench_contender mixed_4[] = CONTENDERS(set_up_mixed_4, "mixed_4");
static const struct bench_contender mixed_8[] = CONTENDERS(set_up_mixed_8, "mixed_8");
static const struct bench_contender half_2[] = CONTENDERS(set_up_half_2, "half_2");

static const struct bench_row rows[] = {
    {.name = "rwlock/read-1",
     .work = "lock for reading, read, unlock; nobody else",
     .operations = 1 << 18,
     .floor = 1.0,
     .contenders = read_1},
    {.name = "rwlock/write-1",
     .work = "lock for writing, write, unlock; nobody else",
     .operations = 1 << 18,
     .contenders = write_1},
    {.name = "rwlock/read-2",
     .work = "2 threads read",
     .operations = 1 << 18,
     .floor = 0.77,
     .two_threads = true,
     .contenders = read_2},
    {.name = "rwlock/mixed-2",
     .work = "2 threads, 95% reads",
     .operations = 1 << 16,
     .floor = 0.77,
     .two_threads = true,
     .contenders = mixed_2},
    {.name = "rwlock/mixed-4",
     .work = "4 threads on 2 cores, 95% reads",
     .operations = 1 << 16,
     .two_threads = true,
     .contenders = mixed_4},
    {.name = "rwlock/mixed-8",
     .work = "8 threads on 2 cores, 95% reads",
     .operations = 1 << 16,
     .two_threads = true,
     .contenders = mixed_8},
    {.name = "rwlock/half-2",
     .work = "2 threads, 50% reads",
     .operations = 1 << 16,
     .two_threads = true,
     .contenders = half_2},
    {0},
};

static void *sleep_for_ever(void *argument)
{
    for (;;)
        pause();
    return argument;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleep_for_ever, NULL) != 0)
        return 2;
    return bench_main(argc, argv, rows);
}
