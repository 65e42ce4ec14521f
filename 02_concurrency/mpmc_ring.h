/* mpmc_ring.h - a bounded queue from any number of threads to any number of threads.
 *
 * An array that all go round, and two tickets: a producer draws the next number from tail, a consumer from head.
 * The ticket says which slot, and the slot itself says whose turn it is, by a sequence number:
 *
 *     slot            0      1      2      3            capacity 4, after six pushes and three pops
 *     sequence      | 5    | 6    | 6    | 4    |
 *     holds         | #4   | #5   | free | #3   |       free for #6
 *
 *     sequence == ticket                 free: the producer with this ticket may write
 *     sequence == ticket + 1             filled: the consumer with this ticket may read
 *     afterwards                         the consumer sets it to ticket + capacity: free for the next lap
 *
 * A ticket is drawn by compare-and-swap, and only when the slot is seen to be ready for it: so nobody ever holds a
 * ticket that he cannot use at once, and a full ring can be reported without giving anything back. Producers
 * and consumers do not look at each other's counter at all: they meet at the slots alone.
 *
 * Invariants: tail and head only grow, modulo 2^64. For each slot, over time: free for t, (claimed by a producer),
 * filled with t, (claimed by a consumer), free for t + capacity. Between claiming and setting the sequence, the slot
 * belongs to that one thread.
 *
 *     operation                 who       together with        progress
 *     try_push                  anyone    everything           lock-free among producers, but see below
 *     try_pop                   anyone    everything           lock-free among consumers, but see below
 *     count                     anyone    everything           wait-free
 *     create destroy            one       nothing              -
 *
 * "False" is not the whole truth, and that is the price. A producer that is stopped between drawing its ticket and
 * filling its slot leaves a hole: consumers report "empty" in front of it, although later elements are inside already.
 * In the same way producers report "full" behind a consumer that is stopped. No other thread is kept from returning,
 * but one that tries until it succeeds waits for the stopped one. So: false from try_pop means that the oldest element
 * is not there yet, false from try_push that the oldest slot is not free yet.
 *
 * Order: first in, first out by ticket. Two pushes of which one returned before the other began keep their order.
 *
 * Memory: capacity * (element_bytes rounded up to 8, and 8 for the sequence) + sizeof(struct mpmc_ring), one block.
 * Signal-safe: no: a handler that interrupts a push on the same thread may wait for it for ever.
 * After fork: the child's copy has a hole for each operation that was under way in another thread.
 *
 * Do not: copy or move a ring; use it for one producer and one consumer: spsc_ring needs no locked instruction, has
 * batches, and its "full" and "empty" are exact.
 *
 * Interface: mpmc_ring_create mpmc_ring_destroy mpmc_ring_capacity mpmc_ring_count
 *            mpmc_ring_try_push mpmc_ring_try_push_sized mpmc_ring_try_pop mpmc_ring_try_pop_sized
 * Source: Vyukov, "Bounded MPMC queue", 1024cores.net, 2010. The argument why it is right: mpmc_ring.c.
 */
#ifndef SYSLAB_CONCURRENCY_MPMC_RING_H
#define SYSLAB_CONCURRENCY_MPMC_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/cache_line.h"
#include "03_memory/allocator.h"
#include "07_unsafe/assert.h"
#include "07_unsafe/bits.h"

struct mpmc_ring_slot {
    _Atomic(uint64_t) sequence;
    char element[]; /* element_bytes, padded to a multiple of 8 */
};

struct mpmc_ring {
    _Alignas(CACHE_LINE_APART) _Atomic(uint64_t) tail; /* the next ticket for a producer */
    _Alignas(CACHE_LINE_APART) _Atomic(uint64_t) head; /* the next ticket for a consumer */

    /* Constant after create. */
    _Alignas(CACHE_LINE_APART) uint64_t mask; /* capacity - 1 */
    size_t element_bytes;
    struct allocator *allocator;

    _Alignas(CACHE_LINE_APART) char slots[];
};

/* Make an empty ring for at least min_capacity elements of element_bytes each; the capacity is the next power
 * of two, and at least 2. Returns: 0 and the ring in *out. Errors: -EINVAL a size or a capacity of zero;
 * -EOVERFLOW more bytes than there are addresses; -ENOMEM. On an error *out is as it was.
 * Owns: the caller owns the ring. */
int mpmc_ring_create(struct mpmc_ring **out, struct allocator *allocator, size_t min_capacity,
                     size_t element_bytes);

/* Give the memory back. NULL is ignored. Elements still inside are bytes; what they refer to is the caller's. */
void mpmc_ring_destroy(struct mpmc_ring *ring);

/* Returns: how many elements it has room for: what was asked for, rounded up to a power of two. */
static inline size_t mpmc_ring_capacity(const struct mpmc_ring *ring)
{
    return ring->mask + 1;
}

/* How many tickets producers are ahead: elements inside, and pushes and pops under way. Exact when nobody else is at
 * work. Else the two counters are of different moments of the recent past, in either order: a number between 0 and the
 * capacity, 0 where the consumers' counter is the newer one. */
size_t mpmc_ring_count(const struct mpmc_ring *ring);

#define MPMC_RING_INLINE __attribute__((always_inline)) static inline

/* Sequence and element, side by side. */
MPMC_RING_INLINE size_t mpmc_ring_slot_bytes(size_t element_bytes)
{
    return sizeof(struct mpmc_ring_slot) + ((element_bytes + 7) & ~(size_t)7);
}

/* The slot of a ticket. Internal. */
MPMC_RING_INLINE struct mpmc_ring_slot *mpmc_ring_slot(struct mpmc_ring *ring, uint64_t ticket,
                                                       size_t element_bytes)
{
    return (void *)(ring->slots + (ticket & ring->mask) * mpmc_ring_slot_bytes(element_bytes));
}

/* lesson: mpmc-claim */
/* Draw the next ticket from *counter, if the slot that belongs to it has reached ticket + turn.
 * Returns: the slot, and its ticket in *ticket; or NULL: that slot is not ready. */
MPMC_RING_INLINE struct mpmc_ring_slot *mpmc_ring_claim(struct mpmc_ring *ring,
                                                        _Atomic(uint64_t) *counter, uint64_t turn,
                                                        size_t element_bytes, uint64_t *ticket)
{
    struct backoff backoff = BACKOFF_INIT;
    /* relaxed: only a guess; what matters is that the exchange still finds it there */
    uint64_t next = atomic_load_explicit(counter, memory_order_relaxed);
    for (;;) {
        struct mpmc_ring_slot *slot = mpmc_ring_slot(ring, next, element_bytes);
        bits_prefetch_write(slot); /* the line will be written: one trip, and not two */
        /* acquire: pairs with the release of the other side, in try_push or try_pop */
        uint64_t sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire);
        int64_t ahead = (int64_t)(sequence - (next + turn));
        if (ahead < 0)
            return NULL;
        /* relaxed: the ticket is only a number; the slot's sequence carries the order */
        if (ahead == 0 &&
            atomic_compare_exchange_weak_explicit(counter, &next, next + 1, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            *ticket = next;
            return slot;
        }
        if (ahead > 0) /* the guess was old: somebody has been here with this ticket */
            next = atomic_load_explicit(counter, memory_order_relaxed);
        backoff_spin(&backoff);
    }
}
/* end lesson */

/* lesson: mpmc-push */
/* Push a copy of *element, whose size is said again by the caller, as a constant.
 * Returns: true, or false if the oldest slot is not free yet. Threads: any number. */
MPMC_RING_INLINE bool mpmc_ring_try_push_sized(struct mpmc_ring *ring, const void *element,
                                               size_t element_bytes)
{
    ASSERT(element_bytes == ring->element_bytes);
    uint64_t ticket;
    struct mpmc_ring_slot *slot = mpmc_ring_claim(ring, &ring->tail, 0, element_bytes, &ticket);
    if (!slot)
        return false;
    memcpy(slot->element, element, element_bytes);
    /* release: pairs with the acquire in a consumer's claim; the element is written */
    atomic_store_explicit(&slot->sequence, ticket + 1, memory_order_release);
    return true;
}

/* Pop the oldest element into *out, whose size is said again by the caller, as a constant.
 * Returns: true, or false if the oldest element is not there yet. Threads: any number. */
MPMC_RING_INLINE bool mpmc_ring_try_pop_sized(struct mpmc_ring *ring, void *out,
                                              size_t element_bytes)
{
    ASSERT(element_bytes == ring->element_bytes);
    uint64_t ticket;
    struct mpmc_ring_slot *slot = mpmc_ring_claim(ring, &ring->head, 1, element_bytes, &ticket);
    if (!slot)
        return false;
    memcpy(out, slot->element, element_bytes);
    /* release: pairs with the acquire in a producer's claim, a lap later; the element is read */
    atomic_store_explicit(&slot->sequence, ticket + ring->mask + 1, memory_order_release);
    return true;
}
/* end lesson */

/* The same for a size that is known at run time. */
static inline bool mpmc_ring_try_push(struct mpmc_ring *ring, const void *element)
{
    return mpmc_ring_try_push_sized(ring, element, ring->element_bytes);
}

/* Pop the oldest element into *out. As mpmc_ring_try_pop_sized, with the size that the ring was made for. */
static inline bool mpmc_ring_try_pop(struct mpmc_ring *ring, void *out)
{
    return mpmc_ring_try_pop_sized(ring, out, ring->element_bytes);
}

#undef MPMC_RING_INLINE

#endif
