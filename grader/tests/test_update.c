/* The merge of one text: what is clean, what is a conflict, and what it does to line ends. */
#include "grader/release/update_merge.h"

#include <sys/stat.h>

#include "grader/tests/scratch.h"
#include "tests/support/check_main.h"

static struct update_text text_of(const char *text)
{
    return (struct update_text){(char *)text, strlen(text)};
}

static bool merge(const char *base, const char *ours, const char *theirs, struct update_text *out)
{
    bool clean;
    const struct update_sides sides = {text_of(base), text_of(ours), text_of(theirs)};
    ck_assert_int_eq(update_merge(scratch, &sides, out, &clean), 0);
    return clean;
}

static void expect_merged(const char *const sides[3], const char *expected)
{
    struct update_text out;
    ck_assert(merge(sides[0], sides[1], sides[2], &out));
    ck_assert_uint_eq(out.size, strlen(expected));
    ck_assert(memcmp(out.data, expected, out.size) == 0);
    update_text_fini(&out);
}

static void expect_conflict(const char *base, const char *ours, const char *theirs)
{
    struct update_text out;
    ck_assert(!merge(base, ours, theirs, &out));
    ck_assert_ptr_null(out.data);
}

START_TEST(different_lines_are_merged)
{
    expect_merged((const char *[]){"1\n2\n3\n4\n5\n", "mine\n1\n2\n3\n4\n5\n", "1\n2\n3\n4\nV\n"},
                  "mine\n1\n2\n3\n4\nV\n");
    expect_merged((const char *[]){"1\n2\n3\n", "1\n2\n3\n", "1\n2\n3\n4\n"}, "1\n2\n3\n4\n");
    expect_merged((const char *[]){"1\n2\n3\n", "1\n3\n", "1\n2\n3\n"}, "1\n3\n");
    expect_merged((const char *[]){"1\n2\n3\n", "1\nX\n3\n", "1\nX\n3\n"}, "1\nX\n3\n");
    expect_merged((const char *[]){"", "", ""}, "");
}
END_TEST

START_TEST(a_last_line_without_end_stays_a_line)
{
    expect_merged((const char *[]){"1\n2\n3\n4\n", "1\n2\n3\n4\nmine", "0\n1\n2\n3\n4\n"},
                  "0\n1\n2\n3\n4\nmine");
    expect_merged((const char *[]){"1\n2\n3\n4", "mine\n1\n2\n3\n4", "1\n2\n3\n4\n"},
                  "mine\n1\n2\n3\n4\n");
}
END_TEST

START_TEST(the_same_lines_are_a_conflict)
{
    expect_conflict("1\n2\n3\n", "1\nmine\n3\n", "1\ntheirs\n3\n");
    expect_conflict("1\n2\n3\n", "1\nmine\n3\n", "1\n3\n");
    expect_conflict("", "mine\n", "theirs\n");
}
END_TEST

START_TEST(what_is_no_text_is_a_conflict)
{
    static const char zero[] = "1\n2\n\0\n3\n";
    bool clean;
    struct update_text out;
    const struct update_sides sides = {
        text_of("1\n2\n3\n"), {(char *)zero, sizeof(zero) - 1}, text_of("0\n1\n2\n3\n")};
    ck_assert_int_eq(update_merge(scratch, &sides, &out, &clean), 0);
    ck_assert(!clean);
    ck_assert_ptr_null(out.data);
}
END_TEST

START_TEST(line_ends_of_windows_stay)
{
    expect_merged((const char *[]){"1\n2\n3\n4\n", "mine\r\n1\r\n2\r\n3\r\n4\r\n", "1\n2\n3\nV\n"},
                  "mine\r\n1\r\n2\r\n3\r\nV\r\n");
    expect_merged((const char *[]){"1\n2\n3\n4\n", "1\r\n2\r\n3\r\n4\r\n", "1\n2\n3\nV\n"},
                  "1\r\n2\r\n3\r\nV\r\n");
    expect_conflict("1\n2\n3\n4\n", "1\r\n2\n3\r\n4\n", "V\n2\n3\n4\n"); /* both kinds */
}
END_TEST

START_TEST(the_same_but_for_line_ends)
{
    static const struct {
        const char *a, *b;
        bool same;
    } all[] = {
        {"", "", true},
        {"1\n", "1\r\n", true},
        {"1\r\n2\n", "1\n2\r\n", true},
        {"1\n", "1", false},
        {"1\r2", "1\n2", false},
        {"1\n2", "1\n3", false},
        {"1\r\r\n", "1\n", false},
        {"", "\n", false},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        const struct update_text a = text_of(all[i].a), b = text_of(all[i].b);
        ck_assert_msg(update_text_same(&a, &b) == all[i].same, "case %zu", i);
        ck_assert_msg(update_text_same(&b, &a) == all[i].same, "case %zu, turned", i);
    }
}
END_TEST

/* A git that takes the course's side and calls it merged. */
START_TEST(a_merge_that_lost_a_line_is_a_conflict)
{
    scratch_write("bin/git", "#!/bin/sh\nexec /bin/cat \"$2/theirs\"\n");
    ck_assert_int_eq(chmod(scratch_path("bin/git"), 0755), 0);
    setenv("PATH", scratch_path("bin"), 1);
    expect_conflict("1\n2\n3\n", "1\n2\nmine\n3\n", "0\n1\n2\n3\n");
    expect_conflict("1\n2\n3\n", "1\n2\n2\n3\n", "0\n1\n3\n"); /* a second 2 */
    expect_conflict("1\n2\n3\n", "1\n2\n3\nmine", "0\n1\n2\n3\n");
    expect_merged((const char *[]){"1\n2\n3\n", "1\n3\n", "0\n1\n2\n3\n"}, "0\n1\n2\n3\n");
}
END_TEST

START_TEST(no_place_to_merge_in_is_an_error)
{
    bool clean;
    struct update_text out;
    const struct update_sides sides = {text_of("1\n"), text_of("2\n"), text_of("3\n")};
    ck_assert_int_lt(update_merge(scratch_path("nowhere"), &sides, &out, &clean), 0);
    ck_assert(!clean);
    ck_assert_ptr_null(out.data);
    setenv("PATH", "/nowhere", 1);
    ck_assert_int_lt(update_merge(scratch, &sides, &out, &clean), 0);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("update");
    TCase *merging = tcase_create("merge");
    tcase_add_checked_fixture(merging, scratch_make, scratch_remove);
    tcase_add_test(merging, different_lines_are_merged);
    tcase_add_test(merging, a_last_line_without_end_stays_a_line);
    tcase_add_test(merging, the_same_lines_are_a_conflict);
    tcase_add_test(merging, what_is_no_text_is_a_conflict);
    tcase_add_test(merging, line_ends_of_windows_stay);
    tcase_add_test(merging, the_same_but_for_line_ends);
    tcase_add_test(merging, a_merge_that_lost_a_line_is_a_conflict);
    tcase_add_test(merging, no_place_to_merge_in_is_an_error);
    suite_add_tcase(suite, merging);
    return suite;
}
