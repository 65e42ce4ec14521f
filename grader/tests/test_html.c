/* What a student chose must be shown on a page, and never read as a part of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/html.h"
#include "tests/support/check_main.h"

static void expect_text(const char *bytes, size_t length, const char *wanted)
{
    struct text page = {0};
    html_text(&page, bytes, length);
    ck_assert(!page.failed);
    ck_assert_str_eq(page.data ? page.data : "", wanted);
    text_fini(&page);
}

static void expect_name(const char *name, const char *wanted)
{
    struct text page = {0};
    html_name(&page, name);
    ck_assert(!page.failed);
    ck_assert_str_eq(page.data ? page.data : "", wanted);
    text_fini(&page);
}

START_TEST(markup_is_escaped)
{
    expect_text("", 0, "");
    expect_text("if (a < b && c > d)\n\treturn \"'\";", 32,
                "if (a &lt; b &amp;&amp; c &gt; d)\n\treturn &quot;&#39;&quot;;");
    expect_text("</pre><script>alert(1)</script>", 31,
                "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    expect_text("&lt;", 4, "&amp;lt;");
    expect_text("cut here", 3, "cut");
    expect_name("\" onload='x", "&quot; onload=&#39;x");
}
END_TEST

START_TEST(what_is_no_text_is_spelt_out)
{
    expect_text("a\0b", 3, "a\\x00b");
    expect_text("\x1b[2J\xff", 5, "\\x1b[2J\\xff");
    expect_text("\xe2\x80\xae", 3, "&lt;U+202E&gt;"); /* right-to-left override */
    expect_text("\xc3\xa9", 2, "\xc3\xa9");
    expect_name("two\nlines\t", "two^Jlines^I");
}
END_TEST

START_TEST(a_page_runs_its_own_script_alone)
{
    struct text page = {0};
    html_begin(&page, "<b>a&b</b>", ".x{color:red}", "alert(1)");
    html_end(&page);
    ck_assert(!page.failed);
    ck_assert_ptr_nonnull(strstr(page.data, "<title>&lt;b&gt;a&amp;b&lt;/b&gt;</title>"));
    ck_assert_ptr_nonnull(strstr(page.data, "<h1>&lt;b&gt;a&amp;b&lt;/b&gt;</h1>"));
    ck_assert_ptr_nonnull(strstr(page.data, ".x{color:red}</style>"));
    /* printf 'alert(1)' | openssl dgst -sha256 -binary | base64 */
    ck_assert_ptr_nonnull(
        strstr(page.data, "script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"));
    ck_assert_ptr_null(strstr(page.data, "http://"));
    ck_assert_ptr_null(strstr(page.data, "https://"));
    text_fini(&page);
    html_begin(&page, "none", NULL, NULL);
    ck_assert_ptr_nonnull(strstr(page.data, "default-src 'none'"));
    ck_assert_ptr_null(strstr(page.data, "script-src"));
    ck_assert_ptr_null(strstr(page.data, "<script"));
    text_fini(&page);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("html");
    TCase *escape = tcase_create("escape");
    tcase_add_test(escape, markup_is_escaped);
    tcase_add_test(escape, what_is_no_text_is_spelt_out);
    suite_add_tcase(suite, escape);
    TCase *page = tcase_create("page");
    tcase_add_test(page, a_page_runs_its_own_script_alone);
    suite_add_tcase(suite, page);
    return suite;
}
