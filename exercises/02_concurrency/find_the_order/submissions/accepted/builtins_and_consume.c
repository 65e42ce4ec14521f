/* The compiler's own operations, and consume where a value leads to what was written: it is an acquire, to every compiler. */
#include "find_the_order.h"

/* ---- a ring ---- */

bool ring_push(struct ring *ring, int item)
{
    unsigned pushed = __atomic_load_n(&ring->pushed, __ATOMIC_RELAXED);
    unsigned popped = __atomic_load_n(&ring->popped, __ATOMIC_ACQUIRE);
    if (pushed - popped == RING_SLOTS)
        return false;
    ring->slots[pushed % RING_SLOTS] = item;
    __atomic_store_n(&ring->pushed, pushed + 1, __ATOMIC_RELEASE);
    return true;
}

bool ring_pop(struct ring *ring, int *item)
{
    unsigned popped = __atomic_load_n(&ring->popped, __ATOMIC_RELAXED);
    unsigned pushed = __atomic_load_n(&ring->pushed, __ATOMIC_CONSUME);
    if (popped == pushed)
        return false;
    *item = ring->slots[popped % RING_SLOTS];
    __atomic_store_n(&ring->popped, popped + 1, __ATOMIC_RELEASE);
    return true;
}

/* ---- a lock ---- */

void lock_take(struct lock *lock)
{
    while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED) ||
           __atomic_exchange_n(&lock->taken, true, __ATOMIC_ACQUIRE))
        continue;
}

void lock_give(struct lock *lock)
{
    __atomic_store_n(&lock->taken, false, __ATOMIC_RELEASE);
}

/* ---- a count ---- */

void count_take(struct count *count)
{
    __atomic_fetch_add(&count->references, 1, __ATOMIC_RELAXED);
}

bool count_drop(struct count *count)
{
    return __atomic_fetch_sub(&count->references, 1, __ATOMIC_ACQ_REL) == 1;
}

/* ---- a choice ---- */

bool choice_ask(struct choice *choice, int number)
{
    __atomic_fetch_add(&choice->asked, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&choice->here[number], 1, __ATOMIC_SEQ_CST);
    return !__atomic_load_n(&choice->here[1 - number], __ATOMIC_SEQ_CST);
}
