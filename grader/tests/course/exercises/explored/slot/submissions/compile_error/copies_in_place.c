/* Nothing orders the copies, and the compiler expands them in place, where neither sanitizer nor explorer is told: refused by name. */
#include "slot.h"
#include <stdlib.h>
#include <string.h>
struct slot *slot_create(void)
{
    struct slot *s = calloc(1, sizeof(struct slot));
    if (s)
        s->extra = calloc(1, 32);
    return s;
}
bool slot_is_full(struct slot *slot)
{
    return atomic_load_explicit(&slot->full, memory_order_relaxed);
}
void slot_put(struct slot *slot, int value)
{
    while (atomic_load_explicit(&slot->full, memory_order_relaxed))
        continue;
    int copy[8] = {value};
    __builtin_memcpy(slot->extra, copy, 32);
    atomic_store_explicit(&slot->full, 1, memory_order_relaxed);
}
int slot_take(struct slot *slot)
{
    while (!atomic_load_explicit(&slot->full, memory_order_relaxed))
        continue;
    int copy[8];
    __builtin_memcpy(copy, slot->extra, 32);
    atomic_store_explicit(&slot->full, 0, memory_order_relaxed);
    return copy[0];
}
void slot_destroy(struct slot *slot)
{
    free(slot->extra);
    free(slot);
}
