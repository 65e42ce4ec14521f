/* test_ws_deque.c - order at both ends, the last item, growth, old buffers, no memory. Threads: stress_ws_deque.c. */
#include "02_concurrency/ws_deque.h"

#include <errno.h>

#include "tests/support/check_main.h"

static struct ws_deque deque;
static struct allocator_counting counting;
static int items[5000];

static void setup(void)
{
    allocator_counting_init(&counting, allocator_system());
    ck_assert_int_eq(ws_deque_init(&deque, &counting.base, 4), 0);
}

static void teardown(void)
{
    ws_deque_fini(&deque);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_bytes, 0);
}

static void push(int from, int to)
{
    for (int i = from; i < to; i++)
        ck_assert_int_eq(ws_deque_push(&deque, &items[i]), 0);
}

static void expect_stolen(int i)
{
    void *item = NULL;
    ck_assert_int_eq(ws_deque_steal(&deque, &item), WS_DEQUE_STOLEN);
    ck_assert_ptr_eq(item, &items[i]);
}

START_TEST(an_empty_deque_gives_nothing)
{
    void *item = &items[0], *several[4];
    for (int round = 0; round < 10; round++) {
        ck_assert(ws_deque_is_empty(&deque));
        ck_assert_ptr_null(ws_deque_pop(&deque));
        ck_assert_int_eq(ws_deque_steal(&deque, &item), WS_DEQUE_EMPTY);
        ck_assert_uint_eq(ws_deque_steal_batch(&deque, several, 4), 0);
    }
    ck_assert_ptr_eq(item, &items[0]);
    push(0, 1);
    ck_assert(!ws_deque_is_empty(&deque));
    ck_assert_ptr_eq(ws_deque_pop(&deque), &items[0]);
}
END_TEST

START_TEST(pops_newest_first_steals_oldest_first)
{
    push(0, 4);
    expect_stolen(0);
    ck_assert_ptr_eq(ws_deque_pop(&deque), &items[3]);
    expect_stolen(1);
    ck_assert_ptr_eq(ws_deque_pop(&deque), &items[2]);
    ck_assert_ptr_null(ws_deque_pop(&deque));
}
END_TEST

START_TEST(the_last_item_goes_to_either_end)
{
    for (int i = 0; i < 100; i++) {
        push(i, i + 1);
        if (i % 2)
            expect_stolen(i);
        else
            ck_assert_ptr_eq(ws_deque_pop(&deque), &items[i]);
        ck_assert(ws_deque_is_empty(&deque));
    }
    ck_assert_uint_eq(allocator_counting_read(&counting).alloc_calls, 1);
}
END_TEST

START_TEST(slots_are_used_again_without_growing)
{
    push(0, 3);
    for (int i = 3; i < 5000; i++) {
        push(i, i + 1);
        expect_stolen(i - 3);
    }
    ck_assert_uint_eq(allocator_counting_read(&counting).alloc_calls, 1);
}
END_TEST

START_TEST(growing_keeps_all_items_and_their_order)
{
    push(0, 3);
    expect_stolen(0);
    push(3, 5000);
    for (int i = 1; i < 2500; i++)
        expect_stolen(i);
    for (int i = 4999; i >= 2500; i--)
        ck_assert_ptr_eq(ws_deque_pop(&deque), &items[i]);
    ck_assert_ptr_null(ws_deque_pop(&deque));
}
END_TEST

START_TEST(old_buffers_are_smaller_than_the_one_in_use_and_can_be_freed)
{
    push(0, 5000);
    size_t bytes = ws_deque_memory_bytes(&deque);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_bytes, bytes);
    size_t freed = ws_deque_reclaim(&deque);
    ck_assert_uint_gt(freed, 0);
    ck_assert_uint_lt(freed, bytes - freed + 1024); /* but for their heads */
    ck_assert_uint_eq(allocator_counting_read(&counting).live_bytes, bytes - freed);
    ck_assert_uint_eq(ws_deque_reclaim(&deque), 0);
    for (int i = 4999; i >= 0; i--)
        ck_assert_ptr_eq(ws_deque_pop(&deque), &items[i]);
}
END_TEST

START_TEST(a_batch_is_half_rounded_up_and_no_more_than_asked)
{
    void *several[8];
    push(0, 5);
    ck_assert_uint_eq(ws_deque_steal_batch(&deque, several, 8), 3);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_eq(several[i], &items[i]);
    ck_assert_uint_eq(ws_deque_steal_batch(&deque, several, 0), 0);
    push(5, 100);
    ck_assert_uint_eq(ws_deque_steal_batch(&deque, several, 8), 8);
    ck_assert_ptr_eq(several[7], &items[10]);
    ck_assert_ptr_eq(ws_deque_pop(&deque), &items[99]);
}
END_TEST

START_TEST(no_memory_leaves_it_as_it_was)
{
    struct ws_deque other;
    struct allocator_failing failing;
    allocator_failing_init(&failing, allocator_system(), 0);
    ck_assert_int_eq(ws_deque_init(&other, &failing.base, 4), -ENOMEM);
    allocator_failing_init(&failing, allocator_system(), 1);
    ck_assert_int_eq(ws_deque_init(&other, &failing.base, 4), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(ws_deque_push(&other, &items[i]), 0);
    for (int round = 0; round < 3; round++)
        ck_assert_int_eq(ws_deque_push(&other, &items[4]), -ENOMEM);
    for (int i = 3; i >= 0; i--)
        ck_assert_ptr_eq(ws_deque_pop(&other), &items[i]);
    ck_assert_int_eq(ws_deque_push(&other, &items[4]), 0);
    ws_deque_fini(&other);
}
END_TEST

START_TEST(sizes_that_make_no_sense_are_refused)
{
    struct ws_deque other;
    ck_assert_int_eq(ws_deque_init(&other, allocator_system(), 0), -EINVAL);
    ck_assert_int_eq(ws_deque_init(&other, allocator_system(), SIZE_MAX), -EINVAL);
    ck_assert_int_eq(ws_deque_init(&other, &counting.base, 5), 0);
    ck_assert_uint_ge(ws_deque_memory_bytes(&other), 8 * sizeof(void *));
    ws_deque_fini(&other);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("ws_deque");
    TCase *ends = tcase_create("ends");
    tcase_add_checked_fixture(ends, setup, teardown);
    tcase_add_test(ends, an_empty_deque_gives_nothing);
    tcase_add_test(ends, pops_newest_first_steals_oldest_first);
    tcase_add_test(ends, the_last_item_goes_to_either_end);
    tcase_add_test(ends, a_batch_is_half_rounded_up_and_no_more_than_asked);
    suite_add_tcase(suite, ends);
    TCase *memory = tcase_create("memory");
    tcase_add_checked_fixture(memory, setup, teardown);
    tcase_add_test(memory, slots_are_used_again_without_growing);
    tcase_add_test(memory, growing_keeps_all_items_and_their_order);
    tcase_add_test(memory, old_buffers_are_smaller_than_the_one_in_use_and_can_be_freed);
    tcase_add_test(memory, no_memory_leaves_it_as_it_was);
    tcase_add_test(memory, sizes_that_make_no_sense_are_refused);
    suite_add_tcase(suite, memory);
    return suite;
}
