/* What stands in each build for a call that compilers do away with; copies, arrays of any length, and variables of a thread. */
#include "slot.h"

#include <alloca.h>
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local int mine;

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
    int lengths[abs(value) + 1], *copy = alloca(sizeof(*copy));
    while (atomic_load_explicit(&slot->full, memory_order_acquire))
        continue;
    memset(lengths, 0, sizeof(lengths));
    errno = (int)fabs((double)value) + lengths[value] + (int)strlen("");
    memcpy(copy, &errno, sizeof(*copy));
    mine = *copy;
    assert(__builtin_expect(memcmp(&mine, &value, sizeof(mine)) == 0, 1));
    slot->value = mine;
    atomic_store_explicit(&slot->full, 1, memory_order_release);
}

int slot_take(struct slot *slot)
{
    while (!atomic_load_explicit(&slot->full, memory_order_acquire))
        continue;
    int value = slot->value;
    atomic_store_explicit(&slot->full, 0, memory_order_release);
    return value;
}

void slot_destroy(struct slot *slot)
{
    free(slot);
}
