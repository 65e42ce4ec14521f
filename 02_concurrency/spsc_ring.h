/* spsc_ring.h - a bounded queue from one thread to one other.
 *
 * One producer, one consumer, an array that both go round. Each counts its own elements: tail is what was
 * pushed since the beginning, head what was popped, and neither is ever reset. The array's length is a power
 * of two, so that the slot is the counter's low bits, also when the counter has gone past its end.
 *
 *      head                tail                     the producer writes tail and the slots it adds;
 *        v                  v                       the consumer writes head
 *     +--+--+--+--+--+--+--+--+--+--+
 *     |  |  |##|##|##|##|##|  |  |  |               tail - head elements are inside
 *     +--+--+--+--+--+--+--+--+--+--+
 *
 * What costs time is not the counting but the lines of memory that travel between the cores. A producer that
 * reads head for each push fetches the consumer's line each time. So each side keeps a copy of the other's
 * counter, and looks again only when the copy says that there is no room, or nothing to take. The copy is
 * old, and old is safe: the consumer can only have made more room since.
 *
 * Invariants: 0 <= tail - head <= capacity, modulo 2^64. The slots from head to tail hold what was pushed and
 * not popped, in that order; they are the consumer's, all others the producer's. head_seen is a value that head has
 * had, tail <= tail_limit <= head_seen + capacity, and head_limit is a value that tail has had.
 *
 *     operation                            who                 together with        progress
 *     try_push push_many reserve commit    the producer        all of the consumer  wait-free
 *     try_pop pop_many peek release        the consumer        all of the producer  wait-free
 *     count                                anyone              everything           wait-free
 *     create destroy                       one thread          nothing              -
 *
 * "The producer" is whoever pushes at the moment. The part may be handed to another thread, if that thread
 * has synchronised with the last one (a mutex, a join).
 *
 * Element sizes: any. try_push copies element_bytes, a number that the compiler does not know; where that
 * is slow, say the size again, as a constant, and the copy becomes a few instructions:
 *
 *     spsc_ring_try_push_sized(&ring, &message, sizeof(message))
 *
 * Memory: capacity * element_bytes + sizeof(struct spsc_ring), one block; no header on an element.
 * Signal-safe: as one of the two sides, if its thread is not in the middle of the same side.
 * After fork: the child's copy is another ring; it holds what was in it, if no push was under way.
 *
 * Do not: push from two threads, or pop from two; copy or move a ring; go on reading a span after release,
 * or writing it after commit.
 *
 * Interface: spsc_ring_create spsc_ring_destroy spsc_ring_capacity spsc_ring_count
 *            spsc_ring_try_push spsc_ring_try_push_sized spsc_ring_try_pop spsc_ring_try_pop_sized
 *            spsc_ring_push_many spsc_ring_pop_many
 *            spsc_ring_reserve spsc_ring_commit spsc_ring_peek spsc_ring_release
 * Source: Lamport, "Specifying Concurrent Program Modules", TOPLAS 1983, for the ring; Lee, Bu and Chandranmenon,
 *         "A Lock-Free, Cache-Efficient Multi-Core Synchronization Mechanism", ANCS 2009, and Torquati,
 *         TR-10-20, Pisa 2010, for the copies of the counters. The argument why it is right: spsc_ring.c.
 */
#ifndef SYSLAB_CONCURRENCY_SPSC_RING_H
#define SYSLAB_CONCURRENCY_SPSC_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "02_concurrency/cache_line.h"
#include "03_memory/allocator.h"
#include "07_unsafe/assert.h"

struct spsc_ring {
    /* The producer's line. */
    _Alignas(CACHE_LINE_APART) _Atomic(uint64_t) tail; /* elements pushed since the beginning */
    uint64_t tail_limit; /* tail may grow to here before anything has to be looked at */
    uint64_t head_seen;  /* a value that head has had */

    /* The consumer's line. */
    _Alignas(CACHE_LINE_APART) _Atomic(uint64_t) head; /* elements popped since the beginning */
    uint64_t head_limit; /* head may grow to here: a value that tail has had */

    /* Constant after create: in both caches at once. */
    _Alignas(CACHE_LINE_APART) uint64_t mask; /* capacity - 1 */
    size_t element_bytes;
    size_t line_elements; /* that begin in a line of memory, at least 1 */
    struct allocator *allocator;

    /* In the same block, so that no pointer to them has to be loaded. */
    _Alignas(CACHE_LINE_APART) char slots[];
};

/* Make an empty ring for at least min_capacity elements of element_bytes each; the capacity is the next power
 * of two. Returns: 0 and the ring in *out. Errors: -EINVAL a size or a capacity of zero; -EOVERFLOW more bytes
 * than there are addresses; -ENOMEM. On an error *out is as it was. Owns: the caller owns the ring. */
int spsc_ring_create(struct spsc_ring **out, struct allocator *allocator, size_t min_capacity,
                     size_t element_bytes);

/* Give the memory back. NULL is ignored. Elements still inside are bytes; what they refer to is the caller's. */
void spsc_ring_destroy(struct spsc_ring *ring);

/* Returns: how many elements it has room for: what was asked for, rounded up to a power of two. */
static inline size_t spsc_ring_capacity(const struct spsc_ring *ring)
{
    return ring->mask + 1;
}

/* How many elements are inside. Exact for a side that has the ring to itself. For the producer: at most so many,
 * for the consumer: at least so many. For others: a number between 0 and the capacity, of the recent past. */
size_t spsc_ring_count(const struct spsc_ring *ring);

#define SPSC_RING_INLINE __attribute__((always_inline)) static inline

/* The slow path of a push: set tail_limit anew. Returns: false if the ring is full. */
bool spsc_ring_look_ahead(struct spsc_ring *ring);

/* lesson: spsc-push */
/* Push a copy of *element, whose size is said again by the caller, as a constant.
 * Returns: true, or false if the ring is full. Threads: the producer. Progress: wait-free.
 * Cost: O(1); a line of memory from the consumer once for all the room that it has made since the last time. */
SPSC_RING_INLINE bool spsc_ring_try_push_sized(struct spsc_ring *ring, const void *element,
                                               size_t element_bytes)
{
    ASSERT(element_bytes == ring->element_bytes);
    /* relaxed: only this thread writes tail */
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (__builtin_expect(tail == ring->tail_limit, 0) && !spsc_ring_look_ahead(ring))
        return false;
    memcpy(ring->slots + (tail & ring->mask) * element_bytes, element, element_bytes);
    /* release: pairs with the acquire in try_pop; the slot is written before it is announced */
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}
/* end lesson */

/* lesson: spsc-pop */
/* Pop the oldest element into *out, whose size is said again by the caller, as a constant.
 * Returns: true, or false if the ring is empty. Threads: the consumer. Progress: wait-free.
 * Owns: the caller owns *out afterwards. Cost: O(1), as try_push. */
SPSC_RING_INLINE bool spsc_ring_try_pop_sized(struct spsc_ring *ring, void *out,
                                              size_t element_bytes)
{
    ASSERT(element_bytes == ring->element_bytes);
    /* relaxed: only this thread writes head */
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head == ring->head_limit) {
        /* acquire: pairs with the release in try_push; the slot is read after it was written */
        ring->head_limit = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head == ring->head_limit)
            return false;
    }
    memcpy(out, ring->slots + (head & ring->mask) * element_bytes, element_bytes);
    /* release: pairs with the acquire in try_push; the slot is read before it is given up */
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}
/* end lesson */

/* The same for a size that is known at run time. */
static inline bool spsc_ring_try_push(struct spsc_ring *ring, const void *element)
{
    return spsc_ring_try_push_sized(ring, element, ring->element_bytes);
}

/* Pop the oldest element into *out. As spsc_ring_try_pop_sized, with the size that the ring was made for. */
static inline bool spsc_ring_try_pop(struct spsc_ring *ring, void *out)
{
    return spsc_ring_try_pop_sized(ring, out, ring->element_bytes);
}

/* ---- spans: many elements for one announcement --------------------------------------------------*/

/* Find room for up to wanted elements that lie side by side, to be written in place.
 * Returns: the first, and in *count how many there are: less than wanted where the ring is nearly full or the
 * array ends; or NULL and 0 if the ring is full. Nothing is pushed until commit; not to commit undoes it.
 * Threads: the producer. Progress: wait-free. */
static inline void *spsc_ring_reserve(struct spsc_ring *ring, size_t wanted, size_t *count)
{
    /* relaxed: only this thread writes tail */
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (ring->head_seen + ring->mask + 1 - tail < wanted)
        /* acquire: pairs with the release in release; the slots have been read */
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
    ring->tail_limit = ring->head_seen + ring->mask + 1; /* commit moves tail, but never past it */
    uint64_t room = ring->tail_limit - tail;
    uint64_t in_line = ring->mask + 1 - (tail & ring->mask);
    room = room < in_line ? room : in_line;
    *count = room < wanted ? room : wanted;
    return *count ? ring->slots + (tail & ring->mask) * ring->element_bytes : NULL;
}

/* Push the first count elements of the last reservation, at once: all become visible together.
 * Threads: the producer. Progress: wait-free. */
static inline void spsc_ring_commit(struct spsc_ring *ring, size_t count)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed); /* its only writer */
    ASSERT(count <= ring->tail_limit - tail);
    /* release: pairs with the acquire in peek and try_pop; the slots are written */
    atomic_store_explicit(&ring->tail, tail + count, memory_order_release);
}

/* Find up to wanted elements that lie side by side, oldest first, to be read in place (or written: they are
 * the consumer's). Returns: the first, and in *count how many; or NULL and 0 if the ring is empty.
 * They stay in the ring until release. Threads: the consumer. Progress: wait-free. */
static inline void *spsc_ring_peek(struct spsc_ring *ring, size_t wanted, size_t *count)
{
    /* relaxed: only this thread writes head */
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (ring->head_limit - head < wanted)
        /* acquire: pairs with the release in commit and try_push; the slots are written */
        ring->head_limit = atomic_load_explicit(&ring->tail, memory_order_acquire);
    uint64_t filled = ring->head_limit - head;
    uint64_t in_line = ring->mask + 1 - (head & ring->mask);
    filled = filled < in_line ? filled : in_line;
    *count = filled < wanted ? filled : wanted;
    return *count ? ring->slots + (head & ring->mask) * ring->element_bytes : NULL;
}

/* Pop the first count elements of the last peek. Threads: the consumer. Progress: wait-free. */
static inline void spsc_ring_release(struct spsc_ring *ring, size_t count)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed); /* its only writer */
    ASSERT(count <= ring->head_limit - head);
    /* release: pairs with the acquire in reserve and try_push; the slots have been read */
    atomic_store_explicit(&ring->head, head + count, memory_order_release);
}

/* Push copies of up to count elements, in order.
 * Returns: how many; less than count only if the ring was full then. They become visible at once, or in two
 * parts where the array ends between them. Threads: the producer. Progress: wait-free. */
size_t spsc_ring_push_many(struct spsc_ring *ring, const void *elements, size_t count);

/* Pop up to count elements into out, in order.
 * Returns: how many; less than count only if the ring was empty then. Threads: the consumer. Progress: wait-free. */
size_t spsc_ring_pop_many(struct spsc_ring *ring, void *out, size_t count);

#undef SPSC_RING_INLINE

#endif
