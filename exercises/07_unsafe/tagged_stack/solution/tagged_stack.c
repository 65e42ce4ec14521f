/* tagged_stack.c - the reference: the top is a pointer and a counter, 16 bytes that change as one.
 *
 *     top.low      the item on top, or 0
 *     top.high     how often something was taken out
 *     item.next    the item below, or 0; set before the item is published, and never while it is in
 *
 * Why a swap of a pop is right: it succeeds only if nothing was taken out since the top was read. Then
 * the item that was read is still in the stack, and as nothing may be pushed twice it is still the same
 * stay, so its next is what was read; and it is on top. Counting pushes as well would change nothing: an
 * item that comes back has to have left.
 */
#include "tagged_stack.h"

void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count)
{
    (void)items, (void)count; /* a pointer says it all */
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
        /* relaxed: published by the exchange */
        atomic_store_explicit(&item->next, top.low, memory_order_relaxed);
        desired.high = top.high;
    } while (!wide_compare_exchange(&stack->top, &top, desired));
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *stack)
{
    struct wide top = wide_load(&stack->top), desired;
    do {
        if (top.low == 0)
            return NULL;
        /* relaxed: the item may have gone, and its next be anything; then the exchange fails */
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
    /* relaxed: the item is the caller's */
    return item_of(atomic_load_explicit(&item->next, memory_order_relaxed));
}
