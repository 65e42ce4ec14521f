/* The stack as everybody writes it first: a pointer, and a swap of it. A pop that was stopped while
 * its item was taken and came back makes the top what was below it long ago. */
#include "tagged_stack.h"

void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count)
{
    (void)items, (void)count;
    atomic_init(&stack->word, 0);
}

static struct tagged_item *item_of(uint64_t word)
{
    return (struct tagged_item *)(uintptr_t)word;
}

void tagged_stack_push(struct tagged_stack *stack, struct tagged_item *item)
{
    uint64_t top = atomic_load(&stack->word);
    do
        atomic_store(&item->next, top);
    while (!atomic_compare_exchange_weak(&stack->word, &top, (uintptr_t)item));
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *stack)
{
    uint64_t top = atomic_load(&stack->word), next;
    do {
        if (top == 0)
            return NULL;
        next = atomic_load(&item_of(top)->next);
    } while (!atomic_compare_exchange_weak(&stack->word, &top, next));
    return item_of(top);
}

struct tagged_item *tagged_stack_take_all(struct tagged_stack *stack)
{
    return item_of(atomic_exchange(&stack->word, 0));
}

struct tagged_item *tagged_stack_next(const struct tagged_stack *stack,
                                      const struct tagged_item *item)
{
    (void)stack;
    return item_of(atomic_load(&item->next));
}
