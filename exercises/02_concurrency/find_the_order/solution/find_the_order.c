/* find_the_order.c - the reference: each order is the weakest with which interleave finds no execution that fails. */
#include "find_the_order.h"

/* ---- a ring ---- */

bool ring_push(struct ring *ring, int item)
{
    /* relaxed: only this thread writes it */
    unsigned pushed = atomic_load_explicit(&ring->pushed, memory_order_relaxed);
    /* acquire: pairs with the release in ring_pop, so that the slot was read before it is written again */
    unsigned popped = atomic_load_explicit(&ring->popped, memory_order_acquire);
    if (pushed - popped == RING_SLOTS)
        return false;
    ring->slots[pushed % RING_SLOTS] = item;
    /* release: pairs with the acquire in ring_pop, which reads the slot */
    atomic_store_explicit(&ring->pushed, pushed + 1, memory_order_release);
    return true;
}

bool ring_pop(struct ring *ring, int *item)
{
    /* relaxed: only this thread writes it */
    unsigned popped = atomic_load_explicit(&ring->popped, memory_order_relaxed);
    /* acquire: pairs with the release in ring_push */
    unsigned pushed = atomic_load_explicit(&ring->pushed, memory_order_acquire);
    if (popped == pushed)
        return false;
    *item = ring->slots[popped % RING_SLOTS];
    /* release: pairs with the acquire in ring_push: the slot was read */
    atomic_store_explicit(&ring->popped, popped + 1, memory_order_release);
    return true;
}

/* ---- a lock ---- */

void lock_take(struct lock *lock)
{
    /* relaxed: it says only whether to try. acquire: pairs with the release in lock_give */
    while (atomic_load_explicit(&lock->taken, memory_order_relaxed) ||
           atomic_exchange_explicit(&lock->taken, true, memory_order_acquire))
        continue;
}

void lock_give(struct lock *lock)
{
    /* release: pairs with the acquire in lock_take */
    atomic_store_explicit(&lock->taken, false, memory_order_release);
}

/* ---- a count ---- */

void count_take(struct count *count)
{
    /* relaxed: the caller has a reference already, and learns nothing by a second one */
    atomic_fetch_add_explicit(&count->references, 1, memory_order_relaxed);
}

bool count_drop(struct count *count)
{
    /* release: what this thread wrote, for whoever is last. acquire: what the others wrote, for this one if it is. Only
     * the last one needs to acquire; a subtraction alone cannot know beforehand whether it is. */
    return atomic_fetch_sub_explicit(&count->references, 1, memory_order_acq_rel) == 1;
}

/* ---- a choice ---- */

bool choice_ask(struct choice *choice, int number)
{
    /* relaxed: it is read when both threads are joined */
    atomic_fetch_add_explicit(&choice->asked, 1, memory_order_relaxed);
    /* seq_cst, both: store, then load another location. Only a single order of all four operations keeps both loads from
     * reading the time before the other's store; release and acquire order a message, and there is none. */
    atomic_store_explicit(&choice->here[number], 1, memory_order_seq_cst);
    return !atomic_load_explicit(&choice->here[1 - number], memory_order_seq_cst);
}
