/* Names that switch a sanitizer off, and what only looks like them. */
#include "grader/switch_off.h"
#include "tests/support/check_main.h"

static char name[24];

static void expect(const char *text, const char *wanted)
{
    ck_assert_msg(switch_off_find(text, name, sizeof(name)), "not found: %s", text);
    ck_assert_str_eq(name, wanted);
}

START_TEST(every_spelling_is_found)
{
    expect("__attribute__((no_sanitize(\"thread\"))) int f(void);", "no_sanitize");
    expect("__attribute__((__no_sanitize__(\"thread\"))) int f(void);", "__no_sanitize__");
    expect("[[gnu::no_sanitize_thread]] int f(void);", "no_sanitize_thread");
    expect("__attribute__((no_address_safety_analysis))", "no_address_safety_analy");
    expect("__attribute__((disable_sanitizer_instrumentation))", "disable_sanitizer_instr");
    expect("int a = 'x', b = '\\'';\nno_sanitize", "no_sanitize");
    expect("char *s = \"\\\\\";no_sanitize", "no_sanitize");
    expect("#pragma it's\n__attribute__((no_sanitize_address))", "no_sanitize_address");
    expect("#pragma \"\\\nno_sanitize", "no_sanitize");
}
END_TEST

START_TEST(other_words_are_left_alone)
{
    static const char *const texts[] = {"",
                                        "no_sanitise",
                                        "int sanitize, my_no_sanitize, no_san;",
                                        "char *s = \"no_sanitize\", *t = \"\\\"no_sanitize\";",
                                        "int c = 'no_sanitize';",
                                        "int sanitizer_instrumentation; \"unfinished no_sanitize"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert_msg(!switch_off_find(texts[i], name, sizeof(name)), "found: %s", texts[i]);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("switch_off");
    TCase *names = tcase_create("names");
    tcase_add_test(names, every_spelling_is_found);
    tcase_add_test(names, other_words_are_left_alone);
    suite_add_tcase(suite, names);
    return suite;
}
