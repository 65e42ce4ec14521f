/* One list of free blocks, sorted by address, as in Kernighan and Ritchie's chapter 8.7, with best fit
 * instead of first fit. Sorting makes merging easy: a block's free neighbours are its neighbours on the
 * list. No footers, no flags. */
#include "malloc.h"

#include <stdint.h>
#include <string.h>

struct used {
    size_t size; /* header and payload */
    size_t pad;
};

struct hole {
    size_t size;
    struct hole *next;
};

struct heap {
    struct hole *holes;
    void *pad;
};

static size_t round_up(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

static int touch(const struct hole *low, const struct hole *high)
{
    return high && (const char *)low + low->size == (const char *)high;
}

static void give(struct heap *heap, void *start, size_t size)
{
    struct hole *hole = start, *low = NULL, *high = heap->holes;
    while (high && high < hole) {
        low = high;
        high = high->next;
    }
    hole->size = size;
    hole->next = high;
    if (touch(hole, high)) {
        hole->size += high->size;
        hole->next = high->next;
    }
    if (!low) {
        heap->holes = hole;
    } else if (touch(low, hole)) {
        low->size += hole->size;
        low->next = hole->next;
    } else {
        low->next = hole;
    }
}

struct heap *heap_init(void *region, size_t size_bytes)
{
    if (size_bytes < HEAP_REGION_MIN_BYTES)
        return NULL;
    struct heap *heap = region;
    heap->holes = NULL;
    give(heap, heap + 1, (size_bytes & ~(size_t)15) - sizeof(*heap));
    return heap;
}

void *heap_malloc(struct heap *heap, size_t size_bytes)
{
    if (size_bytes == 0 || size_bytes > SIZE_MAX - 64)
        return NULL;
    size_t size = round_up(size_bytes) + sizeof(struct used);
    struct hole **best = NULL;
    for (struct hole **link = &heap->holes; *link; link = &(*link)->next)
        if ((*link)->size >= size && (!best || (*link)->size < (*best)->size))
            best = link;
    if (!best)
        return NULL;
    struct hole *hole = *best;
    struct used *used = (struct used *)hole;
    if (hole->size - size < 32) {
        *best = hole->next;
        return used + 1;
    }
    struct hole *rest = (struct hole *)((char *)hole + size);
    rest->size = hole->size - size;
    rest->next = hole->next;
    *best = rest;
    used->size = size;
    return used + 1;
}

void heap_free(struct heap *heap, void *block)
{
    if (!block)
        return;
    struct used *used = (struct used *)block - 1;
    give(heap, used, used->size);
}

void *heap_realloc(struct heap *heap, void *block, size_t size_bytes)
{
    if (!block)
        return heap_malloc(heap, size_bytes);
    if (size_bytes == 0) {
        heap_free(heap, block);
        return NULL;
    }
    struct used *used = (struct used *)block - 1;
    size_t old = used->size - sizeof(*used);
    if (size_bytes <= old) {
        size_t size = round_up(size_bytes) + sizeof(*used), rest = used->size - size;
        if (rest >= 32) {
            used->size = size;
            give(heap, (char *)used + size, rest);
        }
        return block;
    }
    void *moved = heap_malloc(heap, size_bytes);
    if (moved) {
        memcpy(moved, block, old);
        heap_free(heap, block);
    }
    return moved;
}
