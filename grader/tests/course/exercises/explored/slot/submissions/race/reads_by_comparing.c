/* Reads by memcmp, a value at a time, and nothing puts the put before it. */
#include "slot.h"

#include <stdlib.h>
#include <string.h>

struct slot *slot_create(void)
{
    return calloc(1, sizeof(struct slot));
}

bool slot_is_full(struct slot *slot)
{
    return atomic_load_explicit(&slot->full, memory_order_acquire);
}

void slot_put(struct slot *slot, int value)
{
    while (atomic_load_explicit(&slot->full, memory_order_acquire))
        continue;
    slot->value = value;
    atomic_store_explicit(&slot->full, 1, memory_order_relaxed);
}

int slot_take(struct slot *slot)
{
    while (!atomic_load_explicit(&slot->full, memory_order_acquire))
        continue;
    int value = 0;
    while (value < 100 && memcmp(&slot->value, &value, sizeof(value)) != 0)
        value++;
    atomic_store_explicit(&slot->full, 0, memory_order_release);
    return value;
}

void slot_destroy(struct slot *slot)
{
    free(slot);
}
