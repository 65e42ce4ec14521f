/* The swap of a push orders nothing: the item is on top, and its value may come later. */
#include "tagged_stack.h"

#define PLACE_MASK 0xffffffffu
#define ONE_CHANGE ((uint64_t)1 << 32)

void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count)
{
    stack->items = items;
    stack->count = count;
    atomic_init(&stack->word, 0);
}

static struct tagged_item *item_at(const struct tagged_stack *stack, uint64_t place)
{
    return place == 0 ? NULL : &stack->items[place - 1];
}

/* The next top: another place, and a counter that is one on. */
static uint64_t changed(uint64_t top, uint64_t place)
{
    return ((top & ~(uint64_t)PLACE_MASK) + ONE_CHANGE) | place;
}

void tagged_stack_push(struct tagged_stack *stack, struct tagged_item *item)
{
    uint64_t place = (uint64_t)(item - stack->items) + 1;
    uint64_t top = atomic_load_explicit(&stack->word, memory_order_relaxed);
    do
        atomic_store_explicit(&item->next, top & PLACE_MASK, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&stack->word, &top, changed(top, place),
                                                  memory_order_relaxed, memory_order_relaxed));
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *stack)
{
    uint64_t top = atomic_load_explicit(&stack->word, memory_order_acquire), next;
    struct tagged_item *item;
    do {
        item = item_at(stack, top & PLACE_MASK);
        if (!item)
            return NULL;
        next = atomic_load_explicit(&item->next, memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(&stack->word, &top,
                                                    changed(top, next & PLACE_MASK),
                                                    memory_order_acquire, memory_order_acquire));
    return item;
}

struct tagged_item *tagged_stack_take_all(struct tagged_stack *stack)
{
    uint64_t top = atomic_load_explicit(&stack->word, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&stack->word, &top, changed(top, 0),
                                                  memory_order_acquire, memory_order_relaxed))
        ;
    return item_at(stack, top & PLACE_MASK);
}

struct tagged_item *tagged_stack_next(const struct tagged_stack *stack,
                                      const struct tagged_item *item)
{
    return item_at(stack, atomic_load_explicit(&item->next, memory_order_relaxed));
}
