/* test_once.c - once, in one thread, seen by all; failing and trying again; deadlines and signals. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "02_concurrency/once.h"

enum { THREADS = 20 };

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

struct made {
    int runs, fail_first, value;
};

static int make(void *context)
{
    struct made *made = context;
    made->runs++;
    if (made->runs <= made->fail_first)
        return -ENOENT;
    made->value = 42;
    return 0;
}

START_TEST(runs_once)
{
    struct once once = {0};
    struct made made = {0};
    ck_assert(!once_is_done(&once));
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(once_run(&once, make, &made), 0);
    ck_assert(once_is_done(&once));
    ck_assert_int_eq(made.runs, 1);
    ck_assert_int_eq(made.value, 42);
    ck_assert_uint_eq(sizeof(once), 8);
}
END_TEST

START_TEST(a_failure_is_told_and_tried_again)
{
    struct once once = {0};
    struct made made = {.fail_first = 2};
    ck_assert_int_eq(once_run(&once, make, &made), -ENOENT);
    ck_assert(!once_is_done(&once));
    ck_assert_int_eq(once_run_until(&once, make, &made, 0), -ENOENT); /* it runs here: no wait */
    ck_assert_int_eq(once_run(&once, make, &made), 0);
    ck_assert_int_eq(once_run(&once, make, &made), 0);
    ck_assert_int_eq(made.runs, 3);
}
END_TEST

#if !defined(NDEBUG) && defined(__x86_64__)
static struct once loop;

static int call_itself(void *unused)
{
    return once_run(&loop, call_itself, unused);
}

START_TEST(a_call_of_itself_is_noticed)
{
    once_run(&loop, call_itself, NULL);
}
END_TEST
#endif

/* ---- one thread runs it, the others wait ---- */

static struct world {
    struct once once;
    struct made made; /* plain: the once is what orders it */
    atomic_bool is_running, may_end;
    atomic_uint waiting, ended, failed, unseen;
} world;

static int make_slowly(void *context)
{
    atomic_store(&world.is_running, true);
    while (!atomic_load(&world.may_end))
        nap();
    return make(context);
}

static void *need_it(void *unused)
{
    atomic_fetch_add(&world.waiting, 1);
    if (once_run(&world.once, make_slowly, &world.made) != 0)
        atomic_fetch_add(&world.failed, 1);
    else if (world.made.value != 42)
        atomic_fetch_add(&world.unseen, 1);
    atomic_fetch_add(&world.ended, 1);
    return unused;
}

static void ignore_signal(int number)
{
    (void)number;
}

static void run_all(int fail_first)
{
    pthread_t threads[THREADS];
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore_signal}, NULL); /* no SA_RESTART */
    world.made.fail_first = fail_first;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, need_it, NULL), 0);
    while (!atomic_load(&world.is_running) || atomic_load(&world.waiting) < THREADS)
        nap();
    for (int i = 0; i < THREADS; i++) {
        pthread_kill(threads[i], SIGUSR1);
        nap();
    }
    ck_assert_uint_eq(atomic_load(&world.ended), 0);
    ck_assert_int_eq(once_run_until(&world.once, make, &world.made, 0), -ETIMEDOUT);
    uint64_t deadline_ns = deadline_after_ns(DEADLINE_MS);
    ck_assert_int_eq(once_run_until(&world.once, make, &world.made, deadline_ns), -ETIMEDOUT);
    atomic_store(&world.may_end, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&world.unseen), 0);
}

START_TEST(others_wait_and_see_it)
{
    run_all(0);
    ck_assert_int_eq(world.made.runs, 1);
    ck_assert_uint_eq(atomic_load(&world.failed), 0);
}
END_TEST

START_TEST(each_failure_belongs_to_one)
{
    run_all(THREADS / 2);
    ck_assert_int_eq(world.made.runs, THREADS / 2 + 1);
    ck_assert_uint_eq(atomic_load(&world.failed), THREADS / 2);
    ck_assert(once_is_done(&world.once));
}
END_TEST

START_TEST(all_fail)
{
    run_all(THREADS);
    ck_assert_int_eq(world.made.runs, THREADS);
    ck_assert_uint_eq(atomic_load(&world.failed), THREADS);
    ck_assert(!once_is_done(&world.once));
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("once");
    TCase *alone = tcase_create("alone");
    tcase_add_test(alone, runs_once);
    tcase_add_test(alone, a_failure_is_told_and_tried_again);
#if !defined(NDEBUG) && defined(__x86_64__)
    tcase_add_test_raise_signal(alone, a_call_of_itself_is_noticed, SIGILL);
#endif
    suite_add_tcase(suite, alone);
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, others_wait_and_see_it);
    tcase_add_test(threads, each_failure_belongs_to_one);
    tcase_add_test(threads, all_fail);
    suite_add_tcase(suite, threads);
    return suite;
}
