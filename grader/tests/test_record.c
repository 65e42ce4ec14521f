#include <stdlib.h>
#include <string.h>

#include "grader/record/record.h"
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
    record->tests[1].hidden = true;
    record->messages_cut_bytes = 99;
    record->build_count = 1;
    record->builds[0].build = BUILD_ASAN;
    record->builds[0].cpu_ns = 7;
    ck_assert(record_set(&record->builds[0].flags, "-fsanitize=address"));
    ck_assert(record_add_parts(record, 1));
    ck_assert(record_set(&record->parts[0].name, "limits"));
    ck_assert(record_set(&record->parts[0].text, "cpu_s 2"));
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
    ck_assert(!read->tests[0].hidden && read->tests[1].hidden);
    ck_assert(read->seed == record->seed);
    ck_assert(read->messages_cut_bytes == 99);
    ck_assert_uint_eq(read->build_count, 1);
    ck_assert_int_eq(read->builds[0].build, BUILD_ASAN);
    ck_assert_str_eq(read->builds[0].flags, "-fsanitize=address");
    ck_assert_uint_eq(read->part_count, 1);
    ck_assert_str_eq(read->parts[0].text, "cpu_s 2");
    char *again = record_to_json(read);
    ck_assert_str_eq(text, again);
    free(again);
    free(text);
    record_destroy(read);
    record_destroy(record);
}
END_TEST

/* As syslab wrote it before there were builds, parts and the rest. */
START_TEST(an_older_record_is_read)
{
    static const char json[] =
        "{\"exercise\":\"03_memory/arena\",\"student\":\"\",\"file\":\"arena.c\",\"verdict\":"
        "\"pass\",\"message\":\"\",\"warnings\":\"\",\"points\":8,\"max_points\":8,"
        "\"submission_hash\":\"h\",\"suite_hash\":\"s\",\"grader_hash\":\"g\",\"toolchain\":"
        "\"gcc 12.2.0\",\"layers\":\"none\",\"graded_at\":\"2026-01-14T09:30:05Z\",\"seed\":1,"
        "\"wall_ns\":2,\"cpu_ns\":3,\"tests\":[{\"name\":\"t\",\"requirement\":\"r\",\"lesson\":"
        "\"l\","
        "\"max_points\":8,\"points\":8,\"verdict\":\"pass\",\"runs\":[]}]}";
    struct record *read = NULL;
    ck_assert_int_eq(record_from_json(json, &read), 0);
    ck_assert_str_eq(read->toolchain, "gcc 12.2.0");
    ck_assert_uint_eq(read->build_count, 0);
    ck_assert_uint_eq(read->part_count, 0);
    ck_assert(read->messages_cut_bytes == 0);
    ck_assert(read->test_count == 1 && !read->tests[0].hidden);
    char *again = record_to_json(read);
    ck_assert_ptr_nonnull(again);
    free(again);
    record_destroy(read);
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
    memcpy(type, "\"leak\"", 6);
    char *flag = strstr(text, "\"hidden\": true");
    ck_assert_ptr_nonnull(flag);
    memcpy(flag, "\"hidden\":\"yes\"", 14);
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
    tcase_add_test(json, an_older_record_is_read);
    tcase_add_test(json, wrong_json_is_refused);
    suite_add_tcase(suite, json);
    TCase *verdicts = tcase_create("verdicts");
    tcase_add_test(verdicts, worst_is_the_first_that_did_not_pass);
    tcase_add_test(verdicts, verdict_names_go_both_ways);
    tcase_add_test(verdicts, folders_name_verdicts);
    suite_add_tcase(suite, verdicts);
    return suite;
}
