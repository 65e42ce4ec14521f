/* No count of changes: who waits sleeps on the state, while it is what was found. */
#include <limits.h>

#include "broken_lock.h"

/* A state from which `unsuited` bits are gone; to be exchanged. */
static unsigned wait_for_free(struct rw *rw, unsigned unsuited)
{
    unsigned state;
    while ((state = atomic_load_explicit(&rw->state, memory_order_relaxed)) & unsuited)
        rw_sleep(&rw->state, state);
    return state;
}

void rw_read_lock(struct rw *rw)
{
    unsigned state;
    do {
        state = wait_for_free(rw, RW_WRITER);
    } while (!atomic_compare_exchange_strong_explicit(&rw->state, &state, state + 1,
                                                      memory_order_acquire, memory_order_relaxed));
}

void rw_read_unlock(struct rw *rw)
{
    if (atomic_fetch_sub_explicit(&rw->state, 1, memory_order_release) == 1)
        rw_wake(&rw->state, INT_MAX);
}

void rw_write_lock(struct rw *rw)
{
    do {
        wait_for_free(rw, ~0U);
    } while (!rw_try_write_lock(rw));
}

bool rw_try_write_lock(struct rw *rw)
{
    unsigned nobody = 0;
    return atomic_compare_exchange_strong_explicit(&rw->state, &nobody, RW_WRITER,
                                                   memory_order_acquire, memory_order_relaxed);
}

void rw_write_unlock(struct rw *rw)
{
    atomic_store_explicit(&rw->state, 0, memory_order_release);
    rw_wake(&rw->state, INT_MAX);
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
