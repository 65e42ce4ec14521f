/* Garbage is everybody's: a popped node goes to a list that all share, and every fourth pop takes that whole list, gives back
 * what nobody protects, and puts the rest back. */
#include "treiber_stack.h"

struct node {
    struct node *below, *behind;
    void *value;
};

struct treiber_stack {
    struct allocator *allocator;
    _Atomic(struct node *) top, garbage;
    atomic_uint pops;
    struct {
        _Alignas(64) _Atomic(struct node *) node;
    } looks_into[TREIBER_STACK_THREADS];
};

struct treiber_stack *treiber_stack_create(struct allocator *allocator)
{
    struct treiber_stack *stack =
        allocator_alloc_zeroed(allocator, sizeof(*stack), _Alignof(struct treiber_stack));
    if (stack)
        stack->allocator = allocator;
    return stack;
}

static void give_back(struct treiber_stack *stack, struct node *node)
{
    allocator_free(stack->allocator, node, sizeof(*node), _Alignof(struct node));
}

static void put_garbage(struct treiber_stack *stack, struct node *node)
{
    node->behind = atomic_load(&stack->garbage);
    while (!atomic_compare_exchange_weak(&stack->garbage, &node->behind, node))
        ;
}

static void sweep(struct treiber_stack *stack)
{
    struct node *node = atomic_exchange(&stack->garbage, NULL), *behind;
    struct node *held[TREIBER_STACK_THREADS];
    for (int i = 0; i < TREIBER_STACK_THREADS; i++)
        held[i] = atomic_load(&stack->looks_into[i].node);
    for (; node; node = behind) {
        bool is_held = false;
        behind = node->behind;
        for (int i = 0; i < TREIBER_STACK_THREADS; i++)
            is_held |= held[i] == node;
        if (is_held)
            put_garbage(stack, node);
        else
            give_back(stack, node);
    }
}

void treiber_stack_destroy(struct treiber_stack *stack)
{
    void *value;
    if (!stack)
        return;
    while (treiber_stack_pop(stack, 0, &value))
        ;
    sweep(stack);
    allocator_free(stack->allocator, stack, sizeof(*stack), _Alignof(struct treiber_stack));
}

bool treiber_stack_push(struct treiber_stack *stack, unsigned thread, void *value)
{
    struct node *node = allocator_alloc(stack->allocator, sizeof(*node), _Alignof(struct node));
    (void)thread;
    if (!node)
        return false;
    node->value = value;
    node->below = atomic_load(&stack->top);
    while (!atomic_compare_exchange_weak(&stack->top, &node->below, node))
        ;
    return true;
}

static struct node *take_top(struct treiber_stack *stack, _Atomic(struct node *) *announced)
{
    struct node *node;
    while ((node = atomic_load(&stack->top))) {
        atomic_store(announced, node);
        if (atomic_load(&stack->top) != node)
            continue;
        struct node *below = node->below;
        struct node *expected = node;
        if (atomic_compare_exchange_strong(&stack->top, &expected, below))
            break;
    }
    atomic_store(announced, NULL);
    return node;
}

bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value)
{
    struct node *node = take_top(stack, &stack->looks_into[thread].node);
    if (!node)
        return false;
    *value = node->value;
    put_garbage(stack, node);
    if (atomic_fetch_add(&stack->pops, 1) % 4 == 3)
        sweep(stack);
    return true;
}
