/* Who was once waited for stays AWAITED: the unlock leaves the note in the word, and calls the kernel from
 * then on each time. */
#include "futex_mutex.h"

enum { HELD = 1, NOTE = 2 };

void futex_mutex_init(struct futex_mutex *mutex)
{
    atomic_init(&mutex->word, 0);
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    uint32_t seen = atomic_load(&mutex->word);
    return !(seen & HELD) && atomic_compare_exchange_strong(&mutex->word, &seen, seen | HELD);
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    if (futex_mutex_try_lock(mutex))
        return;
    while (atomic_fetch_or(&mutex->word, HELD | NOTE) & HELD)
        futex_wait(&mutex->word, HELD | NOTE);
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    if (atomic_fetch_and(&mutex->word, ~(uint32_t)HELD) & NOTE)
        futex_wake(&mutex->word, 1);
}
