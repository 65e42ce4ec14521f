/* malloc.c - your general allocator. The handout is README.md beside this file.
 *
 * A good order of work:
 *   1. Lay out a block: a header with its size, then the payload. Walk the region block by block.
 *   2. heap_malloc: first fit, split what is left over. heap_free: mark it free.
 *   3. Merge free neighbours. A footer, or a bit in the next header, finds the one before.
 *   4. heap_realloc. Now every test but utilisation and throughput can pass.
 *   5. Keep the free blocks on lists by size: utilisation, then throughput.
 */
#include "malloc.h"

#include <stdint.h>
#include <string.h>

struct heap {
    size_t size_bytes; /* of the region; add what you need */
};

struct heap *heap_init(void *region, size_t size_bytes)
{
    (void)region, (void)size_bytes;
    return NULL; /* step 1: place a struct heap in the region and make the rest one free block */
}

void *heap_malloc(struct heap *heap, size_t size_bytes)
{
    (void)heap, (void)size_bytes;
    return NULL; /* step 2 */
}

void heap_free(struct heap *heap, void *block)
{
    (void)heap, (void)block; /* steps 2 and 3 */
}

void *heap_realloc(struct heap *heap, void *block, size_t size_bytes)
{
    (void)heap, (void)block, (void)size_bytes;
    return NULL; /* step 4 */
}
