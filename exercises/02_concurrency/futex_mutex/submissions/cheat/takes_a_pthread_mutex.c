/* Somebody else's mutex, found by the address of this one. The exercise allows none. */
#include "futex_mutex.h"

#include <pthread.h>

enum { MUTEXES = 64 };

static pthread_mutex_t mutexes[MUTEXES];

static pthread_mutex_t *behind(struct futex_mutex *mutex)
{
    return &mutexes[(uintptr_t)mutex / sizeof(*mutex) % MUTEXES];
}

void futex_mutex_init(struct futex_mutex *mutex)
{
    pthread_mutex_init(behind(mutex), NULL);
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    pthread_mutex_lock(behind(mutex));
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    return pthread_mutex_trylock(behind(mutex)) == 0;
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    pthread_mutex_unlock(behind(mutex));
}
