/* test_rwlock_checked.c - what the checks report of readers and writers, and that they report nothing else. */
#define RWLOCK_CHECKED 1 /* in builds with NDEBUG too */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>

#include "02_concurrency/rwlock.h"

static struct rwlock one, two;
static unsigned faults[LOCK_ORDER_DIED_HOLDING + 1];

static void note(const struct lock_order_report *report, void *context)
{
    (void)context;
    faults[report->fault]++;
}

static unsigned fault_count(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i <= LOCK_ORDER_DIED_HOLDING; i++)
        count += faults[i];
    return count;
}

START_TEST(nothing_is_reported_of_what_is_right)
{
    lock_order_set_report(note, NULL);
    for (int i = 0; i < 3; i++) {
        rwlock_read_lock(&one);
        rwlock_write_lock(&two);
        rwlock_downgrade(&two);
        rwlock_read_unlock(&two);
        ck_assert_int_eq(rwlock_upgrade(&one), 0);
        rwlock_write_unlock(&one);
        ck_assert(rwlock_try_read_lock(&one));
        rwlock_read_unlock(&one);
        ck_assert(rwlock_try_write_lock(&one));
        rwlock_write_unlock(&one);
        ck_assert_int_eq(rwlock_read_lock_until(&one, DEADLINE_NEVER), 0);
        ck_assert_int_eq(rwlock_write_lock_until(&two, DEADLINE_NEVER), 0);
        rwlock_write_unlock(&two);
        rwlock_read_unlock(&one);
    }
    rwlock_fini(&one);
    rwlock_init(&one);
    ck_assert_uint_eq(fault_count(), 0);
}
END_TEST

START_TEST(reading_in_two_orders)
{
    lock_order_set_report(note, NULL);
    rwlock_read_lock(&one);
    rwlock_read_lock(&two);
    rwlock_read_unlock(&two);
    rwlock_read_unlock(&one);
    ck_assert_uint_eq(fault_count(), 0);
    rwlock_read_lock(&two);
    rwlock_read_lock(&one); /* with a writer at each this would be the end */
    rwlock_read_unlock(&one);
    rwlock_read_unlock(&two);
    ck_assert_uint_eq(faults[LOCK_ORDER_CYCLE], 1);
    ck_assert_uint_eq(fault_count(), 1);
}
END_TEST

START_TEST(reading_twice)
{
    lock_order_set_report(note, NULL);
    rwlock_read_lock(&one);
    rwlock_read_lock(&one); /* works today, and with a writer in between it would not */
    ck_assert_uint_eq(faults[LOCK_ORDER_TWICE], 1);
}
END_TEST

START_TEST(unlocking_what_is_not_held)
{
    lock_order_set_report(note, NULL);
    rwlock_read_unlock(&one);
    rwlock_write_unlock(&one);
    ck_assert_uint_eq(faults[LOCK_ORDER_NOT_HELD], 2);
    ck_assert_uint_eq(atomic_load(&one.state), 0); /* and nothing was done */
}
END_TEST

static void *end_inside(void *unused)
{
    rwlock_write_lock(&one);
    return unused;
}

START_TEST(a_writer_that_ends_inside)
{
    pthread_t writer;
    lock_order_set_report(note, NULL);
    ck_assert_int_eq(pthread_create(&writer, NULL, end_inside, NULL), 0);
    pthread_join(writer, NULL);
    ck_assert_uint_eq(faults[LOCK_ORDER_DIED_HOLDING], 1);
    ck_assert(!rwlock_try_read_lock(&one)); /* it stays held */
    ck_assert_int_eq(rwlock_write_lock_until(&one, deadline_after_ns(DEADLINE_MS)), -ETIMEDOUT);
    ck_assert_int_eq(rwlock_read_lock_until(&one, 0), -ETIMEDOUT);
    ck_assert_uint_eq(fault_count(), 1);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("rwlock_checked");
    TCase *reported = tcase_create("reported");
    tcase_add_test(reported, nothing_is_reported_of_what_is_right);
    tcase_add_test(reported, reading_in_two_orders);
    tcase_add_test(reported, reading_twice);
    tcase_add_test(reported, unlocking_what_is_not_held);
    tcase_add_test(reported, a_writer_that_ends_inside);
    suite_add_tcase(suite, reported);
    return suite;
}
