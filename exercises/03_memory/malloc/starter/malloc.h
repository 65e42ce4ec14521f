/* malloc.h - a general allocator over one fixed region of memory.
 *
 * The region is all there is: the heap's own bookkeeping lives in it too, and the file keeps no
 * variables of its own, so that any number of heaps can exist at once.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: heap_init heap_malloc heap_free heap_realloc
 */
#ifndef SYSLAB_EXERCISE_MALLOC_H
#define SYSLAB_EXERCISE_MALLOC_H

#include <stddef.h>

enum {
    HEAP_ALIGN = 16,               /* of every block */
    HEAP_REGION_MIN_BYTES = 4096,  /* heap_init accepts every region at least this large */
    HEAP_OVERHEAD_MAX_BYTES = 2048 /* what a fresh heap may keep of its region for itself */
};

struct heap; /* yours to define; it lives at the start of the region or wherever in it you like */

/* Make a heap of the region. Its start is aligned to 16 bytes; its size need not be a multiple of
 * anything. Returns: the heap, or NULL when size_bytes is below HEAP_REGION_MIN_BYTES.
 * A fresh heap gives out one block of size_bytes - HEAP_OVERHEAD_MAX_BYTES if it is asked for it. */
struct heap *heap_init(void *region, size_t size_bytes);

/* Returns: a block of at least size_bytes, aligned to HEAP_ALIGN, inside the region, and disjoint from
 * every live block; or NULL when size_bytes is 0 or nothing that large is free. A NULL changes nothing. */
void *heap_malloc(struct heap *heap, size_t size_bytes);

/* Give a block back. Freed neighbours merge, at the latest when a request needs them to: after every
 * block is freed, the heap gives out again what it gave when it was fresh. NULL is ignored. */
void heap_free(struct heap *heap, void *block);

/* Change the size of a block; the first min(old, new) bytes are kept, and the block may move.
 * A NULL block is heap_malloc; a size of 0 is heap_free and returns NULL.
 * Returns: the block, or NULL with the old one untouched and still live. */
void *heap_realloc(struct heap *heap, void *block, size_t size_bytes);

#endif
