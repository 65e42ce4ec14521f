/* test_lock_order.c - each fault is reported, with its lines, once; and nothing else is. */
#define MUTEX_CHECKED 1
#include "tests/support/check_main.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/lock_order.h"
#include "02_concurrency/mutex.h"

enum { KEPT = 8 };

/* The reports of one test. The threads at fault run one after the other here. */
static struct {
    int count;
    enum lock_order_fault faults[KEPT];
    size_t step_counts[KEPT];
    struct lock_order_step steps[KEPT][KEPT];
} seen;

static void keep(const struct lock_order_report *report, void *context)
{
    (void)context;
    if (seen.count < KEPT) {
        seen.faults[seen.count] = report->fault;
        seen.step_counts[seen.count] = report->step_count;
        for (size_t i = 0; i < report->step_count && i < KEPT; i++)
            seen.steps[seen.count][i] = report->steps[i];
    }
    seen.count++;
}

static void begin(void)
{
    memset(&seen, 0, sizeof(seen));
    lock_order_set_report(keep, NULL);
}

static void end(void)
{
    lock_order_set_report(NULL, NULL);
}

static struct mutex locks[4];

static void forget_all(void)
{
    for (int i = 0; i < 4; i++)
        mutex_init(&locks[i]);
}

static void take_two(struct mutex *first, struct mutex *second)
{
    mutex_lock(first);
    mutex_lock(second);
    mutex_unlock(second);
    mutex_unlock(first);
}

/* ---- orders ---- */

START_TEST(two_orders_are_a_cycle)
{
    forget_all();
    mutex_lock(&locks[0]);
    int first_line = __LINE__ - 1;
    mutex_lock(&locks[1]);
    mutex_unlock(&locks[1]);
    mutex_unlock(&locks[0]);
    ck_assert_int_eq(seen.count, 0);
    take_two(&locks[1], &locks[0]); /* nobody is in the way, and yet */
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.faults[0], LOCK_ORDER_CYCLE);
    ck_assert_uint_eq(seen.step_counts[0], 2);
    const struct lock_order_step *old = &seen.steps[0][0], *new = &seen.steps[0][1];
    ck_assert_ptr_eq(old->held, &locks[0]);
    ck_assert_ptr_eq(old->wanted, &locks[1]);
    ck_assert_ptr_eq(new->held, &locks[1]);
    ck_assert_ptr_eq(new->wanted, &locks[0]);
    const char *colon = strrchr(old->held_site, ':');
    ck_assert_ptr_nonnull(colon);
    ck_assert_int_eq(atoi(colon + 1), first_line);
    ck_assert_ptr_nonnull(strstr(new->wanted_site, "test_lock_order.c:"));
    take_two(&locks[1], &locks[0]);
    ck_assert_int_eq(seen.count, 1); /* once */
}
END_TEST

START_TEST(a_cycle_of_three)
{
    forget_all();
    take_two(&locks[0], &locks[1]);
    take_two(&locks[1], &locks[2]);
    take_two(&locks[0], &locks[2]); /* the same order, and shorter */
    ck_assert_int_eq(seen.count, 0);
    take_two(&locks[2], &locks[0]);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_uint_eq(seen.step_counts[0], 2); /* the shortest */
    take_two(&locks[1], &locks[3]);
    take_two(&locks[3], &locks[0]);
    ck_assert_int_eq(seen.count, 2);
    ck_assert_uint_eq(seen.step_counts[1], 3);
    ck_assert_ptr_eq(seen.steps[1][0].held, &locks[0]);
    ck_assert_ptr_eq(seen.steps[1][1].held, &locks[1]);
    ck_assert_ptr_eq(seen.steps[1][2].held, &locks[3]);
    ck_assert_ptr_eq(seen.steps[1][2].wanted, &locks[0]);
}
END_TEST

static void *take_one_zero(void *unused)
{
    (void)unused;
    take_two(&locks[1], &locks[0]);
    return NULL;
}

START_TEST(orders_of_two_threads)
{
    pthread_t thread;
    forget_all();
    take_two(&locks[0], &locks[1]);
    ck_assert_int_eq(pthread_create(&thread, NULL, take_one_zero, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.faults[0], LOCK_ORDER_CYCLE);
}
END_TEST

START_TEST(one_order_is_fine)
{
    forget_all();
    for (int i = 0; i < 100; i++) {
        take_two(&locks[0], &locks[1]);
        take_two(&locks[1], &locks[2]);
        take_two(&locks[0], &locks[3]);
    }
    mutex_lock(&locks[0]);
    mutex_lock(&locks[1]);
    mutex_unlock(&locks[0]); /* not the last one first: also fine */
    mutex_lock(&locks[2]);
    mutex_unlock(&locks[1]);
    mutex_unlock(&locks[2]);
    ck_assert_int_eq(seen.count, 0);
}
END_TEST

START_TEST(a_try_does_not_wait)
{
    forget_all();
    take_two(&locks[0], &locks[1]);
    mutex_lock(&locks[1]);
    ck_assert(mutex_try_lock(&locks[0]));
    mutex_unlock(&locks[0]);
    ck_assert_int_eq(seen.count, 0);
    ck_assert(mutex_lock_until(&locks[0], 0)); /* this one may */
    ck_assert_int_eq(seen.count, 1);
    mutex_unlock(&locks[0]);
    mutex_unlock(&locks[1]);
}
END_TEST

START_TEST(a_new_lock_at_an_old_address)
{
    forget_all();
    take_two(&locks[0], &locks[1]);
    take_two(&locks[2], &locks[1]);
    mutex_fini(&locks[0]);
    mutex_init(&locks[0]);
    take_two(&locks[1], &locks[0]);
    ck_assert_int_eq(seen.count, 0);
    take_two(&locks[1], &locks[2]); /* what was not forgotten */
    ck_assert_int_eq(seen.count, 1);
}
END_TEST

/* ---- owners ---- */

START_TEST(twice_by_one_thread)
{
    forget_all();
    mutex_lock(&locks[0]);
    ck_assert(lock_order_is_held(&locks[0]));
    ck_assert(
        !mutex_lock_until(&locks[0], 0)); /* reported, and does not wait, or it would for ever */
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.faults[0], LOCK_ORDER_TWICE);
    mutex_unlock(&locks[0]);
    ck_assert(!lock_order_is_held(&locks[0]));
}
END_TEST

static void *unlock_first(void *unused)
{
    (void)unused;
    mutex_unlock(&locks[0]);
    return NULL;
}

START_TEST(unlock_by_a_stranger)
{
    pthread_t thread;
    forget_all();
    mutex_lock(&locks[0]);
    ck_assert_int_eq(pthread_create(&thread, NULL, unlock_first, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.faults[0], LOCK_ORDER_NOT_HELD);
    ck_assert_ptr_eq(seen.steps[0][0].wanted, &locks[0]);
    ck_assert(mutex_is_locked(&locks[0])); /* not given away */
    mutex_unlock(&locks[0]);
    mutex_unlock(&locks[0]);
    ck_assert_int_eq(seen.count, 2);
}
END_TEST

static void *die_holding(void *unused)
{
    (void)unused;
    mutex_lock(&locks[0]);
    mutex_lock(&locks[1]);
    mutex_unlock(&locks[0]);
    return NULL;
}

START_TEST(a_thread_that_dies_holding)
{
    pthread_t thread;
    forget_all();
    ck_assert_int_eq(pthread_create(&thread, NULL, die_holding, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.faults[0], LOCK_ORDER_DIED_HOLDING);
    ck_assert_ptr_eq(seen.steps[0][0].held, &locks[1]);
    ck_assert_ptr_nonnull(strstr(seen.steps[0][0].held_site, "test_lock_order.c:"));
}
END_TEST

static void unlock_at_the_end(void *mutex)
{
    mutex_unlock((struct mutex *)mutex);
}

static void *leave_it_to_a_destructor(void *key)
{
    mutex_lock(&locks[0]);
    pthread_setspecific(*(pthread_key_t *)key, &locks[0]);
    return NULL;
}

START_TEST(destructors_may_unlock_yet)
{
    pthread_t thread;
    pthread_key_t key; /* made after the module's own: it is called later */
    forget_all();
    ck_assert_int_eq(pthread_key_create(&key, unlock_at_the_end), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, leave_it_to_a_destructor, &key), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(seen.count, 0);
    ck_assert(!mutex_is_locked(&locks[0]));
    pthread_key_delete(key);
}
END_TEST

/* ---- limits and text ---- */

START_TEST(too_many_are_left_out_and_counted)
{
    static struct mutex many[LOCK_ORDER_LOCKS + 2];
    forget_all();
    mutex_lock(&locks[0]);
    for (int i = 0; i < LOCK_ORDER_LOCKS + 2; i++) {
        mutex_lock(&many[i]);
        mutex_unlock(&many[i]);
    }
    mutex_unlock(&locks[0]);
    ck_assert_uint_gt(lock_order_left_out(), 0);
    for (int i = 0; i < LOCK_ORDER_LOCKS + 2; i++)
        mutex_fini(&many[i]);
    ck_assert_int_eq(seen.count, 0);
    take_two(&locks[0], &locks[1]); /* there is room again */
    take_two(&locks[1], &locks[0]);
    ck_assert_int_eq(seen.count, 1);
}
END_TEST

START_TEST(too_many_held_are_left_out)
{
    static struct mutex many[LOCK_ORDER_HELD + 3];
    size_t before = lock_order_left_out();
    for (int i = 0; i < LOCK_ORDER_HELD + 3; i++)
        mutex_lock(&many[i]);
    ck_assert_uint_eq(lock_order_left_out(), before + 3);
    for (int i = 0; i < LOCK_ORDER_HELD + 3; i++)
        mutex_unlock(&many[i]);
    ck_assert_int_eq(seen.count, 0);
    mutex_unlock(&many[0]);
    ck_assert_int_eq(seen.count, 1); /* and it counts right again */
}
END_TEST

static void text_of(enum lock_order_fault fault, char *text, size_t size_bytes)
{
    struct lock_order_step step = {text, text, "one.c:1", "two.c:2"};
    struct lock_order_report report = {fault, &step, 1};
    FILE *stream = fmemopen(text, size_bytes, "w");
    ck_assert_ptr_nonnull(stream);
    lock_order_print(&report, stream);
    fclose(stream);
}

START_TEST(the_text_names_both_lines)
{
    char text[400];
    text_of(LOCK_ORDER_CYCLE, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "possible deadlock"));
    ck_assert(strstr(text, "one.c:1") && strstr(text, "two.c:2"));
    text_of(LOCK_ORDER_TWICE, text, sizeof(text));
    ck_assert(strstr(text, "one.c:1") && strstr(text, "two.c:2"));
    text_of(LOCK_ORDER_NOT_HELD, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "two.c:2"));
    text_of(LOCK_ORDER_DIED_HOLDING, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "one.c:1"));
}
END_TEST

/* The standard report ends the program: Check sees the signal of __builtin_trap. */
START_TEST(the_standard_report_stops)
{
    lock_order_set_report(NULL, NULL);
    forget_all();
    mutex_unlock(&locks[0]);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("lock_order");
    TCase *orders = tcase_create("orders");
    tcase_set_timeout(orders, 50);
    tcase_add_checked_fixture(orders, begin, end);
    tcase_add_test(orders, two_orders_are_a_cycle);
    tcase_add_test(orders, a_cycle_of_three);
    tcase_add_test(orders, orders_of_two_threads);
    tcase_add_test(orders, one_order_is_fine);
    tcase_add_test(orders, a_try_does_not_wait);
    tcase_add_test(orders, a_new_lock_at_an_old_address);
    suite_add_tcase(suite, orders);
    TCase *owners = tcase_create("owners");
    tcase_set_timeout(owners, 50);
    tcase_add_checked_fixture(owners, begin, end);
    tcase_add_test(owners, twice_by_one_thread);
    tcase_add_test(owners, unlock_by_a_stranger);
    tcase_add_test(owners, a_thread_that_dies_holding);
    tcase_add_test(owners, destructors_may_unlock_yet);
    suite_add_tcase(suite, owners);
    TCase *limits = tcase_create("limits");
    tcase_set_timeout(limits, 50);
    tcase_add_checked_fixture(limits, begin, end);
    tcase_add_test(limits, too_many_are_left_out_and_counted);
    tcase_add_test(limits, too_many_held_are_left_out);
    tcase_add_test(limits, the_text_names_both_lines);
    tcase_add_test_raise_signal(limits, the_standard_report_stops, SIGILL);
    suite_add_tcase(suite, limits);
    return suite;
}
