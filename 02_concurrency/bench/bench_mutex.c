/* bench_mutex.c - lock and unlock: ours beside parking_lot, Rust's std::sync::Mutex and pthread_mutex.
 *
 *   uncontended     one thread, nobody in the way
 *   2-threads, 4-threads, 8-threads    all count up one number, with nothing between two locks: as contended
 *                   as can be; with four and eight there are more threads than cores
 *
 *   bench_mutex --fairness      not the throughput, but what it costs those who wait: the longest that any
 *                   lock call took, and the least and most that one thread got of its fair share
 *
 * Throughput alone is easy: let one thread keep the lock. So read the two together. The number lies beside the lock,
 * for every contender, and each thread stops when it has reached the total: they compete to the end.
 */
#define MUTEX_CHECKED 0
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/mutex.h"
#include "07_unsafe/bits.h"
#include "bench/bench.h"

enum { THREADS_MAX = 8 };

/* ---- what one thread does: count up under the lock until the total is reached ---- */

struct ours {
    struct mutex mutex;
    uint64_t counter;
};

struct posix {
    pthread_mutex_t mutex;
    uint64_t counter;
};

/* NAME_work returns how many of the total this thread counted, NAME_wait the longest wait in cycles. */
#define WORK(name, lock, unlock)                                                                   \
    static uint64_t name##_work(void *context, uint64_t total)                                     \
    {                                                                                              \
        struct name *shared = context;                                                             \
        for (uint64_t mine = 0;; mine++) {                                                         \
            lock(&shared->mutex);                                                                  \
            if (shared->counter == total) {                                                        \
                unlock(&shared->mutex);                                                            \
                return mine;                                                                       \
            }                                                                                      \
            shared->counter++;                                                                     \
            unlock(&shared->mutex);                                                                \
        }                                                                                          \
    }                                                                                              \
    static uint64_t name##_wait(void *context, uint64_t total)                                     \
    {                                                                                              \
        struct name *shared = context;                                                             \
        for (uint64_t longest = 0;;) {                                                             \
            uint64_t before = bits_cycles();                                                       \
            lock(&shared->mutex);                                                                  \
            uint64_t waited = bits_cycles() - before;                                              \
            longest = waited > longest ? waited : longest;                                         \
            if (shared->counter == total) {                                                        \
                unlock(&shared->mutex);                                                            \
                return longest;                                                                    \
            }                                                                                      \
            shared->counter++;                                                                     \
            unlock(&shared->mutex);                                                                \
        }                                                                                          \
    }
WORK(ours, mutex_lock, mutex_unlock)
WORK(posix, pthread_mutex_lock, pthread_mutex_unlock)

/* Both are free when all their bytes are zero. */
static void *zeroed_line(void)
{
    void *line = aligned_alloc(128, 128);
    return line ? memset(line, 0, 128) : NULL;
}

/* ---- the contenders ---- */

typedef uint64_t (*work_fn)(void *context, uint64_t total);

struct lock_kind {
    const char *name, *peer; /* peer: of the Rust peers' symbols; NULL: it is C */
    work_fn work, wait;
};

static const struct lock_kind ours_kind = {"syslab", NULL, ours_work, ours_wait};
static const struct lock_kind parking_lot_kind = {"parking_lot", "parking_lot", NULL, NULL};
static const struct lock_kind std_kind = {"std::sync::Mutex", "std", NULL, NULL};
static const struct lock_kind posix_kind = {"pthread_mutex", NULL, posix_work, posix_wait};

static void *peer_symbol(const struct lock_kind *kind, const char *what)
{
    char name[80];
    snprintf(name, sizeof(name), "peer_%s_mutex_%s", kind->peer, what);
    return bench_symbol(bench_peers(), name);
}

/* One lock and its threads. */
struct crowd {
    unsigned thread_count;
    void *lock;
    work_fn work, wait;
    void (*teardown)(void *lock);
};

static void *peer_lock(const struct lock_kind *kind, struct crowd *crowd)
{
    void *setup = peer_symbol(kind, "setup"), *teardown = peer_symbol(kind, "teardown");
    void *work = peer_symbol(kind, "work"), *wait = peer_symbol(kind, "wait");
    void *(*make)(void);
    if (!setup || !teardown || !work || !wait)
        return NULL;
    memcpy(&make, &setup, sizeof(make));
    memcpy(&crowd->teardown, &teardown, sizeof(teardown));
    memcpy(&crowd->work, &work, sizeof(work));
    memcpy(&crowd->wait, &wait, sizeof(wait));
    return make();
}

static void *crowd_make(const struct lock_kind *kind, unsigned thread_count)
{
    struct crowd *crowd = malloc(sizeof(*crowd));
    if (!crowd)
        return NULL;
    *crowd = (struct crowd){thread_count, NULL, kind->work, kind->wait, free};
    crowd->lock = kind->peer ? peer_lock(kind, crowd) : zeroed_line();
    if (crowd->lock)
        return crowd;
    free(crowd);
    return NULL;
}

static void crowd_end(void *context)
{
    struct crowd *crowd = context;
    crowd->teardown(crowd->lock);
    free(crowd);
}

/* ---- a crowd at work ---- */

struct member {
    pthread_t thread;
    pthread_barrier_t *gate;
    const struct crowd *crowd;
    work_fn how;
    uint64_t total, result;
};

static void *member_main(void *argument)
{
    struct member *member = argument;
    pthread_barrier_wait(member->gate);
    member->result = member->how(member->crowd->lock, member->total);
    return NULL;
}

/* All members do `how` until the total is reached. */
static void run_members(const struct crowd *crowd, work_fn how, uint64_t total,
                        struct member *members)
{
    pthread_barrier_t gate;
    pthread_barrier_init(&gate, NULL, crowd->thread_count);
    for (unsigned i = 0; i < crowd->thread_count; i++) {
        members[i] = (struct member){.gate = &gate, .crowd = crowd, .how = how, .total = total};
        if (pthread_create(&members[i].thread, NULL, member_main, &members[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < crowd->thread_count; i++)
        pthread_join(members[i].thread, NULL);
    pthread_barrier_destroy(&gate);
}

static uint64_t crowd_run(void *context, uint64_t operations)
{
    struct member members[THREADS_MAX];
    const struct crowd *crowd = context;
    if (crowd->thread_count == 1)
        return crowd->work(crowd->lock, operations);
    uint64_t sum = 0;
    run_members(crowd, crowd->work, operations, members);
    for (unsigned i = 0; i < crowd->thread_count; i++)
        sum += members[i].result;
    return sum;
}

/* ---- fairness ---- */

enum { FAIRNESS_TOTAL = 20 * 1000 * 1000, FAIRNESS_RUNS = 3 };

static uint64_t most(const struct member *members, unsigned count)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < count; i++)
        most = members[i].result > most ? members[i].result : most;
    return most;
}

static uint64_t least(const struct member *members, unsigned count)
{
    uint64_t least = UINT64_MAX;
    for (unsigned i = 0; i < count; i++)
        least = members[i].result < least ? members[i].result : least;
    return least;
}

/* Cycles in a millisecond, as of now. */
static double measure_cycles_ms(void)
{
    uint64_t cycles = bits_cycles();
    for (uint64_t until_ns = deadline_after_ns(10 * DEADLINE_MS); !deadline_has_passed(until_ns);)
        ;
    return (double)(bits_cycles() - cycles) / 10;
}

static void print_fairness_of(const struct lock_kind *kind, unsigned thread_count, double cycles_ms)
{
    struct member members[THREADS_MAX];
    double fair_share = (double)FAIRNESS_TOTAL / thread_count;
    for (int run = 0; run < FAIRNESS_RUNS; run++) {
        struct crowd *crowd = crowd_make(kind, thread_count);
        if (!crowd) {
            printf("%-18s skipped\n", kind->name);
            return;
        }
        run_members(crowd, crowd->work, FAIRNESS_TOTAL, members);
        double low = (double)least(members, thread_count) / fair_share;
        double high = (double)most(members, thread_count) / fair_share;
        crowd_end(crowd);
        crowd = crowd_make(kind, thread_count);
        if (!crowd)
            return;
        run_members(crowd, crowd->wait, FAIRNESS_TOTAL, members);
        printf("%-18s %u threads: longest wait %6.1f ms, shares %3.0f%% to %3.0f%% of a fair one\n",
               kind->name, thread_count, (double)most(members, thread_count) / cycles_ms, 100 * low,
               100 * high);
        crowd_end(crowd);
    }
}

static int print_fairness(void)
{
    static const struct lock_kind *const kinds[] = {&ours_kind, &parking_lot_kind, &std_kind,
                                                    &posix_kind};
    double cycles_ms = measure_cycles_ms();
    for (unsigned thread_count = 2; thread_count <= THREADS_MAX; thread_count *= 2)
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            print_fairness_of(kinds[i], thread_count, cycles_ms);
    return 0;
}

/* ---- the rows ---- */

#define SETUPS(count)                                                                              \
    static void *ours_##count(void)                                                                \
    {                                                                                              \
        return crowd_make(&ours_kind, count);                                                      \
    }                                                                                              \
    static void *parking_lot_##count(void)                                                         \
    {                                                                                              \
        return crowd_make(&parking_lot_kind, count);                                               \
    }                                                                                              \
    static void *std_##count(void)                                                                 \
    {                                                                                              \
        return crowd_make(&std_kind, count);                                                       \
    }                                                                                              \
    static void *posix_##count(void)                                                               \
    {                                                                                              \
        return crowd_make(&posix_kind, count);                                                     \
    }                                                                                              \
    static const struct bench_contender with_##count[] = {                                         \
        {.name = "syslab", .run = crowd_run, .setup = ours_##count, .teardown = crowd_end},        \
        {.name = "parking_lot",                                                                    \
         .run = crowd_run,                                                                         \
         .setup = parking_lot_##count,                                                             \
         .teardown = crowd_end,                                                                    \
         .package = "librust-parking-lot-dev"},                                                    \
        {.name = "std::sync::Mutex",                                                               \
         .run = crowd_run,                                                                         \
         .setup = std_##count,                                                                     \
         .teardown = crowd_end,                                                                    \
         .package = "cargo"},                                                                      \
        {.name = "pthread_mutex",                                                                  \
         .run = crowd_run,                                                                         \
         .setup = posix_##count,                                                                   \
         .teardown = crowd_end},                                                                   \
        {0},                                                                                       \
    };
SETUPS(1)
SETUPS(2)
SETUPS(4)
SETUPS(8)

static const struct bench_row rows[] = {
    {.name = "mutex/uncontended",
     .work = "lock, count, unlock; one thread",
     .operations = 1 << 20,
     .floor = 1.0,
     .contenders = with_1},
    {.name = "mutex/2-threads",
     .work = "lock, count, unlock; two threads, one lock",
     .operations = 1 << 22,
     .floor = 0.714,
     .two_threads = true,
     .contenders = with_2},
    {.name = "mutex/4-threads",
     .work = "lock, count, unlock; four threads, one lock",
     .operations = 1 << 22,
     .floor = 0.714,
     .two_threads = true,
     .contenders = with_4},
    {.name = "mutex/8-threads",
     .work = "lock, count, unlock; eight threads, one lock",
     .operations = 1 << 22,
     .floor = 0.714,
     .two_threads = true,
     .contenders = with_8},
    {0},
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--fairness") == 0)
        return print_fairness();
    return bench_main(argc, argv, rows);
}
