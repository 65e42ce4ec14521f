/* spsc_ring.c - the reference: Lamport's ring, and each side's copy of the other's count.
 *
 *     producer.count       items pushed, from start on, modulo 2^32
 *     producer.own[SEEN]   a value that consumer.count has had
 *     consumer.count       items popped
 *     consumer.own[SEEN]   a value that producer.count has had
 *
 * Why it is right:
 *   1. Counts only grow, so a copy that is old is too low: the producer never believes in room that is not
 *      there, nor the consumer in items. "Full" and "empty" are said after a fresh load alone.
 *   2. The producer writes a slot and then releases its count; the consumer acquires that count, or a later one,
 *      before it reads the slot. The other way round the same: a slot is read before it is given back, and given back
 *      before it is written again.
 *   3. Differences of counts are taken in 32 bits, where they are right also when one count has come round and the
 *      other has not: they are at most the capacity. And the capacity divides 2^32, so slot 0 follows the last one
 *      there, too.
 */
#include "spsc_ring.h"

enum { SEEN = 0 }; /* own[SEEN]: what this side saw of the other's count */

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

/* The other side's count, as it is now. */
static uint32_t look(struct spsc_ring_side *me, const struct spsc_ring_side *other)
{
    /* acquire: pairs with the release in announce; the other side is done with the slots up to there */
    me->own[SEEN] = atomic_load_explicit(&other->count, memory_order_acquire);
    return me->own[SEEN];
}

static void announce(struct spsc_ring_side *me, uint32_t count)
{
    /* release: pairs with the acquire in look; this side is done with the slots up to there */
    atomic_store_explicit(&me->count, count, memory_order_release);
}

size_t spsc_ring_push_many(struct spsc_ring *ring, void *const *items, size_t count)
{
    struct spsc_ring_side *me = &ring->producer;
    /* relaxed: only this thread writes it */
    uint32_t tail = atomic_load_explicit(&me->count, memory_order_relaxed);
    uint32_t room = ring->common.capacity - (tail - me->own[SEEN]);
    if (room < count)
        room = ring->common.capacity - (tail - look(me, &ring->consumer));
    uint32_t pushed = count < room ? (uint32_t)count : room;
    for (uint32_t i = 0; i < pushed; i++)
        *slot_of(ring, tail + i) = items[i];
    announce(me, tail + pushed);
    return pushed;
}

size_t spsc_ring_pop_many(struct spsc_ring *ring, void **items, size_t count)
{
    struct spsc_ring_side *me = &ring->consumer;
    /* relaxed: only this thread writes it */
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
