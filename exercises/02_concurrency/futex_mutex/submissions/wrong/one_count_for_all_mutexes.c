/* How many sleep is counted beside the word, for all mutexes together: as long as somebody sleeps for one of them, the
 * unlocks of all others call the kernel. */
#include "futex_mutex.h"

enum { FREE, HELD };

static _Atomic uint32_t sleepers;

void futex_mutex_init(struct futex_mutex *mutex)
{
    atomic_init(&mutex->word, FREE);
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    uint32_t seen = FREE;
    return atomic_compare_exchange_strong(&mutex->word, &seen, HELD);
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    if (futex_mutex_try_lock(mutex))
        return;
    atomic_fetch_add(&sleepers, 1);
    while (!futex_mutex_try_lock(mutex))
        futex_wait(&mutex->word, HELD);
    atomic_fetch_sub(&sleepers, 1);
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    atomic_store(&mutex->word, FREE);
    if (atomic_load(&sleepers) > 0)
        futex_wake(&mutex->word, 1);
}
