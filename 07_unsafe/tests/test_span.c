/* test_span.c - every access inside, at the last byte, one past it, and where a sum would wrap. */
#include "tests/support/check_main.h"

#include <stdlib.h>

#include "07_unsafe/span.h"

static const uint8_t bytes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff};
static const struct span nothing = {NULL, 0};

START_TEST(slice_at_the_edges)
{
    struct span span = span_from(bytes, 16), out = nothing;
    for (size_t offset = 0; offset <= 18; offset++)
        for (size_t size = 0; size <= 18; size++) {
            out = nothing;
            bool inside = span_slice(span, offset, size, &out);
            ck_assert_int_eq(inside, offset + size <= 16);
            ck_assert_ptr_eq(out.data, inside ? bytes + offset : NULL);
            ck_assert_uint_eq(out.size_bytes, inside ? size : 0);
        }
    ck_assert(!span_slice(span, 1, SIZE_MAX, &out));
    ck_assert(!span_slice(span, SIZE_MAX, 1, &out));
    ck_assert(!span_slice(span, SIZE_MAX, 2, &out));
    ck_assert(!span_slice(span, SIZE_MAX - 3, 8, &out));
}
END_TEST

START_TEST(take_and_skip_consume)
{
    struct span span = span_from(bytes, 10), out;
    ck_assert(span_take(&span, 4, &out));
    ck_assert_ptr_eq(out.data, bytes);
    ck_assert_uint_eq(out.size_bytes, 4);
    ck_assert(span_skip(&span, 5));
    ck_assert_ptr_eq(span.data, bytes + 9);
    ck_assert(!span_take(&span, 2, &out));
    ck_assert(!span_skip(&span, SIZE_MAX));
    ck_assert_uint_eq(span.size_bytes, 1);
    ck_assert_uint_eq(out.size_bytes, 4);
    ck_assert(span_take(&span, 1, &span)); /* out may be the span itself: what was taken stays */
    ck_assert_ptr_eq(span.data, bytes + 9);
    ck_assert(span_skip(&span, 1));
    ck_assert(span_is_empty(span));
    ck_assert(span_skip(&span, 0));
    ck_assert(!span_skip(&span, 1));
}
END_TEST

START_TEST(mutable_views)
{
    uint8_t data[8] = {0};
    struct span_mut span = span_mut_from(data, 8), out = {NULL, 0};
    ck_assert(span_mut_slice(span, 2, 6, &out));
    ck_assert_ptr_eq(out.data, data + 2);
    ck_assert(!span_mut_slice(span, 3, 6, &out));
    ck_assert(!span_mut_slice(span, 3, SIZE_MAX, &out));
    ck_assert(span_mut_take(&span, 3, &out));
    ck_assert_uint_eq(out.size_bytes, 3);
    span_fill(out, 9);
    ck_assert(span_mut_skip(&span, 4));
    ck_assert_ptr_eq(span.data, data + 7);
    ck_assert_uint_eq(span.size_bytes, 1);
    ck_assert(!span_mut_skip(&span, 2));
    ck_assert(!span_mut_take(&span, 2, &out));
    ck_assert_uint_eq(span_mut_view(span).size_bytes, 1);
    ck_assert_mem_eq(data, "\x09\x09\x09\0\0\0\0", 8);
}
END_TEST

START_TEST(one_byte)
{
    uint8_t value = 77, data[2] = {1, 2};
    ck_assert(span_get_u8(span_from(bytes, 16), 15, &value));
    ck_assert_uint_eq(value, 0xff);
    ck_assert(!span_get_u8(span_from(bytes, 16), 16, &value));
    ck_assert(!span_get_u8(span_from(bytes, 16), SIZE_MAX, &value));
    ck_assert(!span_get_u8(nothing, 0, &value));
    ck_assert_uint_eq(value, 0xff);
    struct span span = span_from(bytes + 7, 1);
    ck_assert(span_take_u8(&span, &value));
    ck_assert_uint_eq(value, 7);
    ck_assert(!span_take_u8(&span, &value));
    ck_assert(span_put_u8(span_mut_from(data, 2), 1, 9));
    ck_assert(!span_put_u8(span_mut_from(data, 2), 2, 9));
    ck_assert_mem_eq(data, "\x01\x09", 2);
}
END_TEST

/* For one width and order: every offset, in and out; the value by shifts; put gives the same back. */
#define expect_integer(bits, order, shift_of_byte)                                                 \
    do {                                                                                           \
        enum { WIDTH = (bits) / 8 };                                                               \
        for (size_t offset = 0; offset <= 17; offset++) {                                          \
            uint##bits##_t value = 77, expected = 0;                                               \
            uint8_t copy[16] = {0};                                                                \
            bool inside = offset + WIDTH <= 16;                                                    \
            for (size_t byte = 0; inside && byte < WIDTH; byte++)                                  \
                expected |= (uint##bits##_t)((uint64_t)bytes[offset + byte] << (shift_of_byte));   \
            struct span span = span_from(bytes, 16), rest = span;                                  \
            ck_assert_int_eq(span_get_u##bits##_##order(span, offset, &value), inside);            \
            ck_assert_uint_eq(value, inside ? expected : 77);                                      \
            if (span_skip(&rest, offset)) {                                                        \
                size_t left = rest.size_bytes;                                                     \
                ck_assert_int_eq(span_take_u##bits##_##order(&rest, &value), inside);              \
                ck_assert_uint_eq(rest.size_bytes, left - (inside ? WIDTH : 0));                   \
            }                                                                                      \
            struct span_mut to = span_mut_from(copy, 16);                                          \
            ck_assert_int_eq(span_put_u##bits##_##order(to, offset, value), inside);               \
            for (size_t at = 0; at < 16; at++)                                                     \
                ck_assert_uint_eq(copy[at],                                                        \
                                  inside &&at >= offset && at < offset + WIDTH ? bytes[at] : 0);   \
        }                                                                                          \
    } while (0)

START_TEST(integers)
{
    expect_integer(16, le, 8 * byte);
    expect_integer(32, le, 8 * byte);
    expect_integer(64, le, 8 * byte);
    expect_integer(16, be, 8 * (WIDTH - 1 - byte));
    expect_integer(32, be, 8 * (WIDTH - 1 - byte));
    expect_integer(64, be, 8 * (WIDTH - 1 - byte));
}
END_TEST

START_TEST(compare_and_equal)
{
    struct span a = span_from_string("abc"), b = span_from_string("abd");
    struct span prefix = span_from_string("ab"), high = span_from("\xff", 1);
    ck_assert_int_lt(span_compare(a, b), 0);
    ck_assert_int_gt(span_compare(b, a), 0);
    ck_assert_int_eq(span_compare(a, span_from("abcx", 3)), 0);
    ck_assert_int_lt(span_compare(prefix, a), 0);
    ck_assert_int_gt(span_compare(a, prefix), 0);
    ck_assert_int_lt(span_compare(a, high), 0); /* bytes are unsigned */
    ck_assert_int_lt(span_compare(nothing, a), 0);
    ck_assert_int_eq(span_compare(nothing, span_from_string("")), 0);
    ck_assert(span_equal(a, span_from("abcx", 3)));
    ck_assert(!span_equal(a, b));
    ck_assert(!span_equal(a, prefix));
    ck_assert(span_equal(nothing, span_from_string("")));
    ck_assert(span_starts_with(a, prefix));
    ck_assert(span_starts_with(a, a));
    ck_assert(span_starts_with(a, nothing));
    ck_assert(span_starts_with(nothing, nothing));
    ck_assert(!span_starts_with(prefix, a));
    ck_assert(!span_starts_with(a, span_from_string("ac")));
}
END_TEST

START_TEST(find)
{
    struct span text = span_from_string("one, two, three");
    size_t offset = 77;
    ck_assert(span_find_byte(text, ',', &offset));
    ck_assert_uint_eq(offset, 3);
    ck_assert(!span_find_byte(text, 'x', &offset));
    ck_assert(!span_find_byte(span_from(text.data, 3), ',', &offset));
    ck_assert(!span_find_byte(nothing, 0, &offset));
    ck_assert(!span_find(text, span_from_string("four"), &offset));
    ck_assert(!span_find(span_from_string("on"), text, &offset));
    ck_assert(!span_find(span_from(text.data, 14), span_from_string("three"), &offset));
    ck_assert(!span_find(nothing, text, &offset));
    ck_assert_uint_eq(offset, 3);
    ck_assert(span_find(text, span_from_string("three"), &offset));
    ck_assert_uint_eq(offset, 10);
    ck_assert(span_find(text, text, &offset));
    ck_assert_uint_eq(offset, 0);
    offset = 77;
    ck_assert(span_find(nothing, nothing, &offset));
    ck_assert_uint_eq(offset, 0);
}
END_TEST

START_TEST(copy_and_overlap)
{
    char data[] = "abcdef";
    ck_assert(span_copy(span_mut_from(data + 2, 4), span_from(data, 4)));
    ck_assert_str_eq(data, "ababcd");
    ck_assert(!span_copy(span_mut_from(data, 3), span_from_string("wxyz")));
    ck_assert_str_eq(data, "ababcd");
    ck_assert(span_copy(span_mut_from(NULL, 0), nothing));
    span_fill(span_mut_from(NULL, 0), 1);
    ck_assert(span_copy(span_mut_from(data, 6), span_from_string("xy")));
    ck_assert_str_eq(data, "xyabcd");
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("span");
    TCase *views = tcase_create("views");
    tcase_add_test(views, slice_at_the_edges);
    tcase_add_test(views, take_and_skip_consume);
    tcase_add_test(views, mutable_views);
    suite_add_tcase(suite, views);
    TCase *numbers = tcase_create("integers");
    tcase_add_test(numbers, one_byte);
    tcase_add_test(numbers, integers);
    suite_add_tcase(suite, numbers);
    TCase *contents = tcase_create("contents");
    tcase_add_test(contents, compare_and_equal);
    tcase_add_test(contents, find);
    tcase_add_test(contents, copy_and_overlap);
    suite_add_tcase(suite, contents);
    return suite;
}
