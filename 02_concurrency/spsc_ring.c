/* Why it is right. P is a push into a slot, C the pop of it, P' the next push into the same slot.
 *
 *   1. Each counter is written by one thread, which therefore reads it relaxed and has the last value.
 *   2. P writes the slot and then stores tail with release. C loads tail with acquire. If it finds P's value
 *      it sees what P wrote; if a later one, it sees that too, since the producer's later release is behind P
 *      in its program order. So what is popped is what was pushed.
 *   3. C reads the slot and then stores head with release. P' happens only where tail - head < capacity for
 *      a head that was loaded with acquire, and so after C's read. No slot is overwritten while it is read.
 *   4. head_seen and head_limit come from such an acquire load in the same thread; whatever uses them later comes
 *      later. Counters only grow, so what is old is too low: room and contents are never overestimated. tail_limit is
 *      at most head_seen + capacity, and lower only to have a moment to look ahead.
 *   5. "Full" and "empty" are said only after a fresh load, and were true at the moment of that load. A success
 *      takes effect at the store of the counter. So each operation has one moment at which it happens:
 *      the ring is linearizable.
 *   6. Differences are taken modulo 2^64, and the slot modulo a power of two, which divides 2^64: a counter
 *      that goes past its end changes nothing. Limits are compared for equality alone, and no counter ever
 *      passes its limit, so there is no order between wrapped numbers to be wrong about.
 */
#include "02_concurrency/spsc_ring.h"

#include <errno.h>

#include "07_unsafe/bits.h"
#include "07_unsafe/checked.h"

enum { CHUNK_LINES = 8 };

/* Returns: the smallest power of two that is not smaller, or 0 if there is none. */
static size_t power_of_two(size_t least)
{
    size_t power = 1;
    while (power && power < least)
        power *= 2;
    return power;
}

int spsc_ring_create(struct spsc_ring **out, struct allocator *allocator, size_t min_capacity,
                     size_t element_bytes)
{
    size_t capacity = power_of_two(min_capacity), bytes;
    if (min_capacity == 0 || element_bytes == 0)
        return -EINVAL;
    if (capacity == 0 ||
        !checked_mul_add(capacity, element_bytes, sizeof(struct spsc_ring), &bytes))
        return -EOVERFLOW;
    struct spsc_ring *ring = allocator_alloc(allocator, bytes, _Alignof(struct spsc_ring));
    if (!ring)
        return -ENOMEM;
    atomic_init(&ring->tail, 0);
    ring->tail_limit = 0;
    ring->head_seen = 0;
    atomic_init(&ring->head, 0);
    ring->head_limit = 0;
    ring->mask = capacity - 1;
    ring->element_bytes = element_bytes;
    ring->line_elements = element_bytes < CACHE_LINE_BYTES ? CACHE_LINE_BYTES / element_bytes : 1;
    ring->allocator = allocator;
    *out = ring;
    return 0;
}

void spsc_ring_destroy(struct spsc_ring *ring)
{
    if (ring)
        allocator_free(ring->allocator, ring,
                       sizeof(*ring) + (ring->mask + 1) * ring->element_bytes,
                       _Alignof(struct spsc_ring));
}

/* lesson: spsc-ahead */
/* The consumer has read the slots that are to be written, and so their lines are in its cache. A store waits for
 * its line, and all later stores wait behind it. So every eight lines the producer asks for the lines that it will need
 * soon, if their slots are free already; until it gets there, they have made the trip. */
bool spsc_ring_look_ahead(struct spsc_ring *ring)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed); /* its only writer */
    uint64_t end = ring->head_seen + ring->mask + 1, chunk = CHUNK_LINES * ring->line_elements;
    if (tail == end) {
        /* acquire: pairs with the release in try_pop; the slots have been read before they are written again */
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        end = ring->head_seen + ring->mask + 1;
        if (tail == end)
            return false;
    }
    ring->tail_limit = end - tail < chunk ? end : tail + chunk;
    uint64_t soon = tail + chunk;
    for (unsigned i = 0; i < CHUNK_LINES && end - tail > 2 * chunk;
         i++, soon += ring->line_elements)
        bits_prefetch_write(ring->slots + (soon & ring->mask) * ring->element_bytes);
    return true;
}
/* end lesson */

size_t spsc_ring_count(const struct spsc_ring *ring)
{
    /* acquire: pairs with the release of head in the consumer's pop, which had seen a tail at least as far. So tail, read
     * second, is not of an earlier moment, and the difference not negative */
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    uint64_t count = tail - head;
    return count <= ring->mask ? count : ring->mask + 1; /* head may have moved on since */
}

/* lesson: spsc-many */
size_t spsc_ring_push_many(struct spsc_ring *ring, const void *elements, size_t count)
{
    const char *from = elements;
    size_t done = 0, span;
    char *to;
    while (done < count && (to = spsc_ring_reserve(ring, count - done, &span))) {
        memcpy(to, from + done * ring->element_bytes, span * ring->element_bytes);
        spsc_ring_commit(ring, span);
        done += span;
    }
    return done;
}
/* end lesson */

size_t spsc_ring_pop_many(struct spsc_ring *ring, void *out, size_t count)
{
    char *to = out, *from;
    size_t done = 0, span;
    while (done < count && (from = spsc_ring_peek(ring, count - done, &span))) {
        memcpy(to + done * ring->element_bytes, from, span * ring->element_bytes);
        spsc_ring_release(ring, span);
        done += span;
    }
    return done;
}
