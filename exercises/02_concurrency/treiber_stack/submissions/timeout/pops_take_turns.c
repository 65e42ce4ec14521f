/* A push needs no reclamation, and pops need none if there is only one at a time: a small lock, for pops alone. The one that
 * is stopped inside stops all pops. */
#include "treiber_stack.h"

enum { APART_BYTES = 128 };

struct node {
    struct node *next;
    void *value;
};

struct treiber_stack {
    _Alignas(APART_BYTES) _Atomic(struct node *) top;
    struct allocator *allocator;
    atomic_flag popping;
};

struct treiber_stack *treiber_stack_create(struct allocator *allocator)
{
    struct treiber_stack *stack =
        allocator_alloc(allocator, sizeof(*stack), _Alignof(struct treiber_stack));
    if (!stack)
        return NULL;
    atomic_init(&stack->top, NULL);
    stack->allocator = allocator;
    atomic_flag_clear(&stack->popping);
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
    for (struct node *node = atomic_load_explicit(&stack->top, memory_order_relaxed), *next; node;
         node = next) {
        next = node->next;
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

bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value)
{
    (void)thread;
    while (atomic_flag_test_and_set_explicit(&stack->popping, memory_order_acquire))
        ;
    struct node *node = atomic_load_explicit(&stack->top, memory_order_acquire);
    while (node && !atomic_compare_exchange_weak_explicit(
                       &stack->top, &node, node->next, memory_order_acquire, memory_order_acquire))
        ;
    atomic_flag_clear_explicit(&stack->popping, memory_order_release);
    if (!node)
        return false;
    *value = node->value;
    free_node(stack, node);
    return true;
}
