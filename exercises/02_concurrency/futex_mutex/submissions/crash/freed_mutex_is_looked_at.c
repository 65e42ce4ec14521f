/* The mutex is free already, and the unlock looks at it once more, for those who wait. By then another thread may
 * have taken it, given it back, and freed the memory. */
#include "futex_mutex.h"

#define HELD       ((uint32_t)1)
#define ONE_WAITER ((uint32_t)2)

void futex_mutex_init(struct futex_mutex *mutex)
{
    atomic_store(&mutex->word, 0);
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    uint32_t seen = atomic_load_explicit(&mutex->word, memory_order_relaxed);
    while (!(seen & HELD))
        if (atomic_compare_exchange_weak_explicit(&mutex->word, &seen, seen | HELD,
                                                  memory_order_acquire, memory_order_relaxed))
            return true;
    return false;
}

/* The caller is counted, and is not any more when it has the mutex. */
static bool take_counted(struct futex_mutex *mutex, uint32_t *seen)
{
    while (!(*seen & HELD))
        if (atomic_compare_exchange_weak_explicit(&mutex->word, seen, (*seen - ONE_WAITER) | HELD,
                                                  memory_order_acquire, memory_order_relaxed))
            return true;
    return false;
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    if (futex_mutex_try_lock(mutex))
        return;
    uint32_t seen = atomic_fetch_add(&mutex->word, ONE_WAITER) + ONE_WAITER;
    while (!take_counted(mutex, &seen)) {
        futex_wait(&mutex->word, seen);
        seen = atomic_load(&mutex->word);
    }
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    atomic_fetch_and_explicit(&mutex->word, ~HELD, memory_order_release);
    if (atomic_load(&mutex->word) != 0)
        futex_wake(&mutex->word, 1);
}
