/* A lock in disguise. It is right with any number of threads that run; but who is stopped while
 * holding it stops all others, and here that is tried. */
#include "tagged_stack.h"

static void lock(struct tagged_stack *stack)
{
    while (atomic_exchange_explicit(&stack->word, 1, memory_order_acquire))
        ;
}

static void unlock(struct tagged_stack *stack)
{
    atomic_store_explicit(&stack->word, 0, memory_order_release);
}

void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count)
{
    (void)items, (void)count;
    atomic_init(&stack->word, 0);
    stack->top.low = 0;
}

static struct tagged_item *item_of(uint64_t word)
{
    return (struct tagged_item *)(uintptr_t)word;
}

void tagged_stack_push(struct tagged_stack *stack, struct tagged_item *item)
{
    lock(stack);
    item->next = stack->top.low;
    stack->top.low = (uintptr_t)item;
    unlock(stack);
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *stack)
{
    lock(stack);
    struct tagged_item *item = item_of(stack->top.low);
    if (item)
        stack->top.low = item->next;
    unlock(stack);
    return item;
}

struct tagged_item *tagged_stack_take_all(struct tagged_stack *stack)
{
    lock(stack);
    struct tagged_item *item = item_of(stack->top.low);
    stack->top.low = 0;
    unlock(stack);
    return item;
}

struct tagged_item *tagged_stack_next(const struct tagged_stack *stack,
                                      const struct tagged_item *item)
{
    (void)stack;
    return item_of(item->next);
}
