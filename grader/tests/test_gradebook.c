#include "grader/store/gradebook.h"

#include <errno.h>
#include <jansson.h>

#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

static struct store *store;

static void open_store(void)
{
    char error[500];
    ck_assert_int_eq(store_open(":memory:", &store, error, sizeof(error)), 0);
}

static void close_store(void)
{
    store_close(store);
}

static void put(const char *student, const char *exercise, enum verdict verdict, double points)
{
    struct record *record = record_create();
    record_set(&record->exercise, exercise);
    record_set(&record->submission_hash, student);
    record_set(&record->graded_at, "2026-01-14T09:30:05Z");
    record_set(&record->layers, "namespaces");
    record->verdict = verdict;
    record->points = points;
    record->max_points = 100;
    ck_assert_int_eq(store_put(store, student, record), 0);
    record_destroy(record);
}

static void fill(void)
{
    put("zoe", "03_memory/slab", VERDICT_PASS, 100);
    put("ann", "03_memory/slab", VERDICT_FAIL, 42.5);
    put("ann", "03_memory/arena", VERDICT_LEAK, 90);
    put("zoe", "03_memory/arena", VERDICT_GRADER_ERROR, 0);
    ck_assert_int_eq(store_add_student(store, "mia"), 0);
}

static void expect_csv(const char *expected)
{
    struct gradebook book;
    ck_assert_int_eq(gradebook_load(store, NULL, &book), 0);
    char *csv = gradebook_csv(&book);
    ck_assert_ptr_nonnull(csv);
    ck_assert_str_eq(csv, expected);
    free(csv);
    gradebook_free(&book);
}

#define HEADER                                                                                     \
    "student,03_memory/arena points,03_memory/arena verdict,03_memory/slab points,"                \
    "03_memory/slab verdict,total\r\n"

START_TEST(csv_is_ordered_and_blank_where_nothing_is)
{
    fill();
    expect_csv(HEADER "ann,90,leak,42.5,fail,132.5\r\n"
                      "mia,,,,,0\r\n"
                      "zoe,,grader_error,100,pass,100\r\n");
}
END_TEST

START_TEST(csv_of_an_empty_class)
{
    expect_csv("student,total\r\n");
}
END_TEST

START_TEST(csv_fields_are_quoted_and_formulas_disarmed)
{
    ck_assert_int_eq(store_add_student(store, "=cmd|' /C calc'!A0"), 0);
    ck_assert_int_eq(store_add_student(store, "+1"), 0);
    ck_assert_int_eq(store_add_student(store, "@sum"), 0);
    ck_assert_int_eq(store_add_student(store, "-x"), 0);
    ck_assert_int_eq(store_add_student(store, "O'Neil, \"Jo\""), 0);
    ck_assert_int_eq(store_add_student(store, "ann;=cmd"), 0);
    ck_assert_int_eq(store_add_student(store, "two\nlines"), 0);
    ck_assert_int_eq(store_add_student(store, "\033[31mred"), 0);
    expect_csv("student,total\r\n"
               "^[[31mred,0\r\n"
               "\"'+1\",0\r\n"
               "\"'-x\",0\r\n"
               "\"'=cmd|' /C calc'!A0\",0\r\n"
               "\"'@sum\",0\r\n"
               "\"O'Neil, \"\"Jo\"\"\",0\r\n"
               "\"ann;=cmd\",0\r\n"
               "two^Jlines,0\r\n");
}
END_TEST

START_TEST(full_width_formulas_are_disarmed)
{
    ck_assert_int_eq(store_add_student(store, "\uff0b1"), 0);
    ck_assert_int_eq(store_add_student(store, "\uff0d1"), 0);
    ck_assert_int_eq(store_add_student(store, "\uff1dcmd"), 0);
    ck_assert_int_eq(store_add_student(store, "\uff20sum"), 0);
    ck_assert_int_eq(store_add_student(store, "\uff21nn = 1"), 0); /* a letter */
    expect_csv("student,total\r\n"
               "\"'\uff0b1\",0\r\n"
               "\"'\uff0d1\",0\r\n"
               "\"'\uff1dcmd\",0\r\n"
               "\"'\uff20sum\",0\r\n"
               "\uff21nn = 1,0\r\n");
}
END_TEST

START_TEST(json_says_the_same)
{
    fill();
    struct gradebook book;
    ck_assert_int_eq(gradebook_load(store, NULL, &book), 0);
    char *text = gradebook_json(&book);
    json_t *root = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(root);
    json_t *students = json_object_get(root, "students");
    ck_assert_uint_eq(json_array_size(students), 3);
    json_t *ann = json_array_get(students, 0);
    ck_assert_str_eq(json_string_value(json_object_get(ann, "student")), "ann");
    ck_assert_double_eq(json_real_value(json_object_get(ann, "total")), 132.5);
    json_t *arena = json_array_get(json_object_get(ann, "grades"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(arena, "exercise")), "03_memory/arena");
    ck_assert_str_eq(json_string_value(json_object_get(arena, "verdict")), "leak");
    json_t *error = json_array_get(json_object_get(json_array_get(students, 2), "grades"), 0);
    ck_assert(json_is_null(json_object_get(error, "points"))); /* never a zero */
    json_decref(root);
    free(text);
    gradebook_free(&book);
}
END_TEST

START_TEST(json_of_a_name_that_is_not_utf8)
{
    ck_assert_int_eq(store_add_student(store, "caf\xe9"), 0);
    struct gradebook book;
    ck_assert_int_eq(gradebook_load(store, NULL, &book), 0);
    char *text = gradebook_json(&book);
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "caf\\\\xe9"));
    free(text);
    gradebook_free(&book);
}
END_TEST

START_TEST(one_student_alone)
{
    fill();
    struct gradebook book;
    ck_assert_int_eq(gradebook_load(store, "zoe", &book), 0);
    ck_assert_uint_eq(book.student_count, 1);
    ck_assert_uint_eq(book.cell_count, 2);
    ck_assert_ptr_null(gradebook_cell(&book, 0, 2));
    gradebook_free(&book);
}
END_TEST

START_TEST(table_for_people)
{
    fill();
    struct gradebook book;
    char *text;
    size_t size;
    struct terminal terminal = {.out = open_memstream(&text, &size), .columns = 80};
    ck_assert_int_eq(gradebook_load(store, NULL, &book), 0);
    gradebook_print(&book, &terminal);
    fclose(terminal.out);
    ck_assert_str_eq(text, "student  03_memory/arena    03_memory/slab      total\n"
                           "ann      90 leak            42.5 fail           132.5\n"
                           "mia                                                 0\n"
                           "zoe      ? grader_error     100 pass              100\n");
    free(text);
    gradebook_free(&book);
}
END_TEST

START_TEST(a_name_cannot_forge_a_row)
{
    put("mallory\nann  100 pass", "03_memory/arena", VERDICT_FAIL, 0);
    struct gradebook book;
    char *text;
    size_t size;
    struct terminal terminal = {.out = open_memstream(&text, &size), .columns = 80};
    ck_assert_int_eq(gradebook_load(store, NULL, &book), 0);
    gradebook_print(&book, &terminal);
    fclose(terminal.out);
    ck_assert_str_eq(text, "student                 03_memory/arena     total\n"
                           "mallory^Jann  100 pass  0 fail                  0\n");
    free(text);
    gradebook_free(&book);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("gradebook");
    TCase *csv = tcase_create("csv");
    tcase_add_checked_fixture(csv, open_store, close_store);
    tcase_add_test(csv, csv_is_ordered_and_blank_where_nothing_is);
    tcase_add_test(csv, csv_of_an_empty_class);
    tcase_add_test(csv, csv_fields_are_quoted_and_formulas_disarmed);
    tcase_add_test(csv, full_width_formulas_are_disarmed);
    suite_add_tcase(suite, csv);
    TCase *json = tcase_create("json");
    tcase_add_checked_fixture(json, open_store, close_store);
    tcase_add_test(json, json_says_the_same);
    tcase_add_test(json, json_of_a_name_that_is_not_utf8);
    suite_add_tcase(suite, json);
    TCase *table = tcase_create("table");
    tcase_add_checked_fixture(table, open_store, close_store);
    tcase_add_test(table, one_student_alone);
    tcase_add_test(table, table_for_people);
    tcase_add_test(table, a_name_cannot_forge_a_row);
    suite_add_tcase(suite, table);
    return suite;
}
