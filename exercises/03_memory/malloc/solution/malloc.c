/* malloc.c - the reference: segregated lists of free blocks, boundary tags, immediate merging.
 *
 *      one block, used                            one block, free
 *      +--------------------------------+         +--------------------------------+
 *      | size | previous is free | used |  8 B    | size | previous is free |      |  8 B
 *      +--------------------------------+ <- 16   +--------------------------------+ <- 16
 *      | payload                        |         | next free of this bin          |
 *      |                                |         | previous free of this bin      |
 *      |                                |         | ...                            |
 *      |                                |         | size again (the footer)        |
 *      +--------------------------------+         +--------------------------------+
 *
 * Sizes are multiples of 16, so the low bits of a size are free to hold flags. A used block needs no
 * footer: only a free block is ever asked for its start by the block after it, and then the bit
 * "previous is free" says that the footer is there. A header costs a used block 8 bytes.
 *
 * Bins: one for each size up to SMALL_MAX, then four to a doubling. A bitmap of bins that are not
 * empty finds the next larger one in a few instructions.
 *
 * Invariants, between calls:
 *   1. The blocks tile the heap from `first` to the sentinel, a used block of size 0.
 *   2. No two neighbours are both free.
 *   3. A block is in the bin of its size if and only if it is free, and the bin's bit says so.
 *   4. "previous is free" in a header is true if and only if the block before it is free, and then
 *      the word before the header is that block's size.
 */
#include "malloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    USED = 1,
    PREVIOUS_FREE = 2,
    FLAGS = 15,
    HEADER_BYTES = 8,
    BLOCK_MIN_BYTES = 32, /* header, two links, footer */
    SMALL_MAX = 1024,     /* the last size with a bin of its own */
    SMALL_BINS = SMALL_MAX / 16 + 1,
    BINS = SMALL_BINS + 4 * 24,
    FIT_TRIES = 16, /* how many blocks of a shared bin are looked at for the best */
};

struct block {
    size_t tag;                    /* size | flags */
    struct block *next, *previous; /* in the bin; only while free */
};

struct heap {
    uint64_t filled[(BINS + 63) / 64];
    struct block *bins[BINS];
};

static size_t size_of(const struct block *block)
{
    return block->tag & ~(size_t)FLAGS;
}

static struct block *after(struct block *block)
{
    return (struct block *)((char *)block + size_of(block));
}

static struct block *before(struct block *block)
{
    size_t footer = *(size_t *)((char *)block - sizeof(size_t));
    return (struct block *)((char *)block - footer);
}

static void *payload(struct block *block)
{
    return (char *)block + HEADER_BYTES;
}

static struct block *block_of(void *pointer)
{
    return (struct block *)((char *)pointer - HEADER_BYTES);
}

static unsigned bin_of(size_t size)
{
    if (size <= SMALL_MAX)
        return (unsigned)(size / 16);
    unsigned log = 63 - (unsigned)__builtin_clzll(size);
    unsigned quarter = (unsigned)(size >> (log - 2)) & 3;
    unsigned bin = SMALL_BINS + (log - 10) * 4 + quarter;
    return bin < BINS ? bin : BINS - 1;
}

static void list_insert(struct heap *heap, struct block *block)
{
    unsigned bin = bin_of(size_of(block));
    block->next = heap->bins[bin];
    block->previous = NULL;
    if (block->next)
        block->next->previous = block;
    heap->bins[bin] = block;
    heap->filled[bin / 64] |= UINT64_C(1) << bin % 64;
}

static void list_remove(struct heap *heap, struct block *block)
{
    unsigned bin = bin_of(size_of(block));
    if (block->next)
        block->next->previous = block->previous;
    if (block->previous)
        block->previous->next = block->next;
    else if (!(heap->bins[bin] = block->next))
        heap->filled[bin / 64] &= ~(UINT64_C(1) << bin % 64);
}

/* Make `size` bytes at block a free block: tags on both ends, the neighbour told, in its bin. */
static void make_free(struct heap *heap, struct block *block, size_t size)
{
    /* Invariant 2: the block before a free block is used, so PREVIOUS_FREE is never set on one. */
    block->tag = size;
    *(size_t *)((char *)block + size - sizeof(size_t)) = size;
    after(block)->tag |= PREVIOUS_FREE;
    list_insert(heap, block);
}

/* Cut a used block down to `size`, and free the rest when it can stand alone. */
static void trim(struct heap *heap, struct block *block, size_t size)
{
    size_t rest = size_of(block) - size;
    if (rest < BLOCK_MIN_BYTES)
        return;
    block->tag = size | (block->tag & FLAGS);
    struct block *tail = after(block);
    struct block *next = (struct block *)((char *)tail + rest);
    if (!(next->tag & USED)) {
        list_remove(heap, next);
        rest += size_of(next);
    }
    make_free(heap, tail, rest);
}

static unsigned next_filled(const struct heap *heap, unsigned bin)
{
    for (unsigned word = bin / 64; word < sizeof(heap->filled) / sizeof(*heap->filled); word++) {
        uint64_t bits = heap->filled[word];
        if (word == bin / 64)
            bits &= ~UINT64_C(0) << bin % 64;
        if (bits)
            return word * 64 + (unsigned)__builtin_ctzll(bits);
    }
    return BINS;
}

/* The best of the first FIT_TRIES blocks of a bin that are large enough; all of the last bin. */
static struct block *best_in(const struct heap *heap, unsigned bin, size_t size)
{
    struct block *best = NULL;
    int tries = bin == BINS - 1 ? -1 : FIT_TRIES;
    for (struct block *block = heap->bins[bin]; block; block = block->next) {
        if (size_of(block) >= size && (!best || size_of(block) < size_of(best)))
            best = block;
        if ((best && size_of(best) == size) || (best && --tries == 0))
            break;
    }
    return best;
}

static struct block *find_fit(const struct heap *heap, size_t size)
{
    for (unsigned bin = next_filled(heap, bin_of(size)); bin < BINS;
         bin = next_filled(heap, bin + 1)) {
        struct block *block = best_in(heap, bin, size);
        if (block)
            return block;
        if (bin + 1 == BINS)
            break;
    }
    return NULL;
}

/* The block size for a request: header and payload, a multiple of 16; 0 when it cannot exist. */
static size_t block_size(size_t size_bytes)
{
    if (size_bytes == 0 || size_bytes > SIZE_MAX / 2)
        return 0;
    size_t size = (size_bytes + HEADER_BYTES + 15) & ~(size_t)15;
    return size < BLOCK_MIN_BYTES ? BLOCK_MIN_BYTES : size;
}

struct heap *heap_init(void *region, size_t size_bytes)
{
    if (size_bytes < HEAP_REGION_MIN_BYTES)
        return NULL;
    struct heap *heap = region;
    memset(heap, 0, sizeof(*heap));
    /* Headers sit 8 bytes before a multiple of 16, so that payloads sit on one. */
    char *first =
        (char *)region + ((sizeof(*heap) + HEADER_BYTES + 15) & ~(size_t)15) - HEADER_BYTES;
    char *end = (char *)region + (size_bytes & ~(size_t)15) - HEADER_BYTES;
    struct block *sentinel = (struct block *)end;
    sentinel->tag = USED;
    make_free(heap, (struct block *)first, (size_t)(end - first));
    return heap;
}

void *heap_malloc(struct heap *heap, size_t size_bytes)
{
    size_t size = block_size(size_bytes);
    struct block *block = size ? find_fit(heap, size) : NULL;
    if (!block)
        return NULL;
    list_remove(heap, block);
    block->tag |= USED;
    after(block)->tag &= ~(size_t)PREVIOUS_FREE;
    trim(heap, block, size);
    return payload(block);
}

void heap_free(struct heap *heap, void *pointer)
{
    if (!pointer)
        return;
    struct block *block = block_of(pointer);
    size_t size = size_of(block);
    struct block *next = after(block);
    if (!(next->tag & USED)) {
        list_remove(heap, next);
        size += size_of(next);
    }
    if (block->tag & PREVIOUS_FREE) {
        block = before(block);
        list_remove(heap, block);
        size += size_of(block);
    }
    make_free(heap, block, size);
}

/* Grow a used block into the free one behind it, if there is one and it is enough. */
static bool grow_in_place(struct heap *heap, struct block *block, size_t size)
{
    struct block *next = after(block);
    if (next->tag & USED || size_of(block) + size_of(next) < size)
        return false;
    list_remove(heap, next);
    block->tag += size_of(next);
    after(block)->tag &= ~(size_t)PREVIOUS_FREE;
    return true;
}

void *heap_realloc(struct heap *heap, void *pointer, size_t size_bytes)
{
    if (!pointer)
        return heap_malloc(heap, size_bytes);
    if (size_bytes == 0) {
        heap_free(heap, pointer);
        return NULL;
    }
    size_t size = block_size(size_bytes);
    if (size == 0)
        return NULL;
    struct block *block = block_of(pointer);
    if (size <= size_of(block) || grow_in_place(heap, block, size)) {
        trim(heap, block, size);
        return pointer;
    }
    void *moved = heap_malloc(heap, size_bytes);
    if (moved) {
        memcpy(moved, pointer, size_of(block) - HEADER_BYTES);
        heap_free(heap, pointer);
    }
    return moved;
}
