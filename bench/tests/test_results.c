/* test_results.c - results are read back strictly, and lessons are made from nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/lesson.h"
#include "bench/views.h"
#include "tests/support/check_main.h"

#define ROW(bench, peer, ratio, floor, fastest)                                                    \
    "{\"bench\": \"" bench "\", \"work\": \"w\", \"peer\": \"" peer "\", \"ours_ns\": 1.5, "       \
    "\"peer_ns\": 2, \"ratio\": " ratio ", \"spread\": 0.01, \"skipped\": null, \"floor\": " floor \
    ", \"fastest\": " fastest ", \"state\": \"one thread\", \"samples\": 11}"
#define SKIPPED                                                                                    \
    "{\"bench\": \"arena/a\", \"work\": \"w\", \"peer\": \"mimalloc\", \"ours_ns\": 1.5, "         \
    "\"peer_ns\": null, \"ratio\": null, \"spread\": null, \"skipped\": \"libmimalloc2.0\", "      \
    "\"floor\": 1.0, \"fastest\": false, \"state\": \"one thread\", \"samples\": 11}"

static const char three_rows[] =
    "[" ROW("arena/a", "bumpalo", "1.25", "1.0",
            "true") "," SKIPPED "," ROW("slab/b", "slab", "0.5", "1.0", "true") "]";

static int load(const char *text, struct results *out)
{
    char path[] = "/tmp/bench_results_XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    int error = results_load(path, out);
    unlink(path);
    return error;
}

START_TEST(rows_are_read)
{
    struct results results;
    ck_assert_int_eq(load(three_rows, &results), 0);
    ck_assert_uint_eq(results.count, 3);
    ck_assert_str_eq(results.rows[0].peer, "bumpalo");
    ck_assert_double_eq(results.rows[0].ratio, 1.25);
    ck_assert(results_missed(&results.rows[0]));
    ck_assert_str_eq(results.rows[1].skipped, "libmimalloc2.0");
    ck_assert(!results_missed(&results.rows[1]));
    ck_assert(!results_missed(&results.rows[2]));
    results_free(&results);
}
END_TEST

START_TEST(other_shapes_are_refused)
{
    static const char *const wrong[] = {
        "",
        "{}",
        "[1]",
        "[{}]",
        "[{\"bench\": \"a\"}]",
        "[",
        "[" ROW("a/b", "c", "1", "1", "1") "]",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct results results;
        ck_assert_msg(load(wrong[i], &results) == -EINVAL, "accepted: %s", wrong[i]);
    }
    struct results results;
    ck_assert_int_eq(results_load("/nowhere/at/all.json", &results), -EINVAL);
}
END_TEST

START_TEST(table_names_what_is_missed_and_skipped)
{
    struct results results;
    char *text;
    size_t size;
    ck_assert_int_eq(load(three_rows, &results), 0);
    FILE *file = open_memstream(&text, &size);
    views_table(&results, file);
    fclose(file);
    ck_assert_ptr_nonnull(
        strstr(text, "floor missed: arena/a takes 1.25 of bumpalo's time, promised 1.00\n"));
    ck_assert_ptr_nonnull(strstr(text, "skipped: mimalloc (package libmimalloc2.0)\n"));
    ck_assert_ptr_null(strstr(text, "floor missed: slab/b"));
    free(text);
    results_free(&results);
}
END_TEST

static int render(const char *lesson, char **out)
{
    struct results results;
    ck_assert_int_eq(load(three_rows, &results), 0);
    int error = lesson_render(lesson, "memory", &results, out);
    results_free(&results);
    return error;
}

START_TEST(lesson_tables_are_made)
{
    char *once, *twice;
    ck_assert_int_eq(render("# a\n\n<!-- bench: slab -->\ntyped by hand\n<!-- end -->\nb\n"
                            "<!-- bench: memory -->\n<!-- end -->\n<!-- end -->\n",
                            &once),
                     0);
    ck_assert_ptr_null(strstr(once, "typed by hand"));
    ck_assert_ptr_nonnull(strstr(once, "| `slab/b` w | 1.50 | **slab 0.50** (0.01) | 1.00 met |"));
    /* The module's table has its own rows alone, the chapter's has all. */
    ck_assert_ptr_nonnull(strstr(once, "\nb\n<!-- bench: memory -->\n"));
    ck_assert_ptr_eq(strstr(once, "`arena/a`"), strstr(strstr(once, "\nb\n"), "`arena/a`"));
    /* An end without a beginning is text like any other. */
    ck_assert_str_eq(once + strlen(once) - 27, "\n<!-- end -->\n<!-- end -->\n");
    ck_assert_int_eq(render(once, &twice), 0);
    ck_assert_str_eq(once, twice);
    free(once);
    free(twice);
}
END_TEST

START_TEST(lesson_without_markers_is_kept)
{
    char *out;
    ck_assert_int_eq(render("# nothing here\n", &out), 0);
    ck_assert_str_eq(out, "# nothing here\n");
    free(out);
}
END_TEST

START_TEST(bad_markers_are_refused)
{
    char *out;
    ck_assert_int_eq(render("\n<!-- bench: slab -->\nno end\n", &out), -EINVAL);
    ck_assert_int_eq(render("\n<!-- bench: nobody -->\n<!-- end -->\n", &out), -EINVAL);
    ck_assert_int_eq(render("\n<!-- bench: slab -->\n\n<!-- bench: slab -->\n<!-- end -->\n", &out),
                     -EINVAL);
}
END_TEST

/* The second build halves ours in each round, though the machine is twice as slow in the second. */
START_TEST(builds_are_compared_round_by_round)
{
    static const char fast[] = "[" ROW("a/b", "syslab", "1", "0", "false") "]";
    struct views_build builds[] = {
        {.name = "release"}, {.name = "lto"}, {.name = "release"}, {.name = "lto"}};
    char *text;
    size_t size;
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(load(fast, &builds[i].results), 0);
    builds[1].results.rows[0].ours_ns = 0.75;
    builds[2].results.rows[0].ours_ns = 3;
    builds[3].results.rows[0].ours_ns = 1.5;
    FILE *file = open_memstream(&text, &size);
    views_builds(builds, 4, file);
    fclose(file);
    ck_assert_str_eq(text, "| ours | release, ns | lto |\n| --- | ---: | ---: |\n"
                           "| `a/b` | 2.25 | 0.50 (0.00) |\n");
    free(text);
    for (size_t i = 0; i < 4; i++)
        results_free(&builds[i].results);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("results");
    TCase *json = tcase_create("json");
    tcase_add_test(json, rows_are_read);
    tcase_add_test(json, other_shapes_are_refused);
    suite_add_tcase(suite, json);
    TCase *views = tcase_create("views");
    tcase_add_test(views, table_names_what_is_missed_and_skipped);
    tcase_add_test(views, builds_are_compared_round_by_round);
    suite_add_tcase(suite, views);
    TCase *lesson = tcase_create("lesson");
    tcase_add_test(lesson, lesson_tables_are_made);
    tcase_add_test(lesson, lesson_without_markers_is_kept);
    tcase_add_test(lesson, bad_markers_are_refused);
    suite_add_tcase(suite, lesson);
    return suite;
}
