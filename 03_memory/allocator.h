/* allocator.h - an allocator as a value.
 *
 * All that allocates in the course takes a `struct allocator *`. Whoever calls decides where memory
 * comes from, and a test can count it, make it fail after N calls, or find out what leaked.
 *
 *     struct allocator            three functions; a concrete allocator embeds it as its first field
 *     allocator_system()          malloc and aligned_alloc
 *     struct allocator_counting   calls and bytes, live and peak, over a parent
 *     struct allocator_failing    fails every request after the first N, over a parent
 *     struct allocator_tracking   remembers each live block and where it came from, over a parent
 *
 * Invariant: a block goes back to the allocator that made it, with the size and alignment that it
 * was asked for with. No allocator here keeps a size of its own: the caller knows it.
 *
 * Do not: free with another size; use an alignment that is not a power of two; copy a concrete
 * allocator after init (blocks may point into it).
 *
 * Interface: allocator_alloc allocator_alloc_zeroed allocator_resize allocator_free
 *            allocator_system allocator_counting_init allocator_failing_init
 *            allocator_tracking_init allocator_tracking_each allocator_tracking_fini
 */
#ifndef SYSLAB_MEMORY_ALLOCATOR_H
#define SYSLAB_MEMORY_ALLOCATOR_H

#include <stddef.h>
#include <string.h>

struct allocator {
    void *(*alloc)(struct allocator *self, size_t size_bytes, size_t align);
    void *(*resize)(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                    size_t align);
    void (*free)(struct allocator *self, void *block, size_t size_bytes, size_t align);
};

/* Allocate size_bytes aligned to align, a power of two. Contents are indeterminate.
 * Returns: the block, or NULL. A size of zero is legal and gives a unique block to be freed.
 * Owns: the caller owns the block. Threads: those of the concrete allocator. */
static inline void *allocator_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    return self->alloc(self, size_bytes, align);
}

/* As allocator_alloc, and every byte is zero. */
static inline void *allocator_alloc_zeroed(struct allocator *self, size_t size_bytes, size_t align)
{
    void *block = self->alloc(self, size_bytes, align);
    if (block)
        memset(block, 0, size_bytes);
    return block;
}

/* Change the size of a block; the first min(old, new) bytes are kept. NULL is an empty block.
 * Returns: the block, which may have moved, or NULL with the old block untouched and still owned. */
static inline void *allocator_resize(struct allocator *self, void *block, size_t old_bytes,
                                     size_t new_bytes, size_t align)
{
    return self->resize(self, block, old_bytes, new_bytes, align);
}

/* Give a block back, with the size and alignment that it was asked for with. NULL is ignored. */
static inline void allocator_free(struct allocator *self, void *block, size_t size_bytes,
                                  size_t align)
{
    if (block)
        self->free(self, block, size_bytes, align);
}

/* malloc, aligned_alloc and free as an allocator.
 * Returns: the one shared value; never NULL, never freed. Threads: any number at once. */
struct allocator *allocator_system(void);

#endif
