/* A right manifest, and one change to it for each thing that can be wrong. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/course/course.h"
#include "grader/course/manifest.h"
#include "tests/support/check_main.h"

static const char right[] =
    "title: A bump allocator\n"               /* 1 */
    "file: arena.c\n"                         /* 2 */
    "lesson: 03_memory/README.md\n"           /* 3 */
    "prerequisites: []\n"                     /* 4 */
    "interface: [arena_create, arena_free]\n" /* 5 */
    "symbols: [memcpy]\n"                     /* 6 */
    "threads: false\n"                        /* 7 */
    "limits: {slowest_cpu_ms: {plain: 20, asan: 123}, margin: 20, memory_mib: 256, processes: 1, "
    "file_kib: 64, output_kib: 64}\n"   /* 8 */
    "hints:\n"                          /* 9 */
    "  - one\n"                         /* 10 */
    "  - two\n"                         /* 11 */
    "  - three\n"                       /* 12 */
    "tests:\n"                          /* 13 */
    "  - name: first\n"                 /* 14 */
    "    points: 40\n"                  /* 15 */
    "    requirement: It works.\n"      /* 16 */
    "    function: arena_create\n"      /* 17 */
    "  - name: second\n"                /* 18 */
    "    points: 60\n"                  /* 19 */
    "    requirement: It works well.\n" /* 20 */
    "    leaks: true\n";                /* 21 */

static char root[] = "/tmp/test_manifest_XXXXXX";
static char path[300];

static void make_root(void)
{
    char folder[256];
    strcpy(root + strlen(root) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    const char *const parts[] = {"/exercises", "/exercises/01_x", "/exercises/01_x/a"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(folder, sizeof(folder), "%s%s", root, parts[i]);
        ck_assert_int_eq(mkdir(folder, 0700), 0);
    }
    snprintf(path, sizeof(path), "%s/exercises/01_x/a/exercise.yaml", root);
}

static void remove_root(void)
{
    char command[300];
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void write_manifest(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* The right manifest with one piece replaced. */
static void write_changed(const char *old, const char *new)
{
    char text[4096];
    const char *at = strstr(right, old);
    ck_assert_msg(at != NULL, "%s is not in the manifest", old);
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - right), right, new, at + strlen(old));
    write_manifest(text);
}

static void expect_refused(const char *old, const char *new, const char *line, const char *words)
{
    char error[1024];
    struct manifest *manifest = NULL;
    write_changed(old, new);
    ck_assert_int_eq(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)), -EINVAL);
    ck_assert_ptr_null(manifest);
    char where[100];
    snprintf(where, sizeof(where), "exercises/01_x/a/exercise.yaml:%s: ", line);
    ck_assert_msg(strncmp(error, where, strlen(where)) == 0, "wanted '%s', got: %s", where, error);
    ck_assert_msg(strstr(error, words) != NULL, "wanted '%s' in: %s", words, error);
}

START_TEST(right_manifest_is_read)
{
    char error[1024] = "";
    struct manifest *manifest = NULL;
    write_manifest(right);
    ck_assert_msg(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)) == 0, "%s", error);
    ck_assert_str_eq(manifest->exercise, "01_x/a");
    ck_assert_str_eq(manifest->title, "A bump allocator");
    ck_assert_uint_eq(manifest->interface_count, 2);
    ck_assert_str_eq(manifest->interface[1], "arena_free");
    ck_assert_uint_eq(manifest->limits.margin, 20);
    ck_assert_uint_eq(manifest->limits.compile_s, 20); /* nothing is said of it */
    ck_assert_uint_eq(manifest->max_points, 100);
    ck_assert(!manifest->assembly);
    const struct manifest_test *second = manifest_test(manifest, "second");
    ck_assert_ptr_nonnull(second);
    ck_assert(second->leaks && second->builds[BUILD_ASAN] && !second->builds[BUILD_TSAN]);
    ck_assert_ptr_null(second->function);
    ck_assert_ptr_null(manifest_test(manifest, "third"));
    manifest_free(manifest);
}
END_TEST

START_TEST(limits_are_the_slowest_times_the_margin)
{
    char error[1024];
    struct manifest *manifest = NULL;
    write_changed("output_kib: 64}", "output_kib: 64, compile_s: 4}");
    ck_assert_msg(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)) == 0, "%s", error);
    ck_assert_uint_eq(manifest->limits.compile_s, 4);
    manifest_free(manifest);
    write_changed("leaks: true", "slowest_cpu_ms: {plain: 900, asan: 1}");
    ck_assert_msg(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)) == 0, "%s", error);
    const struct manifest_test *test = &manifest->tests[0];
    ck_assert_uint_eq(manifest_cpu_ns(manifest, test, BUILD_PLAIN), 500000000); /* the least */
    ck_assert_uint_eq(manifest_wall_ns(manifest, test, BUILD_PLAIN), 5000000000);
    ck_assert_uint_eq(manifest_cpu_ns(manifest, test, BUILD_ASAN), 2500000000); /* rounded up */
    ck_assert_uint_eq(manifest_wall_ns(manifest, test, BUILD_ASAN), 25000000000);
    test = &manifest->tests[1];
    ck_assert(test->slow && !manifest->tests[0].slow);
    ck_assert_uint_eq(manifest_cpu_ns(manifest, test, BUILD_PLAIN), 18000000000);
    ck_assert_uint_eq(manifest_cpu_ns(manifest, test, BUILD_ASAN), 500000000);
    manifest_free(manifest);
}
END_TEST

START_TEST(assembly_is_allowed_by_name)
{
    char error[1024];
    struct manifest *manifest = NULL;
    write_changed("threads: false\n", "threads: false\nassembly: true\n");
    ck_assert_msg(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)) == 0, "%s", error);
    ck_assert(manifest->assembly);
    manifest_free(manifest);
    expect_refused("threads: false\n", "threads: false\nassembly: maybe\n", "8", "Invalid");
}
END_TEST

START_TEST(builds_of_a_test_are_read)
{
    char error[1024];
    struct manifest *manifest = NULL;
    write_changed("    function: arena_create\n", "    builds: [plain]\n");
    ck_assert_int_eq(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)), 0);
    ck_assert(manifest->tests[0].builds[BUILD_PLAIN] && !manifest->tests[0].builds[BUILD_ASAN]);
    ck_assert(manifest->tests[1].builds[BUILD_ASAN]);
    manifest_free(manifest);
}
END_TEST

START_TEST(hidden_tests_count_only_at_the_instructors)
{
    char error[1024], release[300];
    struct manifest *manifest = NULL;
    write_changed("    function: arena_create\n", "    hidden: true\n");
    ck_assert_int_eq(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)), 0);
    ck_assert(manifest->tests[0].hidden && !manifest->tests[1].hidden);
    ck_assert_uint_eq(manifest->max_points, 100);
    ck_assert_uint_eq(manifest->instructor_points, 0);
    manifest_free(manifest);
    snprintf(release, sizeof(release), "%s/" COURSE_RELEASE_FILE, root);
    FILE *file = fopen(release, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    ck_assert_int_eq(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)), 0);
    ck_assert_uint_eq(manifest->test_count, 1);
    ck_assert_str_eq(manifest->tests[0].name, "second");
    ck_assert_uint_eq(manifest->max_points, 60);
    ck_assert_uint_eq(manifest->instructor_points, 40);
    manifest_free(manifest);
}
END_TEST

START_TEST(wrong_keys_and_types_are_refused)
{
    expect_refused("threads: false\n", "treads: false\n", "7", "treads");
    expect_refused("    leaks: true\n", "    leak: true\n", "21", "leak");
    expect_refused("threads: false", "threads: perhaps", "7", "threads");
    expect_refused("    leaks: true\n", "    hidden: maybe\n", "21", "hidden");
    expect_refused("points: 40", "points: many", "15", "points");
    expect_refused("title: A bump allocator\n", "title: [a, b]\n", "1", "title");
    expect_refused("  - three\n", "", "11", "hints");
    expect_refused("margin: 20, ", "", "8", "margin");
    expect_refused("plain: 20, ", "", "8", "plain");
    expect_refused("{plain: 20, asan: 123}", "2", "8", "slowest_cpu_ms");
    expect_refused("asan: 123", "asan: fast", "8", "asan");
    expect_refused("    function: arena_create\n", "    builds: [fast]\n", "17", "fast");
    expect_refused("    requirement: It works.\n", "", "16", "requirement");
    expect_refused("title: A", "title: {A", "1", "title");
}
END_TEST

START_TEST(wrong_values_are_refused)
{
    expect_refused("points: 60", "points: 61", "13", "sum to 100, found 101");
    expect_refused("name: second", "name: first", "14", "listed twice");
    expect_refused("name: second", "name: se-cond", "18", "letters, digits and underscores");
    expect_refused("arena_create, arena_free", "arena_create, arena_create", "5", "listed twice");
    expect_refused("arena_create, arena_free", "arena create, arena_free", "5", "a C function");
    expect_refused("[memcpy]", "[mem-cpy]", "6", "a C function");
    expect_refused("function: arena_create", "function: arena_crate", "17", "from 'interface'");
    expect_refused("  - name: first\n"
                   "    points: 40\n"
                   "    requirement: It works.\n"
                   "    function: arena_create\n"
                   "  - name: second\n"
                   "    points: 60\n",
                   "  - name: only\n"
                   "    points: 100\n"
                   "    hidden: true\n",
                   "13", "that is not hidden");
    expect_refused("file: arena.c", "file: ../arena.c", "2", "arena.c");
    expect_refused("margin: 20", "margin: 0", "8", "margin: expected 1 to");
    expect_refused("kib: 64}", "kib: 64, compile_s: 601}", "8", "compile_s: expected 1 to 600");
    expect_refused("plain: 20", "plain: 0", "8", "slowest_cpu_ms: plain: expected 1 to");
    expect_refused("asan: 123", "asan: 60001", "8", "slowest_cpu_ms: asan: expected 1 to 60000");
    expect_refused("asan: 123", "asan: 123, tsan: 9", "8", "tsan needs 'threads: true'");
    expect_refused("threads: false", "threads: true", "8", "tsan: expected 1 to");
    expect_refused("asan: 123", "asan: 123, interleave: 9", "8", "interleave is no test's build");
    expect_refused("    leaks: true\n", "    hidden: true\n    builds: [interleave]\n", "18",
                   "no hidden tests");
    expect_refused("    function: arena_create\n", "    builds: [interleave]\n", "8",
                   "interleave: expected 1 to");
    expect_refused("    function: arena_create\n", "    builds: [tsan]\n", "14", "threads: true");
    expect_refused("    leaks: true\n", "    leaks: true\n    builds: [plain]\n", "18", "asan");
    expect_refused("leaks: true", "slowest_cpu_ms: {plain: 9}", "18", "asan: expected 1 to 60000");
    expect_refused("leaks: true", "slowest_cpu_ms: {plain: 9, asan: 9, tsan: 9}", "18",
                   "tsan is not among its builds");
}
END_TEST

START_TEST(missing_file_is_named)
{
    char error[1024];
    struct manifest *manifest = NULL;
    ck_assert_int_eq(manifest_load(root, "01_x/b", &manifest, error, sizeof(error)), -ENOENT);
    ck_assert_ptr_nonnull(strstr(error, "exercises/01_x/b/exercise.yaml"));
}
END_TEST

START_TEST(every_cut_of_a_manifest_is_handled)
{
    char error[1024];
    char text[sizeof(right)];
    struct manifest *manifest = NULL;
    for (size_t cut = 0; cut < strlen(right) - 40; cut += 3) {
        memcpy(text, right, cut);
        text[cut] = '\0';
        write_manifest(text);
        ck_assert_int_eq(manifest_load(root, "01_x/a", &manifest, error, sizeof(error)), -EINVAL);
        ck_assert_ptr_nonnull(strstr(error, "exercise.yaml:"));
    }
}
END_TEST

START_TEST(exercises_come_after_their_prerequisites)
{
    char folder[256];
    struct course course;
    snprintf(course.root, sizeof(course.root), "%s", root);
    write_changed("prerequisites: []", "prerequisites: [01_x/b]");
    snprintf(folder, sizeof(folder), "%s/exercises/01_x/b", root);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    snprintf(path, sizeof(path), "%s/exercise.yaml", folder);
    write_manifest(right);
    snprintf(folder, sizeof(folder), "%s/exercises/01_x/c", root);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    snprintf(path, sizeof(path), "%s/exercise.yaml", folder);
    write_manifest("not: right\n");
    char **names;
    size_t count;
    ck_assert_int_eq(course_exercises(&course, &names, &count), 0);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(names[0], "01_x/b");
    ck_assert_str_eq(names[1], "01_x/a");
    ck_assert_str_eq(names[2], "01_x/c");
    course_free_names(names, count);
}
END_TEST

START_TEST(course_is_found_by_environment)
{
    struct course course;
    char error[512];
    setenv("SYSLAB_ROOT", root, 1);
    setenv("SYSLAB_BUILD", "/tmp", 1);
    ck_assert_int_eq(course_find(&course, error, sizeof(error)), 0);
    ck_assert_str_eq(course.root, root);
    setenv("SYSLAB_ROOT", "/no/such/folder", 1);
    ck_assert_int_eq(course_find(&course, error, sizeof(error)), -ENOENT);
    ck_assert_ptr_nonnull(strstr(error, "/no/such/folder"));
    ck_assert_ptr_nonnull(strstr(error, "SYSLAB_ROOT"));
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("manifest");
    TCase *read = tcase_create("read");
    tcase_add_checked_fixture(read, make_root, remove_root);
    tcase_add_test(read, right_manifest_is_read);
    tcase_add_test(read, limits_are_the_slowest_times_the_margin);
    tcase_add_test(read, assembly_is_allowed_by_name);
    tcase_add_test(read, builds_of_a_test_are_read);
    tcase_add_test(read, hidden_tests_count_only_at_the_instructors);
    suite_add_tcase(suite, read);
    TCase *refused = tcase_create("refused");
    tcase_add_checked_fixture(refused, make_root, remove_root);
    tcase_add_test(refused, wrong_keys_and_types_are_refused);
    tcase_add_test(refused, wrong_values_are_refused);
    tcase_add_test(refused, missing_file_is_named);
    tcase_add_test(refused, every_cut_of_a_manifest_is_handled);
    suite_add_tcase(suite, refused);
    TCase *course = tcase_create("course");
    tcase_add_checked_fixture(course, make_root, remove_root);
    tcase_add_test(course, exercises_come_after_their_prerequisites);
    tcase_add_test(course, course_is_found_by_environment);
    suite_add_tcase(suite, course);
    return suite;
}
