/* It may be free again in a moment: so it is looked at thirty times before the note is left and the kernel
 * is called, and again after each wake-up. The note is a bit, and is set by a compare-and-swap. */
#include "futex_mutex.h"

enum { HELD = 1, NOTE = 2, LOOKS = 30 };

void futex_mutex_init(struct futex_mutex *mutex)
{
    atomic_init(&mutex->word, 0);
}

static bool take_as(struct futex_mutex *mutex, uint32_t wanted)
{
    uint32_t seen = 0;
    return atomic_compare_exchange_strong(&mutex->word, &seen, wanted);
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    return take_as(mutex, HELD);
}

static bool look_for_a_while(struct futex_mutex *mutex, uint32_t wanted)
{
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load_explicit(&mutex->word, memory_order_relaxed) == 0 && take_as(mutex, wanted))
            return true;
    }
    return false;
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    uint32_t wanted = HELD;
    while (!look_for_a_while(mutex, wanted)) {
        uint32_t seen = HELD;
        wanted = HELD | NOTE; /* from here on others may sleep as well */
        if (atomic_compare_exchange_strong(&mutex->word, &seen, HELD | NOTE) ||
            seen == (HELD | NOTE))
            futex_wait(&mutex->word, HELD | NOTE);
    }
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    if (atomic_exchange(&mutex->word, 0) & NOTE)
        futex_wake(&mutex->word, 1);
}
