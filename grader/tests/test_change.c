#include "grader/record/change.h"

#include "tests/support/check_main.h"

static void set_part(struct record_part *part, const char *name, const char *hash, const char *text)
{
    ck_assert(record_set(&part->name, name) && record_set(&part->hash, hash) &&
              record_set(&part->text, text));
}

static struct record *sample(void)
{
    struct record *record = record_create();
    ck_assert_ptr_nonnull(record);
    ck_assert(record_add_tests(record, 2) && record_add_parts(record, 3));
    ck_assert(record_set(&record->suite_hash, "s1") &&
              record_set(&record->toolchain, "gcc 12.2.0"));
    set_part(&record->parts[0], "limits", "l1", "cpu_s 2, cpu_s_more 20, memory_mib 256");
    set_part(&record->parts[1], "points", "p1", "");
    set_part(&record->parts[2], "test_arena.c", "t1", "");
    for (size_t i = 0; i < 2; i++) {
        ck_assert(record_set(&record->tests[i].name, i == 0 ? "first" : "second"));
        record->tests[i].max_points = 10;
        record->tests[i].points = 10;
    }
    return record;
}

static void expect_change(const struct record *before, const struct record *now, const char *causes,
                          const char *tests)
{
    struct change change;
    ck_assert_int_eq(change_describe(before, now, &change), 0);
    ck_assert_str_eq(change.causes.data ? change.causes.data : "", causes);
    ck_assert_str_eq(change.tests.data ? change.tests.data : "", tests);
    change_fini(&change);
}

START_TEST(the_same_is_no_change)
{
    struct record *before = sample(), *now = sample();
    expect_change(before, now, "", "");
    now->seed = 4;
    expect_change(before, now, "the tests' random numbers: they began with 4, before with 0\n", "");
    record_destroy(before);
    record_destroy(now);
}
END_TEST

START_TEST(each_part_of_the_suite_is_named)
{
    struct record *before = sample(), *now = sample();
    record_set(&now->suite_hash, "s2");
    set_part(&now->parts[0], "limits", "l2", "cpu_s 4, cpu_s_more 20, processes 2");
    expect_change(before, now, "the limits (exercise.yaml): cpu_s 4, was 2; processes 2\n", "");
    set_part(&now->parts[0], "limits", "l1", before->parts[0].text);
    set_part(&now->parts[2], "test_arena.c", "t2", "");
    expect_change(before, now, "the tests (test_arena.c)\n", "");
    set_part(&now->parts[2], "helper.c", "h", "");
    expect_change(before, now,
                  "what the tests are helped by (helper.c), which is new\n"
                  "the tests (test_arena.c), which is gone\n",
                  "");
    now->part_count = 0;
    expect_change(before, now,
                  "the tests, or what belongs to them: the older record does not say what\n", "");
    now->part_count = 3;
    record_destroy(before);
    record_destroy(now);
}
END_TEST

START_TEST(the_other_causes_are_named)
{
    struct record *before = sample(), *now = sample();
    record_set(&now->submission_hash, "another");
    record_set(&now->grader_hash, "another");
    record_set(&now->toolchain, "gcc 13.1.0");
    record_set(&now->layers, "none");
    record_set(&before->layers, "namespaces");
    expect_change(before, now,
                  "another file was handed in\nthe grader's own programs\n"
                  "the compiler: gcc 13.1.0, was gcc 12.2.0\nthe sandbox: none, was namespaces\n",
                  "");
    record_destroy(before);
    record_destroy(now);
}
END_TEST

START_TEST(each_test_that_came_to_another_end_is_named)
{
    struct record *before = sample(), *now = sample();
    before->tests[0].verdict = VERDICT_TIMEOUT_CPU;
    before->tests[0].points = 0;
    now->tests[1].points = 7.5;
    expect_change(before, now, "",
                  "first: passes; before: used up its CPU time\nsecond earns 7.5 of 10 points, was "
                  "10\n");
    now->tests[0].max_points = 12;
    record_set(&now->tests[1].name, "third");
    expect_change(before, now, "",
                  "first: passes; before: used up its CPU time\nfirst is worth 12 points, was 10\n"
                  "third is a new test: 7.5 of 10 points\n"
                  "second is no test any more: it gave 10 of 10 points\n");
    record_destroy(before);
    record_destroy(now);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("change");
    TCase *words = tcase_create("words");
    tcase_add_test(words, the_same_is_no_change);
    tcase_add_test(words, each_part_of_the_suite_is_named);
    tcase_add_test(words, the_other_causes_are_named);
    tcase_add_test(words, each_test_that_came_to_another_end_is_named);
    suite_add_tcase(suite, words);
    return suite;
}
