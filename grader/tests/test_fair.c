/* When a busy machine cost points: of records as a grading makes them, before and under load. */
#include "grader/verify/fair.h"
#include "tests/support/check_main.h"

enum { TESTS = 3 };

static const unsigned worth[TESTS] = {64, 12, 24};

static struct record *graded(double first, double second, double third)
{
    const double points[TESTS] = {first, second, third};
    struct record *record = record_create();
    ck_assert(record && record_add_tests(record, TESTS));
    for (int i = 0; i < TESTS; i++) {
        record->tests[i].max_points = worth[i];
        record->tests[i].points = points[i];
        record->points += points[i];
    }
    return record;
}

/* Returns: the index of the test that lost, or -1. */
static int lost(struct record *at_rest, struct record *loaded)
{
    const struct record_test *test = fair_lost(at_rest, loaded);
    int index = test ? (int)(test - loaded->tests) : -1;
    record_destroy(at_rest);
    record_destroy(loaded);
    return index;
}

START_TEST(all_points_at_rest_are_all_points_under_load)
{
    ck_assert_int_eq(lost(graded(64, 12, 24), graded(64, 12, 24)), -1);
    ck_assert_int_eq(lost(graded(64, 12, 24), graded(64, 11.4, 24)), 1);
    ck_assert_int_eq(lost(graded(64, 12, 24), graded(64, 10, 21)), 2); /* which lost most */
    ck_assert_int_eq(lost(graded(64, 11.6, 24), graded(64, 9, 24)), 1);
    ck_assert_int_eq(lost(graded(64, 12, 12), graded(0, 12, 12)), 0);
}
END_TEST

START_TEST(rounding_is_no_loss_and_a_gain_is_none)
{
    ck_assert_int_eq(lost(graded(64, 12, 24), graded(64, 11.5, 24)), -1);
    ck_assert_int_eq(lost(graded(64, 11.6, 24), graded(64, 12, 24)), -1);
}
END_TEST

/* Below all points they follow a figure, which load moves. */
START_TEST(a_share_of_the_points_is_held_to_nothing)
{
    ck_assert_int_eq(lost(graded(64, 6, 24), graded(64, 3, 24)), -1);
    ck_assert_int_eq(lost(graded(64, 6, 24), graded(64, 3, 20)), 2); /* which hides no other */
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("fair");
    TCase *points = tcase_create("points");
    tcase_add_test(points, all_points_at_rest_are_all_points_under_load);
    tcase_add_test(points, rounding_is_no_loss_and_a_gain_is_none);
    tcase_add_test(points, a_share_of_the_points_is_held_to_nothing);
    suite_add_tcase(suite, points);
    return suite;
}
