/* broken_lock.c - a readers-writer lock with four faults. Say in rw_explain what the traces show, and then mend it. */
#include "broken_lock.h"

void rw_read_lock(struct rw *rw)
{
    for (;;) {
        unsigned seen = atomic_load_explicit(&rw->changes, memory_order_acquire);    /* RL1 */
        if (!(atomic_load_explicit(&rw->state, memory_order_relaxed) & RW_WRITER)) { /* RL2 */
            atomic_fetch_add_explicit(&rw->state, 1, memory_order_acquire);          /* RL3 */
            return;
        }
        rw_sleep(&rw->changes, seen); /* RL4 */
    }
}

void rw_read_unlock(struct rw *rw)
{
    if (atomic_fetch_sub_explicit(&rw->state, 1, memory_order_relaxed) != 1) /* RU1 */
        return;
    atomic_fetch_add_explicit(&rw->changes, 1, memory_order_release); /* RU2 */
    rw_wake(&rw->changes, 1); /* RU3: readers never wait for a reader, and one writer is enough */
}

void rw_write_lock(struct rw *rw)
{
    while (!rw_try_write_lock(rw)) {
        unsigned seen = atomic_load_explicit(&rw->changes, memory_order_acquire); /* WL1 */
        rw_sleep(&rw->changes, seen);                                             /* WL2 */
    }
}

bool rw_try_write_lock(struct rw *rw)
{
    unsigned nobody = 0;
    return atomic_compare_exchange_strong_explicit(&rw->state, &nobody, RW_WRITER, /* WT1 */
                                                   memory_order_acquire, memory_order_relaxed);
}

void rw_write_unlock(struct rw *rw)
{
    atomic_store_explicit(&rw->state, 0, memory_order_release);       /* WU1 */
    atomic_fetch_add_explicit(&rw->changes, 1, memory_order_release); /* WU2 */
    rw_wake(&rw->changes, 1);                                         /* WU3 */
}

struct rw_explained rw_explain(void)
{
    return (struct rw_explained){
        /* writer_follows_a_reader */
        .race_read_from = NOT_ANSWERED,
        .race_needs = memory_order_relaxed,
        /* reader_meets_a_writer */
        .met_looked = NOT_ANSWERED,
        .met_acted = NOT_ANSWERED,
        .met_between = NOT_ANSWERED,
        /* writer_waits_for_a_writer */
        .missed_looked = NOT_ANSWERED,
        .missed_before = NOT_ANSWERED,
        .missed_read_from = NOT_ANSWERED,
        /* readers_wait_for_a_writer */
        .left_sleeps = NOT_ANSWERED,
        .left_wakes = NOT_ANSWERED,
        .left_asleep = 0,
    };
}
