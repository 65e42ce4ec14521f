/* C calls Rust: every error, and who has what after it. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "07_unsafe/ffi/rust_from_c/settings.h"

static int freed;
static void count_free(void *text, size_t text_bytes, void *context)
{
    ck_assert_uint_eq(text_bytes, *(size_t *)context);
    free(text);
    freed++;
}

static int stop_at_second(void *context, const char *key, size_t key_bytes, const char *value,
                          size_t value_bytes)
{
    (void)key, (void)key_bytes, (void)value, (void)value_bytes;
    return ++*(int *)context == 2 ? 42 : 0;
}

static struct settings *adopted(const char *from, size_t *size_bytes)
{
    struct settings *settings = NULL;
    char *error = (char *)1;
    *size_bytes = strlen(from);
    ck_assert_int_eq(
        settings_adopt(strdup(from), *size_bytes, count_free, size_bytes, &settings, &error), 0);
    ck_assert_ptr_null(error);
    return settings;
}

START_TEST(null_is_an_error)
{
    struct settings *settings = NULL;
    char *error, *text = NULL;
    const char *value;
    size_t bytes;
    ck_assert_int_eq(settings_adopt(NULL, 3, NULL, NULL, &settings, &error), -EINVAL);
    ck_assert_str_eq(error, "text is NULL");
    settings_text_free(error);
    ck_assert_int_eq(settings_adopt((char[]){"a=1"}, 3, NULL, NULL, NULL, NULL), -EINVAL);
    ck_assert_uint_eq(settings_count(NULL), 0);
    ck_assert_int_eq(settings_value(NULL, 0, &value, &bytes, NULL), -EINVAL);
    ck_assert_int_eq(settings_each(NULL, stop_at_second, NULL), -EINVAL);
    ck_assert_int_eq(settings_to_text(NULL, &text), -EINVAL);
    settings = adopted("a=1", &bytes);
    ck_assert_int_eq(settings_each(settings, NULL, NULL), -EINVAL);
    ck_assert_int_eq(settings_to_text(settings, NULL), -EINVAL);
    ck_assert_int_eq(settings_value(settings, 0, NULL, NULL, NULL), -EINVAL);
    settings_destroy(settings);
    settings_destroy(NULL);
    settings_text_free(NULL);
}
END_TEST

START_TEST(on_an_error_the_text_stays_with_c)
{
    struct settings *settings = NULL;
    char *error = NULL, bad[] = "ok = 1\n= 2\n", no_text[] = "ab\xff";
    freed = 0;
    ck_assert_int_eq(settings_adopt(bad, strlen(bad), count_free, NULL, &settings, &error),
                     -EBADMSG);
    ck_assert_str_eq(error, "line 2: expected key = value: = 2");
    settings_text_free(error);
    ck_assert_int_eq(settings_adopt(no_text, 3, count_free, NULL, &settings, &error), -EILSEQ);
    ck_assert_str_eq(error, "byte 2: not UTF-8");
    settings_text_free(error);
    ck_assert(freed == 0 && !settings);
}
END_TEST

START_TEST(a_panic_is_an_error)
{
    size_t bytes, value_bytes = 5;
    struct settings *settings = adopted("a = 1", &bytes);
    const char *value = NULL;
    char *error = NULL;
    for (int round = 0; round < 3; round++) {
        ck_assert_int_eq(settings_value(settings, 1, &value, &value_bytes, &error),
                         -ENOTRECOVERABLE);
        ck_assert_ptr_nonnull(strstr(error, "index out of bounds"));
        settings_text_free(error);
        ck_assert(!value && value_bytes == 5);
    }
    ck_assert_int_eq(settings_value(settings, 0, &value, &value_bytes, NULL), 0);
    ck_assert(value_bytes == 1 && *value == '1');
    settings_destroy(settings);
}
END_TEST

START_TEST(texts_go_back_once)
{
    size_t bytes;
    freed = 0;
    struct settings *settings = adopted("b = 2\na = 1\n", &bytes);
    char *text;
    int visits = 0;
    ck_assert_uint_eq(settings_count(settings), 2);
    ck_assert_int_eq(settings_each(settings, stop_at_second, &visits), 42);
    ck_assert_int_eq(settings_to_text(settings, &text), 0);
    ck_assert_str_eq(text, "a = 1\nb = 2\n");
    settings_text_free(text);
    ck_assert_int_eq(freed, 0);
    settings_destroy(settings);
    ck_assert_int_eq(freed, 1);
    struct settings *empty = NULL;
    ck_assert_int_eq(settings_adopt(NULL, 0, NULL, NULL, &empty, NULL), 0);
    ck_assert_uint_eq(settings_count(empty), 0);
    settings_destroy(empty);
}
END_TEST

START_TEST(a_zero_cannot_be_a_c_text)
{
    struct settings *settings = NULL;
    char zero[] = "a = b\0c", *text = NULL;
    ck_assert_int_eq(settings_adopt(zero, sizeof(zero) - 1, NULL, NULL, &settings, NULL), 0);
    ck_assert_int_eq(settings_to_text(settings, &text), -EILSEQ);
    ck_assert_ptr_null(text);
    settings_destroy(settings);
}
END_TEST

/* Threads that Rust did not make panic like its own. */
static void *panic_in_a_thread(void *settings)
{
    const char *value;
    size_t bytes;
    return (void *)(intptr_t)settings_value(settings, 9, &value, &bytes, NULL);
}

START_TEST(any_thread_may_call)
{
    size_t bytes;
    struct settings *settings = adopted("a = 1", &bytes);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, panic_in_a_thread, settings), 0);
    for (int i = 0; i < 4; i++) {
        void *code;
        pthread_join(threads[i], &code);
        ck_assert_int_eq((int)(intptr_t)code, -ENOTRECOVERABLE);
    }
    settings_destroy(settings);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("settings");
    TCase *errors = tcase_create("errors");
    tcase_add_test(errors, null_is_an_error);
    tcase_add_test(errors, on_an_error_the_text_stays_with_c);
    tcase_add_test(errors, a_zero_cannot_be_a_c_text);
    suite_add_tcase(suite, errors);
    TCase *panics = tcase_create("panics");
    tcase_add_test(panics, a_panic_is_an_error);
    tcase_add_test(panics, any_thread_may_call);
    suite_add_tcase(suite, panics);
    TCase *owners = tcase_create("owners");
    tcase_add_test(owners, texts_go_back_once);
    suite_add_tcase(suite, owners);
    return suite;
}
