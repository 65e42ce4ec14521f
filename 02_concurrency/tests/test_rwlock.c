/* test_rwlock.c - who may be inside with whom, deadlines, upgrade and downgrade, slots that are not to be had, and
 * waits that are disturbed. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/rwlock.h"
#include "02_concurrency/wait_queue.h"

enum {
#if defined(__SANITIZE_THREAD__)
    MANY = 200, /* each costs it milliseconds */
#else
    MANY = 1000,
#endif
    READERS_WITHOUT_ROW = RWLOCK_SLOTS_ROWS + 6,
    STACK_BYTES = 128 * 1024,
};

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

/* ---- another thread that does one thing with the lock, and says what came of it ---- */

struct other {
    pthread_t thread;
    struct rwlock *lock;
    int (*act)(struct rwlock *lock); /* then it unlocks what it got */
    void (*unlock)(struct rwlock *lock);
    int result;
    atomic_bool begun, done, may_unlock, ended;
};

static void *run_other(void *argument)
{
    struct other *other = argument;
    atomic_store(&other->begun, true);
    other->result = other->act(other->lock);
    atomic_store(&other->done, true);
    while (!atomic_load(&other->may_unlock))
        nap();
    if (other->result == 0 && other->unlock)
        other->unlock(other->lock);
    atomic_store(&other->ended, true);
    return NULL;
}

static void start(struct other *other)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK_BYTES);
    ck_assert_int_eq(pthread_create(&other->thread, &small, run_other, other), 0);
    pthread_attr_destroy(&small);
}

static void wait_for(atomic_bool *flag)
{
    while (!atomic_load(flag)) /* the case's own limit is the deadline */
        nap();
}

/* Returns: what came of the act. */
static int finish(struct other *other)
{
    atomic_store(&other->may_unlock, true);
    pthread_join(other->thread, NULL);
    return other->result;
}

static int act_read(struct rwlock *lock)
{
    rwlock_read_lock(lock);
    return 0;
}
static int act_write(struct rwlock *lock)
{
    rwlock_write_lock(lock);
    return 0;
}
static int act_try_read(struct rwlock *lock)
{
    return rwlock_try_read_lock(lock) ? 0 : -EBUSY;
}
static int act_try_write(struct rwlock *lock)
{
    return rwlock_try_write_lock(lock) ? 0 : -EBUSY;
}
static int act_read_briefly(struct rwlock *lock)
{
    return rwlock_read_lock_until(lock, deadline_after_ns(3 * DEADLINE_MS));
}
static int act_write_briefly(struct rwlock *lock)
{
    return rwlock_write_lock_until(lock, deadline_after_ns(3 * DEADLINE_MS));
}

static void unlock_read(struct rwlock *lock)
{
    rwlock_read_unlock(lock);
}

static void unlock_write(struct rwlock *lock)
{
    rwlock_write_unlock(lock);
}

#define READS(how)                                                                                 \
    {                                                                                              \
        .lock = &lock, .act = (how), .unlock = unlock_read                                         \
    }
#define WRITES(how)                                                                                \
    {                                                                                              \
        .lock = &lock, .act = (how), .unlock = unlock_write                                        \
    }

static struct rwlock lock;

static int try_elsewhere(int (*act)(struct rwlock *), void (*unlock)(struct rwlock *))
{
    struct other other = {.lock = &lock, .act = act, .unlock = unlock};
    start(&other);
    return finish(&other);
}

static bool others_may_read(void)
{
    return try_elsewhere(act_try_read, unlock_read) == 0;
}
static bool others_may_write(void)
{
    return try_elsewhere(act_try_write, unlock_write) == 0;
}

static bool is_asleep_for_readers(void)
{
    return atomic_load(&rwlock_slots.sleepers[rwlock_slots_column(&lock)]) > 0;
}
static bool somebody_is_parked(void)
{
    return atomic_load(&lock.state) & RWLOCK_PARKED;
}

/* ---- who with whom ---- */

START_TEST(readers_share)
{
    for (int i = 0; i < 3; i++) {
        rwlock_read_lock(&lock);
        ck_assert(others_may_read());
        ck_assert(!others_may_write());
        rwlock_read_unlock(&lock);
        ck_assert(others_may_write());
    }
    ck_assert_uint_eq(atomic_load(&lock.state), 0);
}
END_TEST

START_TEST(a_writer_is_alone)
{
    for (int i = 0; i < 3; i++) {
        rwlock_write_lock(&lock);
        ck_assert(!others_may_read());
        ck_assert(!others_may_write());
        rwlock_write_unlock(&lock);
        ck_assert(others_may_read());
    }
    ck_assert_uint_eq(atomic_load(&lock.state), 0);
}
END_TEST

START_TEST(a_waiting_writer_goes_before_later_readers)
{
    struct other writer = WRITES(act_write);
    rwlock_read_lock(&lock);
    start(&writer);
    while (!(atomic_load(&lock.state) & RWLOCK_WRITER))
        nap();
    ck_assert(!others_may_read());
    ck_assert(!atomic_load(&writer.done));
    rwlock_read_unlock(&lock);
    wait_for(&writer.done);
    ck_assert_int_eq(finish(&writer), 0);
    ck_assert(others_may_read());
}
END_TEST

/* Nobody else comes along: who waits behind a reader has to be woken with it, or never is. */
START_TEST(a_writer_that_waits_behind_a_reader_is_not_forgotten)
{
    struct other reader = READS(act_read), writer = WRITES(act_write);
    rwlock_write_lock(&lock);
    start(&reader);
    while (!somebody_is_parked())
        nap();
    start(&writer);
    wait_for(&writer.begun);
    for (int i = 0; i < 20; i++) /* most likely it is parked now, too */
        nap();
    rwlock_write_unlock(&lock);
    ck_assert_int_eq(finish(&reader), 0);
    ck_assert_int_eq(finish(&writer), 0);
    ck_assert_uint_eq(atomic_load(&lock.state), 0);
}
END_TEST

START_TEST(initialised_by_both_ways)
{
    struct rwlock one = RWLOCK_INIT, two;
    rwlock_init(&two);
    ck_assert(rwlock_try_write_lock(&one));
    ck_assert(rwlock_try_write_lock(&two));
    rwlock_write_unlock(&one);
    rwlock_write_unlock(&two);
    ck_assert_uint_eq(sizeof(struct rwlock), 4);
}
END_TEST

/* ---- deadlines ---- */

START_TEST(deadlines_for_readers)
{
    rwlock_write_lock(&lock);
    ck_assert_int_eq(try_elsewhere(act_read_briefly, unlock_read), -ETIMEDOUT);
    rwlock_write_unlock(&lock);
    ck_assert_int_eq(rwlock_read_lock_until(&lock, 0), 0); /* free: the past is early enough */
    rwlock_read_unlock(&lock);
    ck_assert_int_eq(rwlock_read_lock_until(&lock, DEADLINE_NEVER), 0);
    rwlock_read_unlock(&lock);
    ck_assert(others_may_write());
}
END_TEST

START_TEST(deadlines_for_writers)
{
    rwlock_write_lock(&lock); /* it waits for a writer */
    ck_assert_int_eq(try_elsewhere(act_write_briefly, unlock_write), -ETIMEDOUT);
    rwlock_write_unlock(&lock);
    rwlock_read_lock(&lock); /* it waits for a reader, and others wait for it */
    ck_assert_int_eq(try_elsewhere(act_write_briefly, unlock_write), -ETIMEDOUT);
    ck_assert(others_may_read()); /* as if it had never asked */
    rwlock_read_unlock(&lock);
    ck_assert_int_eq(rwlock_write_lock_until(&lock, 0), 0);
    rwlock_write_unlock(&lock);
    ck_assert_int_eq(rwlock_write_lock_until(&lock, DEADLINE_NEVER), 0);
    rwlock_write_unlock(&lock);
    ck_assert_uint_eq(atomic_load(&lock.state) & ~(uint32_t)RWLOCK_PARKED, 0);
}
END_TEST

START_TEST(who_waits_behind_a_writer_that_gives_up_goes_on)
{
    struct other writer = WRITES(act_write_briefly), reader = READS(act_read);
    rwlock_read_lock(&lock);
    start(&writer);
    while (!(atomic_load(&lock.state) & RWLOCK_WRITER) && !atomic_load(&writer.done))
        nap();
    start(&reader);
    wait_for(&reader.done);
    ck_assert_int_eq(finish(&reader), 0);
    ck_assert_int_eq(finish(&writer), -ETIMEDOUT);
    rwlock_read_unlock(&lock);
    ck_assert(others_may_write());
}
END_TEST

/* ---- from one to the other ---- */

START_TEST(the_only_reader_upgrades)
{
    rwlock_read_lock(&lock);
    ck_assert(rwlock_try_upgrade(&lock));
    ck_assert(!others_may_read());
    rwlock_downgrade(&lock);
    ck_assert(others_may_read());
    ck_assert(!others_may_write());
    ck_assert_int_eq(rwlock_upgrade(&lock), 0); /* a reader that is counted, this time */
    ck_assert(!others_may_read());
    rwlock_write_unlock(&lock);
    ck_assert(others_may_write());
}
END_TEST

START_TEST(an_upgrade_waits_for_other_readers)
{
    struct other reader = READS(act_read);
    start(&reader);
    wait_for(&reader.done);
    rwlock_read_lock(&lock);
    ck_assert(!rwlock_try_upgrade(&lock));
    ck_assert_int_eq(rwlock_upgrade_until(&lock, deadline_after_ns(2 * DEADLINE_MS)), -ETIMEDOUT);
    ck_assert(!others_may_write()); /* still a reader */
    ck_assert(others_may_read());
    atomic_store(&reader.may_unlock, true);
    ck_assert_int_eq(rwlock_upgrade(&lock), 0);
    ck_assert(!others_may_read());
    rwlock_write_unlock(&lock);
    finish(&reader);
    ck_assert(others_may_write());
}
END_TEST

START_TEST(of_two_who_would_write_one_gives_way)
{
    struct other writer = WRITES(act_write);
    rwlock_read_lock(&lock);
    start(&writer);
    while (!(atomic_load(&lock.state) & RWLOCK_WRITER))
        nap();
    ck_assert_int_eq(rwlock_upgrade(&lock), -EDEADLK);
    ck_assert(!rwlock_try_upgrade(&lock));
    ck_assert(!atomic_load(&writer.done)); /* still a reader */
    rwlock_read_unlock(&lock);
    ck_assert_int_eq(finish(&writer), 0);
}
END_TEST

START_TEST(a_downgrade_lets_readers_in_and_no_writer)
{
    struct other reader = READS(act_read), writer = WRITES(act_write);
    rwlock_write_lock(&lock);
    start(&reader);
    while (!somebody_is_parked())
        nap();
    rwlock_downgrade(&lock);
    wait_for(&reader.done);
    start(&writer);
    while (!(atomic_load(&lock.state) & RWLOCK_WRITER))
        nap();
    ck_assert_int_eq(finish(&reader), 0);
    ck_assert(!atomic_load(&writer.done));
    rwlock_read_unlock(&lock);
    ck_assert_int_eq(finish(&writer), 0);
}
END_TEST

/* ---- slots ---- */

START_TEST(two_locks_of_one_column)
{
    static struct rwlock locks[RWLOCK_SLOTS_COLUMNS * 4];
    struct rwlock *first = &locks[0], *second = &locks[1];
    while (rwlock_slots_column(first) != rwlock_slots_column(second))
        second++;
    ck_assert(second < locks + RWLOCK_SLOTS_COLUMNS * 4);
    rwlock_read_lock(first);
    rwlock_read_lock(second);
    ck_assert_uint_eq(atomic_load(&first->state), 0);
    ck_assert_uint_eq(atomic_load(&second->state), RWLOCK_READER); /* counted */
    ck_assert(!rwlock_try_write_lock(first));
    ck_assert(!rwlock_try_write_lock(second));
    rwlock_read_unlock(first);
    ck_assert(rwlock_try_write_lock(first));
    ck_assert(!rwlock_try_write_lock(second));
    rwlock_read_unlock(second);
    ck_assert(rwlock_try_write_lock(second));
}
END_TEST

START_TEST(more_readers_than_rows)
{
    static struct other readers[READERS_WITHOUT_ROW];
    struct other writer = WRITES(act_write);
    for (int i = 0; i < READERS_WITHOUT_ROW; i++) {
        readers[i] = (struct other)READS(act_read);
        start(&readers[i]);
    }
    for (int i = 0; i < READERS_WITHOUT_ROW; i++)
        wait_for(&readers[i].done);
    ck_assert_uint_ge(atomic_load(&lock.state), 6 * RWLOCK_READER); /* those are counted */
    ck_assert_uint_eq(rwlock_slots_used(), RWLOCK_SLOTS_ROWS);
    start(&writer);
    for (int i = 0; i < READERS_WITHOUT_ROW; i++) {
        ck_assert(!atomic_load(&writer.done));
        finish(&readers[i]);
    }
    ck_assert_int_eq(finish(&writer), 0);
    ck_assert_uint_eq(atomic_load(&lock.state), 0);
}
END_TEST

START_TEST(rows_come_back)
{
    for (int i = 0; i < 3 * RWLOCK_SLOTS_ROWS; i++)
        ck_assert(others_may_read());
    ck_assert_uint_le(rwlock_slots_used(), 2);
}
END_TEST

#if defined(NDEBUG)
START_TEST(what_a_thread_that_ended_held_stays_held)
{
    struct other reader = {.lock = &lock, .act = act_read};
    start(&reader);
    finish(&reader);
    ck_assert(!others_may_write());
    ck_assert(others_may_read()); /* in another row */
    ck_assert(!others_may_write());
}
END_TEST
#elif defined(__x86_64__)
START_TEST(a_thread_that_ends_inside_is_noticed)
{
    struct other reader = {.lock = &lock, .act = act_read};
    start(&reader);
    finish(&reader); /* the process stops here, by SIGILL */
}
END_TEST

START_TEST(unlocking_what_is_not_held_is_noticed)
{
    rwlock_write_unlock(&lock);
}
END_TEST
#endif

/* ---- disturbed ---- */

static void ignore_signal(int number)
{
    (void)number;
}

static void send_signals(struct other *other)
{
    for (int i = 0; i < 20; i++) {
        pthread_kill(other->thread, SIGUSR1);
        nap();
    }
}

START_TEST(signals_end_no_wait)
{
    struct other writer = WRITES(act_write), reader = READS(act_read);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore_signal}, NULL); /* no SA_RESTART */
    rwlock_read_lock(&lock);
    start(&writer);
    while (!is_asleep_for_readers())
        nap();
    start(&reader);
    while (!somebody_is_parked())
        nap();
    send_signals(&writer);
    send_signals(&reader);
    ck_assert(!atomic_load(&writer.done));
    ck_assert(!atomic_load(&reader.done));
    rwlock_read_unlock(&lock);
    ck_assert_int_eq(finish(&writer), 0);
    ck_assert_int_eq(finish(&reader), 0);
}
END_TEST

START_TEST(wake_ups_for_nothing_end_no_wait)
{
    struct other writer = WRITES(act_write), reader = READS(act_read);
    rwlock_read_lock(&lock);
    start(&writer);
    while (!is_asleep_for_readers())
        nap();
    start(&reader);
    for (int i = 0; i < 20; i++) {
        rwlock_slots_wake(&lock);
        wait_queue_unpark_all(&lock, 0);
        nap();
    }
    ck_assert(!atomic_load(&writer.done));
    ck_assert(!atomic_load(&reader.done));
    rwlock_read_unlock(&lock);
    ck_assert_int_eq(finish(&writer), 0);
    ck_assert_int_eq(finish(&reader), 0);
}
END_TEST

/* ---- many ---- */

static void *free_it(void *argument)
{
    struct rwlock *dying = argument;
    rwlock_write_lock(dying);
    rwlock_write_unlock(dying);
    free(dying);
    return NULL;
}

/* The writer frees the lock while the reader is still on its way out: the address sanitizer looks on. */
START_TEST(the_last_one_frees_the_lock)
{
    for (int i = 0; i < 300; i++) {
        pthread_t writer;
        struct rwlock *dying = malloc(sizeof(*dying));
        ck_assert_ptr_nonnull(dying);
        rwlock_init(dying);
        rwlock_read_lock(dying);
        ck_assert_int_eq(pthread_create(&writer, NULL, free_it, dying), 0);
        if (i % 2)
            nap();
        rwlock_read_unlock(dying);
        pthread_join(writer, NULL);
    }
}
END_TEST

static atomic_bool stop;

static void *read_on_and_on(void *unused)
{
    while (!atomic_load(&stop)) {
        rwlock_read_lock(&lock);
        sched_yield();
        rwlock_read_unlock(&lock);
    }
    return unused;
}

/* At each moment one of them is inside, as good as always: a lock that prefers readers never lets the writer in. */
START_TEST(readers_do_not_starve_a_writer)
{
    pthread_t readers[4];
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read_on_and_on, NULL), 0);
    for (int i = 0; i < 100; i++) {
        rwlock_write_lock(&lock);
        rwlock_write_unlock(&lock);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 4; i++)
        pthread_join(readers[i], NULL);
}
END_TEST

static unsigned long total; /* what the lock protects */

static int act_many(struct rwlock *shared)
{
    for (int i = 0; i < 8; i++) {
        if (i % 4 == 0) {
            rwlock_write_lock(shared);
            total++;
            rwlock_write_unlock(shared);
        } else {
            rwlock_read_lock(shared);
            if (total > 2 * MANY)
                abort();
            rwlock_read_unlock(shared);
        }
    }
    return 0;
}

START_TEST(a_thousand_threads_finish)
{
    static struct other others[MANY];
    rwlock_write_lock(&lock); /* until all are there */
    for (int i = 0; i < MANY; i++) {
        others[i] = (struct other){.lock = &lock, .act = act_many};
        atomic_store(&others[i].may_unlock, true);
        start(&others[i]);
    }
    rwlock_write_unlock(&lock);
    for (int i = 0; i < MANY; i++)
        finish(&others[i]);
    ck_assert_uint_eq(total, 2 * MANY);
    ck_assert(others_may_write());
}
END_TEST

static void add_all(TCase *tcase, const TTest *const *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
}
#define ADD(suite, tcase, ...)                                                                     \
    do {                                                                                           \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        add_all(tcase, tests, sizeof(tests) / sizeof(tests[0]));                                   \
        suite_add_tcase(suite, tcase);                                                             \
    } while (0)

Suite *check_suite(void)
{
    Suite *suite = suite_create("rwlock");
    TCase *modes = tcase_create("modes");
    ADD(suite, modes, readers_share, a_writer_is_alone, a_waiting_writer_goes_before_later_readers,
        a_writer_that_waits_behind_a_reader_is_not_forgotten, initialised_by_both_ways);
    TCase *deadlines = tcase_create("deadlines");
    ADD(suite, deadlines, deadlines_for_readers, deadlines_for_writers,
        who_waits_behind_a_writer_that_gives_up_goes_on);
    TCase *upgrade = tcase_create("upgrade");
    ADD(suite, upgrade, the_only_reader_upgrades, an_upgrade_waits_for_other_readers,
        of_two_who_would_write_one_gives_way, a_downgrade_lets_readers_in_and_no_writer);
    TCase *slots = tcase_create("slots");
    ADD(suite, slots, two_locks_of_one_column, more_readers_than_rows, rows_come_back);
    TCase *disturbed = tcase_create("disturbed");
    ADD(suite, disturbed, signals_end_no_wait, wake_ups_for_nothing_end_no_wait);
    TCase *many = tcase_create("many");
    tcase_set_timeout(many, 50);
    ADD(suite, many, the_last_one_frees_the_lock, readers_do_not_starve_a_writer,
        a_thousand_threads_finish);
    TCase *misuse = tcase_create("misuse");
#if defined(NDEBUG)
    tcase_add_test(misuse, what_a_thread_that_ended_held_stays_held);
#elif defined(__x86_64__)
    tcase_add_test_raise_signal(misuse, a_thread_that_ends_inside_is_noticed, SIGILL);
    tcase_add_test_raise_signal(misuse, unlocking_what_is_not_held_is_noticed, SIGILL);
#endif
    suite_add_tcase(suite, misuse);
    return suite;
}
