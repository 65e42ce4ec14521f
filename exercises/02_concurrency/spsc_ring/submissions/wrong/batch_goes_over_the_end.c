/* A batch is one memcpy. Where the array ends, it goes on behind it. */
#include "spsc_ring.h"

#include <string.h>

enum { SEEN = 0 };

void spsc_ring_init(struct spsc_ring *ring, void **slots, uint32_t capacity, uint32_t start)
{
    ring->common.slots = slots;
    ring->common.capacity = capacity;
    atomic_init(&ring->producer.count, start);
    atomic_init(&ring->consumer.count, start);
    ring->producer.own[SEEN] = ring->consumer.own[SEEN] = start;
}

static void **slot_of(const struct spsc_ring *ring, uint32_t number)
{
    return &ring->common.slots[number & (ring->common.capacity - 1)];
}

static uint32_t look(struct spsc_ring_side *me, const struct spsc_ring_side *other)
{
    me->own[SEEN] = atomic_load_explicit(&other->count, memory_order_acquire);
    return me->own[SEEN];
}

static void announce(struct spsc_ring_side *me, uint32_t count)
{
    atomic_store_explicit(&me->count, count, memory_order_release);
}

size_t spsc_ring_push_many(struct spsc_ring *ring, void *const *items, size_t count)
{
    struct spsc_ring_side *me = &ring->producer;
    uint32_t tail = atomic_load_explicit(&me->count, memory_order_relaxed);
    uint32_t room = ring->common.capacity - (tail - me->own[SEEN]);
    if (room < count)
        room = ring->common.capacity - (tail - look(me, &ring->consumer));
    uint32_t pushed = count < room ? (uint32_t)count : room;
    if (pushed > 0)
        memcpy(slot_of(ring, tail), items, pushed * sizeof(*items));
    announce(me, tail + pushed);
    return pushed;
}

size_t spsc_ring_pop_many(struct spsc_ring *ring, void **items, size_t count)
{
    struct spsc_ring_side *me = &ring->consumer;
    uint32_t head = atomic_load_explicit(&me->count, memory_order_relaxed);
    uint32_t inside = me->own[SEEN] - head;
    if (inside < count)
        inside = look(me, &ring->producer) - head;
    uint32_t popped = count < inside ? (uint32_t)count : inside;
    for (uint32_t i = 0; i < popped; i++)
        items[i] = *slot_of(ring, head + i);
    announce(me, head + popped);
    return popped;
}

bool spsc_ring_push(struct spsc_ring *ring, void *item)
{
    return spsc_ring_push_many(ring, &item, 1) == 1;
}

bool spsc_ring_pop(struct spsc_ring *ring, void **item)
{
    return spsc_ring_pop_many(ring, item, 1) == 1;
}
