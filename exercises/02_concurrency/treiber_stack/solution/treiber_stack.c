/* treiber_stack.c - the reference: Treiber's stack, and hazard pointers (Michael 2004) with one slot a thread.
 *
 *     top                 the node on top; nodes are linked by next, which nobody changes once they are in
 *     records[n].hazard   the node that thread n may look into
 *     records[n].retired  what thread n popped and has not given back, linked by next_retired
 *
 * Why it is right:
 *   1. A node that is in a hazard, and was on top at a moment after it was written there, is not given back: who
 *      popped it did so after that moment, and looked at the hazards after the pop. In the one order of all
 *      seq_cst operations: hazard written, top read, top swapped, hazard read. Weaken any of the four and the
 *      last may miss the first.
 *   2. So `next` is read while the node is there. And the swap succeeds only if the node is on top, which, as it cannot have
 *      been given back, it has been all the time, or is again for the first time: a node is pushed once. No ABA.
 *   3. A pop that succeeded owns its node: nobody else retires it.
 *   4. Of SCAN_AT retired nodes at most TREIBER_STACK_THREADS are in a hazard, so each scan gives back at least half of
 *      them, and a thread never keeps more than SCAN_AT: 4 * 8 in all.
 */
#include "treiber_stack.h"

enum { SCAN_AT = 2 * TREIBER_STACK_THREADS, APART_BYTES = 128 };

struct node {
    struct node *next; /* the node below; others may still read it when the node has been popped */
    struct node *next_retired;
    void *value;
};

/* On lines of its own: its thread writes it for each pop. */
struct record {
    _Alignas(APART_BYTES) _Atomic(struct node *) hazard;
    struct node *retired;
    unsigned retired_count;
};

struct treiber_stack {
    _Alignas(APART_BYTES) _Atomic(struct node *) top;
    struct allocator *allocator;
    struct record records[TREIBER_STACK_THREADS];
};

struct treiber_stack *treiber_stack_create(struct allocator *allocator)
{
    struct treiber_stack *stack =
        allocator_alloc(allocator, sizeof(*stack), _Alignof(struct treiber_stack));
    if (!stack)
        return NULL;
    atomic_init(&stack->top, NULL);
    stack->allocator = allocator;
    for (unsigned i = 0; i < TREIBER_STACK_THREADS; i++) {
        struct record *record = &stack->records[i];
        atomic_init(&record->hazard, NULL);
        record->retired = NULL;
        record->retired_count = 0;
    }
    return stack;
}

static void free_node(struct treiber_stack *stack, struct node *node)
{
    allocator_free(stack->allocator, node, sizeof(*node), _Alignof(struct node));
}

void treiber_stack_destroy(struct treiber_stack *stack)
{
    if (!stack)
        return;
    /* relaxed: alone */
    for (struct node *node = atomic_load_explicit(&stack->top, memory_order_relaxed), *next; node;
         node = next) {
        next = node->next;
        free_node(stack, node);
    }
    for (unsigned i = 0; i < TREIBER_STACK_THREADS; i++)
        for (struct node *node = stack->records[i].retired, *next; node; node = next) {
            next = node->next_retired;
            free_node(stack, node);
        }
    allocator_free(stack->allocator, stack, sizeof(*stack), _Alignof(struct treiber_stack));
}

bool treiber_stack_push(struct treiber_stack *stack, unsigned thread, void *value)
{
    (void)thread; /* a push looks into no node */
    struct node *node = allocator_alloc(stack->allocator, sizeof(*node), _Alignof(struct node));
    if (!node)
        return false;
    node->value = value;
    /* relaxed: what is on top is not looked into */
    struct node *top = atomic_load_explicit(&stack->top, memory_order_relaxed);
    do
        node->next = top;
    /* release: pairs with the loads of top in protect; what the node holds goes with it */
    while (!atomic_compare_exchange_weak_explicit(&stack->top, &top, node, memory_order_release,
                                                  memory_order_relaxed));
    return true;
}

/* The node on top, which is not given back before the record's hazard is another; NULL for none. */
static struct node *protect(struct treiber_stack *stack, struct record *record)
{
    /* relaxed: not looked into before the second look */
    struct node *node = atomic_load_explicit(&stack->top, memory_order_relaxed), *before;
    do {
        before = node;
        atomic_store_explicit(&record->hazard, node, memory_order_seq_cst); /* see 1 above */
        node = atomic_load_explicit(&stack->top, memory_order_seq_cst);
    } while (node != before);
    return node;
}

/* What threads protect, in held; NULL for those that protect nothing. */
static void gather(struct treiber_stack *stack, struct node *held[TREIBER_STACK_THREADS])
{
    for (unsigned i = 0; i < TREIBER_STACK_THREADS; i++)
        /* seq_cst: see 1 above; and with the release in pop: what a thread read, it read before */
        held[i] = atomic_load_explicit(&stack->records[i].hazard, memory_order_seq_cst);
}

static bool is_among(struct node *const held[TREIBER_STACK_THREADS], const struct node *node)
{
    for (unsigned i = 0; i < TREIBER_STACK_THREADS; i++)
        if (held[i] == node)
            return true;
    return false;
}

static void keep(struct record *record, struct node *node)
{
    node->next_retired = record->retired;
    record->retired = node;
    record->retired_count++;
}

/* Give back what nobody protects, and keep the rest. */
static void scan(struct treiber_stack *stack, struct record *record)
{
    struct node *node = record->retired, *next, *held[TREIBER_STACK_THREADS];
    gather(stack, held);
    record->retired = NULL;
    record->retired_count = 0;
    for (; node; node = next) {
        next = node->next_retired;
        if (is_among(held, node))
            keep(record, node);
        else
            free_node(stack, node);
    }
}

/* Take a protected node out, if it is on top. */
static bool take_out(struct treiber_stack *stack, struct node *node)
{
    /* seq_cst: see 1 above */
    return atomic_compare_exchange_strong_explicit(&stack->top, &node, node->next,
                                                   memory_order_seq_cst, memory_order_relaxed);
}

bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value)
{
    struct record *record = &stack->records[thread];
    struct node *node;
    do
        node = protect(stack, record);
    while (node && !take_out(stack, node));
    /* release: pairs with the load in gather; the node's next was read before */
    atomic_store_explicit(&record->hazard, NULL, memory_order_release);
    if (!node)
        return false;
    *value = node->value;
    keep(record, node);
    if (record->retired_count >= SCAN_AT)
        scan(stack, record);
    return true;
}
