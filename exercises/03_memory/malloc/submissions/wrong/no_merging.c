/* Forgets to merge: freed memory stays cut into the pieces it was given out in. */
#include "malloc.h"

#include <stdint.h>
#include <string.h>

/* A header of 16 bytes before every payload; bit 0 of the size says used. Blocks tile the heap. */
struct block {
    size_t size; /* of header and payload, a multiple of 16 */
    size_t unused;
};

struct heap {
    struct block *first, *end;
};

static size_t size_of(const struct block *block)
{
    return block->size & ~(size_t)1;
}

static struct block *after(struct block *block)
{
    return (struct block *)((char *)block + size_of(block));
}

struct heap *heap_init(void *region, size_t size_bytes)
{
    if (size_bytes < HEAP_REGION_MIN_BYTES)
        return NULL;
    struct heap *heap = region;
    size_bytes &= ~(size_t)15;
    heap->first = (struct block *)((char *)region + sizeof(*heap));
    heap->end = (struct block *)((char *)region + size_bytes);
    heap->first->size = size_bytes - sizeof(*heap);
    return heap;
}

static void split(struct block *block, size_t size)
{
    size_t rest = size_of(block) - size;
    if (rest < 32)
        return;
    block->size = size | 1;
    after(block)->size = rest;
}

void *heap_malloc(struct heap *heap, size_t size_bytes)
{
    if (size_bytes == 0 || size_bytes > SIZE_MAX / 2)
        return NULL;
    size_t size = (size_bytes + sizeof(struct block) + 15) & ~(size_t)15;
    for (struct block *block = heap->first; block < heap->end; block = after(block)) {
        if (block->size & 1)
            continue;
        if (block->size >= size) {
            block->size |= 1;
            split(block, size);
            return block + 1;
        }
    }
    return NULL;
}

void heap_free(struct heap *heap, void *pointer)
{
    (void)heap;
    if (pointer)
        ((struct block *)pointer - 1)->size &= ~(size_t)1;
}

void *heap_realloc(struct heap *heap, void *pointer, size_t size_bytes)
{
    if (!pointer)
        return heap_malloc(heap, size_bytes);
    if (size_bytes == 0) {
        heap_free(heap, pointer);
        return NULL;
    }
    struct block *block = (struct block *)pointer - 1;
    size_t old = size_of(block) - sizeof(*block);
    if (size_bytes <= old) {
        split(block, (size_bytes + sizeof(*block) + 15) & ~(size_t)15);
        return pointer;
    }
    void *moved = heap_malloc(heap, size_bytes);
    if (moved) {
        memcpy(moved, pointer, old);
        heap_free(heap, pointer);
    }
    return moved;
}
