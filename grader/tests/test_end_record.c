/* The end record: one right one of each kind, and every way to forge it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/engine/end_record.h"
#include "tests/support/check_main.h"

#define NONCE "0123456789abcdef0123456789abcdef"
#define HEAD  "syslab 1\nnonce " NONCE "\ntest first\n"
#define PASS  HEAD "verdict pass\nscore 0.250\nmeasured 12 of 48\nend\n"
#define FAIL                                                                                       \
    HEAD "verdict fail\nat test_x.c:41\nrequirement a \\\\ b\\nc\nexpected 1\nactual 2\nend\n"

static const char *parse(const char *text, struct end_record *out)
{
    return end_record_parse(text, strlen(text), NONCE, "first", out);
}

static void expect_refused(const char *text, const char *why)
{
    struct end_record record;
    const char *wrong = parse(text, &record);
    ck_assert_msg(wrong != NULL, "taken for a record: %s", text);
    ck_assert_str_eq(wrong, why);
}

START_TEST(right_records_are_read)
{
    struct end_record record;
    ck_assert_ptr_null(parse(PASS, &record));
    ck_assert_str_eq(record.verdict, "pass");
    ck_assert(record.score == 0.25);
    ck_assert_str_eq(record.measured, "12 of 48");
    end_record_fini(&record);
    ck_assert_ptr_null(parse(HEAD "verdict pass\nscore 1.000\nend\n", &record));
    ck_assert_ptr_null(record.measured);
    end_record_fini(&record);
    ck_assert_ptr_null(parse(FAIL, &record));
    ck_assert_str_eq(record.verdict, "fail");
    ck_assert_str_eq(record.requirement, "a \\ b\nc");
    ck_assert_str_eq(record.at, "test_x.c:41");
    end_record_fini(&record);
}
END_TEST

START_TEST(forgeries_have_names)
{
    static const char shape[] = "an end record of the wrong shape";
    expect_refused("", "no end record");
    expect_refused("100%\n", shape);
    expect_refused("syslab 2\n", shape);
    expect_refused("syslab 1\nnonce 00\ntest first\nverdict pass\nscore 1.000\nend\n",
                   "an end record with a wrong nonce");
    expect_refused("syslab 1\nnonce " NONCE "\ntest second\nverdict pass\nscore 1.000\nend\n",
                   "an end record of another test");
    expect_refused(PASS PASS, "more than one end record");
    expect_refused(PASS "\n", "more than one end record");
    expect_refused("\n" PASS, shape);
    expect_refused(HEAD "verdict perfect\nat x\nrequirement x\nexpected x\nactual x\nend\n", shape);
    expect_refused(HEAD "verdict pass\nend\n", shape);
    expect_refused(
        HEAD "verdict race\nat x\nrequirement x\nexpected x\nactual x\nreplay aab\nend\n", shape);
    expect_refused(HEAD "verdict race\nat x\nrequirement x\nexpected x\nactual x\ntrace x\nend\n",
                   shape);
    expect_refused(HEAD "verdict pass\nscore 9.000\nend\n", shape);
    expect_refused(HEAD "verdict pass\nscore 1.001\nend\n", shape);
    expect_refused(HEAD "verdict pass\nscore 1.0000\nend\n", shape);
    expect_refused(HEAD "verdict pass\nscore -nan\nend\n", shape);
    expect_refused(HEAD "verdict pass\nscore 1.000\nextra 1\nend\n", shape);
    expect_refused(HEAD "verdict fail\nat x\nrequirement x\nactual x\nexpected x\nend\n", shape);
    expect_refused(HEAD "verdict pass\nscore 1.000\nend", shape);
}
END_TEST

START_TEST(no_cut_of_a_record_is_one)
{
    const char *const whole[] = {PASS, FAIL};
    for (size_t i = 0; i < 2; i++) {
        for (size_t cut = 0; cut < strlen(whole[i]); cut++) {
            struct end_record record;
            /* An exact copy, so that the address sanitizer sees a read past its end. */
            char *part = malloc(cut ? cut : 1);
            memcpy(part, whole[i], cut);
            ck_assert_ptr_nonnull(end_record_parse(part, cut, NONCE, "first", &record));
            free(part);
        }
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("end_record");
    TCase *all = tcase_create("parse");
    tcase_add_test(all, right_records_are_read);
    tcase_add_test(all, forgeries_have_names);
    tcase_add_test(all, no_cut_of_a_record_is_one);
    suite_add_tcase(suite, all);
    return suite;
}
