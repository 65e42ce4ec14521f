#include "grader/engine/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/text.h"
#include "grader/engine/suite_internal.h"
#include "tests/support/check_main.h"

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/syslab-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *write_file(const char *name, const char *bytes, size_t size)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static void remove_folder(void)
{
    static const char *const names[] = {"kit.a", "exercise.yaml", "files/one", "files/two"};
    char path[128];
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/files", folder);
    rmdir(path);
    rmdir(folder);
}

static const struct suite_part *part(const struct suite *suite, const char *name)
{
    for (size_t i = 0; i < suite->count; i++)
        if (strcmp(suite->parts[i].name, name) == 0)
            return &suite->parts[i];
    ck_abort_msg("no part %s", name);
    return NULL;
}

/* ---- manifests ---- */

static struct suite read_manifest(const char *yaml)
{
    struct suite suite = {.count = 0};
    const char *path = write_file("exercise.yaml", yaml, strlen(yaml));
    ck_assert_int_eq(suite_add_manifest(&suite, path), 0);
    return suite;
}

/* Whether two manifests differ in any part. */
static bool differ(const char *one, const char *other)
{
    struct suite a = read_manifest(one), b = read_manifest(other);
    if (a.count != b.count)
        return true;
    for (size_t i = 0; i < a.count; i++)
        if (strcmp(a.parts[i].name, b.parts[i].name) != 0 ||
            strcmp(a.parts[i].hash, b.parts[i].hash) != 0)
            return true;
    return false;
}

#define TESTS "tests:\n  - name: a\n    points: 5\n    requirement: It works.\n"

START_TEST(words_and_comments_are_no_part)
{
    ck_assert(!differ("title: A\nfile: a.c\n" TESTS, "# why\ntitle: B\nfile: 'a.c'\n" TESTS));
    ck_assert(!differ("file: a.c\n" TESTS, "file: a.c\nhints:\n  - one\n  - two\n" TESTS));
    ck_assert(!differ(TESTS, "tests:\n  - {name: a, points: 5, requirement: Other words.}\n"));
    ck_assert(!differ(TESTS, TESTS "    section: elsewhere\n"));
    ck_assert(!differ("limits: {cpu_s: 2}\n", "limits:\n  cpu_s: 2\n"));
}
END_TEST

START_TEST(all_else_is_also_what_is_not_known_yet)
{
    ck_assert(differ("file: a.c\n" TESTS, "file: b.c\n" TESTS));
    ck_assert(differ(TESTS, TESTS "    leaks: true\n"));
    ck_assert(differ(TESTS, TESTS "    invented_later: 7\n"));
    ck_assert(differ(TESTS, "invented_later: 7\n" TESTS));
    ck_assert(differ("symbols: [ab, c]\n", "symbols: [a, bc]\n"));
    ck_assert(differ("symbols: [a, [b]]\n", "symbols: [[a], b]\n"));
    ck_assert(differ("limits: {cpu_s: 2}\n", "limits: {cpu_s: 20}\n"));
}
END_TEST

START_TEST(points_are_told_from_the_rest_of_a_test)
{
    struct suite before = read_manifest(TESTS);
    struct suite points = read_manifest("tests:\n  - {name: a, points: 6, requirement: w}\n");
    struct suite builds = read_manifest("tests:\n  - {name: a, points: 5, builds: [plain]}\n");
    ck_assert_str_ne(part(&before, "points")->hash, part(&points, "points")->hash);
    ck_assert_str_eq(part(&before, "tests")->hash, part(&points, "tests")->hash);
    ck_assert_str_eq(part(&before, "points")->hash, part(&builds, "points")->hash);
    ck_assert_str_ne(part(&before, "tests")->hash, part(&builds, "tests")->hash);
}
END_TEST

START_TEST(limits_can_be_read)
{
    struct suite suite = read_manifest("limits: {slowest: {plain: 3, asan: 9}, memory_mib: 256}\n");
    ck_assert_str_eq(part(&suite, "limits")->text,
                     "slowest.plain 3, slowest.asan 9, memory_mib 256");
}
END_TEST

START_TEST(what_is_no_manifest_is_refused)
{
    static const char *const wrong[] = {"", "- a\n- b\n", "a: [\n", "just words\n"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct suite suite = {.count = 0};
        const char *path = write_file("exercise.yaml", wrong[i], strlen(wrong[i]));
        ck_assert_int_eq(suite_add_manifest(&suite, path), -EINVAL);
    }
    struct suite suite = {.count = 0};
    ck_assert_int_eq(suite_add_manifest(&suite, "/nowhere/exercise.yaml"), -ENOENT);
    struct text many = {NULL, 0, 0, false};
    for (int i = 0; i <= SUITE_PARTS_MAX; i++)
        text_append(&many, "key%d: 1\n", i);
    const char *path = write_file("exercise.yaml", many.data, many.length);
    ck_assert_int_eq(suite_add_manifest(&suite, path), -E2BIG);
    text_fini(&many);
}
END_TEST

/* ---- kits ---- */

static void put_member(struct text *archive, const char *name, int time, const char *bytes)
{
    text_append(archive, "%-16s%-12d0     0     100644  %-10zu`\n", name, time, strlen(bytes));
    text_append(archive, "%s%s", bytes, strlen(bytes) % 2 ? "\n" : "");
}

/* As GNU ar writes one, with an index, a table of long names and members of odd and even length. */
static struct text make_kit(int time, const char *support)
{
    struct text archive = {NULL, 0, 0, false};
    text_append(&archive, "!<arch>\n");
    put_member(&archive, "/", time, time ? "index of symbols" : "another index...");
    put_member(&archive, "//", 0, "a_name_of_more_than_fifteen.c.o/\n");
    put_member(&archive, "test_a.c.o/", time, "odd");
    put_member(&archive, "/0", time, support);
    ck_assert(!archive.failed);
    return archive;
}

static int add_kit(struct suite *suite, const struct text *archive, size_t size, const char *build)
{
    return suite_add_kit(suite, write_file("kit.a", archive->data, size), build);
}

START_TEST(a_kit_is_its_members_and_not_their_times)
{
    struct suite suites[3] = {{.count = 0}, {.count = 0}, {.count = 0}};
    struct text kits[3] = {make_kit(0, "even"), make_kit(7, "even"), make_kit(0, "EVEN")};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(add_kit(&suites[i], &kits[i], kits[i].length, "plain"), 0);
        ck_assert_int_eq(add_kit(&suites[i], &kits[0], kits[0].length, "asan"), 0);
        ck_assert_uint_eq(suites[i].count, 2);
    }
    for (int i = 0; i < 3; i++)
        text_fini(&kits[i]);
    static const char name[] = "a_name_of_more_than_fifteen.c";
    ck_assert_str_eq(part(&suites[0], name)->hash, part(&suites[1], name)->hash);
    ck_assert_str_ne(part(&suites[0], name)->hash, part(&suites[2], name)->hash);
    ck_assert_str_eq(part(&suites[0], "test_a.c")->hash, part(&suites[2], "test_a.c")->hash);
}
END_TEST

/* The hash of what a kit shows. */
static const char *hash_files(void)
{
    static struct suite suite;
    suite = (struct suite){.count = 0};
    ck_assert_int_eq(suite_add_files(&suite, folder), 0);
    ck_assert_uint_eq(suite.count, 1);
    return part(&suite, "files")->hash;
}

START_TEST(shown_files_are_a_part_by_names_and_bytes)
{
    struct suite none = {.count = 0};
    char path[128], before[HASH_TEXT_BYTES];
    ck_assert_int_eq(suite_add_files(&none, folder), 0);
    ck_assert_uint_eq(none.count, 0);
    snprintf(path, sizeof(path), "%s/files", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    write_file("files/one", "abc", 3);
    strcpy(before, hash_files());
    ck_assert_str_eq(before, hash_files());
    write_file("files/one", "abd", 3);
    ck_assert_str_ne(before, hash_files());
    write_file("files/one", "abc", 3);
    ck_assert_str_eq(before, hash_files());
    write_file("files/two", "", 0);
    ck_assert_str_ne(before, hash_files());
    unlink(write_file("files/one", "abc", 3));
    write_file("files/two", "abc", 3);
    ck_assert_str_ne(before, hash_files());
}
END_TEST

START_TEST(a_kit_that_is_cut_or_spoilt_is_refused_or_another)
{
    struct suite whole = {.count = 0};
    struct text kit = make_kit(0, "even");
    ck_assert_int_eq(add_kit(&whole, &kit, kit.length, "plain"), 0);
    for (size_t size = 0; size < kit.length; size++) {
        struct suite suite = {.count = 0};
        int failed = add_kit(&suite, &kit, size, "plain");
        ck_assert(failed == -EINVAL || suite.count < whole.count);
    }
    for (size_t at = 0; at < kit.length; at++) { /* no byte of it leads out of the file */
        struct suite suite = {.count = 0};
        char byte = kit.data[at];
        kit.data[at] = '9';
        int failed = add_kit(&suite, &kit, kit.length, "plain");
        ck_assert(failed == 0 || failed == -EINVAL);
        kit.data[at] = byte;
    }
    text_fini(&kit);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("suite");
    TCase *manifests = tcase_create("manifests");
    tcase_add_checked_fixture(manifests, make_folder, remove_folder);
    tcase_add_test(manifests, words_and_comments_are_no_part);
    tcase_add_test(manifests, all_else_is_also_what_is_not_known_yet);
    tcase_add_test(manifests, points_are_told_from_the_rest_of_a_test);
    tcase_add_test(manifests, limits_can_be_read);
    tcase_add_test(manifests, what_is_no_manifest_is_refused);
    suite_add_tcase(suite, manifests);
    TCase *kits = tcase_create("kits");
    tcase_add_checked_fixture(kits, make_folder, remove_folder);
    tcase_set_timeout(kits, 60); /* some hundred files, under a sanitizer on a busy machine */
    tcase_add_test(kits, a_kit_is_its_members_and_not_their_times);
    tcase_add_test(kits, shown_files_are_a_part_by_names_and_bytes);
    tcase_add_test(kits, a_kit_that_is_cut_or_spoilt_is_refused_or_another);
    suite_add_tcase(suite, kits);
    return suite;
}
