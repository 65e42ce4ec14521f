/* futex_mutex_try_lock exchanges the word for HELD, whatever was there. If it was AWAITED, nobody will know
 * any more that somebody sleeps. */
#include "futex_mutex.h"

enum { FREE, HELD, AWAITED };

void futex_mutex_init(struct futex_mutex *mutex)
{
    atomic_init(&mutex->word, FREE);
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    return atomic_exchange_explicit(&mutex->word, HELD, memory_order_acquire) == FREE;
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    if (futex_mutex_try_lock(mutex))
        return;
    while (atomic_exchange_explicit(&mutex->word, AWAITED, memory_order_acquire) != FREE)
        futex_wait(&mutex->word, AWAITED);
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    if (atomic_exchange_explicit(&mutex->word, FREE, memory_order_release) == AWAITED)
        futex_wake(&mutex->word, 1);
}
