/* A system call in a constant of the code, which is jumped to: the number of write is that of floating-point
 * arguments. Killed by the guard, which lets none come from the shared object. */
#include "slot.h"

#include <stdlib.h>

__attribute__((noinline)) unsigned constant(void)
{
    return 0x90c3050f;
}

static void *find(void)
{
    unsigned char *code = (unsigned char *)constant;
    while (code[0] != 0x0f || code[1] != 0x05)
        code++;
    return code;
}

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
    atomic_store_explicit(&slot->full, 1, memory_order_release);
}

int slot_take(struct slot *slot)
{
    long (*call)() = (long (*)())find();
    call(3, "syslab 1\n", 9, 1.0);
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
