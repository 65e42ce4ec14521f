/* interleave_spsc_ring.c - the tests of 02_concurrency/spsc_ring that are run in every way that two threads can meet.
 *
 * A ring of two, so that the slots are used again, and counts that come round. The items lead to plain numbers, which
 * are written just before the push: whoever sees an item too early races for its number. Nobody waits in a loop: each
 * side calls four times, or three times for a batch, and gets what it gets.
 */
#include "spsc_ring.h"
#include "subject.h"

#include <pthread.h>

enum { CAPACITY = 2, ITEMS = 6, SINGLE_CALLS = 4, BATCH_CALLS = 3, BATCH = 2 };

static struct spsc_ring ring;
static void *slots[CAPACITY];
static int numbers[ITEMS];
static size_t pushed, popped; /* the one side's, and the other's */

static void push_next(bool simple)
{
    void *items[BATCH];
    size_t count = simple ? 1 : BATCH;
    for (size_t i = 0; i < count; i++) {
        numbers[pushed + i] = 40 + (int)(pushed + i);
        items[i] = &numbers[pushed + i];
    }
    pushed += simple ? spsc_ring_push(&ring, items[0]) : spsc_ring_push_many(&ring, items, count);
}

static size_t pop_next(bool simple)
{
    void *items[BATCH];
    size_t count = simple ? spsc_ring_pop(&ring, items) : spsc_ring_pop_many(&ring, items, BATCH);
    expect_at_most(count, BATCH, "a batch gives no more than was asked for");
    for (size_t i = 0; i < count; i++, popped++) {
        expect_pointer(items[i], &numbers[popped], "item %zu comes out as number %zu", popped,
                       popped);
        expect_int(*(int *)items[i], 40 + (int)popped,
                   "with what was written before it was pushed");
    }
    return count;
}

static void *push_singly(void *argument)
{
    for (int i = 0; i < SINGLE_CALLS; i++)
        push_next(true);
    return argument;
}

static void *push_in_batches(void *argument)
{
    for (int i = 0; i < BATCH_CALLS; i++)
        push_next(false);
    return argument;
}

static void run(void *(*push)(void *), bool simple)
{
    pthread_t thread;
    spsc_ring_init(&ring, slots, CAPACITY, UINT32_MAX);
    pthread_create(&thread, NULL, push, NULL);
    for (int i = 0; i < (simple ? SINGLE_CALLS : BATCH_CALLS); i++)
        pop_next(simple);
    pthread_join(thread, NULL);
    while (pop_next(simple) > 0)
        ;
    expect_true(pushed >= CAPACITY, "what there is room for goes in");
    expect_size(popped, pushed, "what was pushed comes out");
    subject_done();
}

static void each_execution_of_singles(void)
{
    run(push_singly, true);
}

static void each_execution_of_batches(void)
{
    run(push_in_batches, false);
}

const struct subject_test subject_tests[] = {
    {"each_execution_of_singles", each_execution_of_singles},
    {"each_execution_of_batches", each_execution_of_batches},
    {NULL, NULL},
};
