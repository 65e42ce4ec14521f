/* broken_lock.c - the reference: the lock as it was given, and four changes. */
#include <limits.h>

#include "broken_lock.h"

void rw_read_lock(struct rw *rw)
{
    for (;;) {
        /* acquire: pairs with the release in rw_write_unlock: who has seen a lock become free reads a state that is free, or
         * newer. And before the state: a change after this is one that rw_sleep notices. */
        unsigned seen = atomic_load_explicit(&rw->changes, memory_order_acquire);
        unsigned state = atomic_load_explicit(&rw->state, memory_order_relaxed); /* a guess */
        /* The look and the step are one: the exchange fails if a writer came between.
         * acquire: pairs with the release in rw_write_unlock */
        while (!(state & RW_WRITER))
            if (atomic_compare_exchange_strong_explicit(&rw->state, &state, state + 1,
                                                        memory_order_acquire, memory_order_relaxed))
                return;
        rw_sleep(&rw->changes, seen);
    }
}

void rw_read_unlock(struct rw *rw)
{
    /* release: pairs with the acquire in rw_try_write_lock: what this reader read was read before a writer writes */
    if (atomic_fetch_sub_explicit(&rw->state, 1, memory_order_release) != 1)
        return;
    /* release: pairs with the acquire in rw_write_lock */
    atomic_fetch_add_explicit(&rw->changes, 1, memory_order_release);
    rw_wake(&rw->changes, 1); /* readers never wait for a reader, and one writer is enough */
}

void rw_write_lock(struct rw *rw)
{
    for (;;) {
        /* before the try: an unlock after it changes the count, and rw_sleep returns at once.
         * acquire: pairs with the release in both unlocks, so that the try reads what was there then, or newer */
        unsigned seen = atomic_load_explicit(&rw->changes, memory_order_acquire);
        if (rw_try_write_lock(rw))
            return;
        rw_sleep(&rw->changes, seen);
    }
}

bool rw_try_write_lock(struct rw *rw)
{
    unsigned nobody = 0;
    /* acquire: pairs with the release in both unlocks */
    return atomic_compare_exchange_strong_explicit(&rw->state, &nobody, RW_WRITER,
                                                   memory_order_acquire, memory_order_relaxed);
}

void rw_write_unlock(struct rw *rw)
{
    /* release: pairs with the acquire in rw_read_lock and rw_try_write_lock */
    atomic_store_explicit(&rw->state, 0, memory_order_release);
    /* release: pairs with the acquire in rw_read_lock and rw_write_lock */
    atomic_fetch_add_explicit(&rw->changes, 1, memory_order_release);
    rw_wake(&rw->changes, INT_MAX); /* all readers that sleep can have it now */
}

struct rw_explained rw_explain(void)
{
    return (struct rw_explained){
        .race_read_from = RU1,
        .race_needs = memory_order_release,
        .met_looked = RL2,
        .met_acted = RL3,
        .met_between = WT1,
        .missed_looked = WL1,
        .missed_before = WT1,
        .missed_read_from = WU2,
        .left_sleeps = RL4,
        .left_wakes = WU3,
        .left_asleep = 2,
    };
}
