/* The pair is copied like any struct. The halves may be of two moments, and C has no promise for a plain
 * read of what others write. */
#include "tagged_stack.h"

void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count)
{
    (void)items, (void)count;
    stack->top = (struct wide){0, 0};
}

static struct tagged_item *item_of(uint64_t word)
{
    return (struct tagged_item *)(uintptr_t)word;
}

void tagged_stack_push(struct tagged_stack *stack, struct tagged_item *item)
{
    struct wide top = wide_load(&stack->top), desired = {.low = (uintptr_t)item};
    do {
        atomic_store_explicit(&item->next, top.low, memory_order_relaxed);
        desired.high = top.high;
    } while (!wide_compare_exchange(&stack->top, &top, desired));
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *stack)
{
    struct wide top = stack->top, desired;
    do {
        if (top.low == 0)
            return NULL;
        desired.low = atomic_load_explicit(&item_of(top.low)->next, memory_order_relaxed);
        desired.high = top.high + 1;
    } while (!wide_compare_exchange(&stack->top, &top, desired));
    return item_of(top.low);
}

struct tagged_item *tagged_stack_take_all(struct tagged_stack *stack)
{
    struct wide top = wide_load(&stack->top);
    while (top.low != 0 &&
           !wide_compare_exchange(&stack->top, &top, (struct wide){0, top.high + 1}))
        ;
    return item_of(top.low);
}

struct tagged_item *tagged_stack_next(const struct tagged_stack *stack,
                                      const struct tagged_item *item)
{
    (void)stack;
    return item_of(atomic_load_explicit(&item->next, memory_order_relaxed));
}
