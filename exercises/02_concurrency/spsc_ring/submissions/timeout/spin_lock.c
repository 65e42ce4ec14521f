/* A lock in disguise, one bit beside the producer's count. It is right as long as everybody runs; the one who is
 * stopped while holding it stops the other. And it is a line that both sides write. */
#include "spsc_ring.h"

static atomic_flag held = ATOMIC_FLAG_INIT;

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&held, memory_order_acquire))
        ;
}

static void unlock(void)
{
    atomic_flag_clear_explicit(&held, memory_order_release);
}

void spsc_ring_init(struct spsc_ring *ring, void **slots, uint32_t capacity, uint32_t start)
{
    ring->common.slots = slots;
    ring->common.capacity = capacity;
    ring->producer.count = ring->consumer.count = start;
}

size_t spsc_ring_push_many(struct spsc_ring *ring, void *const *items, size_t count)
{
    size_t done = 0;
    lock();
    for (; done < count && ring->producer.count - ring->consumer.count < ring->common.capacity;
         done++)
        ring->common.slots[ring->producer.count++ % ring->common.capacity] = items[done];
    unlock();
    return done;
}

size_t spsc_ring_pop_many(struct spsc_ring *ring, void **items, size_t count)
{
    size_t done = 0;
    lock();
    for (; done < count && ring->producer.count != ring->consumer.count; done++)
        items[done] = ring->common.slots[ring->consumer.count++ % ring->common.capacity];
    unlock();
    return done;
}

bool spsc_ring_push(struct spsc_ring *ring, void *item)
{
    return spsc_ring_push_many(ring, &item, 1) > 0;
}

bool spsc_ring_pop(struct spsc_ring *ring, void **item)
{
    return spsc_ring_pop_many(ring, item, 1) > 0;
}
