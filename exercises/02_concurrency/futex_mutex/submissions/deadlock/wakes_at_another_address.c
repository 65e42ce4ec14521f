/* The kernel knows a sleeper by the address of its word. Here the wake-up goes to a variable. */
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
    if (futex_mutex_try_lock(mutex))
        return;
    while (atomic_exchange_explicit(&mutex->word, AWAITED, memory_order_acquire) != FREE)
        futex_wait(&mutex->word, AWAITED);
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    _Atomic uint32_t before;
    atomic_init(&before, atomic_exchange_explicit(&mutex->word, FREE, memory_order_release));
    if (atomic_load_explicit(&before, memory_order_relaxed) == AWAITED)
        futex_wake(&before, 1);
}
