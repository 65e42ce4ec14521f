/* test_ms_queue.c - order, segments that come and go, and what happens when there is no memory for one. Each case
 * runs with each scheme of reclamation. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>

#include "02_concurrency/ms_queue.h"

enum { SEVERAL = 40 * MS_QUEUE_CELLS + 13 };

static struct allocator_counting counting;
static struct allocator_failing failing;
static struct epoch epoch;
static struct hazard hazard;
static struct ms_queue queue;
static struct reclaim_thread *me;

static size_t live(void)
{
    return allocator_counting_read(&counting).live_blocks;
}

static void begin(int kind)
{
    allocator_failing_init(&failing, allocator_system(), SIZE_MAX);
    allocator_counting_init(&counting, &failing.base);
    epoch_init(&epoch, &counting.base, asymmetric_best());
    hazard_init(&hazard, &counting.base, asymmetric_best());
    struct reclaim_domain *domain = kind == RECLAIM_EPOCH ? &epoch.domain : &hazard.domain;
    ck_assert_int_eq(ms_queue_init(&queue, domain), 0);
    ck_assert_int_eq(reclaim_join(domain, &me), 0);
}

static void end(void)
{
    ms_queue_fini(&queue);
    epoch_fini(&epoch);
    hazard_fini(&hazard);
    ck_assert_uint_eq(live(), 0);
}

/* Check notes each assertion in a file: one for all values, not one for each. */
static void push_numbers(uint64_t first, uint64_t count)
{
    int error = 0;
    for (uint64_t value = first; value < first + count && !error; value++)
        error = ms_queue_push(&queue, me, value);
    ck_assert_int_eq(error, 0);
}

static void pop_numbers(uint64_t first, uint64_t count)
{
    uint64_t value = first, found;
    while (value < first + count && ms_queue_pop(&queue, me, &found) && found == value)
        value++;
    ck_assert_uint_eq(value, first + count);
}

static void assert_empty(void)
{
    uint64_t found = 77;
    ck_assert(!ms_queue_pop(&queue, me, &found));
    ck_assert_uint_eq(found, 77);
}

/* ---- order ---- */

START_TEST(first_in_first_out)
{
    begin(_i);
    assert_empty();
    push_numbers(1, 3);
    pop_numbers(1, 2);
    push_numbers(4, 1);
    pop_numbers(3, 2);
    assert_empty();
    end();
}
END_TEST

START_TEST(order_holds_over_segments)
{
    begin(_i);
    push_numbers(1, SEVERAL);
    pop_numbers(1, SEVERAL);
    assert_empty();
    end();
}
END_TEST

/* Every distance between the ends, so that each meets a segment's edge in all ways. */
START_TEST(edges_of_segments)
{
    begin(_i);
    uint64_t pushed = 1, popped = 1;
    for (uint64_t distance = 0; distance < 40; distance++) {
        push_numbers(pushed, distance);
        pushed += distance;
        for (int i = 0; i < MS_QUEUE_CELLS / 8 + 1; i++) {
            push_numbers(pushed++, 1);
            pop_numbers(popped++, 1);
        }
        pop_numbers(popped, distance);
        popped += distance;
        assert_empty();
    }
    end();
}
END_TEST

START_TEST(all_values_but_two)
{
    begin(_i);
    static const uint64_t values[] = {1, 2, UINT64_MAX - 1, UINT64_C(1) << 63, 0x5555555555555555};
    uint64_t found;
    ck_assert_int_eq(ms_queue_push(&queue, me, MS_QUEUE_EMPTY), -EINVAL);
    ck_assert_int_eq(ms_queue_push(&queue, me, MS_QUEUE_TAKEN), -EINVAL);
    assert_empty();
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        ck_assert_int_eq(ms_queue_push(&queue, me, values[i]), 0);
        ck_assert(ms_queue_pop(&queue, me, &found));
        ck_assert_uint_eq(found, values[i]);
    }
    end();
}
END_TEST

/* ---- memory ---- */

START_TEST(memory_comes_back_as_values_leave)
{
    begin(_i);
    push_numbers(1, 300 * MS_QUEUE_CELLS);
    size_t full = live();
    ck_assert_uint_ge(full, 300);
    pop_numbers(1, 300 * MS_QUEUE_CELLS);
    size_t drained = live();
    ck_assert_uint_le(drained, 70); /* of 300 segments: the rest waits for the next collections */
    for (uint64_t i = 1; i < 300; i++) {
        push_numbers(i, MS_QUEUE_CELLS);
        pop_numbers(i, MS_QUEUE_CELLS);
        ck_assert_uint_le(live(), drained + 20); /* and that does not grow */
    }
    end();
}
END_TEST

/* Two consumers, of which one retires each sixteenth segment and the other the rest: both collect. */
START_TEST(each_consumer_collects_what_it_retired)
{
    enum { SEGMENTS = 200 };
    struct reclaim_thread *second;
    begin(_i);
    ck_assert_int_eq(reclaim_join(queue.domain, &second), 0);
    push_numbers(1, SEGMENTS * MS_QUEUE_CELLS);
    uint64_t value = 0, found;
    for (; value < SEGMENTS * MS_QUEUE_CELLS; value++) {
        /* the first value of a segment: its pop retires the one before */
        struct reclaim_thread *who = value / MS_QUEUE_CELLS % 16 == 1 ? me : second;
        if (!ms_queue_pop(&queue, who, &found) || found != value + 1)
            break;
    }
    ck_assert_uint_eq(value, SEGMENTS * MS_QUEUE_CELLS);
    ck_assert_uint_le(live(), 80);
    end();
}
END_TEST

START_TEST(values_left_inside_are_forgotten)
{
    begin(_i);
    push_numbers(1, SEVERAL);
    pop_numbers(1, MS_QUEUE_CELLS + 5);
    end();
}
END_TEST

/* ---- no memory ---- */

START_TEST(init_without_memory)
{
    begin(_i);
    struct ms_queue second;
    allocator_failing_init(&failing, allocator_system(), 0);
    ck_assert_int_eq(ms_queue_init(&second, queue.domain), -ENOMEM);
    end();
}
END_TEST

/* Each push that needs a segment is refused once, and the queue goes on as if it had not been tried. */
START_TEST(push_without_memory_changes_nothing)
{
    begin(_i);
    uint64_t popped = 1, refused = 0;
    for (uint64_t value = 1; value <= 5 * MS_QUEUE_CELLS; value++) {
        allocator_failing_init(&failing, allocator_system(), 0);
        int error = ms_queue_push(&queue, me, value);
        if (error) {
            ck_assert_int_eq(error, -ENOMEM);
            refused++;
            pop_numbers(popped, 1); /* the other end works */
            popped++;
            allocator_failing_init(&failing, allocator_system(), 1);
            push_numbers(value, 1);
        }
    }
    ck_assert_uint_eq(refused, 4);
    pop_numbers(popped, 5 * MS_QUEUE_CELLS - refused);
    assert_empty();
    end();
}
END_TEST

/* ---- a thread that stalls in the middle ---- */

START_TEST(goes_on_beside_a_stalled_reader)
{
    struct reclaim_thread *stalled;
    begin(_i);
    ck_assert_int_eq(reclaim_join(queue.domain, &stalled), 0);
    uint64_t outer = reclaim_enter(stalled);
    reclaim_protect(stalled, 0, &queue.head, 0); /* as a pop that was stopped */
    push_numbers(1, 200 * MS_QUEUE_CELLS);
    pop_numbers(1, 200 * MS_QUEUE_CELLS);
    if (_i == RECLAIM_HAZARD)
        ck_assert_uint_le(live(), 70);
    else
        ck_assert_uint_ge(live(), 200); /* epochs keep it all */
    reclaim_leave(stalled, outer);
    end();
}
END_TEST

/* A push was stopped after it had appended a segment and before it moved the tail: others do it for it. */
START_TEST(a_tail_that_lags_is_moved_by_others)
{
    begin(_i);
    uintptr_t first = atomic_load(&queue.tail);
    push_numbers(1, MS_QUEUE_CELLS + 1);
    uintptr_t second = atomic_load(&queue.tail);
    ck_assert_uint_ne(first, second);
    atomic_store(&queue.tail, first); /* as it was at that moment */
    push_numbers(MS_QUEUE_CELLS + 2, 1);
    ck_assert_uint_eq(atomic_load(&queue.tail), second); /* a push has moved it */
    atomic_store(&queue.tail, first);
    pop_numbers(1, MS_QUEUE_CELLS + 1);
    ck_assert_uint_eq(atomic_load(&queue.head), second);
    ck_assert_uint_eq(atomic_load(&queue.tail),
                      second); /* a pop has, before it retired the first */
    pop_numbers(MS_QUEUE_CELLS + 2, 1);
    assert_empty();
    end();
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("ms_queue");
    TCase *order = tcase_create("order");
    tcase_add_loop_test(order, first_in_first_out, RECLAIM_EPOCH, RECLAIM_HAZARD + 1);
    tcase_add_loop_test(order, order_holds_over_segments, RECLAIM_EPOCH, RECLAIM_HAZARD + 1);
    tcase_add_loop_test(order, edges_of_segments, RECLAIM_EPOCH, RECLAIM_HAZARD + 1);
    tcase_add_loop_test(order, all_values_but_two, RECLAIM_EPOCH, RECLAIM_HAZARD + 1);
    suite_add_tcase(suite, order);
    TCase *memory = tcase_create("memory");
    tcase_add_loop_test(memory, memory_comes_back_as_values_leave, RECLAIM_EPOCH,
                        RECLAIM_HAZARD + 1);
    tcase_add_loop_test(memory, each_consumer_collects_what_it_retired, RECLAIM_EPOCH,
                        RECLAIM_HAZARD + 1);
    tcase_add_loop_test(memory, values_left_inside_are_forgotten, RECLAIM_EPOCH,
                        RECLAIM_HAZARD + 1);
    tcase_add_loop_test(memory, goes_on_beside_a_stalled_reader, RECLAIM_EPOCH, RECLAIM_HAZARD + 1);
    suite_add_tcase(suite, memory);
    TCase *helping = tcase_create("helping");
    tcase_add_loop_test(helping, a_tail_that_lags_is_moved_by_others, RECLAIM_EPOCH,
                        RECLAIM_HAZARD + 1);
    suite_add_tcase(suite, helping);
    TCase *errors = tcase_create("errors");
    tcase_add_loop_test(errors, init_without_memory, RECLAIM_EPOCH, RECLAIM_HAZARD + 1);
    tcase_add_loop_test(errors, push_without_memory_changes_nothing, RECLAIM_EPOCH,
                        RECLAIM_HAZARD + 1);
    suite_add_tcase(suite, errors);
    return suite;
}
