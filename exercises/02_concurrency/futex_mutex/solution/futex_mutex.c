/* futex_mutex.c - the reference: three values of one word, after Drepper's Futexes Are Tricky.
 *
 *     FREE      nobody has it
 *     HELD      somebody has it, and nobody sleeps
 *     AWAITED   somebody has it, and somebody may be asleep
 *
 * Why nobody sleeps for ever: who goes to sleep has made the word AWAITED just before, and sleeps only if it still is.
 * So the next unlock finds AWAITED and wakes one. That one does not know whether others sleep as well, and takes
 * the mutex as AWAITED: its own unlock wakes the next. The price is one futex_wake for nobody, by the last of them.
 *
 * Who comes in between may make AWAITED a HELD only by way of FREE: an unlock has made it FREE and woken one, who
 * is on its way, and makes it AWAITED again before it sleeps.
 *
 * The exchange of an unlock is its last touch: the next holder may free the memory.
 */
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
    /* acquire: pairs with the release in unlock. Woken, interrupted or refused: look again */
    while (atomic_exchange_explicit(&mutex->word, AWAITED, memory_order_acquire) != FREE)
        futex_wait(&mutex->word, AWAITED);
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    /* release: pairs with the acquire of whoever takes it next */
    if (atomic_exchange_explicit(&mutex->word, FREE, memory_order_release) == AWAITED)
        futex_wake(&mutex->word, 1);
}
