/* Why it is right. A slot's sequence is s; t is a ticket, c the capacity.
 *
 *   1. A ticket t of tail is drawn once: compare-and-swap moves tail from t to t + 1, and it never moves back. So
 *      there is one producer of t, and in the same way one consumer of t.
 *   2. The producer of t saw s = t before it drew. From then on nobody else changes that slot: another producer
 *      would need a ticket t + kc, and tail would have to pass t + c first, for which some producer must see
 *      s = t + c; a consumer needs s = t + 1. Both come only after the producer of t has stored t + 1. The same
 *      holds for the consumer of t, who saw s = t + 1 and alone stores t + c. So a claimed slot has one owner.
 *   3. That s = t was seen before the exchange and not in it does no harm: by 2 it can change only through a
 *      producer of t, and if the exchange succeeds that is this one.
 *   4. The producer writes the element and stores t + 1 with release; the consumer loads t + 1 with acquire and then
 *      reads it. The consumer reads and stores t + c with release; the next producer loads that with acquire
 *      and then writes. Hence no element is read before it is whole, or overwritten while it is read. The
 *      counters carry no data, and relaxed order is enough for them.
 *   5. "Not ready" is said where s < t + turn. Sequences only grow, and whoever drew t saw t + turn there; so nobody
 *      has drawn t yet, the counter was still at t when s was loaded, and its slot was not ready at that moment.
 *   6. If push A returned before push B began, then tail was past A's ticket when B read it, or B's exchange
 *      failed: B's ticket is larger, and consumers draw tickets in that order.
 *   7. Differences are taken modulo 2^64 and are smaller than 2^63: a thread would have to sleep while 2^63 others
 *      go by. The slot is a ticket modulo a power of two, which divides 2^64. c is at least 2, so that "filled
 *      with t" and "free for t + c" are different numbers.
 */
#include "02_concurrency/mpmc_ring.h"

#include <errno.h>

#include "07_unsafe/checked.h"

/* Returns: the smallest power of two that is at least 2 and not smaller, or 0 if there is none. */
static size_t power_of_two(size_t least)
{
    size_t power = 2;
    while (power && power < least)
        power *= 2;
    return power;
}

int mpmc_ring_create(struct mpmc_ring **out, struct allocator *allocator, size_t min_capacity,
                     size_t element_bytes)
{
    size_t capacity = power_of_two(min_capacity), slot_bytes, bytes;
    if (min_capacity == 0 || element_bytes == 0)
        return -EINVAL;
    if (!checked_add(element_bytes, sizeof(struct mpmc_ring_slot) + 7, &slot_bytes))
        return -EOVERFLOW;
    slot_bytes = mpmc_ring_slot_bytes(element_bytes);
    if (capacity == 0 || !checked_mul_add(capacity, slot_bytes, sizeof(struct mpmc_ring), &bytes))
        return -EOVERFLOW;
    struct mpmc_ring *ring = allocator_alloc(allocator, bytes, _Alignof(struct mpmc_ring));
    if (!ring)
        return -ENOMEM;
    atomic_init(&ring->tail, 0);
    atomic_init(&ring->head, 0);
    ring->mask = capacity - 1;
    ring->element_bytes = element_bytes;
    ring->allocator = allocator;
    for (uint64_t ticket = 0; ticket < capacity; ticket++)
        atomic_init(&mpmc_ring_slot(ring, ticket, element_bytes)->sequence, ticket);
    *out = ring;
    return 0;
}

void mpmc_ring_destroy(struct mpmc_ring *ring)
{
    if (ring)
        allocator_free(ring->allocator, ring,
                       sizeof(*ring) + (ring->mask + 1) * mpmc_ring_slot_bytes(ring->element_bytes),
                       _Alignof(struct mpmc_ring));
}

size_t mpmc_ring_count(const struct mpmc_ring *ring)
{
    /* relaxed: tickets are drawn relaxed, so nothing orders the two; tail may be of an earlier moment than head,
     * or of a later one */
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    int64_t count = (int64_t)(tail - head);
    if (count < 0)
        return 0;
    return (uint64_t)count <= ring->mask ? (size_t)count : ring->mask + 1;
}
