/* A 48-bit pointer, and a counter in the 16 bits above it. After 65536 changes it is where it was,
 * which is a millisecond; a thread that lost its core sleeps longer. */
#include "tagged_stack.h"

#define POINTER_BITS 48
#define POINTER_MASK (((uint64_t)1 << POINTER_BITS) - 1)

void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count)
{
    (void)items, (void)count;
    atomic_init(&stack->word, 0);
}

static struct tagged_item *item_of(uint64_t word)
{
    return (struct tagged_item *)(uintptr_t)(word & POINTER_MASK);
}

static uint64_t changed(uint64_t top, uint64_t pointer)
{
    return ((top >> POINTER_BITS) + 1) << POINTER_BITS | (pointer & POINTER_MASK);
}

void tagged_stack_push(struct tagged_stack *stack, struct tagged_item *item)
{
    uint64_t top = atomic_load(&stack->word);
    do
        atomic_store(&item->next, top);
    while (!atomic_compare_exchange_weak(&stack->word, &top, changed(top, (uintptr_t)item)));
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *stack)
{
    uint64_t top = atomic_load(&stack->word), next;
    do {
        if (!item_of(top))
            return NULL;
        next = atomic_load(&item_of(top)->next);
    } while (!atomic_compare_exchange_weak(&stack->word, &top, changed(top, next)));
    return item_of(top);
}

struct tagged_item *tagged_stack_take_all(struct tagged_stack *stack)
{
    uint64_t top = atomic_load(&stack->word);
    while (!atomic_compare_exchange_weak(&stack->word, &top, changed(top, 0)))
        ;
    return item_of(top);
}

struct tagged_item *tagged_stack_next(const struct tagged_stack *stack,
                                      const struct tagged_item *item)
{
    (void)stack;
    return item_of(atomic_load(&item->next));
}
