/* test_statistics.c - the figures that a bench reports, on samples whose answer is known. */
#include <stdlib.h>

#include "bench/measure.h"
#include "bench/report.h"
#include "bench/statistics.h"
#include "tests/support/check_main.h"

START_TEST(median_of_odd_and_even_counts)
{
    double odd[] = {9, 1, 5}, even[] = {4, 1, 3, 2}, one[] = {7};
    ck_assert_double_eq(statistics_summarize(odd, 3).median, 5);
    ck_assert_double_eq(statistics_summarize(even, 4).median, 2.5);
    ck_assert_double_eq(statistics_summarize(one, 1).median, 7);
}
END_TEST

START_TEST(quartiles_interpolate)
{
    double values[] = {5, 1, 4, 2, 3};
    struct statistics s = statistics_summarize(values, 5);
    ck_assert_double_eq(s.q1, 2);
    ck_assert_double_eq(s.q3, 4);
    double four[] = {10, 20, 30, 40};
    s = statistics_summarize(four, 4);
    ck_assert_double_eq(s.q1, 17.5);
    ck_assert_double_eq(s.q3, 32.5);
}
END_TEST

START_TEST(one_outlier_moves_nothing)
{
    double values[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1000};
    struct statistics s = statistics_summarize(values, 11);
    ck_assert_double_eq(s.median, 1);
    ck_assert_double_eq(s.q3 - s.q1, 0);
}
END_TEST

/* Against a plain sort of random samples of every small size. */
START_TEST(agrees_with_a_sort)
{
    srand(20260101);
    for (size_t count = 1; count <= MEASURE_SAMPLES_MAX; count++) {
        double values[MEASURE_SAMPLES_MAX];
        for (size_t i = 0; i < count; i++)
            values[i] = rand() % 50;
        struct statistics s = statistics_summarize(values, count);
        size_t below = 0, above = 0;
        for (size_t i = 0; i < count; i++) {
            ck_assert(i == 0 || values[i - 1] <= values[i]);
            below += values[i] < s.median;
            above += values[i] > s.median;
        }
        ck_assert_uint_le(below, count / 2);
        ck_assert_uint_le(above, count / 2);
        ck_assert_double_le(s.q1, s.median);
        ck_assert_double_le(s.median, s.q3);
    }
}
END_TEST

static uint64_t nothing(void *context, uint64_t operations)
{
    (void)context, (void)operations;
    return 0;
}

static const struct bench_contender contenders[] = {
    {.name = "syslab", .run = nothing},
    {.name = "slow", .run = nothing},
    {.name = "absent", .symbol = "peer_absent"},
    {.name = "fast", .run = nothing},
    {0},
};
static const struct bench_row row = {
    .name = "test/row", .work = "none", .operations = 1, .floor = 1, .contenders = contenders};

/* Rounds in which the machine slows down: ours and the peers by the same factor. */
static void slowing_machine(struct measurement *out)
{
    ck_assert(measure_installed(&row, false, out));
    out->state = PROBE_FAR;
    struct measure_rounds *rounds = &out->rounds[PROBE_FAR];
    for (rounds->count = 0; rounds->count < 10; rounds->count++) {
        double speed = 1 << rounds->count;
        rounds->ns[0][rounds->count] = 2 * speed;
        rounds->ns[1][rounds->count] = 8 * speed;
        rounds->ns[3][rounds->count] = 1 * speed;
    }
}

/* The reason for pairs: a change of speed that both see cancels out of the ratio. */
START_TEST(ratio_is_of_pairs)
{
    static struct measurement measurement;
    struct report_comparison slow, fast, absent;
    slowing_machine(&measurement);
    ck_assert(report_compare(&measurement, 1, &slow));
    ck_assert_double_eq(slow.ratio, 0.25);
    ck_assert_double_eq(slow.spread, 0);
    ck_assert(report_compare(&measurement, 3, &fast));
    ck_assert_double_eq(fast.ratio, 2);
    ck_assert(!report_compare(&measurement, 2, &absent));
}
END_TEST

START_TEST(floor_is_held_against_the_fastest)
{
    static struct measurement measurement;
    slowing_machine(&measurement);
    ck_assert_uint_eq(report_fastest(&measurement), 3);
    ck_assert(report_table(&measurement)); /* 2.0 of the fastest, 1.0 promised */
    for (unsigned i = 0; i < 10; i++)
        measurement.rounds[PROBE_FAR].ns[0][i] /= 2;
    ck_assert(!report_table(&measurement)); /* exactly 1.0 meets it */
}
END_TEST

START_TEST(round_trips_are_near_far_or_mixed)
{
    ck_assert_int_eq(probe_classify(60), PROBE_NEAR);
    ck_assert_int_eq(probe_classify(130), PROBE_NEAR);
    ck_assert_int_eq(probe_classify(400), PROBE_FAR);
    ck_assert_int_eq(probe_classify(440), PROBE_FAR);
    ck_assert_int_eq(probe_classify(20000), PROBE_MIXED); /* both threads on one core */
}
END_TEST

START_TEST(probe_without_its_helper_does_not_hang)
{
    ck_assert_int_eq(probe_state(), PROBE_MIXED);
}
END_TEST

START_TEST(probe_again_and_again)
{
    ck_assert_int_eq(probe_start(), 0);
    for (int i = 0; i < 20; i++)
        ck_assert_int_lt(probe_state(), PROBE_STATE_COUNT);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("statistics");
    TCase *order = tcase_create("order");
    tcase_add_test(order, median_of_odd_and_even_counts);
    tcase_add_test(order, quartiles_interpolate);
    tcase_add_test(order, one_outlier_moves_nothing);
    tcase_add_test(order, agrees_with_a_sort);
    suite_add_tcase(suite, order);
    TCase *ratio = tcase_create("ratio");
    tcase_add_test(ratio, ratio_is_of_pairs);
    tcase_add_test(ratio, floor_is_held_against_the_fastest);
    suite_add_tcase(suite, ratio);
    TCase *probe = tcase_create("probe");
    tcase_add_test(probe, round_trips_are_near_far_or_mixed);
    tcase_add_test(probe, probe_without_its_helper_does_not_hang);
    tcase_add_test(probe, probe_again_and_again);
    suite_add_tcase(suite, probe);
    return suite;
}
