/* test_latch.c - it opens at 0, for good; deadlines, signals, and a latch that is freed at once. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/latch.h"

enum { PARTS = 50, WAITERS = 20 };

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

START_TEST(opens_at_zero_for_good)
{
    struct latch latch;
    latch_init(&latch, 2);
    ck_assert(!latch_is_open(&latch));
    latch_count_down(&latch);
    ck_assert(!latch_is_open(&latch));
    ck_assert_int_eq(latch_wait_until(&latch, 0), -ETIMEDOUT);
    ck_assert_int_eq(latch_wait_until(&latch, deadline_after_ns(DEADLINE_MS)), -ETIMEDOUT);
    latch_count_down(&latch);
    ck_assert(latch_is_open(&latch));
    ck_assert_int_eq(latch_wait_until(&latch, 0), 0);
    ck_assert_int_eq(latch_wait_until(&latch, DEADLINE_NEVER), 0);
    latch_wait(&latch);
}
END_TEST

START_TEST(nothing_to_wait_for)
{
    struct latch latch;
    latch_init(&latch, 0);
    latch_wait(&latch);
    ck_assert(latch_is_open(&latch));
    ck_assert_uint_eq(sizeof(latch), 4);
}
END_TEST

static struct {
    struct latch ready;
    unsigned parts[PARTS]; /* plain: the latch is what orders them */
    atomic_uint next, wrong, passed;
} world;

static void *make_part(void *unused)
{
    unsigned mine = atomic_fetch_add(&world.next, 1);
    world.parts[mine] = mine + 1;
    latch_count_down(&world.ready);
    return unused;
}

static void *use_parts(void *unused)
{
    latch_wait(&world.ready);
    for (unsigned i = 0; i < PARTS; i++)
        if (world.parts[i] != i + 1)
            atomic_fetch_add(&world.wrong, 1);
    atomic_fetch_add(&world.passed, 1);
    return unused;
}

static void ignore_signal(int number)
{
    (void)number;
}

START_TEST(who_waits_sees_all_that_was_done)
{
    pthread_t makers[PARTS], users[WAITERS];
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore_signal}, NULL); /* no SA_RESTART */
    latch_init(&world.ready, PARTS);
    for (int i = 0; i < WAITERS; i++)
        ck_assert_int_eq(pthread_create(&users[i], NULL, use_parts, NULL), 0);
    for (int i = 0; i < WAITERS; i++) {
        pthread_kill(users[i], SIGUSR1); /* a signal is no reason to go on */
        nap();
    }
    ck_assert_uint_eq(atomic_load(&world.passed), 0);
    for (int i = 0; i < PARTS; i++)
        ck_assert_int_eq(pthread_create(&makers[i], NULL, make_part, NULL), 0);
    for (int i = 0; i < PARTS; i++)
        pthread_join(makers[i], NULL);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(users[i], NULL);
    ck_assert_uint_eq(atomic_load(&world.passed), WAITERS);
    ck_assert_uint_eq(atomic_load(&world.wrong), 0);
}
END_TEST

static void *count_down(void *latch)
{
    latch_count_down(latch);
    return NULL;
}

/* The address sanitizer looks on: who counted down last must not touch it any more. */
START_TEST(freed_as_soon_as_it_is_open)
{
    for (int i = 0; i < 300; i++) {
        pthread_t thread;
        struct latch *latch = malloc(sizeof(*latch));
        ck_assert_ptr_nonnull(latch);
        latch_init(latch, 1);
        ck_assert_int_eq(pthread_create(&thread, NULL, count_down, latch), 0);
        latch_wait(latch);
        free(latch);
        pthread_join(thread, NULL);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("latch");
    TCase *alone = tcase_create("alone");
    tcase_add_test(alone, opens_at_zero_for_good);
    tcase_add_test(alone, nothing_to_wait_for);
    suite_add_tcase(suite, alone);
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, who_waits_sees_all_that_was_done);
    tcase_add_test(threads, freed_as_soon_as_it_is_open);
    suite_add_tcase(suite, threads);
    return suite;
}
