/* test_barrier.c - nobody passes early, one is told that it was last, rounds, and threads that give up. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "02_concurrency/barrier.h"

enum { PARTIES = 6, ROUNDS = 200, MANY = 200 };

static struct barrier barrier;

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

START_TEST(alone_one_is_always_last)
{
    ck_assert_int_eq(barrier_init(&barrier, 1), 0);
    for (int i = 0; i < 100000; i++) /* the generation comes round */
        ck_assert(barrier_wait(&barrier));
    ck_assert_uint_eq(sizeof(barrier), 8);
}
END_TEST

START_TEST(numbers_that_are_refused)
{
    ck_assert_int_eq(barrier_init(&barrier, 0), -EINVAL);
    ck_assert_int_eq(barrier_init(&barrier, BARRIER_PARTIES_MAX + 1), -EINVAL);
    ck_assert_int_eq(barrier_init(&barrier, BARRIER_PARTIES_MAX), 0);
}
END_TEST

START_TEST(who_gives_up_has_not_arrived)
{
    ck_assert_int_eq(barrier_init(&barrier, 2), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(barrier_wait_until(&barrier, 0), -ETIMEDOUT);
        ck_assert_int_eq(barrier_wait_until(&barrier, deadline_after_ns(DEADLINE_MS)), -ETIMEDOUT);
        ck_assert_uint_eq(atomic_load(&barrier.word), 0);
    }
}
END_TEST

static struct {
    atomic_uint arrived[ROUNDS], last[ROUNDS], early;
    unsigned plain; /* written by the last one between two waits, read by all */
} seen;

static void *go_round(void *unused)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&seen.arrived[i], 1);
        if (barrier_wait(&barrier)) {
            atomic_fetch_add(&seen.last[i], 1);
            seen.plain = i;
        }
        if (atomic_load(&seen.arrived[i]) != PARTIES)
            atomic_fetch_add(&seen.early, 1);
        barrier_wait(&barrier);
        if (seen.plain != i)
            atomic_fetch_add(&seen.early, 1);
        barrier_wait(&barrier);
    }
    return unused;
}

START_TEST(rounds)
{
    pthread_t threads[PARTIES];
    ck_assert_int_eq(barrier_init(&barrier, PARTIES), 0);
    for (int i = 0; i < PARTIES; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, go_round, NULL), 0);
    for (int i = 0; i < PARTIES; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&seen.early), 0);
    for (int i = 0; i < ROUNDS; i++)
        ck_assert_uint_eq(atomic_load(&seen.last[i]), 1);
}
END_TEST

static atomic_uint last_ones, passed;

static void *arrive_once(void *unused)
{
    if (barrier_wait(&barrier))
        atomic_fetch_add(&last_ones, 1);
    atomic_fetch_add(&passed, 1);
    return unused;
}

START_TEST(many_threads)
{
    pthread_t threads[MANY];
    ck_assert_int_eq(barrier_init(&barrier, MANY), 0);
    for (int i = 0; i < MANY; i++) {
        ck_assert_uint_eq(atomic_load(&passed), 0);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, arrive_once, NULL), 0);
    }
    for (int i = 0; i < MANY; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&passed), MANY);
    ck_assert_uint_eq(atomic_load(&last_ones), 1);
}
END_TEST

static void ignore_signal(int number)
{
    (void)number;
}

START_TEST(signals_end_no_wait)
{
    pthread_t thread;
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore_signal}, NULL); /* no SA_RESTART */
    ck_assert_int_eq(barrier_init(&barrier, 2), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, arrive_once, NULL), 0);
    while (atomic_load(&barrier.word) == 0) /* until it has arrived */
        nap();
    for (int i = 0; i < 20; i++) {
        pthread_kill(thread, SIGUSR1);
        nap();
    }
    ck_assert_uint_eq(atomic_load(&passed), 0);
    barrier_wait(&barrier);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(atomic_load(&last_ones), 0); /* that was this thread */
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("barrier");
    TCase *alone = tcase_create("alone");
    tcase_add_test(alone, alone_one_is_always_last);
    tcase_add_test(alone, numbers_that_are_refused);
    tcase_add_test(alone, who_gives_up_has_not_arrived);
    suite_add_tcase(suite, alone);
    TCase *threads = tcase_create("threads");
    tcase_set_timeout(threads, 50);
    tcase_add_test(threads, rounds);
    tcase_add_test(threads, many_threads);
    tcase_add_test(threads, signals_end_no_wait);
    suite_add_tcase(suite, threads);
    return suite;
}
