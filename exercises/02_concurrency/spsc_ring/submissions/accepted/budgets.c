/* Each side keeps a private position and a budget: how many moves it has left before it must ask. The positions go
 * from 0 to twice the capacity and round again, so that full and empty differ; start is not needed. All orders are
 * sequentially consistent: dearer, and right. */
#include "spsc_ring.h"

enum { BUDGET, POSITION };

void spsc_ring_init(struct spsc_ring *ring, void **slots, uint32_t capacity, uint32_t start)
{
    (void)start;
    ring->common.slots = slots;
    ring->common.capacity = capacity;
    ring->producer.count = ring->consumer.count = 0;
    ring->producer.own[POSITION] = ring->consumer.own[POSITION] = 0;
    ring->producer.own[BUDGET] = capacity;
    ring->consumer.own[BUDGET] = 0;
}

static uint32_t advanced(const struct spsc_ring *ring, uint32_t position, uint32_t steps)
{
    return (position + steps) % (2 * ring->common.capacity);
}

/* From one position to another, going up. */
static uint32_t way(const struct spsc_ring *ring, uint32_t from, uint32_t to)
{
    return to >= from ? to - from : to + 2 * ring->common.capacity - from;
}

/* Take up to count out of the budget. */
static size_t spend(struct spsc_ring_side *side, size_t count)
{
    if (count > side->own[BUDGET])
        count = side->own[BUDGET];
    side->own[BUDGET] -= (uint32_t)count;
    return count;
}

size_t spsc_ring_push_many(struct spsc_ring *ring, void *const *items, size_t count)
{
    struct spsc_ring_side *me = &ring->producer;
    if (me->own[BUDGET] < count)
        me->own[BUDGET] =
            ring->common.capacity - way(ring, ring->consumer.count, me->own[POSITION]);
    count = spend(me, count);
    for (size_t i = 0; i < count; i++) {
        ring->common.slots[me->own[POSITION] % ring->common.capacity] = items[i];
        me->own[POSITION] = advanced(ring, me->own[POSITION], 1);
    }
    if (count > 0)
        me->count = me->own[POSITION];
    return count;
}

size_t spsc_ring_pop_many(struct spsc_ring *ring, void **items, size_t count)
{
    struct spsc_ring_side *me = &ring->consumer;
    if (me->own[BUDGET] < count)
        me->own[BUDGET] = way(ring, me->own[POSITION], ring->producer.count);
    count = spend(me, count);
    for (size_t i = 0; i < count; i++) {
        items[i] = ring->common.slots[me->own[POSITION] % ring->common.capacity];
        me->own[POSITION] = advanced(ring, me->own[POSITION], 1);
    }
    if (count > 0)
        me->count = me->own[POSITION];
    return count;
}

bool spsc_ring_push(struct spsc_ring *ring, void *item)
{
    return spsc_ring_push_many(ring, &item, 1) > 0;
}

bool spsc_ring_pop(struct spsc_ring *ring, void **item)
{
    return spsc_ring_pop_many(ring, item, 1) > 0;
}
