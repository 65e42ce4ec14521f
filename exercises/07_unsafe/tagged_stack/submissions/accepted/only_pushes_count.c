/* Only a push counts: what is on top comes back there by a push, and by nothing else. To take all is to leave
 * the count alone in the word. */
#include "tagged_stack.h"

static uint64_t place(uint64_t w)
{
    return w & 0x3ffff;
}

void tagged_stack_init(struct tagged_stack *s, struct tagged_item *items, size_t count)
{
    s->items = items;
    s->count = count;
    atomic_init(&s->word, 0);
}

static struct tagged_item *at(const struct tagged_stack *s, uint64_t w)
{
    return place(w) ? &s->items[place(w) - 1] : NULL;
}

void tagged_stack_push(struct tagged_stack *s, struct tagged_item *item)
{
    uint64_t top = atomic_load_explicit(&s->word, memory_order_relaxed),
             me = (uint64_t)(item - s->items) + 1;
    do
        atomic_store_explicit(&item->next, place(top), memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&s->word, &top, (((top >> 18) + 1) << 18) | me,
                                                  memory_order_release, memory_order_relaxed));
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *s)
{
    uint64_t top = atomic_load_explicit(&s->word, memory_order_acquire);
    while (place(top)) {
        uint64_t next = atomic_load_explicit(&at(s, top)->next, memory_order_relaxed);
        if (atomic_compare_exchange_weak_explicit(&s->word, &top, (top >> 18 << 18) | next,
                                                  memory_order_acquire, memory_order_acquire))
            return at(s, top);
    }
    return NULL;
}

struct tagged_item *tagged_stack_take_all(struct tagged_stack *s)
{
    return at(s, atomic_fetch_and_explicit(&s->word, ~(uint64_t)0x3ffff, memory_order_acquire));
}

struct tagged_item *tagged_stack_next(const struct tagged_stack *s, const struct tagged_item *item)
{
    return at(s, atomic_load_explicit(&item->next, memory_order_relaxed));
}
