#include <stdlib.h>
#include <string.h>

#include "grader/record.h"
#include "tests/support/check_main.h"

static struct record *sample(void)
{
    struct record *record = record_create();
    ck_assert_ptr_nonnull(record);
    ck_assert(record_add_tests(record, 2));
    ck_assert(record_set(&record->exercise, "03_memory/arena"));
    ck_assert(record_set(&record->message, "line\nwith \"quotes\" and \xc3\xa9"));
    record->seed = UINT64_C(1) << 52;
    record->points = 42.5;
    record->tests[0].run_count = 1;
    record->tests[1].run_count = 2;
    record->tests[1].runs[1].build = BUILD_ASAN;
    record->tests[1].runs[1].verdict = VERDICT_LEAK;
    record->tests[1].verdict = VERDICT_LEAK;
    ck_assert(record_set(&record->tests[1].runs[1].student_at, "arena.c:7 in f"));
    return record;
}

START_TEST(json_gives_back_every_field)
{
    struct record *record = sample();
    char *text = record_to_json(record);
    ck_assert_ptr_nonnull(text);
    struct record *read = NULL;
    ck_assert_int_eq(record_from_json(text, &read), 0);
    ck_assert_str_eq(read->message, record->message);
    ck_assert_str_eq(read->tests[1].runs[1].student_at, "arena.c:7 in f");
    ck_assert_int_eq(read->tests[1].runs[1].verdict, VERDICT_LEAK);
    ck_assert(read->seed == record->seed);
    char *again = record_to_json(read);
    ck_assert_str_eq(text, again);
    free(again);
    free(text);
    record_destroy(read);
    record_destroy(record);
}
END_TEST

START_TEST(wrong_json_is_refused)
{
    struct record *record = sample();
    char *text = record_to_json(record);
    struct record *read = NULL;
    for (size_t cut = 0; cut + 1 < strlen(text); cut += 7) {
        char *part = strndup(text, cut);
        ck_assert_int_ne(record_from_json(part, &read), 0);
        free(part);
    }
    char *type = strstr(text, "\"leak\"");
    ck_assert_ptr_nonnull(type);
    memcpy(type, "\"leek\"", 6);
    ck_assert_int_ne(record_from_json(text, &read), 0);
    free(text);
    record_destroy(record);
}
END_TEST

START_TEST(worst_is_the_first_that_did_not_pass)
{
    struct record *record = sample();
    ck_assert_int_eq(record_worst(record), VERDICT_LEAK);
    record->tests[0].verdict = VERDICT_FAIL;
    record->tests[0].runs[0].verdict = VERDICT_FAIL;
    ck_assert_int_eq(record_worst(record), VERDICT_FAIL);
    record->tests[1].runs[0].verdict = VERDICT_FORGED;
    ck_assert_int_eq(record_worst(record), VERDICT_FORGED);
    record->tests[1].runs[1].verdict = VERDICT_GRADER_ERROR;
    ck_assert_int_eq(record_worst(record), VERDICT_GRADER_ERROR);
    record_destroy(record);
}
END_TEST

START_TEST(verdict_names_go_both_ways)
{
    for (int i = 0; i < VERDICT_COUNT; i++) {
        enum verdict verdict;
        ck_assert(verdict_parse(verdict_name((enum verdict)i), &verdict));
        ck_assert_int_eq(verdict, i);
        ck_assert(verdict_matches_folder(verdict, verdict_name(verdict)));
    }
    enum verdict verdict;
    ck_assert(!verdict_parse("perfect", &verdict));
}
END_TEST

START_TEST(folders_name_verdicts)
{
    ck_assert(verdict_matches_folder(VERDICT_PASS, "accepted"));
    ck_assert(verdict_matches_folder(VERDICT_COMPILE_ERROR, "wrong"));
    ck_assert(verdict_matches_folder(VERDICT_UNDEFINED, "crash"));
    ck_assert(verdict_matches_folder(VERDICT_FORGED, "cheat"));
    ck_assert(verdict_matches_folder(VERDICT_TIMEOUT_WALL, "timeout"));
    ck_assert(verdict_matches_folder(VERDICT_OUTPUT_LIMIT, "output_limit"));
    ck_assert(!verdict_matches_folder(VERDICT_PASS, "wrong"));
    ck_assert(!verdict_matches_folder(VERDICT_FAIL, "accepted"));
    ck_assert(!verdict_matches_folder(VERDICT_GRADER_ERROR, "cheat"));
    ck_assert(!verdict_matches_folder(VERDICT_FAIL, "no_such_folder"));
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *json = tcase_create("json");
    tcase_add_test(json, json_gives_back_every_field);
    tcase_add_test(json, wrong_json_is_refused);
    suite_add_tcase(suite, json);
    TCase *verdicts = tcase_create("verdicts");
    tcase_add_test(verdicts, worst_is_the_first_that_did_not_pass);
    tcase_add_test(verdicts, verdict_names_go_both_ways);
    tcase_add_test(verdicts, folders_name_verdicts);
    suite_add_tcase(suite, verdicts);
    return suite;
}
