#include "grader/record/view.h"

#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

static struct manifest manifest = {.exercise = (char *)"03_memory/arena",
                                   .title = (char *)"A bump allocator",
                                   .file = (char *)"arena.c"};

static struct record *record;
static char file[PATH_MAX];

/* Three tests: one passes, one fails an expectation, one only under a sanitizer. */
static void make_record(void)
{
    scratch_make();
    snprintf(file, sizeof(file), "%s", scratch_write("arena.c", "one\ntwo();\nthree\nfour\n"));
    record = record_create();
    ck_assert(record_add_tests(record, 3));
    record_set(&record->exercise, "03_memory/arena");
    record_set(&record->layers, "namespaces");
    record->verdict = VERDICT_FAIL;
    record->points = 5;
    record->max_points = 35;
    static const char *const names[] = {"starts_empty", "aligns", "frees_all"};
    static const enum verdict verdicts[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_LEAK};
    static const unsigned points[] = {5, 10, 20};
    for (size_t i = 0; i < 3; i++) {
        struct record_test *test = &record->tests[i];
        record_set(&test->name, names[i]);
        record_set(&test->requirement, "The manifest's words.");
        record_set(&test->lesson, "03_memory/README.md#alignment");
        test->verdict = verdicts[i];
        test->max_points = points[i];
        test->points = verdicts[i] == VERDICT_PASS ? points[i] : 0;
        test->run_count = 1;
        test->runs[0].verdict = verdicts[i];
    }
    struct record_run *run = &record->tests[1].runs[0];
    record_set(&run->requirement, "every block is aligned");
    record_set(&run->expected, "a multiple of 64");
    record_set(&run->actual, "40 past one");
    record_set(&run->test_at, "test_arena.c:41");
    record_set(&run->student_at, "arena.c:2 in two");
}

static void drop_record(void)
{
    record_destroy(record);
    scratch_remove();
}

static char *shown(bool brief, bool utf8)
{
    char *text;
    size_t size;
    struct view view = {.terminal = {.columns = 80, .utf8 = utf8},
                        .manifest = &manifest,
                        .course_root = "/course",
                        .file = file,
                        .brief = brief};
    view.terminal.out = open_memstream(&text, &size);
    view_record(&view, record);
    fclose(view.terminal.out);
    return text;
}

static void expect_shown(bool holds, const char *part)
{
    char *text = shown(false, true);
    ck_assert_msg((strstr(text, part) != NULL) == holds, "%s '%s' in:\n%s",
                  holds ? "expected" : "did not expect", part, text);
    free(text);
}

START_TEST(the_first_failure_is_told_whole)
{
    static const char *const parts[] = {"5 of 35 points",
                                        "The manifest's words.",
                                        "every block is aligned",
                                        "a multiple of 64",
                                        "40 past one",
                                        "arena.c:2 in two",
                                        "two();",
                                        "/course/03_memory/README.md#alignment",
                                        "/course/exercises/03_memory/arena/tests/test_arena.c:41"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        expect_shown(true, parts[i]);
}
END_TEST

START_TEST(the_line_of_the_student_can_be_clicked)
{
    char place[PATH_MAX + 20];
    snprintf(place, sizeof(place), "%s:2 in two", file);
    expect_shown(true, place);
}
END_TEST

START_TEST(the_others_are_one_line_each)
{
    char *text = shown(false, true);
    ck_assert_ptr_nonnull(strstr(text, "\u2713 starts_empty    5/5"));
    ck_assert_ptr_nonnull(strstr(text, "\u2717 frees_all       0/20"));
    ck_assert_ptr_nonnull(strstr(text, "leaks memory"));
    char *first = strstr(text, "The manifest's words.");
    ck_assert_ptr_null(strstr(first + 1, "The manifest's words.")); /* only one is told whole */
    free(text);
}
END_TEST

START_TEST(a_small_window_gets_counts)
{
    char *text = shown(true, true);
    ck_assert_ptr_nonnull(strstr(text, "1 of 3 tests pass"));
    ck_assert_ptr_null(strstr(text, "starts_empty"));
    ck_assert_ptr_nonnull(strstr(text, "40 past one"));
    free(text);
}
END_TEST

START_TEST(escape_sequences_of_a_student_do_not_arrive)
{
    struct record_run *run = &record->tests[1].runs[0];
    record_set(&run->output, "\033[2J\033[32m100 of 100 points");
    record_set(&run->actual, "\033]0;owned\a");
    record_set(&run->detail, "\x9b"
                             "31m");
    scratch_write("arena.c", "one\n\033[Htwo\n");
    char *text = shown(false, true);
    ck_assert_ptr_null(strchr(text, '\033'));
    ck_assert_ptr_nonnull(strstr(text, "^[[2J^[[32m100 of 100 points"));
    free(text);
}
END_TEST

START_TEST(plain_ascii_where_the_locale_is)
{
    char *text = shown(false, false);
    for (const char *at = text; *at; at++)
        ck_assert_int_lt((unsigned char)*at, 0x80);
    ck_assert_ptr_nonnull(strstr(text, "FAIL aligns"));
    free(text);
}
END_TEST

START_TEST(a_sanitizer_run_says_that_the_plain_one_passes)
{
    struct record_test *test = &record->tests[1];
    test->verdict = VERDICT_UNDEFINED;
    test->run_count = 2;
    test->runs[0].verdict = VERDICT_PASS;
    test->runs[1].verdict = VERDICT_UNDEFINED;
    test->runs[1].build = BUILD_ASAN;
    record_set(&test->runs[1].detail, "heap-buffer-overflow\narena.c:2 in two");
    expect_shown(true, "passes when run plainly");
    expect_shown(true, "heap-buffer-overflow");
    expect_shown(true, "undefined behaviour");
}
END_TEST

START_TEST(what_does_not_build_shows_the_compilers_words)
{
    record->verdict = VERDICT_COMPILE_ERROR;
    record_set(&record->message, "arena.c:3:1: error: expected ';'");
    char place[PATH_MAX + 20];
    snprintf(place, sizeof(place), "%s:3:1: error", file);
    expect_shown(true, place);
    expect_shown(true, "does not build");
    expect_shown(false, "starts_empty");
}
END_TEST

static void expect_no_blame(const char *why)
{
    char *text = shown(false, false);
    ck_assert_ptr_nonnull(strstr(text, "could not be graded, which is no fault of yours"));
    ck_assert_ptr_nonnull(strstr(text, why));
    ck_assert_ptr_nonnull(strstr(text, "no grade"));
    ck_assert_ptr_null(strstr(text, "a multiple of 64")); /* a failure that decides nothing */
    ck_assert_ptr_nonnull(strstr(text, "./syslab doctor"));
    free(text);
}

START_TEST(a_fault_of_the_graders_is_not_put_on_the_student)
{
    record->verdict = VERDICT_GRADER_ERROR;
    record->tests[2].verdict = VERDICT_GRADER_ERROR;
    record->tests[2].runs[0].verdict = VERDICT_GRADER_ERROR;
    record_set(&record->tests[2].runs[0].detail, "The test could not be started: no memory.");
    expect_no_blame("The test could not be started: no memory.");
    char *text = shown(false, false);
    ck_assert_ptr_nonnull(strstr(text, "?    frees_all could not be graded"));
    ck_assert_ptr_null(strstr(text, "FAIL frees_all"));
    free(text);
}
END_TEST

START_TEST(a_fault_before_any_test_is_not_put_on_the_student)
{
    record->verdict = VERDICT_GRADER_ERROR;
    record_set(&record->message, "The kit plain.a is missing.");
    expect_no_blame("The kit plain.a is missing.");
    expect_shown(false, "\u2717");
}
END_TEST

START_TEST(a_path_keeps_to_its_line)
{
    record->verdict = VERDICT_COMPILE_ERROR;
    record_set(&record->message, "arena.c:1:1: error");
    snprintf(file, sizeof(file), "/tmp/a\n100 of 100/arena.c");
    expect_shown(false, "\n100 of 100");
    expect_shown(true, "/tmp/a^J100 of 100/arena.c does not build");
}
END_TEST

START_TEST(long_reports_are_cut)
{
    char text[4000] = "";
    for (int i = 0; i < 60; i++)
        sprintf(text + strlen(text), "error number %d\n", i);
    record->verdict = VERDICT_COMPILE_ERROR;
    record_set(&record->message, text);
    expect_shown(true, "error number 0\n");
    expect_shown(false, "error number 59");
    expect_shown(true, "(36 more lines)");
}
END_TEST

START_TEST(no_sandbox_is_said_aloud)
{
    record_set(&record->layers, "none");
    expect_shown(true, "without a sandbox");
}
END_TEST

START_TEST(every_verdict_has_words)
{
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
        ck_assert_ptr_nonnull(view_verdict((enum verdict)verdict));
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("view");
    TCase *failure = tcase_create("failure");
    tcase_add_checked_fixture(failure, make_record, drop_record);
    tcase_add_test(failure, the_first_failure_is_told_whole);
    tcase_add_test(failure, the_line_of_the_student_can_be_clicked);
    tcase_add_test(failure, the_others_are_one_line_each);
    tcase_add_test(failure, a_small_window_gets_counts);
    tcase_add_test(failure, a_sanitizer_run_says_that_the_plain_one_passes);
    tcase_add_test(failure, what_does_not_build_shows_the_compilers_words);
    tcase_add_test(failure, long_reports_are_cut);
    tcase_add_test(failure, no_sandbox_is_said_aloud);
    tcase_add_test(failure, every_verdict_has_words);
    tcase_add_test(failure, a_fault_of_the_graders_is_not_put_on_the_student);
    tcase_add_test(failure, a_fault_before_any_test_is_not_put_on_the_student);
    suite_add_tcase(suite, failure);
    TCase *hostile = tcase_create("hostile");
    tcase_add_checked_fixture(hostile, make_record, drop_record);
    tcase_add_test(hostile, escape_sequences_of_a_student_do_not_arrive);
    tcase_add_test(hostile, plain_ascii_where_the_locale_is);
    tcase_add_test(hostile, a_path_keeps_to_its_line);
    suite_add_tcase(suite, hostile);
    return suite;
}
