/* Who finds it held leaves a note for the unlock, by a plain store, and sleeps. If the mutex came free in between, the
 * note says that somebody has it, and nobody does. */
#include "futex_mutex.h"

enum { FREE, HELD, AWAITED };

void futex_mutex_init(struct futex_mutex *mutex)
{
    atomic_init(&mutex->word, FREE);
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    uint32_t seen = FREE;
    /* acquire: pairs with the release in unlock. relaxed: who fails learns nothing */
    return atomic_compare_exchange_strong_explicit(&mutex->word, &seen, HELD, memory_order_acquire,
                                                   memory_order_relaxed);
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    if (futex_mutex_try_lock(mutex))
        return;
    uint32_t seen;
    do {
        atomic_store(&mutex->word, AWAITED);
        futex_wait(&mutex->word, AWAITED);
        seen = FREE;
    } while (!atomic_compare_exchange_strong(&mutex->word, &seen, AWAITED));
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    /* release: pairs with the acquire of whoever takes it next */
    if (atomic_exchange_explicit(&mutex->word, FREE, memory_order_release) == AWAITED)
        futex_wake(&mutex->word, 1);
}
