/* interleave_treiber_stack.c - the tests of 02_concurrency/treiber_stack that are run in every way that two threads can meet.
 *
 * What matters is the moment at which memory is given back. When that is, is the answer's own affair: so the test finds
 * out, with one thread, how many pops it takes, and lets the pop that does it run beside another thread's.
 */
#include "subject.h"
#include "treiber_stack.h"

#include <pthread.h>

enum {
    POPS_MAX = TREIBER_STACK_GARBAGE_MAX / TREIBER_STACK_THREADS,
    EXECUTIONS_MAX = 20 * 1000,
    COST_MAX =
        100 * 1000 * 1000, /* in pairs of operations: an execution's time grows like their square */
    OPERATIONS_AT_ONCE = 50,
};

static struct treiber_stack *stack;
static int numbers[2];

/* ---- how many pops until a block is given back ---- */

static bool given_back;

static void *take(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self;
    return allocator_alloc(allocator_system(), size_bytes, align);
}

static void *resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                    size_t align)
{
    (void)self;
    return allocator_resize(allocator_system(), block, old_bytes, new_bytes, align);
}

static void give(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)self;
    given_back = true;
    allocator_free(allocator_system(), block, size_bytes, align);
}

static void push_and_pop(void)
{
    void *value;
    expect_true(treiber_stack_push(stack, 0, NULL), "a push gives true");
    expect_true(treiber_stack_pop(stack, 0, &value), "a pop of a stack with an item gives true");
}

static int pops_until_given_back(void)
{
    static struct allocator watching = {take, resize, give};
    int pops = 0;
    given_back = false;
    stack = treiber_stack_create(&watching);
    expect_not_null(stack, "a stack is made");
    for (; pops < POPS_MAX && !given_back; pops++)
        push_and_pop();
    treiber_stack_destroy(stack);
    return given_back ? pops : 0;
}

/* ---- two threads ---- */

enum { CALLS = 3 };

static void *values[CALLS];

static void *pop_one(void *argument)
{
    treiber_stack_pop(stack, 1, &values[0]);
    if (values[0])
        expect_true(*(int *)values[0] >= 40, "what was written before the push is there");
    return argument;
}

static void push_item(int item)
{
    numbers[item] = 40 + item;
    expect_true(treiber_stack_push(stack, 0, &numbers[item]), "a push gives true");
}

/* An answer that gives back at each eighth pop has some hundred operations in an execution, one that does so at each
 * sixtieth some thousand. The more of them, the fewer executions: so each answer has its verdict in a second or two. An
 * execution in which too weak an order shows is among the first, for the search begins with the latest choices, and
 * those are of the pop that gives back. Called while there is one thread. */
static void bound_the_search(void)
{
    unsigned long operations = subject_operations(NULL, 0) + OPERATIONS_AT_ONCE;
    unsigned long executions = COST_MAX / (operations * operations) + 1;
    subject_executions_at_most(executions < EXECUTIONS_MAX ? executions : EXECUTIONS_MAX);
}

/* A stack of which the pop after `before` others gives memory back. */
static void prepare(int before)
{
    int pops = pops_until_given_back();
    stack = treiber_stack_create(allocator_system());
    expect_not_null(stack, "a stack is made");
    for (int i = before + 1; i < pops; i++)
        push_and_pop();
}

/* Items 0 and 1 are each popped once, by whomever. */
static void expect_each_once(void)
{
    void *more = NULL;
    for (int item = 0; item < 2; item++) {
        int count = 0;
        for (int i = 0; i < CALLS; i++)
            count += values[i] == &numbers[item];
        expect_int(count, 1, "each of two items is popped once");
    }
    expect_true(!treiber_stack_pop(stack, 0, &more), "then the stack is empty");
    treiber_stack_destroy(stack);
    subject_done();
}

static void each_execution_of_pops(void)
{
    pthread_t thread;
    prepare(1);
    push_item(0);
    push_item(1);
    bound_the_search();
    pthread_create(&thread, NULL, pop_one, NULL);
    treiber_stack_pop(stack, 0, &values[1]);
    treiber_stack_pop(stack, 0, &values[2]); /* and gives back what it can */
    pthread_join(thread, NULL);
    expect_each_once();
}

static void each_execution_of_a_push(void)
{
    pthread_t thread;
    prepare(1);
    push_item(0);
    bound_the_search();
    pthread_create(&thread, NULL, pop_one, NULL);
    treiber_stack_pop(stack, 0, &values[1]);
    push_item(1);
    treiber_stack_pop(stack, 0, &values[2]); /* and gives back what it can */
    pthread_join(thread, NULL);
    expect_each_once();
}

const struct subject_test subject_tests[] = {
    {"each_execution_of_pops", each_execution_of_pops},
    {"each_execution_of_a_push", each_execution_of_a_push},
    {NULL, NULL},
};
