/* C source as tokens: what is one, where it lies, and that no input is too odd. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/text.h"
#include "grader/inspect/c_tokens.h"
#include "tests/support/check_main.h"

/* The spellings in one line, each with its kind's letter: "kif p( na p)". */
static void expect(const char *source, const char *wanted)
{
    static const char letters[] = "nk0'\"p?";
    struct c_tokens tokens;
    struct text found = {NULL, 0, 0, false};
    ck_assert_int_eq(c_tokens_read(source, strlen(source), &tokens), 0);
    text_append(&found, "%s", "");
    for (size_t i = 0; i < tokens.count; i++)
        text_append(&found, "%s%c%.*s", i ? " " : "", letters[tokens.tokens[i].kind],
                    (int)tokens.tokens[i].spelling_length, tokens.tokens[i].spelling);
    ck_assert_str_eq(found.data, wanted);
    text_fini(&found);
    c_tokens_fini(&tokens);
}

START_TEST(kinds_of_tokens)
{
    expect("", "");
    expect("int x_1 = 0x1Fu;", "kint nx_1 p= 00x1Fu p;");
    expect("integer _Atomic restrict_", "ninteger k_Atomic nrestrict_");
    expect(".5 1e+9 0x1p-3 1.e 7..2", "0.5 01e+9 00x1p-3 01.e 07..2");
    expect("1+2 0xe+1", "01 p+ 02 00xe+1"); /* the second is one number, and an error, in C too */
    expect("'a' L'\\'' u8\"x\" U\"\" u 8", "''a' 'L'\\'' \"u8\"x\" \"U\"\" nu 08");
    expect("\"a\\\"b\" \"\\\\\" c", "\"\"a\\\"b\" \"\"\\\\\" nc");
    expect("a<<=b>>c->d...e", "na p<<= nb p>> nc p-> nd p... ne");
    expect("a+++b---c&&&d", "na p++ p+ nb p-- p- nc p&& p& nd");
    expect("<:a:><%b%> \\ @ `", "p<: na p:> p<% nb p%> ?\\ ?@ ?`");
    expect("na\xc3\xafve $x", "nna\xc3\xafve n$x");
}
END_TEST

START_TEST(comments_are_no_tokens)
{
    expect("a/* b */c//d\ne", "na nc ne");
    expect("a /* \" */ b // '\n c", "na nb nc");
    expect("\"/* no */\" '//'", "\"\"/* no */\" ''//'");
    expect("a /* never ends", "na");
    expect("/*/ b */ c /**/ d", "nc nd");
    expect("a // goes \\\non\nb", "na nb");
    expect("a // goes ?\?/\non\nb", "na nb");
    expect("a /", "na p/");
    expect("a /*", "na");
}
END_TEST

START_TEST(broken_literals_end_with_their_line)
{
    expect("\"abc\nd", "\"\"abc nd");
    expect("'x\ny", "''x ny");
    expect("\"abc\\", "\"\"abc\\");
    expect("\"", "\"\"");
    expect("#error don't\nint x;", "p# nerror ndon ''t kint nx p;");
}
END_TEST

static struct c_token nth(const char *source, size_t index)
{
    struct c_tokens tokens;
    ck_assert_int_eq(c_tokens_read(source, strlen(source), &tokens), 0);
    ck_assert_uint_lt(index, tokens.count);
    struct c_token token = tokens.tokens[index];
    token.spelling = NULL; /* gone with the others */
    c_tokens_fini(&tokens);
    return token;
}

START_TEST(places_are_those_of_the_source)
{
    struct c_token token = nth("a\n  bc /* x\ny */ d", 1);
    ck_assert_uint_eq(token.offset, 4);
    ck_assert_uint_eq(token.length, 2);
    ck_assert_uint_eq(token.line, 2);
    ck_assert(token.first_in_line);
    token = nth("a\n  bc /* x\ny */ d", 2);
    ck_assert_uint_eq(token.line, 3);
    ck_assert(!token.first_in_line); /* a comment is one space, whatever it holds */
}
END_TEST

START_TEST(splices_are_undone)
{
    expect("a <\\\n= b", "na p<= nb");
    expect("wh\\\nile re\\ \t\r\nturn", "kwhile kreturn");
    expect("\"a\\\nb\" x\\\ny", "\"\"ab\" nxy");
    struct c_token token = nth("a <\\\n= b", 1);
    ck_assert_uint_eq(token.offset, 2);
    ck_assert_uint_eq(token.length, 4);
    ck_assert_uint_eq(token.spelling_length, 2);
    ck_assert_uint_eq(nth("a <\\\n= b", 2).line, 2);
    ck_assert_uint_eq(nth("?\?=x ?\?( y", 2).length, 3);
    expect("?\?=x ?\?( ?\?) ?\?< ?\?> ?\?! ?\?' ?\?- ?\?x", "p# nx p[ p] p{ p} p| p^ p~ p? p? nx");
}
END_TEST

START_TEST(preprocessor_lines_are_marked)
{
    static const char source[] = "a\n # define X(a) \\\n a+1 /* \n */ b\n%: undef X\nc # d\n";
    struct c_tokens tokens;
    ck_assert_int_eq(c_tokens_read(source, sizeof(source) - 1, &tokens), 0);
    char marks[32] = "";
    for (size_t i = 0; i < tokens.count; i++)
        marks[i] = tokens.tokens[i].directive ? '#' : '.';
    ck_assert_str_eq(marks, "." /* a */ "##########"
                            "###" /* undef */ "..." /* c # d */);
    c_tokens_fini(&tokens);
    expect("#include <a/b.h> // x\na <b> c", "p# ninclude \"<a/b.h> na p< nb p> nc");
    expect("#include <a\nb", "p# ninclude p< na nb");
    expect("include <a>", "ninclude p< na p>");
}
END_TEST

START_TEST(any_bytes_have_tokens)
{
    static const char bytes[] = "a\0b\x01";
    struct c_tokens tokens;
    ck_assert_int_eq(c_tokens_read(bytes, 4, &tokens), 0);
    ck_assert_uint_eq(tokens.count, 4);
    ck_assert_int_eq(tokens.tokens[1].kind, C_TOKEN_OTHER);
    ck_assert_int_eq(tokens.tokens[3].kind, C_TOKEN_OTHER);
    c_tokens_fini(&tokens);
    srand(1);
    for (int round = 0; round < 2000; round++) {
        static const char alphabet[] = "a0\"'\\/*\n#<>?=.L+ \0";
        char source[24];
        size_t end = 0;
        for (size_t i = 0; i < sizeof(source); i++)
            source[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        ck_assert_int_eq(c_tokens_read(source, sizeof(source), &tokens), 0);
        for (size_t i = 0; i < tokens.count; i++) {
            ck_assert_uint_ge(tokens.tokens[i].offset, end);
            ck_assert_uint_gt(tokens.tokens[i].length, 0);
            end = tokens.tokens[i].offset + tokens.tokens[i].length;
        }
        ck_assert_uint_le(end, sizeof(source));
        c_tokens_fini(&tokens);
    }
}
END_TEST

START_TEST(a_token_is_its_spelling)
{
    struct c_tokens tokens;
    ck_assert_int_eq(c_tokens_read("if(x", 4, &tokens), 0);
    ck_assert(c_token_is(&tokens.tokens[0], "if"));
    ck_assert(!c_token_is(&tokens.tokens[0], "i"));
    ck_assert(!c_token_is(&tokens.tokens[0], "if("));
    ck_assert(!c_token_is(NULL, "if"));
    c_tokens_fini(&tokens);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("c_tokens");
    TCase *kinds = tcase_create("kinds");
    tcase_add_test(kinds, kinds_of_tokens);
    tcase_add_test(kinds, comments_are_no_tokens);
    tcase_add_test(kinds, broken_literals_end_with_their_line);
    tcase_add_test(kinds, a_token_is_its_spelling);
    suite_add_tcase(suite, kinds);
    TCase *places = tcase_create("places");
    tcase_add_test(places, places_are_those_of_the_source);
    tcase_add_test(places, splices_are_undone);
    tcase_add_test(places, preprocessor_lines_are_marked);
    suite_add_tcase(suite, places);
    TCase *odd = tcase_create("odd_input");
    tcase_add_test(odd, any_bytes_have_tokens);
    suite_add_tcase(suite, odd);
    return suite;
}
