/* bench_barrier.c - rounds of a barrier, by two threads, and by four on two cores.
 *
 * ck's barriers are not among the peers: they never give the core away, so on a busy machine a round takes them time slices.
 */
#include <pthread.h>
#include <stdalign.h>
#include <string.h>

#include "02_concurrency/barrier.h"
#include "02_concurrency/cache_line.h"
#include "bench/bench.h"
#include "bench/crew.h"

static struct world {
    alignas(CACHE_LINE_APART) union {
        struct barrier ours;
        pthread_barrier_t pthread;
    } barrier;
    alignas(CACHE_LINE_APART) unsigned members;
} world;

static void *set_up(unsigned members)
{
    memset(&world, 0, sizeof(world));
    world.members = members;
    return &world;
}
static void *set_up_2(void)
{
    return set_up(2);
}
static void *set_up_4(void)
{
    return set_up(4);
}

/* An operation is a round. The crew shares them out, and each member has to go through all: hence the factor. Returns: how often one was the last. */
static uint64_t ours_member(void *context, uint64_t operations)
{
    uint64_t last = 0;
    (void)context;
    for (uint64_t i = 0; i < operations; i++)
        last += barrier_wait(&world.barrier.ours);
    return last;
}
static uint64_t ours(void *context, uint64_t operations)
{
    barrier_init(&world.barrier.ours, world.members);
    return crew_run(world.members, ours_member, context, operations * world.members);
}

static uint64_t pthread_member(void *context, uint64_t operations)
{
    uint64_t last = 0;
    (void)context;
    for (uint64_t i = 0; i < operations; i++)
        last += pthread_barrier_wait(&world.barrier.pthread) == PTHREAD_BARRIER_SERIAL_THREAD;
    return last;
}
static uint64_t with_pthread(void *context, uint64_t operations)
{
    pthread_barrier_init(&world.barrier.pthread, NULL, world.members);
    return crew_run(world.members, pthread_member, context, operations * world.members);
}

static const struct bench_contender two[] = {
    {.name = "syslab", .run = ours, .setup = set_up_2},
    {.name = "pthread", .run = with_pthread, .setup = set_up_2},
    {.name = "std", .symbol = "peer_std_barrier_2"},
    {0},
};
static const struct bench_contender four[] = {
    {.name = "syslab", .run = ours, .setup = set_up_4},
    {.name = "pthread", .run = with_pthread, .setup = set_up_4},
    {.name = "std", .symbol = "peer_std_barrier_4"},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "barrier/round-2",
     .work = "a round of 2 threads",
     .operations = 1 << 10,
     .two_threads = true,
     .contenders = two},
    {.name = "barrier/round-4",
     .work = "a round of 4 threads on 2 cores",
     .operations = 1 << 8,
     .contenders = four},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
