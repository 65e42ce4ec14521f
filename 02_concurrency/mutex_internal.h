/* mutex_internal.h - what condvar.c shares with mutex.c: how to take a mutex as one who was woken out of its queue.
 *
 * Interface: mutex_lock_as_heir, and the tokens that come out of a mutex's queue.
 */
#ifndef SYSLAB_CONCURRENCY_MUTEX_INTERNAL_H
#define SYSLAB_CONCURRENCY_MUTEX_INTERNAL_H

#include "02_concurrency/mutex.h"

enum {
    MUTEX_HANDOFF = 1, /* the mutex is yours already */
    MUTEX_MORE = 2,    /* others are left in the queue: announce them once you have the mutex */
};

/* Take it, with the token that this thread was woken with. Blocks: yes. */
void mutex_lock_as_heir(struct mutex *mutex, uintptr_t token);

#endif
