/* The orders under names that say what each is for. */
#include "find_the_order.h"

enum {
    NOTHING = memory_order_relaxed,
    LEARN = memory_order_acquire,
    TELL = memory_order_release,
    BOTH = memory_order_acq_rel,
    ONE_ORDER = memory_order_seq_cst
};

/* ---- a ring ---- */

bool ring_push(struct ring *ring, int item)
{
    unsigned pushed = atomic_load_explicit(&ring->pushed, NOTHING);
    unsigned popped = atomic_load_explicit(&ring->popped, LEARN);
    if (pushed - popped == RING_SLOTS)
        return false;
    ring->slots[pushed % RING_SLOTS] = item;
    atomic_store_explicit(&ring->pushed, pushed + 1, TELL);
    return true;
}

bool ring_pop(struct ring *ring, int *item)
{
    unsigned popped = atomic_load_explicit(&ring->popped, NOTHING);
    unsigned pushed = atomic_load_explicit(&ring->pushed, LEARN);
    if (popped == pushed)
        return false;
    *item = ring->slots[popped % RING_SLOTS];
    atomic_store_explicit(&ring->popped, popped + 1, TELL);
    return true;
}

/* ---- a lock ---- */

void lock_take(struct lock *lock)
{
    while (atomic_load_explicit(&lock->taken, NOTHING) ||
           atomic_exchange_explicit(&lock->taken, true, LEARN))
        continue;
}

void lock_give(struct lock *lock)
{
    atomic_store_explicit(&lock->taken, false, TELL);
}

/* ---- a count ---- */

void count_take(struct count *count)
{
    atomic_fetch_add_explicit(&count->references, 1, NOTHING);
}

bool count_drop(struct count *count)
{
    return atomic_fetch_sub_explicit(&count->references, 1, BOTH) == 1;
}

/* ---- a choice ---- */

bool choice_ask(struct choice *choice, int number)
{
    atomic_fetch_add_explicit(&choice->asked, 1, NOTHING);
    atomic_store_explicit(&choice->here[number], 1, ONE_ORDER);
    return !atomic_load_explicit(&choice->here[1 - number], ONE_ORDER);
}
