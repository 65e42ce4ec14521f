/* test_parker.c - the permit, deadlines at both ends of time, and what must not end a wait. */
#include "tests/support/check_main.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include "02_concurrency/futex.h"
#include "02_concurrency/parker.h"

START_TEST(unpark_before_park_is_kept)
{
    struct parker parker = PARKER_INIT;
    parker_unpark(&parker);
    parker_park(&parker);
    ck_assert(!parker_park_until(&parker, 0));
}
END_TEST

START_TEST(two_unparks_are_one_permit)
{
    struct parker parker;
    parker_init(&parker);
    parker_unpark(&parker);
    parker_unpark(&parker);
    parker_park(&parker);
    ck_assert(!parker_park_until(&parker, 0));
}
END_TEST

START_TEST(a_permit_counts_after_the_deadline)
{
    struct parker parker = PARKER_INIT;
    parker_unpark(&parker);
    ck_assert(parker_park_until(&parker, 0));
    parker_unpark(&parker);
    ck_assert(parker_park_until(&parker, deadline_now_ns() - 1));
}
END_TEST

START_TEST(the_deadline_is_waited_for)
{
    struct parker parker = PARKER_INIT;
    uint64_t deadline_ns = deadline_after_ns(5 * DEADLINE_MS);
    ck_assert(!parker_park_until(&parker, deadline_ns));
    ck_assert(deadline_now_ns() >= deadline_ns);
    ck_assert(deadline_has_passed(deadline_ns));
    parker_unpark(&parker);
    ck_assert(parker_park_until(&parker, 0)); /* a timeout leaves the parker as it was */
}
END_TEST

START_TEST(far_deadlines_do_not_wrap)
{
    ck_assert(deadline_after_ns(UINT64_MAX) == DEADLINE_NEVER);
    ck_assert(deadline_after_ns(UINT64_MAX - 1) == DEADLINE_NEVER);
    ck_assert(!deadline_has_passed(DEADLINE_NEVER));
    ck_assert(!deadline_has_passed(DEADLINE_NEVER - 1));
    ck_assert(deadline_has_passed(0));
}
END_TEST

/* ---- with a second thread ---- */

struct sleeper {
    struct parker parker;
    uint64_t deadline_ns;
    bool took;
    uint64_t message, received;
};

static void *sleep_once(void *argument)
{
    struct sleeper *sleeper = argument;
    sleeper->took = parker_park_until(&sleeper->parker, sleeper->deadline_ns);
    sleeper->received = sleeper->message; /* plain: only the parker orders it */
    return NULL;
}

static void nap(uint64_t duration_ns)
{
    struct timespec pause = {.tv_nsec = (long)duration_ns};
    nanosleep(&pause, NULL);
}

static pthread_t start_parked(struct sleeper *sleeper)
{
    pthread_t thread;
    parker_init(&sleeper->parker);
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_once, sleeper), 0);
    while (atomic_load(&sleeper->parker.state) != PARKER_PARKED)
        nap(DEADLINE_MS / 10);
    nap(DEADLINE_MS); /* most likely in the kernel by now */
    return thread;
}

static void end_parked(struct sleeper *sleeper, pthread_t thread)
{
    ck_assert_uint_eq(atomic_load(&sleeper->parker.state), PARKER_PARKED);
    sleeper->message = 42;
    parker_unpark(&sleeper->parker);
    pthread_join(thread, NULL);
    ck_assert(sleeper->took);
    ck_assert_uint_eq(sleeper->received, 42);
}

START_TEST(a_parked_thread_is_woken)
{
    static const uint64_t deadlines[] = {DEADLINE_NEVER, DEADLINE_NEVER - 1, DEADLINE_NEVER / 2};
    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
        struct sleeper sleeper = {.deadline_ns = deadlines[i]};
        end_parked(&sleeper, start_parked(&sleeper));
    }
}
END_TEST

START_TEST(stray_wakes_do_not_end_a_park)
{
    struct sleeper sleeper = {.deadline_ns = DEADLINE_NEVER};
    pthread_t thread = start_parked(&sleeper);
    int woken = 0;
    for (int i = 0; woken < 5 && i < 20000; i++) {
        woken += futex_wake(&sleeper.parker.state, FUTEX_ALL);
        nap(DEADLINE_MS / 10);
    }
    ck_assert_int_eq(woken, 5); /* it slept, and was disturbed */
    end_parked(&sleeper, thread);
}
END_TEST

static void on_signal(int number)
{
    (void)number;
}

static void signals_during_a_park(int flags, uint64_t deadline_ns)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags}, before;
    struct sleeper sleeper = {.deadline_ns = deadline_ns};
    sigaction(SIGUSR1, &action, &before);
    pthread_t thread = start_parked(&sleeper);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
        nap(DEADLINE_MS / 10);
    }
    end_parked(&sleeper, thread);
    sigaction(SIGUSR1, &before, NULL);
}

START_TEST(signals_do_not_end_a_park)
{
    signals_during_a_park(0, DEADLINE_NEVER);
    signals_during_a_park(SA_RESTART, DEADLINE_NEVER);
    signals_during_a_park(0, deadline_after_ns(3600 * DEADLINE_S));
    signals_during_a_park(SA_RESTART, deadline_after_ns(3600 * DEADLINE_S));
}
END_TEST

/* ---- many ---- */

enum { CHAIN = 1000, LAPS = 3 };

struct link {
    struct parker parker;
    struct parker *next;
    int passed;
};

static void *pass_on(void *argument)
{
    struct link *link = argument;
    for (int lap = 0; lap < LAPS; lap++) {
        parker_park(&link->parker);
        link->passed++;
        parker_unpark(link->next);
    }
    return NULL;
}

/* A permit goes round a ring of a thousand threads. */
START_TEST(a_thousand_threads_in_a_ring)
{
    static struct link links[CHAIN];
    static pthread_t threads[CHAIN];
    struct parker here = PARKER_INIT;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 * 1024);
    for (int i = 0; i < CHAIN; i++) {
        parker_init(&links[i].parker);
        links[i].next = i + 1 < CHAIN ? &links[i + 1].parker : &here;
        ck_assert_int_eq(pthread_create(&threads[i], &small, pass_on, &links[i]), 0);
    }
    for (int lap = 0; lap < LAPS; lap++) {
        parker_unpark(&links[0].parker);
        parker_park(&here);
    }
    for (int i = 0; i < CHAIN; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(links[i].passed, LAPS);
    }
    pthread_attr_destroy(&small);
}
END_TEST

/* ---- the futex itself ---- */

START_TEST(futex_errors)
{
    _Atomic(uint32_t) word = 1;
    errno = 77;
    ck_assert_int_eq(futex_wait(&word, 0), -EAGAIN);
    ck_assert_int_eq(futex_wait_until(&word, 1, 0), -ETIMEDOUT);
    ck_assert_int_eq(futex_wait_until(&word, 1, deadline_after_ns(DEADLINE_MS)), -ETIMEDOUT);
    ck_assert_int_eq(futex_wake(&word, FUTEX_ALL), 0);
    ck_assert_int_eq(errno, 77);
}
END_TEST

/* What a late waker does: the word is gone. */
START_TEST(futex_wake_of_freed_memory)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    ck_assert_int_eq(munmap(page, 4096), 0);
    ck_assert_int_eq(futex_wake(page, 1), 0);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("parker");
    TCase *permit = tcase_create("permit");
    tcase_set_timeout(permit, 50);
    tcase_add_test(permit, unpark_before_park_is_kept);
    tcase_add_test(permit, two_unparks_are_one_permit);
    suite_add_tcase(suite, permit);
    TCase *deadline = tcase_create("deadline");
    tcase_set_timeout(deadline, 50);
    tcase_add_test(deadline, a_permit_counts_after_the_deadline);
    tcase_add_test(deadline, the_deadline_is_waited_for);
    tcase_add_test(deadline, far_deadlines_do_not_wrap);
    suite_add_tcase(suite, deadline);
    TCase *disturbed = tcase_create("disturbed");
    tcase_set_timeout(disturbed, 50);
    tcase_add_test(disturbed, a_parked_thread_is_woken);
    tcase_add_test(disturbed, stray_wakes_do_not_end_a_park);
    tcase_add_test(disturbed, signals_do_not_end_a_park);
    suite_add_tcase(suite, disturbed);
    TCase *many = tcase_create("many");
    tcase_set_timeout(many, 50);
    tcase_add_test(many, a_thousand_threads_in_a_ring);
    suite_add_tcase(suite, many);
    TCase *futex = tcase_create("futex");
    tcase_set_timeout(futex, 50);
    tcase_add_test(futex, futex_errors);
    tcase_add_test(futex, futex_wake_of_freed_memory);
    suite_add_tcase(suite, futex);
    return suite;
}
