/* test_backoff.c - the rounds: how many there are, that they end, and that reset begins again. */
#include "tests/support/check_main.h"

#include <pthread.h>
#include <stdatomic.h>

#include "02_concurrency/backoff.h"

START_TEST(completes_after_the_spin_rounds)
{
    struct backoff backoff = BACKOFF_INIT;
    for (int round = 0; round < BACKOFF_SPIN_ROUNDS; round++) {
        ck_assert(!backoff_is_completed(&backoff));
        backoff_wait(&backoff);
    }
    ck_assert(backoff_is_completed(&backoff));
    for (int round = 0; round < 1000; round++)
        backoff_wait(&backoff);
    ck_assert_uint_eq(backoff.round, BACKOFF_SPIN_ROUNDS);
    backoff_reset(&backoff);
    ck_assert(!backoff_is_completed(&backoff));
}
END_TEST

START_TEST(spinning_alone_never_completes)
{
    struct backoff backoff = BACKOFF_INIT;
    for (int round = 0; round < 1000; round++)
        backoff_spin(&backoff);
    ck_assert(!backoff_is_completed(&backoff));
    ck_assert_uint_eq(backoff.round, BACKOFF_SPIN_ROUNDS - 1);
}
END_TEST

static atomic_int turn;

static void *count_odd(void *last)
{
    for (int mine = 1; mine < *(const int *)last; mine += 2) {
        struct backoff backoff = BACKOFF_INIT;
        while (atomic_load(&turn) != mine)
            backoff_wait(&backoff);
        atomic_store(&turn, mine + 1);
    }
    return NULL;
}

/* Each waits for the other, on however few cores: without the yield this takes a time slice a turn. */
START_TEST(waiters_let_each_other_run)
{
    int last = 2000;
    pthread_t other;
    ck_assert_int_eq(pthread_create(&other, NULL, count_odd, &last), 0);
    for (int mine = 0; mine < last; mine += 2) {
        struct backoff backoff = BACKOFF_INIT;
        while (atomic_load(&turn) != mine)
            backoff_wait(&backoff);
        atomic_store(&turn, mine + 1);
    }
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert_int_eq(atomic_load(&turn), last);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("backoff");
    TCase *rounds = tcase_create("rounds");
    tcase_add_test(rounds, completes_after_the_spin_rounds);
    tcase_add_test(rounds, spinning_alone_never_completes);
    suite_add_tcase(suite, rounds);
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, waiters_let_each_other_run);
    suite_add_tcase(suite, threads);
    return suite;
}
