/* Text and hashes: what the records are made of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/hash.h"
#include "grader/base/text.h"
#include "tests/support/check_main.h"

static void expect_clean(const char *bytes, size_t length, const char *wanted)
{
    char *clean = text_clean(bytes, length);
    ck_assert_ptr_nonnull(clean);
    ck_assert_str_eq(clean, wanted);
    free(clean);
}

START_TEST(clean_text_is_utf8_without_controls)
{
    expect_clean("", 0, "");
    expect_clean("a\tb\n", 4, "a\tb\n");
    expect_clean("a\0b\x1b[31m\x7f", 9, "a\\x00b\\x1b[31m\\x7f");
    expect_clean("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    expect_clean("\xff\xc3", 2, "\\xff\\xc3");
    expect_clean("\xc0\x80", 2, "\\xc0\\x80");                   /* not the shortest form */
    expect_clean("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");          /* a surrogate */
    expect_clean("\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80"); /* past the last character */
    expect_clean("\xe2\x82", 2, "\\xe2\\x82");                   /* cut off */
}
END_TEST

START_TEST(text_grows)
{
    struct text text = {NULL, 0, 0, false};
    for (int i = 0; i < 1000; i++)
        text_append(&text, "%d,", i);
    ck_assert(!text.failed);
    ck_assert_uint_eq(text.length, strlen(text.data));
    ck_assert_ptr_nonnull(strstr(text.data, ",998,999,"));
    text_fini(&text);
    ck_assert_ptr_null(text.data);
}
END_TEST

START_TEST(hash_is_sha256)
{
    char hash[HASH_TEXT_BYTES];
    ck_assert_int_eq(hash_bytes("abc", 3, hash), 0); /* FIPS 180-4's example */
    ck_assert_str_eq(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct hash *missing = hash_begin();
    ck_assert_int_eq(hash_add_file(missing, "/no/such/file"), -2);
    hash_end(missing, hash);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *text = tcase_create("text");
    tcase_add_test(text, clean_text_is_utf8_without_controls);
    tcase_add_test(text, text_grows);
    suite_add_tcase(suite, text);
    TCase *hash = tcase_create("hash");
    tcase_add_test(hash, hash_is_sha256);
    suite_add_tcase(suite, hash);
    return suite;
}
