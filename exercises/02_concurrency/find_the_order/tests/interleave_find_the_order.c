/* interleave_find_the_order.c - each order is looked at when one thread runs the function alone; whether all of them together
 * are enough is what small programs show, in every execution. */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "find_the_order.h"
#include "subject.h"

/* ---- the orders --------------------------------------------------------------------------------- */

enum { OPERATIONS_MAX = 8 };

static const char *order_name(int order)
{
    static const char *const names[] = {"relaxed", "consume", "acquire",
                                        "release", "acq_rel", "seq_cst"};
    return order >= 0 && order < 6 ? names[order] : "none that C has";
}

/* How much an order asks for: acquire and release neither more than the other. */
static int strength(int order)
{
    return order == memory_order_relaxed   ? 0
           : order == memory_order_acq_rel ? 2
           : order == memory_order_seq_cst ? 3
                                           : 1;
}

/* Operation number `at` of those that a function did has to be of that order; it did as many as the given code. */
static void expect_order(size_t at, size_t count, int order, const char *what)
{
    struct subject_operation all[OPERATIONS_MAX];
    expect_size(subject_operations(all, OPERATIONS_MAX), count,
                "the atomic operations are those that were given, and only their orders differ");
    int found = all[at].order;
    if (found == order)
        return;
    bool strong = strength(found) > strength(order);
    subject_expect(false, SUBJECT_HERE, "the weakest order that is enough", order_name(found),
                   strong ? "%s has an order that could be weaker"
                          : "%s has an order that is not enough: a test of "
                            "the whole shows what goes wrong",
                   what);
}

static void run_push(void)
{
    static struct ring ring;
    ring_push(&ring, 1);
}

static void push_reads_its_own_count(void)
{
    run_push();
    expect_order(0, 3, memory_order_relaxed, "the load of pushed in ring_push");
    subject_done();
}

static void push_reads_the_others_count(void)
{
    run_push();
    expect_order(1, 3, memory_order_acquire, "the load of popped in ring_push");
    subject_done();
}

static void push_writes_its_count(void)
{
    run_push();
    expect_order(2, 3, memory_order_release, "the store to pushed in ring_push");
    subject_done();
}

/* Nothing but the pop is seen: the item was there before. */
static void run_pop(void)
{
    int item = 0;
    static struct ring ring = {.pushed = 1, .slots = {1}};
    ring_pop(&ring, &item);
}

static void pop_reads_its_own_count(void)
{
    run_pop();
    expect_order(0, 3, memory_order_relaxed, "the load of popped in ring_pop");
    subject_done();
}

static void pop_reads_the_others_count(void)
{
    run_pop();
    expect_order(1, 3, memory_order_acquire, "the load of pushed in ring_pop");
    subject_done();
}

static void pop_writes_its_count(void)
{
    run_pop();
    expect_order(2, 3, memory_order_release, "the store to popped in ring_pop");
    subject_done();
}

static void run_lock(void)
{
    static struct lock own;
    lock_take(&own);
    lock_give(&own);
}

static void lock_looks_before_it_takes(void)
{
    run_lock();
    expect_order(0, 3, memory_order_relaxed, "the load in lock_take");
    subject_done();
}

static void lock_is_taken(void)
{
    run_lock();
    expect_order(1, 3, memory_order_acquire, "the exchange in lock_take");
    subject_done();
}

static void lock_is_given(void)
{
    run_lock();
    expect_order(2, 3, memory_order_release, "the store in lock_give");
    subject_done();
}

static void run_count(void)
{
    static struct count count = {1};
    count_take(&count);
    count_drop(&count);
}

static void count_goes_up(void)
{
    run_count();
    expect_order(0, 2, memory_order_relaxed, "the addition in count_take");
    subject_done();
}

static void count_goes_down(void)
{
    run_count();
    expect_order(1, 2, memory_order_acq_rel, "the subtraction in count_drop");
    subject_done();
}

static void choice_is_asked(void)
{
    static struct choice own;
    choice_ask(&own, 0);
    expect_order(0, 3, memory_order_relaxed, "the addition in choice_ask");
    expect_order(1, 3, memory_order_seq_cst, "the store in choice_ask");
    expect_order(2, 3, memory_order_seq_cst, "the load in choice_ask");
    subject_done();
}

/* ---- the whole ---------------------------------------------------------------------------------- */

/* The given code is right, and not the answer. */
static void expect_weaker(void (*run)(void), const char *what)
{
    struct subject_operation all[OPERATIONS_MAX];
    run();
    size_t count = subject_operations(all, OPERATIONS_MAX);
    bool weaker = false;
    for (size_t i = 0; i < count && i < OPERATIONS_MAX; i++)
        weaker = weaker || all[i].order != memory_order_seq_cst;
    expect_true(weaker, "something in %s is weaker than it was given", what);
}

enum { ITEMS = 3 };

static void *push_items(void *argument)
{
    struct ring *ring = argument;
    for (int item = 1; item <= ITEMS; item++)
        while (!ring_push(ring, item))
            continue;
    return NULL;
}

static void ring_is_a_ring(void)
{
    static struct ring ring = {UINT_MAX, UINT_MAX, {0, 0}}; /* the counts come round */
    pthread_t producer;
    expect_weaker(run_push, "ring_push");
    expect_weaker(run_pop, "ring_pop");
    pthread_create(&producer, NULL, push_items, &ring);
    for (int wanted = 1; wanted <= ITEMS; wanted++) {
        int item = 0;
        while (!ring_pop(&ring, &item))
            continue;
        expect_int(item, wanted, "items come out as they were put in");
    }
    pthread_join(producer, NULL);
    int none;
    expect_true(!ring_pop(&ring, &none), "what was popped is gone");
    subject_done();
}

static struct lock lock;
static int behind_lock; /* plain: the lock keeps it */

static void *add_under_lock(void *unused)
{
    (void)unused;
    lock_take(&lock);
    behind_lock++;
    lock_give(&lock);
    return NULL;
}

static void lock_is_a_lock(void)
{
    pthread_t other;
    expect_weaker(run_lock, "the lock");
    pthread_create(&other, NULL, add_under_lock, NULL);
    add_under_lock(NULL);
    add_under_lock(NULL);
    pthread_join(other, NULL);
    expect_int(behind_lock, 3, "nobody is under the lock beside another");
    subject_done();
}

struct object {
    struct count count;
    int by_one, by_other;
};

static void drop(struct object *object)
{
    if (!count_drop(&object->count))
        return;
    expect_int(object->by_one + object->by_other, 3, "the last one sees what all others wrote");
    free(object);
}

static void *use_object(void *argument)
{
    struct object *object = argument;
    object->by_other = 2;
    drop(object);
    return NULL;
}

static void count_is_a_count(void)
{
    pthread_t other;
    expect_weaker(run_count, "the count");
    struct object *object = malloc(sizeof(*object));
    object->by_one = object->by_other = 0;
    atomic_init(&object->count.references, 1);
    count_take(&object->count);
    pthread_create(&other, NULL, use_object, object);
    object->by_one = 1;
    drop(object);
    pthread_join(other, NULL);
    subject_done();
}

static struct choice choice;
static bool alone[2];

static void *ask(void *number)
{
    alone[number != NULL] = choice_ask(&choice, number != NULL);
    return NULL;
}

static void run_choice(void)
{
    static struct choice own;
    expect_true(choice_ask(&own, 1), "who asks alone is told so");
}

static void choice_is_of_one(void)
{
    pthread_t other;
    static int mark;
    expect_weaker(run_choice, "choice_ask");
    pthread_create(&other, NULL, ask, &mark);
    ask(NULL);
    pthread_join(other, NULL);
    expect_true(!(alone[0] && alone[1]), "one of two that ask sees the other");
    expect_int(atomic_load_explicit(&choice.asked, memory_order_relaxed), 2, "both are counted");
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"ring_is_a_ring", ring_is_a_ring},
    {"push_reads_its_own_count", push_reads_its_own_count},
    {"push_reads_the_others_count", push_reads_the_others_count},
    {"push_writes_its_count", push_writes_its_count},
    {"pop_reads_its_own_count", pop_reads_its_own_count},
    {"pop_reads_the_others_count", pop_reads_the_others_count},
    {"pop_writes_its_count", pop_writes_its_count},
    {"lock_is_a_lock", lock_is_a_lock},
    {"lock_looks_before_it_takes", lock_looks_before_it_takes},
    {"lock_is_taken", lock_is_taken},
    {"lock_is_given", lock_is_given},
    {"count_is_a_count", count_is_a_count},
    {"count_goes_up", count_goes_up},
    {"count_goes_down", count_goes_down},
    {"choice_is_of_one", choice_is_of_one},
    {"choice_is_asked", choice_is_asked},
    {NULL, NULL},
};
