/* No copies of counts but limits: up to where this side may go as far as it knows. Singles only ask whether they
 * have come there; batches copy in two pieces. */
#include "spsc_ring.h"

#include <string.h>

static _Atomic(uint32_t) *tail_of(struct spsc_ring *ring)
{
    return &ring->producer.count;
}

static _Atomic(uint32_t) *head_of(struct spsc_ring *ring)
{
    return &ring->consumer.count;
}

void spsc_ring_init(struct spsc_ring *ring, void **slots, uint32_t capacity, uint32_t start)
{
    memset(ring, 0, sizeof(*ring));
    ring->common.slots = slots;
    ring->common.capacity = capacity;
    atomic_init(tail_of(ring), start);
    atomic_init(head_of(ring), start);
    ring->producer.own[0] = start; /* so the first push looks */
    ring->consumer.own[0] = start;
}

static bool may_push(struct spsc_ring *ring, uint32_t tail)
{
    uint32_t *limit = &ring->producer.own[0];
    if (tail == *limit)
        *limit = atomic_load_explicit(head_of(ring), memory_order_acquire) + ring->common.capacity;
    return tail != *limit;
}

static bool may_pop(struct spsc_ring *ring, uint32_t head)
{
    uint32_t *limit = &ring->consumer.own[0];
    if (head == *limit)
        *limit = atomic_load_explicit(tail_of(ring), memory_order_acquire);
    return head != *limit;
}

bool spsc_ring_push(struct spsc_ring *ring, void *item)
{
    uint32_t tail = atomic_load_explicit(tail_of(ring), memory_order_relaxed);
    if (!may_push(ring, tail))
        return false;
    ring->common.slots[tail % ring->common.capacity] = item;
    atomic_store_explicit(tail_of(ring), tail + 1, memory_order_release);
    return true;
}

bool spsc_ring_pop(struct spsc_ring *ring, void **item)
{
    uint32_t head = atomic_load_explicit(head_of(ring), memory_order_relaxed);
    if (!may_pop(ring, head))
        return false;
    *item = ring->common.slots[head % ring->common.capacity];
    atomic_store_explicit(head_of(ring), head + 1, memory_order_release);
    return true;
}

/* How many of count lie before the array ends. */
static size_t first_piece(const struct spsc_ring *ring, uint32_t place, size_t count)
{
    size_t straight = ring->common.capacity - place;
    return count < straight ? count : straight;
}

size_t spsc_ring_push_many(struct spsc_ring *ring, void *const *items, size_t count)
{
    uint32_t tail = atomic_load_explicit(tail_of(ring), memory_order_relaxed);
    uint32_t place = tail % ring->common.capacity, *limit = &ring->producer.own[0];
    if (*limit - tail < count)
        *limit = atomic_load_explicit(head_of(ring), memory_order_acquire) + ring->common.capacity;
    if (count > *limit - tail)
        count = *limit - tail;
    if (count == 0)
        return 0;
    size_t first = first_piece(ring, place, count);
    memcpy(ring->common.slots + place, items, first * sizeof(*items));
    memcpy(ring->common.slots, items + first, (count - first) * sizeof(*items));
    atomic_store_explicit(tail_of(ring), tail + (uint32_t)count, memory_order_release);
    return count;
}

size_t spsc_ring_pop_many(struct spsc_ring *ring, void **items, size_t count)
{
    uint32_t head = atomic_load_explicit(head_of(ring), memory_order_relaxed);
    uint32_t place = head % ring->common.capacity, *limit = &ring->consumer.own[0];
    if (*limit - head < count)
        *limit = atomic_load_explicit(tail_of(ring), memory_order_acquire);
    if (count > *limit - head)
        count = *limit - head;
    if (count == 0)
        return 0;
    size_t first = first_piece(ring, place, count);
    memcpy(items, ring->common.slots + place, first * sizeof(*items));
    memcpy(items + first, ring->common.slots, (count - first) * sizeof(*items));
    atomic_store_explicit(head_of(ring), head + (uint32_t)count, memory_order_release);
    return count;
}
