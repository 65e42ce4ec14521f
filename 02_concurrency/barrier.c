/* barrier.c - arrive by compare-and-swap, sleep while the generation is the same; the argument is in barrier.h. */
#include "02_concurrency/barrier.h"

#include "02_concurrency/backoff.h"
#include "02_concurrency/futex.h"

enum { GENERATION_SHIFT = 16 };

static uint32_t generation_of(uint32_t word)
{
    return word >> GENERATION_SHIFT;
}

int barrier_init(struct barrier *barrier, uint32_t parties)
{
    if (parties == 0 || parties > BARRIER_PARTIES_MAX)
        return -EINVAL;
    /* relaxed: nobody else has it yet */
    atomic_store_explicit(&barrier->word, 0, memory_order_relaxed);
    barrier->parties = parties;
    return 0;
}

/* lesson: barrier */
/* Returns: the word behind this arrival. */
static uint32_t arrive(struct barrier *barrier)
{
    /* relaxed: a guess */
    uint32_t word = atomic_load_explicit(&barrier->word, memory_order_relaxed), next;
    do {
        bool is_last = (word & BARRIER_PARTIES_MAX) + 1 == barrier->parties;
        next = is_last ? (generation_of(word) + 1) << GENERATION_SHIFT : word + 1;
        /* acq_rel: pairs with the arrivals before and after this one */
    } while (!atomic_compare_exchange_weak_explicit(&barrier->word, &word, next,
                                                    memory_order_acq_rel, memory_order_relaxed));
    return next;
}

/* The deadline has passed: take the arrival back, unless the round is complete. Returns: 0 or -ETIMEDOUT. */
static int withdraw(struct barrier *barrier, uint32_t generation)
{
    uint32_t word = atomic_load_explicit(&barrier->word, memory_order_acquire); /* as below */
    while (generation_of(word) == generation)
        /* acquire: pairs with the last one's arrival, if that is what it finds */
        if (atomic_compare_exchange_weak_explicit(&barrier->word, &word, word - 1,
                                                  memory_order_acquire, memory_order_acquire))
            return -ETIMEDOUT;
    return 0;
}

int barrier_wait_until(struct barrier *barrier, uint64_t deadline_ns)
{
    struct backoff backoff = BACKOFF_INIT;
    uint32_t word = arrive(barrier), generation = generation_of(word);
    if ((word & BARRIER_PARTIES_MAX) == 0) {
        futex_wake(&barrier->word, FUTEX_ALL);
        return 1;
    }
    while (generation_of(word) == generation) {
        if (!backoff_is_completed(&backoff))
            backoff_wait(&backoff);
        else if (futex_wait_until(&barrier->word, word, deadline_ns) == -ETIMEDOUT)
            return withdraw(barrier, generation);
        /* acquire: pairs with the last one's arrival, which goes on the release of all others */
        word = atomic_load_explicit(&barrier->word, memory_order_acquire);
    }
    return 0;
}
/* end lesson */
