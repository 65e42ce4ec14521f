#include "grader/formats/format.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "grader/formats/format_views.h"
#include "tests/support/check_main.h"

static struct record *record;

static void set_test(size_t index, const char *name, enum verdict verdict, double points)
{
    struct record_test *test = &record->tests[index];
    record_set(&test->name, name);
    record_set(&test->requirement, "What has to hold.");
    test->verdict = verdict;
    test->max_points = 10;
    test->points = points;
    test->run_count = verdict == VERDICT_SKIPPED ? 0 : 1;
    test->runs[0].verdict = verdict;
    test->runs[0].wall_ns = 1234000000;
}

/* In this order: a pass, a failure, a leak, one that was measured. */
static void make_record(void)
{
    record = record_create();
    ck_assert(record_add_tests(record, 4));
    record_set(&record->exercise, "03_memory/arena");
    record_set(&record->graded_at, "2026-01-14T09:30:05Z");
    record_set(&record->layers, "namespaces,seccomp");
    record->verdict = VERDICT_FAIL;
    record->points = 17.5;
    record->max_points = 40;
    record->wall_ns = 2500000000;
    set_test(0, "zeroth_passes", VERDICT_PASS, 10);
    set_test(1, "first_fails", VERDICT_FAIL, 0);
    set_test(2, "second_leaks", VERDICT_LEAK, 0);
    set_test(3, "third_is_measured", VERDICT_PASS, 7.5);
    record_set(&record->tests[1].runs[0].expected, "a multiple of 64");
    record_set(&record->tests[1].runs[0].student_at, "arena.c:57 in arena_alloc");
    record_set(&record->tests[3].runs[0].measured, "1.3 times the reference");
    record->tests[3].runs[0].score = 0.75;
}

static void drop_record(void)
{
    record_destroy(record);
}

/* Nothing has run: refused by the compiler, or not graded at all. */
static void refuse(enum verdict verdict, const char *message)
{
    record->verdict = verdict;
    record->points = 0;
    record_set(&record->message, message);
    for (size_t i = 0; i < record->test_count; i++)
        set_test(i, record->tests[i].name, VERDICT_SKIPPED, 0);
}

static json_t *parse(char *text)
{
    ck_assert_ptr_nonnull(text);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(root);
    free(text);
    return root;
}

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static json_t *test_at(const json_t *root, size_t index)
{
    return json_array_get(json_object_get(root, "tests"), index);
}

static size_t count(const char *text, const char *what)
{
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        found++;
    return found;
}

static void has(const char *text, const char *what)
{
    ck_assert_msg(strstr(text, what) != NULL, "no '%s' in: %s", what, text);
}

static void lacks(const char *text, const char *what)
{
    ck_assert_msg(strstr(text, what) == NULL, "'%s' is in: %s", what, text);
}

/* ---- hidden tests ---- */

/* The second of them failed, and the last has a figure. */
static void hide(void)
{
    record->tests[1].hidden = record->tests[3].hidden = true;
    record_set(&record->tests[1].runs[0].output, "it printed this");
}

START_TEST(gradescope_shows_hidden_tests_when_grades_are_published)
{
    hide();
    json_t *root = parse(format_gradescope(record));
    ck_assert_str_eq(text_at(test_at(root, 0), "visibility"), "visible");
    ck_assert_str_eq(text_at(test_at(root, 1), "visibility"), "after_published");
    ck_assert_str_eq(text_at(test_at(root, 2), "visibility"), "visible");
    ck_assert_str_eq(text_at(test_at(root, 3), "visibility"), "after_published");
    has(text_at(test_at(root, 1), "output"), "expected: a multiple of 64");
    ck_assert_double_eq(json_number_value(json_object_get(root, "score")), 17.5);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "leaderboard")), 0);
    json_decref(root);
}
END_TEST

/* What a student reads at once says no more than name, outcome and points. */
START_TEST(a_student_reads_of_hidden_tests_the_name)
{
    hide();
    char *all[] = {format_classroom_json(record), format_exercism(record)};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_ptr_nonnull(all[i]);
        lacks(all[i], "a multiple of 64");
        lacks(all[i], "it printed this");
        lacks(all[i], "arena.c:57");
        lacks(all[i], "1.3 times");
        ck_assert_uint_eq(count(all[i], "What has to hold."), 3); /* the other two; a leak twice */
        ck_assert_uint_eq(count(all[i], "This test is hidden."), 1);
    }
    json_t *root = parse(all[0]);
    ck_assert_str_eq(text_at(test_at(root, 1), "name"), "first_fails");
    ck_assert_str_eq(text_at(test_at(root, 1), "status"), "fail");
    ck_assert_double_eq(json_number_value(json_object_get(test_at(root, 3), "score")), 7.5);
    json_decref(root);
    free(all[1]);
}
END_TEST

START_TEST(an_instructor_reads_all_of_hidden_tests)
{
    hide();
    char *xml = format_junit(record);
    has(xml, "a multiple of 64");
    free(xml);
}
END_TEST

/* ---- gradescope ---- */

START_TEST(gradescope_has_a_case_for_each_test)
{
    json_t *root = parse(format_gradescope(record));
    ck_assert_double_eq(json_number_value(json_object_get(root, "score")), 17.5);
    ck_assert_double_eq(json_number_value(json_object_get(root, "execution_time")), 2.5);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "tests")), 4);
    ck_assert_str_eq(text_at(test_at(root, 0), "status"), "passed");
    ck_assert_str_eq(text_at(test_at(root, 1), "status"), "failed");
    ck_assert_str_eq(text_at(test_at(root, 1), "visibility"), "visible");
    ck_assert_str_eq(text_at(test_at(root, 1), "output_format"), "text");
    has(text_at(test_at(root, 1), "output"), "expected: a multiple of 64");
    double sum = 0;
    for (size_t i = 0; i < 4; i++)
        sum += json_number_value(json_object_get(test_at(root, i), "score"));
    ck_assert_double_eq(sum, 17.5);
    json_decref(root);
}
END_TEST

START_TEST(gradescope_ranks_only_what_was_measured)
{
    json_t *root = parse(format_gradescope(record));
    json_t *board = json_object_get(root, "leaderboard");
    ck_assert_uint_eq(json_array_size(board), 1);
    ck_assert_str_eq(text_at(json_array_get(board, 0), "name"), "third_is_measured");
    ck_assert_str_eq(text_at(json_array_get(board, 0), "order"), "desc");
    json_decref(root);
}
END_TEST

START_TEST(gradescope_of_a_refused_file_begins_with_why)
{
    refuse(VERDICT_COMPILE_ERROR, "arena.c:3: error: expected ';'");
    json_t *root = parse(format_gradescope(record));
    ck_assert_double_eq(json_number_value(json_object_get(root, "score")), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "tests")), 5);
    ck_assert_str_eq(text_at(test_at(root, 0), "status"), "failed");
    has(text_at(test_at(root, 0), "output"), "arena.c:3: error: expected ';'");
    has(text_at(test_at(root, 1), "output"), "It was not run.");
    json_decref(root);
}
END_TEST

START_TEST(gradescope_gives_no_score_for_a_grader_error)
{
    record->verdict = record->tests[2].verdict = VERDICT_GRADER_ERROR;
    record->tests[2].runs[0].verdict = VERDICT_GRADER_ERROR;
    record_set(&record->tests[2].runs[0].detail, "The test could not be started: no process.");
    json_t *root = parse(format_gradescope(record));
    ck_assert_ptr_null(json_object_get(root, "score"));
    ck_assert_uint_eq(json_array_size(json_object_get(root, "tests")), 2);
    has(text_at(test_at(root, 0), "output"), "no process");
    ck_assert_str_eq(text_at(test_at(root, 0), "visibility"), "visible");
    ck_assert_str_eq(text_at(test_at(root, 1), "visibility"), "hidden"); /* withholds the total */
    for (size_t i = 0; i < 2; i++)
        ck_assert_double_eq(json_number_value(json_object_get(test_at(root, i), "max_score")), 0);
    json_decref(root);
}
END_TEST

/* ---- exercism ---- */

START_TEST(exercism_keeps_the_order)
{
    static const char *const names[] = {"zeroth passes", "first fails", "second leaks",
                                        "third is measured"};
    static const char *const statuses[] = {"pass", "fail", "fail", "pass"};
    json_t *root = parse(format_exercism(record));
    ck_assert_int_eq(json_integer_value(json_object_get(root, "version")), 3);
    ck_assert_str_eq(text_at(root, "status"), "fail");
    ck_assert(json_is_null(json_object_get(root, "message")));
    ck_assert_uint_eq(json_array_size(json_object_get(root, "tests")), 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(text_at(test_at(root, i), "name"), names[i]);
        ck_assert_str_eq(text_at(test_at(root, i), "status"), statuses[i]);
    }
    ck_assert(json_is_null(json_object_get(test_at(root, 0), "message")));
    has(text_at(test_at(root, 1), "message"), "a multiple of 64");
    json_decref(root);
}
END_TEST

START_TEST(exercism_error_is_for_what_did_not_run)
{
    static const enum verdict verdicts[] = {VERDICT_COMPILE_ERROR, VERDICT_GRADER_ERROR};
    for (size_t i = 0; i < 2; i++) {
        refuse(verdicts[i], "the compiler's words");
        json_t *root = parse(format_exercism(record));
        ck_assert_str_eq(text_at(root, "status"), "error");
        has(text_at(root, "message"), "the compiler's words");
        ck_assert_uint_eq(json_array_size(json_object_get(root, "tests")), 0);
        json_decref(root);
    }
}
END_TEST

/* A text of so many characters of three bytes each. */
static char *snowmen(size_t characters)
{
    char *text = malloc(characters * 3 + 1);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < characters; i++)
        memcpy(text + 3 * i, "\u2603", 3);
    text[characters * 3] = '\0';
    return text;
}

static size_t characters_of(const char *text)
{
    size_t characters = 0;
    for (; *text; text++)
        characters += ((unsigned char)*text & 0xc0) != 0x80;
    return characters;
}

START_TEST(exercism_output_has_500_characters_with_the_sentence)
{
    static const size_t given[] = {499, 500, 501, 9000};
    for (size_t i = 0; i < 4; i++) {
        char *text = snowmen(given[i]);
        record_set(&record->tests[1].runs[0].output, text);
        json_t *root = parse(format_exercism(record));
        const char *output = text_at(test_at(root, 1), "output");
        bool cut = given[i] > 500;
        ck_assert_uint_eq(characters_of(output), cut ? 500 : given[i]);
        ck_assert_int_eq(strstr(output, "Output was truncated.") != NULL, cut);
        json_decref(root);
        free(text);
    }
}
END_TEST

START_TEST(exercism_message_keeps_to_65535_bytes)
{
    for (size_t characters = 21800; characters < 21900; characters += 9) {
        char *text = snowmen(characters); /* after "The submission does not build.\n" */
        refuse(VERDICT_COMPILE_ERROR, text);
        json_t *root = parse(format_exercism(record));
        const char *message = text_at(root, "message");
        ck_assert_uint_le(strlen(message), 65535);
        ck_assert_uint_ge(strlen(message), characters <= 21834 ? 3 * characters : 65520);
        ck_assert_int_eq(strstr(message, "\n(cut)") != NULL, characters > 21834);
        json_decref(root);
        free(text);
    }
}
END_TEST

/* ---- classroom ---- */

static json_t *decode(char *base64)
{
    ck_assert_ptr_nonnull(base64);
    size_t length = strlen(base64);
    ck_assert_ptr_null(strpbrk(base64, "\r\n ")); /* a value in $GITHUB_OUTPUT is one line */
    unsigned char *text = malloc(length + 1);
    int decoded = EVP_DecodeBlock(text, (unsigned char *)base64, (int)length);
    ck_assert_int_gt(decoded, 0);
    text[decoded] = '\0';
    free(base64);
    return parse((char *)text);
}

START_TEST(classroom_scores_add_up)
{
    json_t *root = decode(format_classroom(record));
    double sum = 0;
    for (size_t i = 0; i < json_array_size(json_object_get(root, "tests")); i++)
        sum += json_number_value(json_object_get(test_at(root, i), "score"));
    ck_assert_double_eq(sum, 17.5);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "max_score")), 40);
    ck_assert_str_eq(text_at(root, "status"), "fail");
    ck_assert_str_eq(text_at(test_at(root, 1), "filename"), "arena.c");
    ck_assert_int_eq(json_integer_value(json_object_get(test_at(root, 1), "line_no")), 57);
    ck_assert_str_eq(text_at(test_at(root, 1), "execution_time"), "1.234s");
    ck_assert_str_eq(text_at(test_at(root, 0), "filename"), "");
    json_decref(root);
}
END_TEST

START_TEST(classroom_sends_no_points_for_a_grader_error)
{
    record->verdict = VERDICT_GRADER_ERROR;
    json_t *root = decode(format_classroom(record));
    ck_assert_str_eq(text_at(root, "status"), "error");
    ck_assert_int_eq(json_integer_value(json_object_get(root, "max_score")), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "tests")), 1);
    json_decref(root);
}
END_TEST

/* ---- junit ---- */

START_TEST(junit_tells_failure_from_error)
{
    set_test(2, "second_leaks", VERDICT_GRADER_ERROR, 0);
    set_test(3, "third_is_measured", VERDICT_SKIPPED, 0);
    record->verdict = VERDICT_GRADER_ERROR;
    char *xml = format_junit(record);
    ck_assert_ptr_nonnull(xml);
    has(xml, " tests=\"5\" failures=\"1\" errors=\"2\" skipped=\"1\"");
    ck_assert_uint_eq(count(xml, "<failure "), 1);
    ck_assert_uint_eq(count(xml, "<error "), 2); /* the test's, and that of the grading */
    ck_assert_uint_eq(count(xml, "<skipped/>"), 1);
    lacks(xml, "name=\"points\"");
    free(xml);
}
END_TEST

START_TEST(junit_has_a_failure_where_nothing_ran)
{
    refuse(VERDICT_COMPILE_ERROR, "arena.c:3: error: expected ';'");
    char *xml = format_junit(record);
    has(xml, " tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"4\"");
    has(xml, "arena.c:3: error: expected &#39;;&#39;");
    free(xml);
}
END_TEST

START_TEST(junit_has_only_characters_of_xml)
{
    record_set(&record->student, "a\"b<c>&'d");
    record_set(&record->tests[1].runs[0].output,
               "]]> \001\033[31m \177\302\205 \ufffe\uffff\ufffd \xff\xc3 <!-- \r\t end");
    record_set(&record->tests[1].requirement, "\uffff\ufffe first line\nsecond line");
    char *xml = format_junit(record);
    lacks(xml, "\ufffe");
    lacks(xml, "\uffff");
    has(xml, "\ufffd \\xff\\xc3 &lt;!-- "); /* the replacement character is one like any other */
    has(xml, "]]&gt; \\x01\\x1b[31m");
    has(xml, "package=\"a&quot;b&lt;c&gt;&amp;&#39;d\"");
    has(xml, "message=\"&lt;U+FFFF&gt;&lt;U+FFFE&gt; first line\"");
    for (const char *at = xml; *at; at++)
        ck_assert((unsigned char)*at >= ' ' || *at == '\n' || *at == '\t');
    free(xml);
}
END_TEST

/* ---- html, of a class ---- */

static struct gradebook load(const char *student)
{
    struct store *store;
    struct gradebook book;
    char error[500];
    ck_assert_int_eq(store_open(":memory:", &store, error, sizeof(error)), 0);
    ck_assert_int_eq(store_put(store, student, record), 0);
    ck_assert_int_eq(store_add_student(store, "idle"), 0);
    ck_assert_int_eq(gradebook_load(store, NULL, &book), 0);
    store_close(store);
    return book;
}

START_TEST(html_leads_from_each_cell_to_its_reasons)
{
    struct gradebook book = load("ann");
    char *page = format_html(&book);
    ck_assert_ptr_nonnull(page);
    ck_assert_uint_eq(count(page, "href=\"#g0-0\""), 1);
    ck_assert_uint_eq(count(page, "id=\"g0-0\""), 1);
    ck_assert_uint_eq(count(page, "id=\"s1\""), 1); /* idle */
    has(page, "Nothing was submitted.");
    has(page, "a multiple of 64");
    has(page, "namespaces,seccomp");
    lacks(page, "without a grade");
    free(page);
    gradebook_free(&book);
}
END_TEST

START_TEST(html_puts_what_has_no_grade_first)
{
    record->verdict = VERDICT_GRADER_ERROR;
    record->tests[0].verdict = record->tests[0].runs[0].verdict = VERDICT_GRADER_ERROR;
    struct gradebook book = load("ann");
    char *page = format_html(&book);
    has(page, "1 without a grade:");
    has(page, "no grade</span>");
    ck_assert(strstr(page, "1 without a grade:") < strstr(page, "<table"));
    free(page);
    gradebook_free(&book);
}
END_TEST

START_TEST(html_shows_markup_and_never_is_it)
{
    static const char attack[] = "</pre><script>document.title='x'</script><img src=x onerror=y>";
    char **const places[] = {&record->message,
                             &record->warnings,
                             &record->toolchain,
                             &record->layers,
                             &record->tests[1].name,
                             &record->tests[1].requirement,
                             &record->tests[1].runs[0].requirement,
                             &record->tests[1].runs[0].expected,
                             &record->tests[1].runs[0].actual,
                             &record->tests[1].runs[0].detail,
                             &record->tests[1].runs[0].student_at,
                             &record->tests[1].runs[0].test_at,
                             &record->tests[1].runs[0].measured,
                             &record->tests[1].runs[0].output,
                             &record->exercise};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        ck_assert(record_set(places[i], attack));
    struct gradebook book = load(attack);
    char *page = format_html(&book);
    lacks(page, "<script");
    lacks(page, "<img");
    ck_assert_uint_ge(count(page, "&lt;script&gt;"), sizeof(places) / sizeof(places[0]));
    free(page);
    gradebook_free(&book);
}
END_TEST

START_TEST(a_record_of_another_syslab_keeps_its_points)
{
    struct gradebook book = load("ann");
    strcpy(book.cells[0].json, "{}");
    char *xml = format_junit_class(&book);
    has(xml, "made by another version of syslab");
    has(xml, "name=\"points\" value=\"17.5\"");
    free(xml);
    char *page = format_html(&book);
    has(page, "made by another version of syslab");
    free(page);
    gradebook_free(&book);
}
END_TEST

/* ---- all of them ---- */

START_TEST(every_verdict_has_a_view_in_every_format)
{
    for (int verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        set_test(1, "first_fails", (enum verdict)verdict, 0);
        record->verdict = (enum verdict)verdict;
        struct gradebook book = load("ann");
        for (const struct format *format = formats; format->name; format++) {
            char *class = format->of_class ? format->of_class(&book) : NULL;
            char *grade = format->of_grade ? format->of_grade(record) : NULL;
            ck_assert_msg(!format->of_class || (class && *class), "%s", format->name);
            ck_assert_msg(!format->of_grade || (grade && *grade), "%s", format->name);
            free(class);
            free(grade);
        }
        gradebook_free(&book);
    }
}
END_TEST

START_TEST(only_known_formats_are_found)
{
    ck_assert_ptr_nonnull(format_find("gradescope", FORMAT_NAMES));
    ck_assert_ptr_null(format_find("Gradescope", FORMAT_NAMES));
    ck_assert_ptr_null(format_find("", FORMAT_NAMES));
}
END_TEST

START_TEST(one_exercise_alone)
{
    struct store *store;
    struct gradebook book;
    char error[500];
    ck_assert_int_eq(store_open(":memory:", &store, error, sizeof(error)), 0);
    static const char *const names[] = {"a/one", "a/two", "b/two", "b/three"};
    for (size_t i = 0; i < 4; i++) {
        record_set(&record->exercise, names[i]);
        ck_assert_int_eq(store_put(store, i % 2 ? "ann" : "bob", record), 0);
    }
    ck_assert_int_eq(gradebook_load(store, NULL, &book), 0);
    ck_assert(!gradebook_restrict(&book, "two")); /* which of the two? */
    ck_assert(!gradebook_restrict(&book, "four"));
    ck_assert_uint_eq(book.exercise_count, 4);
    ck_assert(gradebook_restrict(&book, "three"));
    ck_assert_uint_eq(book.cell_count, 1);
    ck_assert_str_eq(book.exercises[0], "b/three");
    ck_assert_ptr_nonnull(gradebook_cell(&book, 0, 0));
    ck_assert_ptr_null(gradebook_cell(&book, 1, 0));
    gradebook_free(&book);
    store_close(store);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("format");
    TCase *hidden = tcase_create("hidden");
    tcase_add_checked_fixture(hidden, make_record, drop_record);
    tcase_add_test(hidden, gradescope_shows_hidden_tests_when_grades_are_published);
    tcase_add_test(hidden, a_student_reads_of_hidden_tests_the_name);
    tcase_add_test(hidden, an_instructor_reads_all_of_hidden_tests);
    suite_add_tcase(suite, hidden);
    TCase *gradescope = tcase_create("gradescope");
    tcase_add_checked_fixture(gradescope, make_record, drop_record);
    tcase_add_test(gradescope, gradescope_has_a_case_for_each_test);
    tcase_add_test(gradescope, gradescope_ranks_only_what_was_measured);
    tcase_add_test(gradescope, gradescope_of_a_refused_file_begins_with_why);
    tcase_add_test(gradescope, gradescope_gives_no_score_for_a_grader_error);
    suite_add_tcase(suite, gradescope);
    TCase *exercism = tcase_create("exercism");
    tcase_add_checked_fixture(exercism, make_record, drop_record);
    tcase_add_test(exercism, exercism_keeps_the_order);
    tcase_add_test(exercism, exercism_error_is_for_what_did_not_run);
    tcase_add_test(exercism, exercism_output_has_500_characters_with_the_sentence);
    tcase_add_test(exercism, exercism_message_keeps_to_65535_bytes);
    suite_add_tcase(suite, exercism);
    TCase *classroom = tcase_create("classroom");
    tcase_add_checked_fixture(classroom, make_record, drop_record);
    tcase_add_test(classroom, classroom_scores_add_up);
    tcase_add_test(classroom, classroom_sends_no_points_for_a_grader_error);
    suite_add_tcase(suite, classroom);
    TCase *junit = tcase_create("junit");
    tcase_add_checked_fixture(junit, make_record, drop_record);
    tcase_add_test(junit, junit_tells_failure_from_error);
    tcase_add_test(junit, junit_has_a_failure_where_nothing_ran);
    tcase_add_test(junit, junit_has_only_characters_of_xml);
    suite_add_tcase(suite, junit);
    TCase *html = tcase_create("html");
    tcase_add_checked_fixture(html, make_record, drop_record);
    tcase_add_test(html, html_leads_from_each_cell_to_its_reasons);
    tcase_add_test(html, html_puts_what_has_no_grade_first);
    tcase_add_test(html, html_shows_markup_and_never_is_it);
    tcase_add_test(html, a_record_of_another_syslab_keeps_its_points);
    suite_add_tcase(suite, html);
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, make_record, drop_record);
    tcase_add_test(all, every_verdict_has_a_view_in_every_format);
    tcase_add_test(all, only_known_formats_are_found);
    tcase_add_test(all, one_exercise_alone);
    suite_add_tcase(suite, all);
    return suite;
}
