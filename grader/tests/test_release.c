/* What is released, what is cut out, and which release.json is believed. */
#include "grader/release/release.h"

#include <errno.h>

#include "grader/course/course.h"
#include "grader/release/release_cut.h"
#include "grader/release/release_export.h"
#include "grader/release/release_hidden.h"
#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

START_TEST(a_release_is_saved_and_read_again)
{
    char error[1000];
    struct release made = {.version = "1.2.3", .commit = "abc", .date = "2026-01-02T03:04:05Z"};
    struct release read;
    ck_assert_int_eq(release_add(&made, "03_memory/README.md", hash, false), 0);
    ck_assert_int_eq(release_add(&made, "syslab", hash, true), 0);
    ck_assert_int_eq(release_save(&made, scratch), 0);
    ck_assert(course_is_release(scratch));
    ck_assert_int_eq(release_load(scratch, &read, error, sizeof(error)), 0);
    ck_assert_str_eq(read.version, "1.2.3");
    ck_assert_str_eq(read.commit, "abc");
    ck_assert_str_eq(read.date, "2026-01-02T03:04:05Z");
    ck_assert_uint_eq(read.count, 2);
    ck_assert(release_find(&read, "syslab")->executable);
    ck_assert(!release_find(&read, "03_memory/README.md")->executable);
    ck_assert_str_eq(release_find(&read, "syslab")->sha256, hash);
    ck_assert_ptr_null(release_find(&read, "sysla"));
    release_free(&made);
    release_free(&read);
}
END_TEST

START_TEST(paths_that_leave_the_tree_or_reach_the_students_are_refused)
{
    static const char *const wrong[] = {
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a/..",
        "a//b",
        "a/",
        "./a",
        ".",
        ".git",
        ".git/hooks/post-merge",
        "work",
        "work/03_memory/a.c",
        "build/x",
        "build",
        COURSE_RELEASE_FILE,
    };
    static const char *const right[] = {".ci/run", ".gitignore", "a..b/c", "builds", "working/x"};
    struct release release = {.count = 0};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(release_add(&release, wrong[i], hash, false) == -EINVAL, "%s", wrong[i]);
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        ck_assert_msg(release_add(&release, right[i], hash, false) == 0, "%s", right[i]);
    /* Sorted, each once, with a whole hash. */
    ck_assert_int_eq(release_add(&release, "working/x", hash, false), -EINVAL);
    ck_assert_int_eq(release_add(&release, "a", hash, false), -EINVAL);
    ck_assert_int_eq(release_add(&release, "z", "0123", false), -EINVAL);
    release_free(&release);
}
END_TEST

START_TEST(what_is_no_release_is_refused_and_named)
{
    static const char *const wrong[] = {
        "",
        "{",
        "[]",
        "{}",
        "null",
        "{\"syslab\": \"1\", \"commit\": \"c\", \"date\": \"d\"}",
        "{\"syslab\": \"1\", \"commit\": \"c\", \"date\": \"d\", \"files\": {}}",
        "{\"syslab\": \"1\", \"commit\": \"c\", \"date\": \"d\", \"files\": [7]}",
        "{\"syslab\": \"1\", \"commit\": \"c\", \"date\": \"d\", \"files\": [{\"path\": \"a\"}]}",
        "{\"syslab\": \"1\", \"commit\": \"c\", \"date\": \"d\", \"files\": [{\"path\": \"../a\", "
        "\"executable\": false, \"sha256\": "
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]}",
    };
    char error[1000];
    struct release release;
    ck_assert_int_eq(release_load(scratch, &release, error, sizeof(error)), -ENOENT);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        scratch_write(COURSE_RELEASE_FILE, wrong[i]);
        ck_assert_msg(release_load(scratch, &release, error, sizeof(error)) == -EINVAL, "%s",
                      wrong[i]);
        ck_assert_ptr_nonnull(strstr(error, COURSE_RELEASE_FILE));
    }
}
END_TEST

START_TEST(each_path_has_its_kind)
{
    static const struct {
        const char *path;
        enum release_kind kind;
    } all[] = {
        {"README.md", RELEASE_TAKEN},
        {"03_memory/arena.c", RELEASE_TAKEN},
        {"03_memory/tests/test_arena.c", RELEASE_TAKEN},
        {"exercises/README.md", RELEASE_TAKEN},
        {"exercises/CMakeLists.txt", RELEASE_TAKEN},
        {"exercises/support/subject.c", RELEASE_TAKEN},
        {"exercises/03_memory/arena/README.md", RELEASE_TAKEN},
        {"exercises/03_memory/arena/exercise.yaml", RELEASE_TAKEN},
        {"exercises/03_memory/arena/starter/arena.h", RELEASE_TAKEN},
        {"exercises/03_memory/malloc/tests/traces/git.trace", RELEASE_TAKEN},
        {"exercises/03_memory/arena/solution/arena.c", RELEASE_SOLUTION},
        {"exercises/03_memory/arena/submissions/wrong/x.c", RELEASE_SUBMISSION},
        {"exercises/03_memory/malloc/tests/hidden/test_malloc.c", RELEASE_HIDDEN_TEST},
        {"exercises/03_memory/arena/solution/README.md", RELEASE_SOLUTION},
        {"exercises/03_memory/arena/mutants.yaml", RELEASE_AUTHORS},
        {"exercises/03_memory/arena/notes/design.md", RELEASE_AUTHORS},
        {"grader/hostile/fail/exit.c", RELEASE_AUTHORS},
        {"grader/tests/cli.sh", RELEASE_AUTHORS},
        {"grader/main.c", RELEASE_TAKEN},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        ck_assert_msg(release_kind(all[i].path) == all[i].kind, "%s", all[i].path);
}
END_TEST

static void expect_cut(const char *from, const char *to)
{
    char text[400];
    size_t line, size = strlen(from);
    strcpy(text, from);
    ck_assert_int_eq(release_cut(text, &size, &line), 0);
    ck_assert_uint_eq(size, strlen(to));
    ck_assert(memcmp(text, to, size) == 0);
}

static void expect_no_partner(const char *from, size_t expected)
{
    char text[400];
    size_t line = 0, size = strlen(from);
    strcpy(text, from);
    ck_assert_int_eq(release_cut(text, &size, &line), -EINVAL);
    ck_assert_uint_eq(line, expected);
}

START_TEST(marked_parts_are_cut)
{
    expect_cut("", "");
    expect_cut("a\nb", "a\nb");
    expect_cut("a\n# instructor only\nb\n# end instructor only\nc\n", "a\nc\n");
    expect_cut("<!-- instructor only -->\nb\n<!-- end instructor only -->", "");
    expect_cut("a\n  /* instructor only */\nb\n  // end instructor only\r\nc", "a\nc");
    expect_cut("# instructor only\n1\n# end instructor only\n2\n# instructor only\n3\n"
               "# end instructor only\n4",
               "2\n4");
    /* In the middle of a line, or without a comment, they are words. */
    expect_cut("this is instructor only\n", "this is instructor only\n");
    expect_cut("instructor only\n", "instructor only\n");
    expect_cut("# for instructor only\n", "# for instructor only\n");
}
END_TEST

START_TEST(a_mark_without_partner_is_named)
{
    expect_no_partner("a\n# instructor only\nb\n", 2);
    expect_no_partner("a\nb\n# end instructor only\n", 3);
    expect_no_partner("# instructor only\n# instructor only\n# end instructor only\n", 2);
}
END_TEST

/* A course in `root` with one exercise, whose second test is hidden. */
static void make_course(const char *root)
{
    static const char manifest[] =
        "title: A\nfile: a.c\nlesson: 01_x/README.md\nprerequisites: []\ninterface: [a_run]\n"
        "limits: {slowest_cpu_ms: {plain: 20, asan: 80}, margin: 20, memory_mib: 64,"
        " processes: 1, file_kib: 64, output_kib: 64}\n"
        "hints: [one, two, three]\ntests:\n"
        "  - {name: seen, points: 60, requirement: It runs.}\n"
        "  - {name: unseen, points: 40, requirement: It runs., hidden: true}\n";
    char name[200];
    snprintf(name, sizeof(name), "%s/exercises/01_x/a/exercise.yaml", root);
    scratch_write(name, manifest);
    snprintf(name, sizeof(name), "%s/01_x/README.md", root);
    scratch_write(name, "# Lesson\n");
}

START_TEST(a_hidden_test_is_seen_whatever_the_tree_is_called)
{
    static const char *const trees[] = {"tree", "out [1]/tree", "*", "a[b"};
    char error[1000] = "", name[200];
    make_course("course [x]");
    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
        char course[PATH_MAX], tree[PATH_MAX];
        snprintf(course, sizeof(course), "%s/course [x]", scratch);
        snprintf(tree, sizeof(tree), "%s/%s", scratch, trees[i]);
        snprintf(name, sizeof(name), "%s/exercises/01_x/a/tests/test_a.c", trees[i]);
        scratch_write(name, "TEST(\"seen\")\n");
        ck_assert_msg(release_hidden_check(course, tree, error, sizeof(error)) == 0, "%s", error);
        scratch_write(name, "TEST(\"seen\") TEST(\"unseen\")\n");
        ck_assert_int_eq(release_hidden_check(course, tree, error, sizeof(error)), -EINVAL);
        ck_assert_ptr_nonnull(strstr(error, "test 'unseen' is marked hidden"));
    }
}
END_TEST

START_TEST(a_tree_without_tests_is_not_taken_for_one_without_hidden_tests)
{
    char error[1000] = "";
    make_course("course");
    scratch_write("tree/exercises/01_x/a/tests/hidden/test_a.c", "");
    ck_assert_int_eq(
        release_hidden_check(scratch_path("course"), scratch_path("tree"), error, sizeof(error)),
        -EINVAL);
    ck_assert_str_eq(error,
                     "exercises/01_x/a/tests: expected the visible tests, *.c, and found none");
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("release");
    TCase *file = tcase_create("file");
    tcase_add_checked_fixture(file, scratch_make, scratch_remove);
    tcase_add_test(file, a_release_is_saved_and_read_again);
    tcase_add_test(file, paths_that_leave_the_tree_or_reach_the_students_are_refused);
    tcase_add_test(file, what_is_no_release_is_refused_and_named);
    suite_add_tcase(suite, file);
    TCase *contents = tcase_create("contents");
    tcase_add_test(contents, each_path_has_its_kind);
    tcase_add_test(contents, marked_parts_are_cut);
    tcase_add_test(contents, a_mark_without_partner_is_named);
    suite_add_tcase(suite, contents);
    TCase *hidden = tcase_create("hidden");
    tcase_add_checked_fixture(hidden, scratch_make, scratch_remove);
    tcase_add_test(hidden, a_hidden_test_is_seen_whatever_the_tree_is_called);
    tcase_add_test(hidden, a_tree_without_tests_is_not_taken_for_one_without_hidden_tests);
    suite_add_tcase(suite, hidden);
    return suite;
}
