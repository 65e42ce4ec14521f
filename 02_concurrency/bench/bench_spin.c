/* bench_spin.c - a counter behind a lock, by one thread and by 2 and 4 at once.
 *
 *   lock-1     nobody else wants it
 *   lock-2     as many threads as cores: what the trips of the cache's lines cost
 *   lock-4     more threads than cores: what an order costs when the next one is not running. The lock is held for
 *              half a microsecond, so that a sample of the fastest is not minutes of the slowest. Here the scheduler
 *              decides, not the trip of a line: the row does not ask for its probe
 *
 * The family for study, beside glibc's locks and ck's test-and-set. The queue locks of other libraries are not
 * in the table: they never give the core away, so with more threads than cores (also: on a busy machine)
 * each handover takes a time slice.
 */
#include <pthread.h>
#include <stdalign.h>
#include <string.h>

#include "02_concurrency/cache_line.h"
#include "02_concurrency/spin.h"
#include "bench/bench.h"
#include "bench/ck.h"
#include "bench/crew.h"
#ifdef BENCH_CK_INSTALLED
#include <ck_spinlock.h>
#endif

enum {
    MEMBERS_MAX = 4,
    HOLD = 250, /* multiplications, about half a microsecond */
};

static struct world {
    alignas(CACHE_LINE_APART) union {
        struct spin_tas tas;
        struct spin_ttas ttas;
        struct spin_ticket ticket;
        struct spin_mcs mcs;
        struct spin_clh clh;
        pthread_spinlock_t spin;
        pthread_mutex_t mutex;
#ifdef BENCH_CK_INSTALLED
        ck_spinlock_fas_t fas;
#endif
    } lock;
    alignas(CACHE_LINE_APART) uint64_t counter;
    alignas(CACHE_LINE_APART) unsigned members, hold;
    atomic_uint arrived;
    struct {
        alignas(CACHE_LINE_APART) struct spin_clh_node clh;
    } nodes[MEMBERS_MAX];
} world;

static void *set_up(unsigned members)
{
    memset(&world, 0, sizeof(world));
    world.members = members;
    world.hold = members > 2 ? HOLD : 0;
    return &world;
}

static void *set_up_1(void)
{
    return set_up(1);
}
static void *set_up_2(void)
{
    return set_up(2);
}
static void *set_up_4(void)
{
    return set_up(4);
}

/* What is done with the lock held. */
static inline void count_one(void)
{
    uint64_t sum = ++world.counter;
    for (unsigned i = 0; i < world.hold; i++) {
        sum *= 3;
        bench_keep(&sum);
    }
}

static uint64_t count_with(bench_run_fn work, uint64_t operations)
{
    uint64_t before = world.counter;
    crew_run(world.members, work, &world, operations);
    return world.counter - before;
}

static uint64_t tas_member(void *context, uint64_t operations)
{
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        spin_tas_lock(&world.lock.tas);
        count_one();
        spin_tas_unlock(&world.lock.tas);
    }
    return 0;
}
static uint64_t tas(void *context, uint64_t operations)
{
    (void)context;
    return count_with(tas_member, operations);
}

static uint64_t ttas_member(void *context, uint64_t operations)
{
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        spin_ttas_lock(&world.lock.ttas);
        count_one();
        spin_ttas_unlock(&world.lock.ttas);
    }
    return 0;
}
static uint64_t ttas(void *context, uint64_t operations)
{
    (void)context;
    return count_with(ttas_member, operations);
}

static uint64_t ticket_member(void *context, uint64_t operations)
{
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        spin_ticket_lock(&world.lock.ticket);
        count_one();
        spin_ticket_unlock(&world.lock.ticket);
    }
    return 0;
}
static uint64_t ticket(void *context, uint64_t operations)
{
    (void)context;
    return count_with(ticket_member, operations);
}

static uint64_t mcs_member(void *context, uint64_t operations)
{
    struct spin_mcs_node node;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        spin_mcs_lock(&world.lock.mcs, &node);
        count_one();
        spin_mcs_unlock(&world.lock.mcs, &node);
    }
    return 0;
}
static uint64_t mcs(void *context, uint64_t operations)
{
    (void)context;
    return count_with(mcs_member, operations);
}

static uint64_t clh_member(void *context, uint64_t operations)
{
    (void)context;
    struct spin_clh_node *node = &world.nodes[atomic_fetch_add(&world.arrived, 1)].clh;
    for (uint64_t i = 0; i < operations; i++) {
        spin_clh_lock(&world.lock.clh, node);
        count_one();
        node = spin_clh_unlock(node);
    }
    return 0;
}
static uint64_t clh(void *context, uint64_t operations)
{
    (void)context;
    atomic_store(&world.arrived, 0);
    spin_clh_init(&world.lock.clh); /* the nodes have wandered */
    return count_with(clh_member, operations);
}

static uint64_t pthread_spin_member(void *context, uint64_t operations)
{
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        pthread_spin_lock(&world.lock.spin);
        count_one();
        pthread_spin_unlock(&world.lock.spin);
    }
    return 0;
}
static uint64_t with_pthread_spin(void *context, uint64_t operations)
{
    (void)context;
    pthread_spin_init(&world.lock.spin, PTHREAD_PROCESS_PRIVATE);
    return count_with(pthread_spin_member, operations);
}

static uint64_t pthread_mutex_member(void *context, uint64_t operations)
{
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        pthread_mutex_lock(&world.lock.mutex);
        count_one();
        pthread_mutex_unlock(&world.lock.mutex);
    }
    return 0;
}
static uint64_t with_pthread_mutex(void *context, uint64_t operations)
{
    (void)context;
    pthread_mutex_init(&world.lock.mutex, NULL);
    return count_with(pthread_mutex_member, operations);
}

#ifdef BENCH_CK_INSTALLED
static uint64_t ck_fas_member(void *context, uint64_t operations)
{
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        ck_spinlock_fas_lock(&world.lock.fas);
        count_one();
        ck_spinlock_fas_unlock(&world.lock.fas);
    }
    return 0;
}
static uint64_t with_ck_fas(void *context, uint64_t operations)
{
    (void)context;
    ck_spinlock_fas_init(&world.lock.fas);
    return count_with(ck_fas_member, operations);
}
#endif

#define CONTENDERS(prepare)                                                                        \
    {                                                                                              \
        {.name = "syslab-ttas", .run = ttas, .setup = (prepare)},                                  \
            {.name = "syslab-tas", .run = tas, .setup = (prepare)},                                \
            {.name = "syslab-ticket", .run = ticket, .setup = (prepare)},                          \
            {.name = "syslab-mcs", .run = mcs, .setup = (prepare)},                                \
            {.name = "syslab-clh", .run = clh, .setup = (prepare)},                                \
            {.name = "pthread-spin", .run = with_pthread_spin, .setup = (prepare)},                \
            {.name = "pthread-mutex", .run = with_pthread_mutex, .setup = (prepare)},              \
            {.name = "ck-fas",                                                                     \
             .run = BENCH_CK(with_ck_fas),                                                         \
             .setup = (prepare),                                                                   \
             .package = BENCH_CK_PACKAGE},                                                         \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
static const struct bench_contender alone[] = CONTENDERS(set_up_1);
static const struct bench_contender two[] = CONTENDERS(set_up_2);
static const struct bench_contender four[] = CONTENDERS(set_up_4);

static const struct bench_row rows[] = {
    {.name = "spin/lock-1",
     .work = "lock, count, unlock; nobody else",
     .operations = 1 << 18,
     .contenders = alone},
    {.name = "spin/lock-2",
     .work = "the same, 2 threads",
     .operations = 1 << 14,
     .two_threads = true,
     .contenders = two},
    {.name = "spin/lock-4",
     .work = "the same, held for 0.5 us, 4 threads on 2 cores",
     .operations = 1 << 12,
     .contenders = four},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
