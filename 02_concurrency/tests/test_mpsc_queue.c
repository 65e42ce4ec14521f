/* test_mpsc_queue.c - the queue: its order, its three answers, a producer that stops half way, threads. */
#include "tests/support/check_main.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/mpsc_queue.h"
#include "07_unsafe/list.h"

struct item {
    uint64_t value;
    struct mpsc_queue_node node;
};

static struct mpsc_queue queue;
static struct item items[100];

static void setup(void)
{
    mpsc_queue_init(&queue);
    for (uint64_t i = 0; i < 100; i++)
        items[i].value = i;
}

static void push(uint64_t i)
{
    mpsc_queue_push(&queue, &items[i].node);
}

static void expect(uint64_t i)
{
    struct mpsc_queue_node *node = NULL;
    ck_assert_int_eq(mpsc_queue_try_pop(&queue, &node), MPSC_QUEUE_POPPED);
    ck_assert_ptr_eq(node, &items[i].node);
    ck_assert_uint_eq(container_of(node, struct item, node)->value, i);
}

static void expect_none(enum mpsc_queue_result result)
{
    struct mpsc_queue_node *untouched = &items[99].node, *node = untouched;
    ck_assert_int_eq(mpsc_queue_try_pop(&queue, &node), result);
    ck_assert_ptr_eq(node, untouched);
}

/* ---- api ---- */

START_TEST(first_in_first_out)
{
    expect_none(MPSC_QUEUE_EMPTY);
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < 99; i++)
            push(i);
        for (uint64_t i = 0; i < 99; i++)
            expect(i);
        expect_none(MPSC_QUEUE_EMPTY);
        expect_none(MPSC_QUEUE_EMPTY);
    }
}
END_TEST

/* The stub goes in and out at each turn. */
START_TEST(one_at_a_time)
{
    for (uint64_t i = 0; i < 1000; i++) {
        push(i % 99);
        expect(i % 99);
    }
    expect_none(MPSC_QUEUE_EMPTY);
}
END_TEST

START_TEST(pushes_between_pops)
{
    uint64_t pushed = 0, popped = 0;
    for (int step = 0; step < 1000; step++) {
        for (int i = 0; i < 1 + step % 3 && pushed - popped < 90; i++)
            push(pushed++ % 99);
        for (int i = 0; i < 1 + step % 2; i++)
            expect(popped++ % 99);
    }
    while (popped < pushed)
        expect(popped++ % 99);
    expect_none(MPSC_QUEUE_EMPTY);
}
END_TEST

/* A node that was popped is the caller's: it may be freed at once, which the address sanitizer watches. */
START_TEST(a_popped_node_may_be_freed)
{
    struct mpsc_queue_node *node;
    for (uint64_t i = 0; i < 1000; i++) {
        for (uint64_t k = 0; k <= i % 3; k++) {
            struct item *item = malloc(sizeof(*item));
            ck_assert_ptr_nonnull(item);
            mpsc_queue_push(&queue, &item->node);
        }
        while (mpsc_queue_try_pop(&queue, &node) == MPSC_QUEUE_POPPED)
            free(container_of(node, struct item, node));
    }
}
END_TEST

/* ---- in flight: a producer has done the first of its two steps ---- */

static struct mpsc_queue_node *begin_push(uint64_t i)
{
    atomic_store(&items[i].node.next, NULL);
    return atomic_exchange(&queue.newest, &items[i].node);
}

static void end_push(struct mpsc_queue_node *previous, uint64_t i)
{
    atomic_store(&previous->next, &items[i].node);
}

START_TEST(in_flight_is_not_empty)
{
    struct mpsc_queue_node *previous = begin_push(0);
    expect_none(MPSC_QUEUE_IN_FLIGHT);
    end_push(previous, 0);
    expect(0);
    expect_none(MPSC_QUEUE_EMPTY);
}
END_TEST

START_TEST(in_flight_hides_what_was_pushed_behind_it)
{
    push(0);
    push(1);
    struct mpsc_queue_node *previous = begin_push(2);
    push(3);
    expect(0);
    expect_none(
        MPSC_QUEUE_IN_FLIGHT); /* 1 waits: its link is still to be written by the producer of 2 */
    end_push(previous, 2);
    expect(1);
    expect(2);
    expect(3);
    expect_none(MPSC_QUEUE_EMPTY);
}
END_TEST

START_TEST(two_in_flight_at_once)
{
    struct mpsc_queue_node *before_0 = begin_push(0), *before_1 = begin_push(1);
    end_push(before_1, 1);
    expect_none(MPSC_QUEUE_IN_FLIGHT);
    end_push(before_0, 0);
    expect(0);
    expect(1);
    expect_none(MPSC_QUEUE_EMPTY);
}
END_TEST

/* ---- threads ---- */

enum { PRODUCERS = 3, EACH = 5000 };

static struct item thread_items[PRODUCERS][EACH];

static void *produce(void *mine)
{
    for (uint64_t i = 0; i < EACH; i++) {
        ((struct item *)mine)[i].value = i;
        mpsc_queue_push(&queue, &((struct item *)mine)[i].node);
    }
    return NULL;
}

START_TEST(each_producers_order_is_kept)
{
    pthread_t producers[PRODUCERS];
    uint64_t next[PRODUCERS] = {0}, wrong = 0;
    for (int i = 0; i < PRODUCERS; i++)
        ck_assert_int_eq(pthread_create(&producers[i], NULL, produce, thread_items[i]), 0);
    struct backoff backoff = BACKOFF_INIT;
    for (int popped = 0; popped < PRODUCERS * EACH;) {
        struct mpsc_queue_node *node;
        if (mpsc_queue_try_pop(&queue, &node) != MPSC_QUEUE_POPPED) {
            backoff_wait(&backoff);
            continue;
        }
        struct item *item = container_of(node, struct item, node);
        wrong += item->value != next[(item - thread_items[0]) / EACH]++;
        popped++;
        backoff_reset(&backoff);
    }
    for (int i = 0; i < PRODUCERS; i++)
        ck_assert_int_eq(pthread_join(producers[i], NULL), 0);
    ck_assert_uint_eq(wrong, 0);
    expect_none(MPSC_QUEUE_EMPTY);
}
END_TEST

static TCase *add_case(Suite *suite, TCase *made)
{
    tcase_add_checked_fixture(made, setup, NULL);
    suite_add_tcase(suite, made);
    return made;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("mpsc_queue");
    TCase *api = add_case(suite, tcase_create("api"));
    tcase_add_test(api, first_in_first_out);
    tcase_add_test(api, one_at_a_time);
    tcase_add_test(api, pushes_between_pops);
    tcase_add_test(api, a_popped_node_may_be_freed);
    TCase *flight = add_case(suite, tcase_create("in_flight"));
    tcase_add_test(flight, in_flight_is_not_empty);
    tcase_add_test(flight, in_flight_hides_what_was_pushed_behind_it);
    tcase_add_test(flight, two_in_flight_at_once);
    TCase *threads = add_case(suite, tcase_create("threads"));
    tcase_set_timeout(threads, 50); /* seconds, for a machine that does much else */
    tcase_add_test(threads, each_producers_order_is_kept);
    return suite;
}
