/* test_bytes.c - slices: where they come from, what they share, when their memory goes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "03_memory/bytes.h"
#include "tests/support/check_main.h"

/* Every test: a tracked allocator below, and nothing may be left in it or wrong with it. */
static struct allocator_tracking tracking;

static void setup(void)
{
    allocator_tracking_init(&tracking, allocator_system());
}

static void teardown(void)
{
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

static struct bytes copied(const char *text)
{
    struct bytes bytes;
    ck_assert_int_eq(bytes_copy(&tracking.base, text, strlen(text), &bytes), 0);
    return bytes;
}

static void check_text(struct bytes bytes, const char *text)
{
    ck_assert_uint_eq(bytes.size_bytes, strlen(text));
    ck_assert(span_equal(bytes_span(bytes), span_from_string(text)));
}

static size_t count_of(struct bytes bytes)
{
    return atomic_load(&bytes.owner->count);
}

/* ---- sources ---- */

START_TEST(empty_and_static_own_nothing)
{
    static const char text[] = "static";
    struct bytes empty = bytes_empty();
    struct bytes bytes = bytes_static(text, 6);
    ck_assert_ptr_eq(bytes.data, (const uint8_t *)text);
    struct bytes clone = bytes_clone(&bytes), other = bytes_ref(&bytes), part;
    ck_assert_int_eq(bytes_slice(&bytes, 2, 3, &part), 0);
    check_text(part, "ati");
    ck_assert_ptr_null(clone.owner);
    ck_assert_ptr_null(other.owner);
    ck_assert_ptr_null(part.owner);
    ck_assert(!bytes_is_unique(&bytes));
    bytes_unref(&clone);
    bytes_unref(&empty);
    check_text(bytes, "static");
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
}
END_TEST

START_TEST(copy_is_one_block_of_its_own)
{
    char text[] = "hello";
    struct bytes bytes = copied(text);
    text[0] = 'j';
    check_text(bytes, "hello");
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 1);
    ck_assert(bytes_is_unique(&bytes));
    bytes_unref(&bytes);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    ck_assert_ptr_null(bytes.data);
    ck_assert_uint_eq(bytes.size_bytes, 0);
    bytes_unref(&bytes); /* a second time does nothing */
}
END_TEST

START_TEST(copy_of_nothing_is_legal)
{
    struct bytes bytes, part;
    ck_assert_int_eq(bytes_copy(&tracking.base, NULL, 0, &bytes), 0);
    ck_assert_uint_eq(bytes.size_bytes, 0);
    ck_assert_int_eq(bytes_slice(&bytes, 0, 0, &part), 0);
    ck_assert(bytes_equal(bytes, bytes_empty()));
    bytes_unref(&part);
    bytes_unref(&bytes);
}
END_TEST

START_TEST(copy_refuses_what_cannot_be)
{
    struct bytes bytes = bytes_static("as it was", 9);
    ck_assert_int_eq(bytes_copy(&tracking.base, "x", SIZE_MAX, &bytes), -EOVERFLOW);
    ck_assert_int_eq(bytes_copy(&tracking.base, "x", PTRDIFF_MAX, &bytes), -EOVERFLOW);
    /* As much as an object may have: refused by the allocator and not by arithmetic. */
    struct allocator_failing failing;
    allocator_failing_init(&failing, &tracking.base, 0);
    ck_assert_int_eq(bytes_copy(&failing.base, "x", PTRDIFF_MAX - 4096, &bytes), -ENOMEM);
    check_text(bytes, "as it was");
}
END_TEST

static struct freed {
    int calls;
    void *data;
    size_t size_bytes;
} freed;

static void note_free(void *data, size_t size_bytes, void *context)
{
    struct freed *note = context;
    note->calls++;
    note->data = data;
    note->size_bytes = size_bytes;
    free(data);
}

START_TEST(adopted_memory_is_freed_once_by_its_last_slice)
{
    freed = (struct freed){0};
    char *data = strdup("adopted");
    struct bytes bytes, tail;
    ck_assert_int_eq(bytes_adopt(&tracking.base, data, 7, note_free, &freed, &bytes), 0);
    ck_assert_ptr_eq(bytes.data, (uint8_t *)data);
    ck_assert_int_eq(bytes_split_off(&bytes, 3, &tail), 0);
    bytes_unref(&bytes);
    ck_assert_int_eq(freed.calls, 0);
    check_text(tail, "pted");
    bytes_unref(&tail);
    ck_assert_int_eq(freed.calls, 1);
    /* The whole memory, though the last slice saw only a part. */
    ck_assert_ptr_eq(freed.data, data);
    ck_assert_uint_eq(freed.size_bytes, 7);
}
END_TEST

START_TEST(adopted_memory_may_need_no_free)
{
    char data[] = "mine";
    struct bytes bytes;
    ck_assert_int_eq(bytes_adopt(&tracking.base, data, 4, NULL, NULL, &bytes), 0);
    bytes_unref(&bytes);
    ck_assert_str_eq(data, "mine");
}
END_TEST

/* A temporary file with this text; the caller unlinks and frees the path. */
static char *file_with(const char *text, size_t size_bytes)
{
    char *path = strdup("/tmp/test_bytes_XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size_bytes), (ssize_t)size_bytes);
    close(fd);
    return path;
}

START_TEST(mapped_file_outlives_its_name)
{
    char *path = file_with("mapped", 6);
    struct bytes bytes, part;
    ck_assert_int_eq(bytes_map(&tracking.base, path, &bytes), 0);
    ck_assert_int_eq(unlink(path), 0);
    check_text(bytes, "mapped");
    ck_assert_int_eq(bytes_slice(&bytes, 3, 3, &part), 0);
    const void *page = bytes.data;
    bytes_unref(&bytes);
    check_text(part, "ped");
    bytes_unref(&part);
    /* The mapping is gone: mincore knows the address no more. */
    unsigned char resident;
    ck_assert_int_eq(mincore((void *)(uintptr_t)page, 1, &resident), -1);
    ck_assert_int_eq(errno, ENOMEM);
    free(path);
}
END_TEST

START_TEST(mapping_an_empty_file_gives_empty_bytes)
{
    char *path = file_with("", 0);
    struct bytes bytes = bytes_static("x", 1);
    ck_assert_int_eq(bytes_map(&tracking.base, path, &bytes), 0);
    ck_assert_uint_eq(bytes.size_bytes, 0);
    ck_assert_ptr_null(bytes.owner);
    unlink(path);
    free(path);
}
END_TEST

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

START_TEST(map_errors_say_why_and_leak_no_descriptor)
{
    struct bytes bytes = bytes_static("as it was", 9);
    int before = open_descriptors();
    ck_assert_int_eq(bytes_map(&tracking.base, "/no/such/file", &bytes), -ENOENT);
    ck_assert_int_eq(bytes_map(&tracking.base, "/tmp", &bytes), -EINVAL);
    char path[] = "/tmp/test_bytes_fifo_XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(path));
    char fifo[sizeof(path) + 2];
    snprintf(fifo, sizeof(fifo), "%s/f", path);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(bytes_map(&tracking.base, fifo, &bytes), -EINVAL); /* and does not wait */
    unlink(fifo);
    rmdir(path);
    ck_assert_int_eq(open_descriptors(), before);
    check_text(bytes, "as it was");
}
END_TEST

/* mmap refused: the process may have no more address space. */
START_TEST(a_refused_mapping_frees_its_owner)
{
    char *path = file_with("", 0);
    struct bytes bytes = bytes_static("as it was", 9);
    struct rlimit before, none;
    ck_assert_int_eq(truncate(path, 1 << 30), 0); /* sparse: no block of it is on the disk */
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
    none = before;
    none.rlim_cur = 1 << 20;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
    int error = bytes_map(&tracking.base, path, &bytes);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
    ck_assert_int_eq(error, -ENOMEM);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    check_text(bytes, "as it was");
    unlink(path);
    free(path);
}
END_TEST

/* ---- values ---- */

START_TEST(clone_shares_and_counts)
{
    struct bytes bytes = copied("shared"), clones[3000];
    for (size_t i = 0; i < 3000; i++) {
        clones[i] = i % 3 ? bytes_clone(&bytes) : bytes_ref(&bytes);
        ck_assert_ptr_eq(clones[i].data, bytes.data);
        ck_assert_uint_eq(count_of(bytes), bytes.stock + i + 1);
    }
    ck_assert(!bytes_is_unique(&bytes));
    for (size_t i = 0; i < 3000; i++)
        bytes_unref(&clones[i]);
    ck_assert(bytes_is_unique(&bytes));
    bytes_unref(&bytes);
}
END_TEST

START_TEST(a_chain_of_clones_keeps_the_block)
{
    struct bytes bytes = copied("chain");
    for (int i = 0; i < 5000; i++) {
        struct bytes next = bytes_clone(&bytes);
        bytes_unref(&bytes);
        bytes = next;
    }
    check_text(bytes, "chain");
    ck_assert(bytes_is_unique(&bytes));
    bytes_unref(&bytes);
}
END_TEST

START_TEST(the_last_value_frees_whichever_it_is)
{
    for (int last = 0; last < 3; last++) {
        struct bytes value[3] = {copied("abc")};
        value[1] = bytes_clone(&value[0]);
        ck_assert_int_eq(bytes_slice(&value[1], 1, 1, &value[2]), 0);
        for (int i = 0; i < 3; i++)
            if (i != last)
                bytes_unref(&value[i]);
        ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 1);
        check_text(value[last], last == 2 ? "b" : "abc");
        bytes_unref(&value[last]);
        ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    }
}
END_TEST

START_TEST(slices_are_checked_at_every_edge)
{
    struct bytes bytes = copied("0123456789"), part = bytes_empty();
    for (size_t offset = 0; offset <= 12; offset++) {
        for (size_t size = 0; size <= 12; size++) {
            int error = bytes_slice(&bytes, offset, size, &part);
            ck_assert_int_eq(error, offset + size <= 10 ? 0 : -ERANGE);
            if (error)
                continue;
            ck_assert_ptr_eq(part.data, bytes.data + offset);
            ck_assert_uint_eq(part.size_bytes, size);
            bytes_unref(&part);
        }
    }
    ck_assert_int_eq(bytes_slice(&bytes, 5, SIZE_MAX, &part), -ERANGE);
    ck_assert_int_eq(bytes_slice(&bytes, SIZE_MAX, 2, &part), -ERANGE);
    ck_assert_int_eq(bytes_slice(&bytes, SIZE_MAX - 4, 5, &part), -ERANGE);
    ck_assert_ptr_null(part.owner);
    ck_assert(bytes_is_unique(&bytes));
    bytes_unref(&bytes);
}
END_TEST

START_TEST(a_slice_of_a_slice_stays_inside)
{
    struct bytes bytes = copied("hello, world"), word, part;
    ck_assert_int_eq(bytes_slice(&bytes, 7, 5, &word), 0);
    ck_assert_int_eq(bytes_slice(&word, 1, 4, &part), 0);
    check_text(part, "orld");
    bytes_unref(&part);
    ck_assert_int_eq(bytes_slice(&word, 1, 5, &part), -ERANGE);
    bytes_unref(&word);
    bytes_unref(&bytes);
}
END_TEST

START_TEST(splits_divide_and_refuse)
{
    struct bytes bytes = copied("headbodytail"), head, tail;
    ck_assert_int_eq(bytes_split_to(&bytes, 13, &head), -ERANGE);
    ck_assert_int_eq(bytes_split_off(&bytes, 13, &tail), -ERANGE);
    ck_assert_int_eq(bytes_split_off(&bytes, SIZE_MAX, &tail), -ERANGE);
    check_text(bytes, "headbodytail");
    ck_assert_int_eq(bytes_split_to(&bytes, 4, &head), 0);
    ck_assert_int_eq(bytes_split_off(&bytes, 4, &tail), 0);
    check_text(head, "head");
    check_text(bytes, "body");
    check_text(tail, "tail");
    bytes_unref(&bytes);
    bytes_unref(&head);
    check_text(tail, "tail");
    bytes_unref(&tail);
}
END_TEST

START_TEST(advance_and_truncate_move_the_ends)
{
    struct bytes bytes = copied("abcdef");
    ck_assert_int_eq(bytes_advance(&bytes, 7), -ERANGE);
    ck_assert_int_eq(bytes_truncate(&bytes, 7), -ERANGE);
    ck_assert_int_eq(bytes_advance(&bytes, 2), 0);
    ck_assert_int_eq(bytes_truncate(&bytes, 3), 0);
    check_text(bytes, "cde");
    ck_assert_int_eq(bytes_advance(&bytes, 3), 0);
    check_text(bytes, "");
    ck_assert_int_eq(bytes_advance(&bytes, 1), -ERANGE);
    bytes_unref(&bytes);
}
END_TEST

START_TEST(compare_equal_find)
{
    struct bytes a = bytes_static("abc", 3), b = bytes_static("abd", 3), c = bytes_static("ab", 2);
    struct bytes high = bytes_static("\xff", 1);
    ck_assert(bytes_equal(a, a) && !bytes_equal(a, b) && !bytes_equal(a, c));
    ck_assert_int_lt(bytes_compare(a, b), 0);
    ck_assert_int_gt(bytes_compare(a, c), 0);
    ck_assert_int_eq(bytes_compare(c, c), 0);
    ck_assert_int_gt(bytes_compare(high, a), 0); /* bytes are unsigned */
    size_t at = 99;
    ck_assert(bytes_find(a, span_from("bc", 2), &at));
    ck_assert_uint_eq(at, 1);
    ck_assert(!bytes_find(c, span_from("bc", 2), &at));
    ck_assert_uint_eq(at, 1);
    ck_assert(bytes_find(bytes_empty(), span_from("", 0), &at));
    ck_assert_uint_eq(at, 0);
}
END_TEST

/* ---- numbers ---- */

START_TEST(numbers_are_read_in_their_order)
{
    struct bytes bytes =
        bytes_static("\x01\xff\x12\x34\x12\x34\x80\x00\x00\x01\x01\x00\x00\x80", 14);
    uint8_t u8;
    int8_t i8;
    uint16_t u16;
    uint32_t u32;
    int32_t i32;
    ck_assert_int_eq(bytes_get_u8(&bytes, &u8), 0);
    ck_assert_uint_eq(u8, 1);
    ck_assert_int_eq(bytes_get_i8(&bytes, &i8), 0);
    ck_assert_int_eq(i8, -1);
    ck_assert_int_eq(bytes_get_u16_be(&bytes, &u16), 0);
    ck_assert_uint_eq(u16, 0x1234);
    ck_assert_int_eq(bytes_get_u16_le(&bytes, &u16), 0);
    ck_assert_uint_eq(u16, 0x3412);
    ck_assert_int_eq(bytes_get_u32_be(&bytes, &u32), 0);
    ck_assert_uint_eq(u32, 0x80000001u);
    ck_assert_int_eq(bytes_get_i32_le(&bytes, &i32), 0);
    ck_assert_int_eq(i32, INT32_MIN + 1);
    ck_assert_uint_eq(bytes.size_bytes, 0);
}
END_TEST

/* Every get refuses one byte too few, moves nothing and writes nothing; and takes exactly enough. */
#define CHECK_SHORT(name, type, raw_type, from_order, to_order)                                    \
    for (size_t size = 0; size <= sizeof(raw_type); size++) {                                      \
        struct bytes front = bytes_static(zeros, size);                                            \
        type value = 1;                                                                            \
        int error = bytes_get_##name(&front, &value);                                              \
        bool enough = size == sizeof(raw_type);                                                    \
        ck_assert_int_eq(error, enough ? 0 : -ENODATA);                                            \
        ck_assert_uint_eq(front.size_bytes, enough ? 0 : size);                                    \
        ck_assert(value == (enough ? 0 : 1));                                                      \
    }

START_TEST(every_get_refuses_too_few_bytes)
{
    static const uint8_t zeros[8];
    BYTES_NUMBERS(CHECK_SHORT)
}
END_TEST

/* ---- vectors ---- */

START_TEST(iovec_skips_the_empty_and_stops_at_max)
{
    struct bytes parts[] = {bytes_static("ab", 2), bytes_empty(), bytes_static("c", 1),
                            bytes_static("def", 3)};
    struct iovec iov[4];
    ck_assert_uint_eq(bytes_iovec(parts, 4, iov, 4), 3);
    ck_assert_ptr_eq(iov[1].iov_base, (void *)(uintptr_t)parts[2].data);
    ck_assert_uint_eq(iov[2].iov_len, 3);
    ck_assert_uint_eq(bytes_iovec(parts, 4, iov, 2), 2);
    ck_assert_uint_eq(bytes_iovec(parts, 0, iov, 4), 0);
}
END_TEST

START_TEST(consume_after_every_partial_write)
{
    const char *const whole = "abcdef";
    for (size_t written = 0; written <= 6; written++) {
        const char *expected = whole + written;
        struct bytes parts[] = {copied("ab"), bytes_empty(), copied("c"), copied("def")};
        size_t next = bytes_consume(parts, 4, written);
        char rest[8] = "";
        for (size_t i = next; i < 4; i++)
            if (parts[i].size_bytes)
                strncat(rest, (const char *)parts[i].data, parts[i].size_bytes);
        ck_assert_str_eq(rest, expected);
        ck_assert(next == 4 || parts[next].size_bytes > 0);
        size_t live = 0;
        for (size_t i = 0; i < 4; i++)
            live += parts[i].owner != NULL;
        ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), live);
        for (size_t i = 0; i < 4; i++)
            bytes_unref(&parts[i]);
    }
}
END_TEST

START_TEST(writev_sends_what_the_slices_hold)
{
    struct bytes text = copied("one two three"), parts[2];
    ck_assert_int_eq(bytes_slice(&text, 8, 5, &parts[0]), 0);
    ck_assert_int_eq(bytes_slice(&text, 0, 4, &parts[1]), 0);
    int fds[2];
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    struct iovec iov[2];
    int count = (int)bytes_iovec(parts, 2, iov, 2);
    ssize_t sent = writev(fds[1], iov, count);
    ck_assert_int_eq(sent, 9);
    ck_assert_uint_eq(bytes_consume(parts, 2, (size_t)sent), 2);
    char got[16] = "";
    ck_assert_int_eq(read(fds[0], got, sizeof(got)), 9);
    ck_assert_str_eq(got, "threeone ");
    ck_assert(bytes_is_unique(&text));
    bytes_unref(&text);
    close(fds[0]);
    close(fds[1]);
}
END_TEST

/* ---- errors ---- */

START_TEST(every_failed_allocation_leaves_all_as_it_was)
{
    char *path = file_with("file", 4);
    for (size_t allowed = 0;; allowed++) {
        struct allocator_failing failing;
        allocator_failing_init(&failing, &tracking.base, allowed);
        freed = (struct freed){0};
        char *data = strdup("data");
        struct bytes copy = bytes_empty(), adopted = bytes_empty(), mapped = bytes_empty();
        int first = bytes_copy(&failing.base, "copy", 4, &copy);
        int second = bytes_adopt(&failing.base, data, 4, note_free, &freed, &adopted);
        int third = bytes_map(&failing.base, path, &mapped);
        ck_assert_int_eq(first, allowed > 0 ? 0 : -ENOMEM);
        ck_assert_int_eq(second, allowed > 1 ? 0 : -ENOMEM);
        ck_assert_int_eq(third, allowed > 2 ? 0 : -ENOMEM);
        bytes_unref(&copy);
        bytes_unref(&adopted);
        bytes_unref(&mapped);
        /* After an error the memory is still the caller's. */
        ck_assert_int_eq(freed.calls, second == 0);
        if (second != 0)
            free(data);
        if (!allocator_failing_refused(&failing))
            break;
    }
    unlink(path);
    free(path);
}
END_TEST

/* Put the count where it would take centuries to get, and see that it sticks there. */
START_TEST(a_count_that_would_wrap_is_never_freed)
{
    struct bytes bytes = copied("pinned"), other;
    struct bytes_owner *owner = bytes.owner;
    atomic_store(&owner->count, BYTES_COUNT_MAX);
    other = bytes_ref(&bytes);
    size_t pinned = count_of(bytes);
    ck_assert_uint_gt(pinned, BYTES_COUNT_MAX + BYTES_COUNT_MAX / 4);
    bytes_unref(&other);
    ck_assert_uint_eq(atomic_load(&owner->count), pinned);
    other = bytes_ref(&bytes);
    ck_assert_uint_eq(count_of(bytes), pinned);
    bytes_unref(&other);
    other = bytes_clone(&bytes); /* by restocking */
    bytes_unref(&other);
    ck_assert(!bytes_is_unique(&bytes));
    bytes_unref(&bytes);
    ck_assert_uint_eq(atomic_load(&owner->count), pinned);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 1);
    struct bytes real = {owner->base, owner->size_bytes, owner, 1};
    atomic_store(&owner->count, 1);
    bytes_unref(&real);
}
END_TEST

START_TEST(restocking_saturates_too)
{
    struct bytes bytes = copied("pinned");
    atomic_store(&bytes.owner->count, BYTES_COUNT_MAX - 1);
    struct bytes other = bytes_clone(&bytes);
    ck_assert_uint_gt(count_of(bytes), BYTES_COUNT_MAX + BYTES_COUNT_MAX / 4);
    atomic_store(&bytes.owner->count, bytes.stock + other.stock);
    bytes_unref(&other);
    bytes_unref(&bytes);
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
    Suite *suite = suite_create("bytes");
    TCase *sources = add_case(suite, tcase_create("sources"));
    tcase_add_test(sources, empty_and_static_own_nothing);
    tcase_add_test(sources, copy_is_one_block_of_its_own);
    tcase_add_test(sources, copy_of_nothing_is_legal);
    tcase_add_test(sources, copy_refuses_what_cannot_be);
    tcase_add_test(sources, adopted_memory_is_freed_once_by_its_last_slice);
    tcase_add_test(sources, adopted_memory_may_need_no_free);
    tcase_add_test(sources, mapped_file_outlives_its_name);
    tcase_add_test(sources, mapping_an_empty_file_gives_empty_bytes);
    tcase_add_test(sources, map_errors_say_why_and_leak_no_descriptor);
    tcase_add_test(sources, a_refused_mapping_frees_its_owner);
    TCase *values = add_case(suite, tcase_create("values"));
    tcase_add_test(values, clone_shares_and_counts);
    tcase_add_test(values, a_chain_of_clones_keeps_the_block);
    tcase_add_test(values, the_last_value_frees_whichever_it_is);
    tcase_add_test(values, slices_are_checked_at_every_edge);
    tcase_add_test(values, a_slice_of_a_slice_stays_inside);
    tcase_add_test(values, splits_divide_and_refuse);
    tcase_add_test(values, advance_and_truncate_move_the_ends);
    tcase_add_test(values, compare_equal_find);
    TCase *numbers = add_case(suite, tcase_create("numbers"));
    tcase_add_test(numbers, numbers_are_read_in_their_order);
    tcase_add_test(numbers, every_get_refuses_too_few_bytes);
    TCase *vectors = add_case(suite, tcase_create("vectors"));
    tcase_add_test(vectors, iovec_skips_the_empty_and_stops_at_max);
    tcase_add_test(vectors, consume_after_every_partial_write);
    tcase_add_test(vectors, writev_sends_what_the_slices_hold);
    TCase *errors = add_case(suite, tcase_create("errors"));
    tcase_add_test(errors, every_failed_allocation_leaves_all_as_it_was);
    tcase_add_test(errors, a_count_that_would_wrap_is_never_freed);
    tcase_add_test(errors, restocking_saturates_too);
    return suite;
}
