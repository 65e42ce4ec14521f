#include "grader/base/prose.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/check_main.h"

static void expect_neutral(const char *text, const char *expected)
{
    char *neutral = prose_neutral(text);
    ck_assert_ptr_nonnull(neutral);
    ck_assert_str_eq(neutral, expected);
    free(neutral);
}

START_TEST(ordinary_text_is_kept)
{
    expect_neutral("", "");
    expect_neutral("two words\n\ttabbed", "two words\n\ttabbed");
    expect_neutral("na\u00efve \u20ac \U0001f600", "na\u00efve \u20ac \U0001f600");
}
END_TEST

START_TEST(escape_sequences_are_spelt_out)
{
    expect_neutral("\033[2J\033]0;title\a", "^[[2J^[]0;title^G");
    expect_neutral("100%\r0%\b", "100%^M0%^H");
    expect_neutral("\x7f", "^?");
    expect_neutral("\xc2\x9b"
                   "31m",
                   "<U+009B>31m"); /* the one-character form of escape [ */
}
END_TEST

START_TEST(marks_that_reorder_are_spelt_out)
{
    expect_neutral("\u202e100\u2066", "<U+202E>100<U+2066>");
}
END_TEST

START_TEST(bytes_that_are_not_utf8_are_spelt_out)
{
    expect_neutral("caf\xe9", "caf\\xe9");
    expect_neutral("\xc0\xaf", "\\xc0\\xaf");                   /* overlong slash */
    expect_neutral("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
    expect_neutral("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
    expect_neutral("\xe2\x82", "\\xe2\\x82");                   /* cut short */
}
END_TEST

START_TEST(a_name_keeps_to_its_line)
{
    char *name = prose_neutral_name("mallory\nann\t100 pass\r\u2028\033[A na\u00efve");
    ck_assert_str_eq(name, "mallory^Jann^I100 pass^M<U+2028>^[[A na\u00efve");
    free(name);
}
END_TEST

static char *wrapped(const char *text, unsigned indent, unsigned columns)
{
    char *out;
    size_t size;
    FILE *stream = open_memstream(&out, &size);
    prose_wrap(stream, text, (struct prose_layout){indent, columns, true});
    fclose(stream);
    return out;
}

static void expect_wrapped(const char *text, unsigned indent, unsigned columns,
                           const char *expected)
{
    char *out = wrapped(text, indent, columns);
    ck_assert_str_eq(out, expected);
    free(out);
}

START_TEST(lines_break_between_words)
{
    expect_wrapped("one two three", 0, 7, "one two\nthree\n");
    expect_wrapped("one two three", 2, 9, "one two\n  three\n");
    expect_wrapped("", 2, 10, "\n");
    expect_wrapped("  spaced   out  ", 0, 40, "spaced out\n");
    expect_wrapped("kept\nlines", 1, 40, "kept\n lines\n");
}
END_TEST

START_TEST(a_long_word_stays_whole)
{
    expect_wrapped("see work/03_memory/arena/arena.c:12 there", 0, 10,
                   "see\nwork/03_memory/arena/arena.c:12\nthere\n");
}
END_TEST

START_TEST(a_column_is_a_character)
{
    expect_wrapped("\u00e9\u00e9 \u00e9\u00e9", 0, 5, "\u00e9\u00e9 \u00e9\u00e9\n");
    ck_assert_uint_eq(prose_columns("\u00e9\u20ac\U0001f600"), 3);
}
END_TEST

START_TEST(nearest_names)
{
    char *names[] = {"03_memory/arena", "03_memory/slab", "05_io/copy"};
    ck_assert_str_eq(prose_nearest("03_memory/arenna", names, 3), "03_memory/arena");
    ck_assert_str_eq(prose_nearest("slob", names, 3), "03_memory/slab");
    ck_assert_str_eq(prose_nearest("cpoy", names, 3), "05_io/copy");
    ck_assert_ptr_null(prose_nearest("websocket", names, 3));
    ck_assert_ptr_null(prose_nearest("x", names, 0));
    char huge[5000];
    memset(huge, 'a', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    ck_assert_ptr_null(prose_nearest(huge, names, 3));
}
END_TEST

static TCase *with(TCase *tcase, const TTest *test)
{
    tcase_add_test(tcase, test);
    return tcase;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("prose");
    TCase *neutral = tcase_create("neutral");
    with(neutral, ordinary_text_is_kept);
    with(neutral, escape_sequences_are_spelt_out);
    with(neutral, marks_that_reorder_are_spelt_out);
    with(neutral, bytes_that_are_not_utf8_are_spelt_out);
    tcase_add_test(neutral, a_name_keeps_to_its_line);
    suite_add_tcase(suite, neutral);
    TCase *wrap = tcase_create("wrap");
    with(wrap, lines_break_between_words);
    with(wrap, a_long_word_stays_whole);
    with(wrap, a_column_is_a_character);
    suite_add_tcase(suite, wrap);
    TCase *nearest = tcase_create("nearest");
    with(nearest, nearest_names);
    suite_add_tcase(suite, nearest);
    return suite;
}
