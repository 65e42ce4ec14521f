/* No counter in the stack: each item has one of its own, of how often it was pushed, and the top names
 * the item and its number. An item that comes back to the top comes back with another number. What next
 * holds is the whole word of the item below. Everything is sequentially consistent. */
#include "tagged_stack.h"

void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count)
{
    stack->items = items;
    stack->count = count;
    atomic_store(&stack->word, 0);
    for (size_t i = 0; i < count; i++)
        atomic_store_explicit(&items[i].more, 0, memory_order_relaxed);
}

static struct tagged_item *named(const struct tagged_stack *stack, uint64_t name)
{
    size_t place = name & UINT32_MAX;
    return place ? stack->items + (place - 1) : NULL;
}

void tagged_stack_push(struct tagged_stack *stack, struct tagged_item *item)
{
    uint64_t stay = atomic_load(&item->more) + 1;
    atomic_store(&item->more, stay);
    uint64_t name = stay << 32 | (uint64_t)(item - stack->items + 1);
    uint64_t top = atomic_load(&stack->word);
    do {
        atomic_store(&item->next, top);
    } while (!atomic_compare_exchange_strong(&stack->word, &top, name));
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *stack)
{
    for (;;) {
        uint64_t top = atomic_load(&stack->word);
        struct tagged_item *item = named(stack, top);
        if (!item)
            return NULL;
        uint64_t below = atomic_load(&item->next);
        if (atomic_compare_exchange_strong(&stack->word, &top, below))
            return item;
    }
}

struct tagged_item *tagged_stack_take_all(struct tagged_stack *stack)
{
    return named(stack, atomic_exchange(&stack->word, 0));
}

struct tagged_item *tagged_stack_next(const struct tagged_stack *stack,
                                      const struct tagged_item *item)
{
    return named(stack, atomic_load(&item->next));
}
