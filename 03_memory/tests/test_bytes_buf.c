/* test_bytes_buf.c - the mutable side: growth, numbers, splitting, freezing, reading into room. */
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "03_memory/bytes_buf.h"
#include "tests/support/check_main.h"

static struct allocator_tracking tracking;
static struct bytes_buf buf;

static void setup(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    bytes_buf_init(&buf, &tracking.base);
}

static void teardown(void)
{
    bytes_buf_fini(&buf);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

static void put(const char *text)
{
    ck_assert_int_eq(bytes_buf_put(&buf, text, strlen(text)), 0);
}

static void check_text(struct span span, const char *text)
{
    ck_assert_uint_eq(span.size_bytes, strlen(text));
    ck_assert(span_equal(span, span_from_string(text)));
}

/* ---- writing ---- */

START_TEST(an_empty_buffer_allocates_nothing)
{
    struct bytes_buf head, tail;
    ck_assert_int_eq(bytes_buf_reserve(&buf, 0), 0);
    ck_assert_int_eq(bytes_buf_put(&buf, NULL, 0), 0);
    ck_assert_int_eq(bytes_buf_split_to(&buf, 0, &head), 0);
    ck_assert_int_eq(bytes_buf_split_off(&buf, 0, &tail), 0);
    ck_assert_int_eq(bytes_buf_advance(&buf, 0), 0);
    ck_assert_int_eq(bytes_buf_advance(&buf, 1), -ERANGE);
    ck_assert_uint_eq(bytes_buf_spare(&buf).iov_len, 0);
    struct bytes frozen = bytes_buf_freeze(&buf);
    ck_assert_uint_eq(frozen.size_bytes, 0);
    bytes_unref(&frozen);
    bytes_buf_fini(&head);
    bytes_buf_fini(&tail);
    bytes_buf_fini(&tail); /* safe twice */
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
}
END_TEST

START_TEST(what_is_put_stays_through_growth)
{
    struct allocator_counting counting;
    allocator_counting_init(&counting, &tracking.base);
    bytes_buf_init(&buf, &counting.base);
    for (uint32_t i = 0; i < 20000; i++)
        ck_assert_int_eq(bytes_buf_put_u32_be(&buf, i), 0);
    ck_assert_uint_eq(buf.size_bytes, 80000);
    struct allocator_counts counts = allocator_counting_read(&counting);
    /* Amortised: the block doubles, so there are about log2(80000 / 64) steps. */
    ck_assert_uint_le(counts.alloc_calls + counts.resize_calls, 16);
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t value;
        ck_assert_int_eq(bytes_buf_get_u32_be(&buf, &value), 0);
        ck_assert_uint_eq(value, i);
    }
    bytes_buf_fini(&buf);
}
END_TEST

START_TEST(reserve_is_exact_about_its_promise)
{
    ck_assert_int_eq(bytes_buf_reserve(&buf, 1000), 0);
    ck_assert_uint_ge(bytes_buf_spare(&buf).iov_len, 1000);
    const uint8_t *data = buf.data;
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(bytes_buf_put_u8(&buf, (uint8_t)i), 0);
    ck_assert_ptr_eq(buf.data, data); /* did not move */
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
    put("kept");
    ck_assert_int_eq(bytes_buf_reserve(&buf, SIZE_MAX), -EOVERFLOW);
    ck_assert_int_eq(bytes_buf_reserve(&buf, SIZE_MAX - 4), -EOVERFLOW);
    ck_assert_int_eq(bytes_buf_reserve(&buf, PTRDIFF_MAX), -EOVERFLOW);
    /* As much as an object may have: refused by the allocator and not by arithmetic. */
    struct allocator_failing failing;
    allocator_failing_init(&failing, &tracking.base, 0);
    buf.allocator = &failing.base;
    ck_assert_int_eq(bytes_buf_reserve(&buf, PTRDIFF_MAX - 4096), -ENOMEM);
    buf.allocator = &tracking.base;
    check_text(bytes_buf_span(&buf), "kept");
    ck_assert_int_eq(bytes_buf_truncate(&buf, 5), -ERANGE);
    ck_assert_int_eq(bytes_buf_truncate(&buf, 2), 0);
    check_text(bytes_buf_span(&buf), "ke");
    bytes_buf_clear(&buf);
    ck_assert_uint_eq(buf.size_bytes, 0);
}
END_TEST

/* ---- numbers ---- */

START_TEST(numbers_are_written_in_their_order)
{
    static const uint8_t expected[] = {0x12, 0x34, 0x34, 0x12, 0xff, 0xfe, 0x01, 0x02, 0x03, 0x04,
                                       0x04, 0x03, 0x02, 0x01, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06,
                                       0x07, 0x08, 0x3f, 0x80, 0x00, 0x00, 0x00, 0x00, 0x80, 0x3f};
    ck_assert_int_eq(bytes_buf_put_u16_be(&buf, 0x1234), 0);
    ck_assert_int_eq(bytes_buf_put_u16_le(&buf, 0x1234), 0);
    ck_assert_int_eq(bytes_buf_put_i16_be(&buf, -2), 0);
    ck_assert_int_eq(bytes_buf_put_u32_be(&buf, 0x01020304), 0);
    ck_assert_int_eq(bytes_buf_put_u32_le(&buf, 0x01020304), 0);
    ck_assert_int_eq(bytes_buf_put_u64_be(&buf, UINT64_C(0x0102030405060708)), 0);
    ck_assert_int_eq(bytes_buf_put_f32_be(&buf, 1.0f), 0);
    ck_assert_int_eq(bytes_buf_put_f32_le(&buf, 1.0f), 0);
    ck_assert(span_equal(bytes_buf_span(&buf), span_from(expected, sizeof(expected))));
}
END_TEST

/* Every number: its extremes go in and come out, from the buffer and from a slice of it, and one
 * byte too few is refused by the buffer's get. Bits are compared, for a float may not equal itself. */
#define CHECK_ROUND(name, type, raw_type, from_order, to_order)                                    \
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {                                  \
        type in, out, again;                                                                       \
        raw_type raw = (raw_type)bits[i], raw_out, raw_again;                                      \
        memcpy(&in, &raw, sizeof(in));                                                             \
        ck_assert_int_eq(bytes_buf_put_##name(&buf, in), 0);                                       \
        struct bytes view = bytes_static(buf.data, buf.size_bytes);                                \
        ck_assert_int_eq(bytes_get_##name(&view, &out), 0);                                        \
        ck_assert_int_eq(bytes_buf_get_##name(&buf, &again), 0);                                   \
        memcpy(&raw_out, &out, sizeof(out));                                                       \
        memcpy(&raw_again, &again, sizeof(again));                                                 \
        ck_assert(raw_out == raw && raw_again == raw);                                             \
        ck_assert_uint_eq(buf.size_bytes, 0);                                                      \
        for (size_t size = 0; size < sizeof(raw_type); size++) {                                   \
            ck_assert_int_eq(bytes_buf_get_##name(&buf, &out), -ENODATA);                          \
            ck_assert_uint_eq(buf.size_bytes, size);                                               \
            ck_assert_int_eq(bytes_buf_put_u8(&buf, 0), 0);                                        \
        }                                                                                          \
        bytes_buf_clear(&buf);                                                                     \
    }

START_TEST(every_number_goes_in_and_out)
{
    static const uint64_t bits[] = {
        0,    1,         UINT64_MAX, UINT64_C(0x0123456789abcdef), UINT64_C(0x8000000000000000),
        0x80, 0x3f800000};
    BYTES_NUMBERS(CHECK_ROUND)
}
END_TEST

START_TEST(two_orders_mirror_each_other)
{
    uint64_t value;
    ck_assert_int_eq(bytes_buf_put_u64_le(&buf, UINT64_C(0x0102030405060708)), 0);
    ck_assert_int_eq(bytes_buf_get_u64_be(&buf, &value), 0);
    ck_assert(value == UINT64_C(0x0807060504030201));
    double number;
    ck_assert_int_eq(bytes_buf_put_f64_be(&buf, -DBL_MAX), 0);
    ck_assert_int_eq(bytes_buf_get_f64_be(&buf, &number), 0);
    ck_assert(number == -DBL_MAX);
}
END_TEST

/* ---- splitting ---- */

START_TEST(split_parts_are_in_place_and_apart)
{
    put("headbodytail");
    const uint8_t *data = buf.data;
    struct bytes_buf head, tail;
    ck_assert_int_eq(bytes_buf_split_to(&buf, 13, &head), -ERANGE);
    ck_assert_int_eq(bytes_buf_split_off(&buf, 13, &tail), -ERANGE);
    ck_assert_int_eq(bytes_buf_split_to(&buf, 4, &head), 0);
    ck_assert_int_eq(bytes_buf_split_off(&buf, 4, &tail), 0);
    ck_assert_ptr_eq(head.data, data);
    ck_assert_ptr_eq(buf.data, data + 4);
    ck_assert_ptr_eq(tail.data, data + 8);
    ck_assert_uint_eq(bytes_buf_spare(&head).iov_len, 0);
    ck_assert_uint_eq(bytes_buf_spare(&buf).iov_len, 0);
    ck_assert_uint_gt(bytes_buf_spare(&tail).iov_len, 0);
    /* Writing to one moves it out of the way of the others. */
    ck_assert_int_eq(bytes_buf_put(&head, "-more", 5), 0);
    put("-rest");
    ck_assert_int_eq(bytes_buf_put(&tail, "-end", 4), 0);
    check_text(bytes_buf_span(&head), "head-more");
    check_text(bytes_buf_span(&buf), "body-rest");
    check_text(bytes_buf_span(&tail), "tail-end");
    bytes_buf_fini(&head);
    bytes_buf_fini(&tail);
}
END_TEST

START_TEST(frozen_bytes_never_change)
{
    put("first");
    struct bytes_buf head;
    ck_assert_int_eq(bytes_buf_split_to(&buf, 5, &head), 0);
    struct bytes frozen = bytes_buf_freeze(&head);
    ck_assert_uint_eq(head.capacity_bytes, 0);
    for (int i = 0; i < 100; i++)
        put("overwrite");
    check_text(bytes_span(frozen), "first");
    bytes_unref(&frozen);
}
END_TEST

START_TEST(freeze_copies_nothing_and_the_buffer_goes_on)
{
    put("frozen");
    const uint8_t *data = buf.data;
    struct bytes frozen = bytes_buf_freeze(&buf);
    ck_assert_ptr_eq(frozen.data, data);
    ck_assert(bytes_is_unique(&frozen));
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 1);
    put("again");
    check_text(bytes_buf_span(&buf), "again");
    check_text(bytes_span(frozen), "frozen");
    bytes_unref(&frozen);
}
END_TEST

START_TEST(a_thousand_messages_in_one_block)
{
    struct bytes messages[2500];
    ck_assert_int_eq(bytes_buf_reserve(&buf, sizeof(messages) / sizeof(messages[0]) * 4), 0);
    for (uint32_t i = 0; i < 2500; i++) {
        struct bytes_buf head;
        ck_assert_int_eq(bytes_buf_put_u32_le(&buf, i), 0);
        ck_assert_int_eq(bytes_buf_split_to(&buf, 4, &head), 0);
        messages[i] = bytes_buf_freeze(&head);
    }
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 1);
    bytes_buf_fini(&buf);
    for (uint32_t i = 0; i < 2500; i++) {
        struct bytes view = messages[i];
        uint32_t value;
        ck_assert_int_eq(bytes_get_u32_le(&view, &value), 0);
        ck_assert_uint_eq(value, i);
        bytes_unref(&messages[i]);
    }
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
}
END_TEST

/* ---- room ---- */

START_TEST(consumed_room_is_used_again_when_no_one_looks)
{
    ck_assert_int_eq(bytes_buf_reserve(&buf, 4096), 0);
    const uint8_t *data = buf.data;
    size_t size = buf.capacity_bytes;
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < size / 64; i++) {
            struct bytes_buf head;
            ck_assert_int_eq(bytes_buf_reserve(&buf, 64), 0);
            ck_assert_int_eq(bytes_buf_commit(&buf, 64), 0);
            memset(buf.data, 1, 64);
            ck_assert_int_eq(bytes_buf_split_to(&buf, 64, &head), 0);
            struct bytes message = bytes_buf_freeze(&head);
            bytes_unref(&message);
        }
        ck_assert_int_eq(bytes_buf_reserve(&buf, 64), 0);
        ck_assert_ptr_eq(buf.data, data); /* back at the front of the same block */
    }
}
END_TEST

START_TEST(room_that_is_looked_at_is_left_alone)
{
    ck_assert_int_eq(bytes_buf_reserve(&buf, 64), 0);
    size_t size = buf.capacity_bytes;
    struct bytes_buf head;
    memset(buf.data, 'x', size);
    ck_assert_int_eq(bytes_buf_commit(&buf, size), 0);
    ck_assert_int_eq(bytes_buf_split_to(&buf, size, &head), 0);
    struct bytes message = bytes_buf_freeze(&head);
    ck_assert_int_eq(bytes_buf_reserve(&buf, 1), 0);
    ck_assert(buf.data < message.data || buf.data >= message.data + size);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 2);
    ck_assert_uint_eq(buf.capacity_bytes, size); /* as much room as at first */
    bytes_unref(&message);
}
END_TEST

START_TEST(sliding_keeps_what_is_written)
{
    ck_assert_int_eq(bytes_buf_reserve(&buf, 64), 0);
    const uint8_t *data = buf.data;
    size_t size = buf.capacity_bytes;
    ck_assert_int_eq(bytes_buf_commit(&buf, size), 0);
    for (size_t i = 0; i < size; i++)
        buf.data[i] = (uint8_t)i;
    ck_assert_int_eq(bytes_buf_advance(&buf, size - 10), 0);
    ck_assert_int_eq(bytes_buf_reserve(&buf, 20), 0);
    ck_assert_ptr_eq(buf.data, data);
    for (size_t i = 0; i < 10; i++)
        ck_assert_uint_eq(buf.data[i], (uint8_t)(size - 10 + i));
}
END_TEST

START_TEST(half_consumed_is_enough_to_slide)
{
    ck_assert_int_eq(bytes_buf_reserve(&buf, 64), 0);
    const uint8_t *data = buf.data;
    size_t half = buf.capacity_bytes / 2;
    memset(buf.data, 'x', 2 * half);
    ck_assert_int_eq(bytes_buf_commit(&buf, 2 * half), 0);
    ck_assert_int_eq(bytes_buf_advance(&buf, half), 0);
    ck_assert_int_eq(bytes_buf_reserve(&buf, half), 0);
    ck_assert_ptr_eq(buf.data, data);
    ck_assert_uint_eq(buf.size_bytes, half);
}
END_TEST

START_TEST(commit_is_checked)
{
    ck_assert_int_eq(bytes_buf_commit(&buf, 1), -ERANGE);
    ck_assert_int_eq(bytes_buf_reserve(&buf, 16), 0);
    put("not room");
    size_t room = bytes_buf_spare(&buf).iov_len;
    ck_assert_int_eq(bytes_buf_commit(&buf, room + 1), -ERANGE);
    ck_assert_int_eq(bytes_buf_commit(&buf, SIZE_MAX), -ERANGE);
    memset(bytes_buf_spare(&buf).iov_base, 'x', room);
    ck_assert_int_eq(bytes_buf_commit(&buf, room), 0);
    ck_assert_uint_eq(bytes_buf_spare(&buf).iov_len, 0);
}
END_TEST

START_TEST(readv_fills_the_room_of_two_buffers)
{
    struct bytes_buf body;
    bytes_buf_init(&body, &tracking.base);
    ck_assert_int_eq(bytes_buf_reserve(&buf, 4), 0);
    ck_assert_int_eq(bytes_buf_reserve(&body, 100), 0);
    struct iovec iov[] = {bytes_buf_spare(&buf), bytes_buf_spare(&body)};
    iov[0].iov_len = 4; /* a header of four bytes, then the body */
    int fds[2];
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    ck_assert_int_eq(write(fds[1], "HEADbody", 8), 8);
    ck_assert_int_eq(readv(fds[0], iov, 2), 8);
    ck_assert_int_eq(bytes_buf_commit(&buf, 4), 0);
    ck_assert_int_eq(bytes_buf_commit(&body, 4), 0);
    check_text(bytes_buf_span(&buf), "HEAD");
    check_text(bytes_buf_span(&body), "body");
    bytes_buf_fini(&body);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

/* ---- back to a buffer ---- */

START_TEST(only_a_unique_slice_becomes_a_buffer)
{
    struct bytes bytes, other;
    ck_assert_int_eq(bytes_copy(&tracking.base, "shared", 6, &bytes), 0);
    other = bytes_clone(&bytes);
    ck_assert_int_eq(bytes_buf_from(&bytes, &buf), -EBUSY);
    check_text(bytes_span(bytes), "shared");
    bytes_unref(&other);
    const uint8_t *data = bytes.data;
    ck_assert_int_eq(bytes_advance(&bytes, 2), 0);
    ck_assert_int_eq(bytes_truncate(&bytes, 3), 0);
    ck_assert_int_eq(bytes_buf_from(&bytes, &buf), 0);
    ck_assert_ptr_null(bytes.owner);
    ck_assert_ptr_eq(buf.data, data + 2);
    ck_assert_uint_eq(buf.capacity_bytes, 4); /* to the end of the block */
    put("!");
    check_text(bytes_buf_span(&buf), "are!");
    put(" and much more than there was room for at first, which moves it");
}
END_TEST

START_TEST(read_only_memory_does_not_become_a_buffer)
{
    struct bytes bytes = bytes_static("text", 4), mapped;
    ck_assert_int_eq(bytes_buf_from(&bytes, &buf), -EACCES);
    ck_assert_int_eq(bytes_map(&tracking.base, "/proc/self/exe", &mapped), 0);
    ck_assert_int_eq(bytes_buf_from(&mapped, &buf), -EACCES);
    bytes_unref(&mapped);
}
END_TEST

static void count_free(void *data, size_t size_bytes, void *context)
{
    (void)data;
    *(size_t *)context += size_bytes;
}

START_TEST(adopted_memory_becomes_a_buffer_and_is_left_when_it_is_full)
{
    char data[8] = "adopted";
    size_t freed_bytes = 0;
    struct bytes bytes;
    ck_assert_int_eq(bytes_adopt(&tracking.base, data, 7, count_free, &freed_bytes, &bytes), 0);
    ck_assert_int_eq(bytes_buf_from(&bytes, &buf), 0);
    buf.data[0] = 'A';
    ck_assert_str_eq(data, "Adopted");
    ck_assert_uint_eq(freed_bytes, 0);
    put("!");
    ck_assert_uint_eq(freed_bytes, 7);
    check_text(bytes_buf_span(&buf), "Adopted!");
}
END_TEST

START_TEST(adopted_nothing_becomes_a_buffer_that_grows)
{
    size_t freed_bytes = 0;
    struct bytes bytes;
    ck_assert_int_eq(bytes_adopt(&tracking.base, NULL, 0, count_free, &freed_bytes, &bytes), 0);
    ck_assert_int_eq(bytes_buf_from(&bytes, &buf), 0);
    ck_assert_uint_eq(buf.capacity_bytes, 0);
    put("more");
    check_text(bytes_buf_span(&buf), "more");
}
END_TEST

/* ---- errors ---- */

/* Every way to grow: a first block, one enlarged in place, one left behind because it is shared. */
static int grow_in_every_way(struct allocator *allocator)
{
    struct bytes_buf whole, head;
    bytes_buf_init(&whole, allocator);
    bytes_buf_init(&head, allocator);
    int error = bytes_buf_put(&whole, "0123456789", 10);
    if (!error)
        error = bytes_buf_reserve(&whole, 1000);
    if (!error && bytes_buf_split_to(&whole, 5, &head) == 0)
        error = bytes_buf_put(&head, "tail", 4);
    if (head.size_bytes)
        check_text(bytes_buf_span(&head), error ? "01234" : "01234tail");
    if (whole.size_bytes)
        check_text(bytes_buf_span(&whole), head.size_bytes ? "56789" : "0123456789");
    bytes_buf_fini(&head);
    bytes_buf_fini(&whole);
    return error;
}

START_TEST(every_failed_allocation_leaves_the_buffer_as_it_was)
{
    size_t failures = 0;
    for (size_t allowed = 0;; allowed++) {
        struct allocator_failing failing;
        allocator_failing_init(&failing, &tracking.base, allowed);
        int error = grow_in_every_way(&failing.base);
        ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
        if (!allocator_failing_refused(&failing)) {
            ck_assert_int_eq(error, 0);
            break;
        }
        ck_assert_int_eq(error, -ENOMEM);
        failures++;
    }
    ck_assert_uint_eq(failures, 3);
}
END_TEST

static TCase *add_case(Suite *suite, TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("bytes_buf");
    TCase *writing = add_case(suite, tcase_create("writing"));
    tcase_add_test(writing, an_empty_buffer_allocates_nothing);
    tcase_add_test(writing, what_is_put_stays_through_growth);
    tcase_add_test(writing, reserve_is_exact_about_its_promise);
    tcase_add_test(writing, impossible_sizes_are_refused);
    TCase *numbers = add_case(suite, tcase_create("numbers"));
    tcase_add_test(numbers, numbers_are_written_in_their_order);
    tcase_add_test(numbers, every_number_goes_in_and_out);
    tcase_add_test(numbers, two_orders_mirror_each_other);
    TCase *splitting = add_case(suite, tcase_create("splitting"));
    tcase_add_test(splitting, split_parts_are_in_place_and_apart);
    tcase_add_test(splitting, frozen_bytes_never_change);
    tcase_add_test(splitting, freeze_copies_nothing_and_the_buffer_goes_on);
    tcase_add_test(splitting, a_thousand_messages_in_one_block);
    TCase *room = add_case(suite, tcase_create("room"));
    tcase_add_test(room, consumed_room_is_used_again_when_no_one_looks);
    tcase_add_test(room, room_that_is_looked_at_is_left_alone);
    tcase_add_test(room, sliding_keeps_what_is_written);
    tcase_add_test(room, half_consumed_is_enough_to_slide);
    tcase_add_test(room, commit_is_checked);
    tcase_add_test(room, readv_fills_the_room_of_two_buffers);
    TCase *back = add_case(suite, tcase_create("back"));
    tcase_add_test(back, only_a_unique_slice_becomes_a_buffer);
    tcase_add_test(back, read_only_memory_does_not_become_a_buffer);
    tcase_add_test(back, adopted_memory_becomes_a_buffer_and_is_left_when_it_is_full);
    tcase_add_test(back, adopted_nothing_becomes_a_buffer_that_grows);
    TCase *errors = add_case(suite, tcase_create("errors"));
    tcase_add_test(errors, every_failed_allocation_leaves_the_buffer_as_it_was);
    return suite;
}
