/* The lock that put took is given back by take. */
#include "slot.h"

#include <stdlib.h>

struct slot *slot_create(void)
{
    struct slot *slot = calloc(1, sizeof(*slot));
    if (!slot)
        return NULL;
    pthread_mutex_init(&slot->mutex, NULL);
    pthread_cond_init(&slot->changed, NULL);
    return slot;
}

bool slot_is_full(struct slot *slot)
{
    pthread_mutex_lock(&slot->mutex);
    bool full = atomic_load(&slot->full);
    pthread_mutex_unlock(&slot->mutex);
    return full;
}

void slot_put(struct slot *slot, int value)
{
    pthread_mutex_lock(&slot->mutex);
    while (atomic_load(&slot->full))
        pthread_cond_wait(&slot->changed, &slot->mutex);
    slot->value = value;
    atomic_store(&slot->full, 1);
    pthread_cond_signal(&slot->changed);
}

int slot_take(struct slot *slot)
{
    while (!atomic_load(&slot->full))
        continue;
    int value = slot->value;
    atomic_store(&slot->full, 0);
    pthread_cond_signal(&slot->changed);
    pthread_mutex_unlock(&slot->mutex);
    return value;
}

void slot_destroy(struct slot *slot)
{
    pthread_cond_destroy(&slot->changed);
    pthread_mutex_destroy(&slot->mutex);
    free(slot);
}
