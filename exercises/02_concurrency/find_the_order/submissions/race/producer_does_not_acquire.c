/* The other half of giving a slot back. */
#include "find_the_order.h"

/* ---- a ring ---- */

bool ring_push(struct ring *ring, int item)
{
    unsigned pushed = atomic_load_explicit(&ring->pushed, memory_order_relaxed);
    unsigned popped = atomic_load_explicit(&ring->popped, memory_order_relaxed);
    if (pushed - popped == RING_SLOTS)
        return false;
    ring->slots[pushed % RING_SLOTS] = item;
    atomic_store_explicit(&ring->pushed, pushed + 1, memory_order_release);
    return true;
}

bool ring_pop(struct ring *ring, int *item)
{
    unsigned popped = atomic_load_explicit(&ring->popped, memory_order_relaxed);
    unsigned pushed = atomic_load_explicit(&ring->pushed, memory_order_acquire);
    if (popped == pushed)
        return false;
    *item = ring->slots[popped % RING_SLOTS];
    atomic_store_explicit(&ring->popped, popped + 1, memory_order_release);
    return true;
}

/* ---- a lock ---- */

void lock_take(struct lock *lock)
{
    while (atomic_load_explicit(&lock->taken, memory_order_relaxed) ||
           atomic_exchange_explicit(&lock->taken, true, memory_order_acquire))
        continue;
}

void lock_give(struct lock *lock)
{
    atomic_store_explicit(&lock->taken, false, memory_order_release);
}

/* ---- a count ---- */

void count_take(struct count *count)
{
    atomic_fetch_add_explicit(&count->references, 1, memory_order_relaxed);
}

bool count_drop(struct count *count)
{
    return atomic_fetch_sub_explicit(&count->references, 1, memory_order_acq_rel) == 1;
}

/* ---- a choice ---- */

bool choice_ask(struct choice *choice, int number)
{
    atomic_fetch_add_explicit(&choice->asked, 1, memory_order_relaxed);
    atomic_store_explicit(&choice->here[number], 1, memory_order_seq_cst);
    return !atomic_load_explicit(&choice->here[1 - number], memory_order_seq_cst);
}
