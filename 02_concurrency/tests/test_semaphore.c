/* test_semaphore.c - permits are neither lost nor made; first come, first served. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "02_concurrency/semaphore.h"
#include "02_concurrency/wait_queue.h"

static void nap(void)
{
    struct timespec pause = {.tv_nsec = 100000};
    nanosleep(&pause, NULL);
}

START_TEST(counts)
{
    struct semaphore semaphore = SEMAPHORE_INIT(2);
    ck_assert_uint_eq(semaphore_count(&semaphore), 2);
    semaphore_wait(&semaphore);
    ck_assert(semaphore_try_wait(&semaphore));
    ck_assert(!semaphore_try_wait(&semaphore));
    ck_assert_int_eq(semaphore_post(&semaphore), 0);
    ck_assert_uint_eq(semaphore_count(&semaphore), 1);
    ck_assert(semaphore_wait_until(&semaphore, 0)); /* there is one: the deadline is no matter */
    ck_assert_uint_eq(semaphore_count(&semaphore), 0);
}
END_TEST

START_TEST(the_limits)
{
    struct semaphore semaphore;
    ck_assert_int_eq(semaphore_init(&semaphore, (uint32_t)SEMAPHORE_MAX + 1), -EINVAL);
    ck_assert_int_eq(semaphore_init(&semaphore, SEMAPHORE_MAX - 1), 0);
    ck_assert_int_eq(semaphore_post(&semaphore), 0);
    ck_assert_int_eq(semaphore_post(&semaphore), -EOVERFLOW);
    ck_assert_uint_eq(semaphore_count(&semaphore), SEMAPHORE_MAX);
    semaphore_wait(&semaphore);
    ck_assert_int_eq(semaphore_post(&semaphore), 0);
    ck_assert_uint_eq(semaphore_count(&semaphore), SEMAPHORE_MAX);
}
END_TEST

START_TEST(deadlines_in_the_past_and_soon)
{
    struct semaphore semaphore = SEMAPHORE_INIT(0);
    ck_assert(!semaphore_wait_until(&semaphore, 0));
    ck_assert(!semaphore_wait_until(&semaphore, deadline_now_ns()));
    uint64_t deadline_ns = deadline_after_ns(3 * DEADLINE_MS);
    ck_assert(!semaphore_wait_until(&semaphore, deadline_ns));
    ck_assert(deadline_has_passed(deadline_ns));
    ck_assert_uint_eq(atomic_load(&semaphore.word), 0); /* and no bit is left */
    ck_assert_int_eq(semaphore_post(&semaphore), 0);
    ck_assert_uint_eq(semaphore_count(&semaphore), 1);
}
END_TEST

/* ---- waiters ---- */

struct waiter {
    struct semaphore *semaphore;
    uint64_t deadline_ns;
    pthread_t thread;
    bool is_taken;
    atomic_bool is_through;
};

static void *waiter_main(void *argument)
{
    struct waiter *waiter = argument;
    waiter->is_taken = semaphore_wait_until(waiter->semaphore, waiter->deadline_ns);
    atomic_store(&waiter->is_through, true);
    return NULL;
}

static void start(struct waiter *waiter, struct semaphore *semaphore, uint64_t deadline_ns)
{
    pthread_attr_t small;
    *waiter = (struct waiter){.semaphore = semaphore, .deadline_ns = deadline_ns};
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 * 1024);
    ck_assert_int_eq(pthread_create(&waiter->thread, &small, waiter_main, waiter), 0);
    pthread_attr_destroy(&small);
}

static void await_waiting(struct semaphore *semaphore)
{
    while (!(atomic_load(&semaphore->word) & SEMAPHORE_WAITING))
        nap();
}

START_TEST(a_post_is_for_who_waits)
{
    static const uint64_t deadlines[] = {DEADLINE_NEVER, DEADLINE_NEVER - 1};
    for (int i = 0; i < 2; i++) {
        struct semaphore semaphore = SEMAPHORE_INIT(0);
        struct waiter waiter;
        start(&waiter, &semaphore, deadlines[i]);
        await_waiting(&semaphore);
        ck_assert_int_eq(semaphore_post(&semaphore), 0);
        ck_assert(!semaphore_try_wait(&semaphore)); /* it was handed over: nobody comes before */
        pthread_join(waiter.thread, NULL);
        ck_assert(waiter.is_taken);
        ck_assert_uint_eq(atomic_load(&semaphore.word), 0);
    }
}
END_TEST

enum { MANY = 1000 };

START_TEST(a_thousand_threads)
{
    static struct waiter waiters[MANY];
    struct semaphore semaphore = SEMAPHORE_INIT(0);
    for (int i = 0; i < MANY; i++)
        start(&waiters[i], &semaphore, DEADLINE_NEVER);
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(semaphore_post(&semaphore), 0);
    for (int i = 0; i < MANY; i++) {
        pthread_join(waiters[i].thread, NULL);
        ck_assert(waiters[i].is_taken);
    }
    ck_assert_uint_eq(atomic_load(&semaphore.word), 0);
}
END_TEST

static void on_signal(int number)
{
    (void)number;
}

START_TEST(signals_are_no_permits)
{
    struct semaphore semaphore = SEMAPHORE_INIT(0);
    struct sigaction action = {.sa_handler = on_signal};
    struct waiter waiter;
    sigaction(SIGUSR1, &action, NULL);
    start(&waiter, &semaphore, DEADLINE_NEVER);
    await_waiting(&semaphore);
    for (int i = 0; i < 20; i++) {
        pthread_kill(waiter.thread, SIGUSR1);
        nap();
    }
    ck_assert(!atomic_load(&waiter.is_through));
    ck_assert_int_eq(semaphore_post(&semaphore), 0);
    pthread_join(waiter.thread, NULL);
    ck_assert(waiter.is_taken);
}
END_TEST

/* ---- its end: glibc's bug 12674, a post that touches what the waiter has freed ---- */

static void *post_once(void *semaphore)
{
    semaphore_post(semaphore);
    return NULL;
}

START_TEST(freed_by_who_got_the_permit)
{
    for (int i = 0; i < 200; i++) {
        pthread_t poster;
        struct semaphore *semaphore = malloc(sizeof(*semaphore));
        ck_assert_ptr_nonnull(semaphore);
        ck_assert_int_eq(semaphore_init(semaphore, 0), 0);
        ck_assert_int_eq(pthread_create(&poster, NULL, post_once, semaphore), 0);
        semaphore_wait(semaphore);
        free(semaphore);
        pthread_join(poster, NULL);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("semaphore");
    TCase *alone = tcase_create("alone");
    tcase_set_timeout(alone, 50);
    tcase_add_test(alone, counts);
    tcase_add_test(alone, the_limits);
    tcase_add_test(alone, deadlines_in_the_past_and_soon);
    suite_add_tcase(suite, alone);
    TCase *waiting = tcase_create("waiting");
    tcase_set_timeout(waiting, 50);
    tcase_add_test(waiting, a_post_is_for_who_waits);
    tcase_add_test(waiting, a_thousand_threads);
    tcase_add_test(waiting, signals_are_no_permits);
    tcase_add_test(waiting, freed_by_who_got_the_permit);
    suite_add_tcase(suite, waiting);
    return suite;
}
