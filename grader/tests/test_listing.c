/* Which files a pattern finds, whatever the folder is called. */
#include "grader/base/listing.h"

#include <errno.h>

#include "grader/course/course.h"
#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

static void expect_found(const char *folder, const char *pattern, const char *const *names)
{
    struct listing found;
    size_t count = 0;
    ck_assert_int_eq(listing_find(&found, folder, pattern), 0);
    for (; names[count]; count++) {
        ck_assert_uint_lt(count, found.count);
        ck_assert_msg(strncmp(found.paths[count], folder, strlen(folder)) == 0, "%s",
                      found.paths[count]);
        ck_assert_str_eq(found.paths[count] + strlen(folder) + 1, names[count]);
    }
    ck_assert_uint_eq(found.count, count);
    listing_fini(&found);
}

static void fill(const char *folder)
{
    static const char *const files[] = {"b/y.c",       "a/z.c", "a/x.c", "a/x.h",
                                        "a/.hidden.c", "top.c", "B/x.c", "b/sub/w.c"};
    char name[200];
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(name, sizeof(name), "%s/%s", folder, files[i]);
        scratch_write(name, "");
    }
}

START_TEST(a_pattern_finds_names_in_their_order)
{
    fill("f");
    const char *folder = scratch_path("f");
    expect_found(folder, "*/*.c", (const char *[]){"B/x.c", "a/x.c", "a/z.c", "b/y.c", NULL});
    expect_found(folder, "a/*.[ch]", (const char *[]){"a/x.c", "a/x.h", "a/z.c", NULL});
    expect_found(folder, "a/x.c", (const char *[]){"a/x.c", NULL});
    expect_found(folder, "*.c", (const char *[]){"top.c", NULL});
    expect_found(folder, "*/*/*", (const char *[]){"b/sub/w.c", NULL});
    expect_found(folder, "*.h", (const char *[]){NULL});
    expect_found(scratch_path("nowhere"), "*", (const char *[]){NULL});
}
END_TEST

START_TEST(the_folders_own_name_is_no_pattern)
{
    static const char *const odd[] = {"w [x]", "*", "?", "a[", "back\\slash", "{a,b}", "~"};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        fill(odd[i]);
        expect_found(scratch_path(odd[i]), "b/*.c", (const char *[]){"b/y.c", NULL});
    }
}
END_TEST

START_TEST(a_course_in_an_odd_folder_has_its_exercises)
{
    struct course course = {.build = ""};
    char **names;
    size_t count;
    scratch_write("w [x]/exercises/01_x/alpha/exercise.yaml", "title: A\n");
    snprintf(course.root, sizeof(course.root), "%s", scratch_path("w [x]"));
    ck_assert_int_eq(course_exercises(&course, &names, &count), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(names[0], "01_x/alpha");
    course_free_names(names, count);
}
END_TEST

START_TEST(what_cannot_be_listed_is_an_error)
{
    char deep[PATH_MAX + 10];
    struct listing found;
    memset(deep, 'x', sizeof(deep));
    deep[sizeof(deep) - 1] = '\0';
    fill("f");
    ck_assert_int_eq(listing_find(&found, scratch_path("f"), deep), -ENAMETOOLONG);
    ck_assert_ptr_null(found.paths);
    ck_assert_int_eq(symlink("loop", scratch_path("loop")), 0);
    ck_assert_int_eq(listing_find(&found, scratch_path("loop"), "*"), -ELOOP);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("listing");
    TCase *finding = tcase_create("find");
    tcase_add_checked_fixture(finding, scratch_make, scratch_remove);
    tcase_add_test(finding, a_pattern_finds_names_in_their_order);
    tcase_add_test(finding, the_folders_own_name_is_no_pattern);
    tcase_add_test(finding, a_course_in_an_odd_folder_has_its_exercises);
    tcase_add_test(finding, what_cannot_be_listed_is_an_error);
    suite_add_tcase(suite, finding);
    return suite;
}
