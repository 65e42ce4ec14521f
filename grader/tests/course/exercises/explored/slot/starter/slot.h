/* slot.h - room for one value on its way from one thread to another. */
#ifndef SYSLAB_FIXTURE_SLOT_H
#define SYSLAB_FIXTURE_SLOT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct slot {
    int value;
    atomic_int full;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int *extra; /* for those who get memory wrong */
};

/* Returns: an empty slot, or NULL without memory. */
struct slot *slot_create(void);
bool slot_is_full(struct slot *slot);
/* Wait until it is empty, then put the value. Threads: one. */
void slot_put(struct slot *slot, int value);
/* Wait until it is full, then take the value. Threads: one. */
int slot_take(struct slot *slot);
void slot_destroy(struct slot *slot);

#endif
