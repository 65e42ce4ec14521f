/* Only what was popped is freed, not what is still inside. */
#include "treiber_stack.h"

enum { SCAN_AT = 2 * TREIBER_STACK_THREADS, APART_BYTES = 128 };

struct node {
    struct node *next;
    struct node *next_retired;
    void *value;
};

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
    for (unsigned i = 0; i < TREIBER_STACK_THREADS; i++)
        for (struct node *node = stack->records[i].retired, *next; node; node = next) {
            next = node->next_retired;
            free_node(stack, node);
        }
    allocator_free(stack->allocator, stack, sizeof(*stack), _Alignof(struct treiber_stack));
}

bool treiber_stack_push(struct treiber_stack *stack, unsigned thread, void *value)
{
    (void)thread;
    struct node *node = allocator_alloc(stack->allocator, sizeof(*node), _Alignof(struct node));
    if (!node)
        return false;
    node->value = value;
    struct node *top = atomic_load_explicit(&stack->top, memory_order_relaxed);
    do
        node->next = top;
    while (!atomic_compare_exchange_weak_explicit(&stack->top, &top, node, memory_order_release,
                                                  memory_order_relaxed));
    return true;
}

static struct node *protect(struct treiber_stack *stack, struct record *record)
{
    struct node *node = atomic_load_explicit(&stack->top, memory_order_relaxed), *before;
    do {
        before = node;
        atomic_store_explicit(&record->hazard, node, memory_order_seq_cst);
        node = atomic_load_explicit(&stack->top, memory_order_seq_cst);
    } while (node != before);
    return node;
}

static void gather(struct treiber_stack *stack, struct node *held[TREIBER_STACK_THREADS])
{
    for (unsigned i = 0; i < TREIBER_STACK_THREADS; i++)
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

static bool take_out(struct treiber_stack *stack, struct node *node)
{
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
    atomic_store_explicit(&record->hazard, NULL, memory_order_release);
    if (!node)
        return false;
    *value = node->value;
    keep(record, node);
    if (record->retired_count >= SCAN_AT)
        scan(stack, record);
    return true;
}
