/* The pops that are under way are counted, and garbage is freed when there is no other. A pop that is stopped keeps all
 * that is popped meanwhile, for ever if it must be. */
#include "treiber_stack.h"

enum { SCAN_AT = 2 * TREIBER_STACK_THREADS, APART_BYTES = 128 };

struct node {
    struct node *next;
    struct node *next_retired;
    void *value;
};

struct treiber_stack {
    _Alignas(APART_BYTES) _Atomic(struct node *) top;
    atomic_uint popping;
    _Atomic(struct node *) waiting;
    struct allocator *allocator;
};

struct treiber_stack *treiber_stack_create(struct allocator *allocator)
{
    struct treiber_stack *stack =
        allocator_alloc(allocator, sizeof(*stack), _Alignof(struct treiber_stack));
    if (!stack)
        return NULL;
    atomic_init(&stack->top, NULL);
    stack->allocator = allocator;
    atomic_init(&stack->popping, 0);
    atomic_init(&stack->waiting, NULL);
    return stack;
}

static void free_node(struct treiber_stack *stack, struct node *node)
{
    allocator_free(stack->allocator, node, sizeof(*node), _Alignof(struct node));
}

static void free_waiting(struct treiber_stack *stack, struct node *node)
{
    for (struct node *next; node; node = next) {
        next = node->next_retired;
        free_node(stack, node);
    }
}

void treiber_stack_destroy(struct treiber_stack *stack)
{
    if (!stack)
        return;
    for (struct node *node = atomic_load(&stack->top), *next; node; node = next) {
        next = node->next;
        free_node(stack, node);
    }
    free_waiting(stack, atomic_load(&stack->waiting));
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

static void wait_for_others(struct treiber_stack *stack, struct node *first)
{
    struct node *last = first;
    while (last->next_retired)
        last = last->next_retired;
    last->next_retired = atomic_load(&stack->waiting);
    while (!atomic_compare_exchange_weak(&stack->waiting, &last->next_retired, first))
        ;
}

bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value)
{
    (void)thread;
    atomic_fetch_add(&stack->popping, 1);
    struct node *node = atomic_load(&stack->top);
    while (node && !atomic_compare_exchange_weak(&stack->top, &node, node->next))
        ;
    if (node) {
        *value = node->value;
        node->next_retired = NULL;
        wait_for_others(stack, node);
    }
    struct node *waiting = atomic_exchange(&stack->waiting, NULL);
    if (atomic_fetch_sub(&stack->popping, 1) == 1)
        free_waiting(stack, waiting);
    else if (waiting)
        wait_for_others(stack, waiting);
    return node;
}
