/* bench_seqlock.c - 32 bytes that are read all the time and written now and then.
 *
 *   read-32B    nobody writes
 *   read-2      two threads read at once
 *   mixed-2     the same, and each thousandth operation is a write
 *
 * ck_sequence leaves the copying to the caller: here memcpy, as ck's own tests do, which C calls a data race.
 */
#include <pthread.h>
#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include "02_concurrency/cache_line.h"
#include "02_concurrency/seqlock.h"
#include "bench/bench.h"
#include "bench/ck.h"
#include "bench/crew.h"
#ifdef BENCH_CK_INSTALLED
#include <ck_sequence.h>
#include <ck_spinlock.h>
#endif

enum { WRITE_EVERY = 1000 };

struct value {
    uint64_t number[4];
};

static struct world {
    alignas(CACHE_LINE_APART) struct seqlock lock;
    SEQLOCK_WORDS(words, sizeof(struct value));
    alignas(CACHE_LINE_APART) pthread_rwlock_t rwlock;
    struct value value;
#ifdef BENCH_CK_INSTALLED
    alignas(CACHE_LINE_APART) ck_sequence_t ck;
    struct value ck_value;
    ck_spinlock_fas_t ck_writer;
#endif
} world;

static void *set_up(void)
{
    memset(&world, 0, sizeof(world));
    pthread_rwlock_init(&world.rwlock, NULL);
    return &world;
}

/* Each number is a multiple of the first: a torn value shows in the answer, which is 0. */
static uint64_t torn(const struct value *value)
{
    return value->number[1] - 3 * value->number[0] + value->number[3] - 7 * value->number[0];
}
static struct value make(uint64_t number)
{
    return (struct value){{number, 3 * number, 5 * number, 7 * number}};
}

static uint64_t ours(uint64_t operations, uint64_t write_every)
{
    uint64_t wrong = 0, until_write = write_every;
    for (uint64_t i = 1; i <= operations; i++) {
        struct value value;
        if (--until_write == 0) {
            until_write = write_every;
            value = make(i);
            seqlock_write(&world.lock, world.words, &value, sizeof(value));
            continue;
        }
        seqlock_read(&world.lock, world.words, &value, sizeof(value));
        wrong += torn(&value) != 0;
    }
    return wrong;
}

static uint64_t by_rwlock(uint64_t operations, uint64_t write_every)
{
    uint64_t wrong = 0, until_write = write_every;
    for (uint64_t i = 1; i <= operations; i++) {
        struct value value;
        if (--until_write == 0) {
            until_write = write_every;
            pthread_rwlock_wrlock(&world.rwlock);
            world.value = make(i);
            pthread_rwlock_unlock(&world.rwlock);
            continue;
        }
        pthread_rwlock_rdlock(&world.rwlock);
        value = world.value;
        pthread_rwlock_unlock(&world.rwlock);
        wrong += torn(&value) != 0;
    }
    return wrong;
}

#ifdef BENCH_CK_INSTALLED
static uint64_t by_ck(uint64_t operations, uint64_t write_every)
{
    uint64_t wrong = 0, until_write = write_every;
    for (uint64_t i = 1; i <= operations; i++) {
        struct value value;
        unsigned version;
        if (--until_write == 0) {
            until_write = write_every;
            value = make(i);
            ck_spinlock_fas_lock(&world.ck_writer);
            ck_sequence_write_begin(&world.ck);
            memcpy(&world.ck_value, &value, sizeof(value));
            ck_sequence_write_end(&world.ck);
            ck_spinlock_fas_unlock(&world.ck_writer);
            continue;
        }
        do {
            version = ck_sequence_read_begin(&world.ck);
            memcpy(&value, &world.ck_value, sizeof(value));
        } while (ck_sequence_read_retry(&world.ck, version));
        wrong += torn(&value) != 0;
    }
    return wrong;
}
#endif

/* Who, how many, how often a write. */
static uint64_t ours_reads(void *context, uint64_t operations)
{
    (void)context;
    return ours(operations, UINT64_MAX);
}
static uint64_t rwlock_reads(void *context, uint64_t operations)
{
    (void)context;
    return by_rwlock(operations, UINT64_MAX);
}
static uint64_t ours_mixed(void *context, uint64_t operations)
{
    (void)context;
    return ours(operations, WRITE_EVERY);
}
static uint64_t rwlock_mixed(void *context, uint64_t operations)
{
    (void)context;
    return by_rwlock(operations, WRITE_EVERY);
}
static uint64_t ours_reads_2(void *context, uint64_t operations)
{
    return crew_run(2, ours_reads, context, operations);
}
static uint64_t rwlock_reads_2(void *context, uint64_t operations)
{
    return crew_run(2, rwlock_reads, context, operations);
}
static uint64_t ours_mixed_2(void *context, uint64_t operations)
{
    return crew_run(2, ours_mixed, context, operations);
}
static uint64_t rwlock_mixed_2(void *context, uint64_t operations)
{
    return crew_run(2, rwlock_mixed, context, operations);
}

#ifdef BENCH_CK_INSTALLED
static uint64_t ck_reads(void *context, uint64_t operations)
{
    (void)context;
    return by_ck(operations, UINT64_MAX);
}
static uint64_t ck_mixed(void *context, uint64_t operations)
{
    (void)context;
    return by_ck(operations, WRITE_EVERY);
}
static uint64_t ck_reads_2(void *context, uint64_t operations)
{
    return crew_run(2, ck_reads, context, operations);
}
static uint64_t ck_mixed_2(void *context, uint64_t operations)
{
    return crew_run(2, ck_mixed, context, operations);
}
#endif

#define PEERS(with_ck, with_rwlock)                                                                \
    {.name = "ck_sequence",                                                                        \
     .run = BENCH_CK(with_ck),                                                                     \
     .setup = set_up,                                                                              \
     .package = BENCH_CK_PACKAGE},                                                                 \
        {.name = "pthread-rwlock", .run = with_rwlock, .setup = set_up},                           \
    {                                                                                              \
        0                                                                                          \
    }
static const struct bench_contender reads[] = {
    {.name = "syslab", .run = ours_reads, .setup = set_up}, PEERS(ck_reads, rwlock_reads)};
static const struct bench_contender reads_2[] = {
    {.name = "syslab", .run = ours_reads_2, .setup = set_up}, PEERS(ck_reads_2, rwlock_reads_2)};
static const struct bench_contender mixed_2[] = {
    {.name = "syslab", .run = ours_mixed_2, .setup = set_up}, PEERS(ck_mixed_2, rwlock_mixed_2)};

static const struct bench_row rows[] = {
    {.name = "seqlock/read-32B",
     .work = "read 32 bytes; nobody writes",
     .operations = 1 << 18,
     .contenders = reads},
    {.name = "seqlock/read-2",
     .work = "the same, 2 threads",
     .operations = 1 << 18,
     .two_threads = true,
     .contenders = reads_2},
    {.name = "seqlock/mixed-2",
     .work = "2 threads, each thousandth operation is a write",
     .operations = 1 << 18,
     .two_threads = true,
     .contenders = mixed_2},
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
