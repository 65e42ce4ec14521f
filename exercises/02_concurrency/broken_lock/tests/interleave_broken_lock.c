/* interleave_broken_lock.c - four small programs, each of which meets one fault of the given lock and none of the others, so
 * that a trace has one thing to tell; two that look at the whole; and what the student says of the four. */
#include <pthread.h>

#include "broken_lock.h"
#include "futex.h"
#include "subject.h"

static struct rw rw;
static int data; /* plain: the lock keeps it */

static pthread_t start(void *(*run)(void *))
{
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    return thread;
}

/* Who waits sleeps: a program whose threads go round does not get past this. */
static void wait_for_sleeps(int count)
{
    while (atomic_load_explicit(&futex_sleeps, memory_order_relaxed) < count)
        continue;
}

static void *read_data(void *unused)
{
    (void)unused;
    rw_read_lock(&rw);
    expect_true(data >= 0, "a reader reads what a writer wrote");
    rw_read_unlock(&rw);
    return NULL;
}

static void *write_data(void *unused)
{
    (void)unused;
    rw_write_lock(&rw);
    data++;
    rw_write_unlock(&rw);
    return NULL;
}

/* ---- one fault each ----------------------------------------------------------------------------- */

static void *try_to_write(void *unused)
{
    (void)unused;
    if (!rw_try_write_lock(&rw))
        return NULL;
    data++;
    rw_write_unlock(&rw);
    return NULL;
}

static void writer_follows_a_reader(void)
{
    rw_read_lock(&rw);
    pthread_t writer = start(try_to_write);
    expect_int(data, 0, "no writer is there beside a reader");
    rw_read_unlock(&rw);
    pthread_join(writer, NULL);
    subject_done();
}

static atomic_int
    writers; /* that have the lock. Relaxed: an order would be one that the lock does not have */

static void *try_to_be_alone(void *unused)
{
    (void)unused;
    if (!rw_try_write_lock(&rw))
        return NULL;
    atomic_store_explicit(&writers, 1, memory_order_relaxed);
    atomic_store_explicit(&writers, 0, memory_order_relaxed);
    rw_write_unlock(&rw);
    return NULL;
}

static void reader_meets_a_writer(void)
{
    pthread_t writer = start(try_to_be_alone);
    rw_read_lock(&rw);
    expect_int(atomic_load_explicit(&writers, memory_order_relaxed), 0,
               "no reader is there beside a writer");
    rw_read_unlock(&rw);
    pthread_join(writer, NULL);
    subject_done();
}

static void writer_waits_for_a_writer(void)
{
    rw_write_lock(&rw);
    pthread_t writer = start(write_data);
    data++;
    rw_write_unlock(&rw);
    pthread_join(writer, NULL);
    expect_int(data, 2, "both have written");
    subject_done();
}

/* Stays: one that leaves would wake another. */
static void *read_and_stay(void *unused)
{
    (void)unused;
    rw_read_lock(&rw);
    expect_int(data, 1, "a reader reads what the writer before it wrote");
    return NULL;
}

static void readers_wait_for_a_writer(void)
{
    rw_write_lock(&rw);
    pthread_t one = start(read_and_stay), other = start(read_and_stay);
    data++;
    wait_for_sleeps(2);
    rw_write_unlock(&rw);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    rw_read_unlock(&rw);
    rw_read_unlock(&rw);
    subject_done();
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static void writer_waits_for_the_last_reader(void)
{
    rw_read_lock(&rw);
    pthread_t reader = start(read_data), writer = start(write_data);
    wait_for_sleeps(1);
    expect_int(data, 0, "no writer is there beside a reader");
    rw_read_unlock(&rw);
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
    subject_done();
}

static void *read_and_write(void *unused)
{
    read_data(unused);
    return write_data(unused);
}

static void lock_is_a_lock(void)
{
    pthread_t other = start(read_and_write);
    write_data(NULL);
    read_data(NULL);
    pthread_join(other, NULL);
    expect_int(data, 2, "nobody writes beside another");
    subject_done();
}

/* ---- one thread --------------------------------------------------------------------------------- */

/* What the given code does for one reader is cheap enough, and wrong. */
static bool is_as_given(const struct subject_operation *first)
{
    static const struct subject_operation given[] = {{SUBJECT_LOAD, memory_order_acquire},
                                                     {SUBJECT_LOAD, memory_order_relaxed},
                                                     {SUBJECT_UPDATE, memory_order_acquire},
                                                     {SUBJECT_UPDATE, memory_order_relaxed},
                                                     {SUBJECT_UPDATE, memory_order_release}};
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        if (first[i].kind != given[i].kind || first[i].order != given[i].order)
            return false;
    return true;
}

enum { OPERATIONS_MAX = 64, OPERATIONS_ENOUGH = 32 };

/* Of a thread that is alone, at its end: what stands behind the call would be counted as well. */
static void expect_cheap(void)
{
    static struct subject_operation all[OPERATIONS_MAX];
    size_t count = subject_operations(all, OPERATIONS_MAX);
    expect_true(!is_as_given(all), "rw_read_lock and rw_read_unlock are mended");
    expect_at_most(count, OPERATIONS_ENOUGH,
                   "where nobody is in the way, few operations are enough");
    for (size_t i = 0; i < count; i++) {
        expect_true(all[i].kind != SUBJECT_FENCE, "there is no fence");
        expect_true(all[i].order != memory_order_seq_cst, "no operation is seq_cst");
    }
}

static void lock_costs_what_it_did(void)
{
    rw_read_lock(&rw);
    rw_read_unlock(&rw);
    rw_write_lock(&rw);
    rw_write_unlock(&rw);
    expect_true(rw_try_write_lock(&rw), "a lock that nobody has can be had");
    expect_true(!rw_try_write_lock(&rw), "a lock that somebody has cannot");
    rw_write_unlock(&rw);
    rw_read_lock(&rw);
    rw_read_lock(&rw); /* readers share it */
    rw_read_unlock(&rw);
    expect_true(!rw_try_write_lock(&rw), "a lock that a reader has cannot be had");
    rw_read_unlock(&rw);
    expect_true(rw_try_write_lock(&rw), "a lock that all readers gave back can be had");
    expect_cheap();
    subject_done();
}

/* ---- the explanation ---------------------------------------------------------------------------- */

static void explains_the_race(void)
{
    struct rw_explained said = rw_explain();
    expect_true(said.race_read_from == RU1 && said.race_needs == memory_order_release,
                "both answers are what the trace of writer_follows_a_reader shows");
    subject_done();
}

static void explains_the_two_steps(void)
{
    struct rw_explained said = rw_explain();
    expect_true(said.met_looked == RL2 && said.met_acted == RL3 && said.met_between == WT1,
                "all three answers are what the trace of reader_meets_a_writer shows");
    subject_done();
}

static void explains_the_lost_wake_up(void)
{
    struct rw_explained said = rw_explain();
    expect_true(said.missed_looked == WL1 && said.missed_before == WT1 &&
                    said.missed_read_from == WU2,
                "all three answers are what the trace of writer_waits_for_a_writer shows");
    subject_done();
}

static void explains_who_is_left(void)
{
    struct rw_explained said = rw_explain();
    expect_true(said.left_sleeps == RL4 && said.left_wakes == WU3 && said.left_asleep == 2,
                "all three answers are what the trace of readers_wait_for_a_writer shows");
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"explains_the_race", explains_the_race},
    {"explains_the_two_steps", explains_the_two_steps},
    {"explains_the_lost_wake_up", explains_the_lost_wake_up},
    {"explains_who_is_left", explains_who_is_left},
    {"writer_follows_a_reader", writer_follows_a_reader},
    {"reader_meets_a_writer", reader_meets_a_writer},
    {"writer_waits_for_a_writer", writer_waits_for_a_writer},
    {"readers_wait_for_a_writer", readers_wait_for_a_writer},
    {"writer_waits_for_the_last_reader", writer_waits_for_the_last_reader},
    {"lock_is_a_lock", lock_is_a_lock},
    {"lock_costs_what_it_did", lock_costs_what_it_did},
    {NULL, NULL},
};
