/* test_counter.c - the counter: sums, wrap, threads that are moved and interrupted, both ways to add, errors. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>

#include "02_concurrency/counter.h"

static struct allocator_tracking tracking;
static struct counter *counter;

static void setup(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    ck_assert_int_eq(counter_create(&counter, &tracking.base), 0);
}

static void teardown(void)
{
    counter_destroy(counter);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

/* ---- api ---- */

START_TEST(adds_up)
{
    ck_assert_int_eq(counter_read(counter), 0);
    for (int i = 1; i <= 100; i++)
        counter_add(counter, i);
    ck_assert_int_eq(counter_read(counter), 5050);
    counter_add(counter, -5050);
    ck_assert_int_eq(counter_read(counter), 0);
    counter_add(counter, -1);
    ck_assert_int_eq(counter_read(counter), -1);
}
END_TEST

START_TEST(passes_the_end_of_the_integers)
{
    counter_add(counter, INT64_MAX);
    counter_add_shared(counter, 1);
    ck_assert_int_eq(counter_read(counter), INT64_MIN);
    counter_add(counter, -1);
    ck_assert_int_eq(counter_read(counter), INT64_MAX);
}
END_TEST

START_TEST(two_counters_are_two)
{
    struct counter *other;
    ck_assert_int_eq(counter_create(&other, &tracking.base), 0);
    counter_add(counter, 3);
    counter_add(other, 4);
    ck_assert_int_eq(counter_read(counter), 3);
    ck_assert_int_eq(counter_read(other), 4);
    counter_destroy(other);
}
END_TEST

START_TEST(a_stripe_is_this_processors_or_this_threads)
{
    uint32_t used = 0;
    counter_add(counter, 1);
    for (uint32_t i = 0; i <= counter->count; i++)
        used += atomic_load(&counter->stripes[i].sum) != 0;
    ck_assert_uint_eq(used, 1);
    ck_assert_uint_eq((uintptr_t)&counter->stripes[0] % CACHE_LINE_APART, 0);
    ck_assert_uint_eq(counter->restartable, counter_is_restartable());
}
END_TEST

/* A processor whose number is beyond the stripes, as it would be for a thread that is not registered. */
START_TEST(who_has_no_stripe_adds_to_the_shared_one)
{
    uint32_t count = counter->count;
    if (!counter_is_restartable())
        return; /* all is shared there; api.a_stripe_is_this_processors_or_this_threads has it */
    counter->count = 0;
    counter_add(counter, 7);
    ck_assert_int_eq(atomic_load(&counter->stripes[0].sum), 7);
    counter->count = count;
    ck_assert_int_eq(counter_read(counter), 7);
}
END_TEST

/* ---- errors ---- */

START_TEST(memory_that_is_refused_leaves_nothing)
{
    struct allocator_failing failing;
    struct counter *none = NULL;
    allocator_failing_init(&failing, &tracking.base, 0);
    ck_assert_int_eq(counter_create(&none, &failing.base), -ENOMEM);
    ck_assert_ptr_null(none);
    counter_destroy(NULL);
}
END_TEST

START_TEST(memory_is_what_the_header_says)
{
    ck_assert_uint_eq(allocator_tracking_live_bytes(&tracking),
                      sizeof(struct counter) + (counter->count + 1) * (size_t)CACHE_LINE_APART);
    ck_assert_uint_eq(sizeof(struct counter), CACHE_LINE_APART);
}
END_TEST

/* ---- threads ---- */

enum { THREADS = 4, EACH = 200000 };

static void *add_both_ways(void *way)
{
    for (int i = 0; i < EACH; i++)
        if (*(int *)way == 1 || (*(int *)way == 2 && i % 2))
            counter_add_shared(counter, 1);
        else
            counter_add(counter, 1);
    return NULL;
}

static void count_with_threads(int way)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_both_ways, &way), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(counter_read(counter), (int64_t)THREADS * EACH);
}

START_TEST(nothing_is_lost)
{
    count_with_threads(_i);
}
END_TEST

/* As on a machine without restartable sequences. */
START_TEST(nothing_is_lost_by_atomic_additions)
{
    counter->restartable = false;
    pthread_t threads[THREADS];
    int way = 1;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_both_ways, &way), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(counter_read(counter), (int64_t)THREADS * EACH);
    uint32_t used = 0;
    for (uint32_t i = 0; i < counter->count; i++)
        used += atomic_load(&counter->stripes[i].sum) != 0;
    ck_assert_uint_eq(used, counter->count < THREADS ? counter->count : THREADS);
}
END_TEST

static atomic_bool stop;

/* Move the thread to another processor each time. */
static void *move_about(void *thread)
{
    cpu_set_t all, one;
    if (pthread_getaffinity_np(*(pthread_t *)thread, sizeof(all), &all) != 0)
        return NULL;
    for (size_t cpu = 0; !atomic_load(&stop); cpu = (cpu + 1) % CPU_SETSIZE) {
        if (!CPU_ISSET(cpu, &all))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(*(pthread_t *)thread, sizeof(one), &one);
    }
    return NULL;
}

/* Two threads, each pushed from processor to processor: the stripe changes in the middle of additions. */
START_TEST(who_is_moved_loses_nothing)
{
    pthread_t adders[2], movers[2];
    int way = 0;
    atomic_store(&stop, false);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&adders[i], NULL, add_both_ways, &way), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&movers[i], NULL, move_about, &adders[i]), 0);
    struct timespec a_while = {0, 3000000};
    nanosleep(&a_while, NULL);
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(movers[i], NULL), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(adders[i], NULL), 0);
    ck_assert_int_eq(counter_read(counter), (int64_t)2 * EACH);
}
END_TEST

static volatile sig_atomic_t signals;

static void add_in_handler(int number)
{
    (void)number;
    counter_add(counter, 1000000000);
    signals = signals + 1;
}

/* A signal between the two labels makes the sequence begin again, after the handler has added too. */
START_TEST(signals_lose_nothing)
{
    struct sigaction action = {.sa_handler = add_in_handler, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    int64_t added = 0;
    signals = 0;
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    for (; signals < 100; added++)
        counter_add(counter, 1);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
    ck_assert_int_eq(counter_read(counter), added + (int64_t)signals * 1000000000);
}
END_TEST

static TCase *add_case(Suite *suite, TCase *made)
{
    tcase_add_checked_fixture(made, setup, teardown);
    suite_add_tcase(suite, made);
    return made;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("counter");
    TCase *api = add_case(suite, tcase_create("api"));
    tcase_add_test(api, adds_up);
    tcase_add_test(api, passes_the_end_of_the_integers);
    tcase_add_test(api, two_counters_are_two);
    tcase_add_test(api, a_stripe_is_this_processors_or_this_threads);
    tcase_add_test(api, who_has_no_stripe_adds_to_the_shared_one);
    TCase *errors = add_case(suite, tcase_create("errors"));
    tcase_add_test(errors, memory_that_is_refused_leaves_nothing);
    tcase_add_test(errors, memory_is_what_the_header_says);
    TCase *threads = add_case(suite, tcase_create("threads"));
    tcase_set_timeout(threads, 50); /* seconds, for a machine that does much else */
    tcase_add_loop_test(threads, nothing_is_lost, 0, 3);
    tcase_add_test(threads, nothing_is_lost_by_atomic_additions);
    tcase_add_test(threads, who_is_moved_loses_nothing);
    tcase_add_test(threads, signals_lose_nothing);
    return suite;
}
