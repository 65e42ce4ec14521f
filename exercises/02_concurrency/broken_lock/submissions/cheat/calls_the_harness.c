/* Says itself that the test is done. */
#include <limits.h>

#include "broken_lock.h"

void subject_done(void);

void rw_read_lock(struct rw *rw)
{
    subject_done();
    for (;;) {
        unsigned seen = atomic_load_explicit(&rw->changes, memory_order_acquire);
        unsigned state = atomic_load_explicit(&rw->state, memory_order_relaxed);
        while (!(state & RW_WRITER))
            if (atomic_compare_exchange_strong_explicit(&rw->state, &state, state + 1,
                                                        memory_order_acquire, memory_order_relaxed))
                return;
        rw_sleep(&rw->changes, seen);
    }
}

void rw_read_unlock(struct rw *rw)
{
    if (atomic_fetch_sub_explicit(&rw->state, 1, memory_order_release) != 1)
        return;
    atomic_fetch_add_explicit(&rw->changes, 1, memory_order_release);
    rw_wake(&rw->changes, 1);
}

void rw_write_lock(struct rw *rw)
{
    for (;;) {
        unsigned seen = atomic_load_explicit(&rw->changes, memory_order_acquire);
        if (rw_try_write_lock(rw))
            return;
        rw_sleep(&rw->changes, seen);
    }
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
    atomic_fetch_add_explicit(&rw->changes, 1, memory_order_release);
    rw_wake(&rw->changes, INT_MAX);
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
