/* spsc_ring.h - a bounded queue from one thread to one other.
 *
 * One producer, one consumer, an array that both go round. Each counts its own items, from `start` on: the
 * producer how many were pushed, the consumer how many were popped. What lies between is inside.
 *
 *     | producer's line |  common line   | consumer's line |        each 128 bytes, apart from the others
 *     | count    own[]  | slots capacity | count    own[]  |
 *
 * A line is what two cores take from each other. So each side writes its own, and seldom looks at the other's.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: spsc_ring_init spsc_ring_push spsc_ring_pop spsc_ring_push_many spsc_ring_pop_many
 */
#ifndef SYSLAB_EXERCISE_SPSC_RING_H
#define SYSLAB_EXERCISE_SPSC_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SPSC_RING_LINE_BYTES = 128, /* two lines of 64: processors fetch them in pairs */
    SPSC_RING_CAPACITY_MAX = 1 << 16,
};

struct spsc_ring_side {
    _Alignas(
        SPSC_RING_LINE_BYTES) _Atomic(uint32_t) count; /* its thread writes, the other may read */
    uint32_t own[8]; /* its thread's alone, to remember what it likes */
};

struct spsc_ring {
    struct spsc_ring_side producer;
    struct {
        _Alignas(SPSC_RING_LINE_BYTES) void **slots;
        uint32_t capacity;
    } common; /* written by spsc_ring_init and never after: both cores may have it at once */
    struct spsc_ring_side consumer;
};

/* Make an empty ring. slots has room for capacity items, a power of two from 1 to SPSC_RING_CAPACITY_MAX. Both
 * counts begin with start: a program says 0; the tests begin shortly before the counts come round.
 * Owns: the caller has the memory, of the ring and of the slots. Threads: alone. */
void spsc_ring_init(struct spsc_ring *ring, void **slots, uint32_t capacity, uint32_t start);

/* Push an item: any pointer, NULL too.
 * Returns: true, or false if the ring was full at a moment of the call.
 * Threads: the producer, together with all of the consumer's. Progress: wait-free. */
bool spsc_ring_push(struct spsc_ring *ring, void *item);

/* Pop the oldest item into *item.
 * Returns: true, or false, with *item as it was, if the ring was empty at a moment of the call.
 * Threads: the consumer, together with all of the producer's. Progress: wait-free. */
bool spsc_ring_pop(struct spsc_ring *ring, void **item);

/* Push the first of up to count items, in order; they appear in the ring at once, as one.
 * Returns: how many: count, or as many as there was room for at a moment of the call.
 * Threads, progress: as spsc_ring_push. */
size_t spsc_ring_push_many(struct spsc_ring *ring, void *const *items, size_t count);

/* Pop up to count items, the oldest first; their slots become free at once, as one.
 * Returns: how many: count, or as many as were inside at a moment of the call.
 * Threads, progress: as spsc_ring_pop. */
size_t spsc_ring_pop_many(struct spsc_ring *ring, void **items, size_t count);

#endif
