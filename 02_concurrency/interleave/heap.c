/* heap.c - a part of the address space for each thread, given out from the front. */
#include "02_concurrency/interleave/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "02_concurrency/interleave/room.h"

enum { PART_BYTES = 64 << 20, RED_ZONE = 16 };

struct block {
    uintptr_t from;
    size_t size;
    const void *code, *freed_code;
    bool freed, reached;
};

struct part {
    uintptr_t next;
    struct block *blocks; /* by address */
    int count, room;
};

static uintptr_t heap;
static struct part parts[GRAPH_THREADS_MAX];

void heap_begin(void)
{
    /* At an address of our own choosing: hashes of pointers, and so the program, are the same each time. */
    void *wish = (void *)(uintptr_t)0x600000000000;
    void *got = mmap(wish, (size_t)PART_BYTES * GRAPH_THREADS_MAX, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (got != wish) {
        perror("interleave: the heap");
        exit(2);
    }
    heap = (uintptr_t)got;
    heap_reset();
}

void heap_reset(void)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++) {
        parts[thread].count = 0;
        parts[thread].next = heap + (uintptr_t)thread * PART_BYTES;
    }
}

static struct part *part_of(uintptr_t address)
{
    if (address < heap || address >= heap + (uintptr_t)PART_BYTES * GRAPH_THREADS_MAX)
        return NULL;
    return &parts[(address - heap) / PART_BYTES];
}

bool heap_has(uintptr_t address)
{
    return part_of(address) != NULL;
}

/* The last block that begins at or before the address. */
static struct block *find_block(uintptr_t address)
{
    struct part *part = part_of(address);
    int low = 0, high = part ? part->count : 0;
    while (low < high) {
        int middle = (low + high) / 2;
        if (part->blocks[middle].from <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &part->blocks[low - 1] : NULL;
}

enum memory_fault heap_check(uintptr_t address, size_t size)
{
    if (!part_of(address))
        return MEMORY_FINE;
    const struct block *block = find_block(address);
    if (!block || address + size > block->from + block->size)
        return MEMORY_OUTSIDE;
    return block->freed ? MEMORY_FREED : MEMORY_FINE;
}

void *memory_allocate(const struct toucher *who, size_t size, size_t align, bool zero)
{
    struct part *part = &parts[who->thread];
    align = align < 16 ? 16 : align;
    uintptr_t from = (part->next + RED_ZONE + align - 1) & ~(uintptr_t)(align - 1);
    uintptr_t end = heap + (uintptr_t)(who->thread + 1) * PART_BYTES;
    if (from > end || size > end - from)
        return NULL;
    part->blocks = room_for(part->blocks, part->count, &part->room, sizeof(*part->blocks));
    part->blocks[part->count++] = (struct block){.from = from, .size = size, .code = who->code};
    part->next = (from + size + 7) & ~(uintptr_t)7;
    memory_forget(from, size, (uint32_t)who->thread << 16 | (uint32_t)who->events, zero);
    memset((void *)from, zero ? 0 : HEAP_BLANK, size);
    return (void *)from;
}

enum memory_fault memory_free(const struct toucher *who, void *at)
{
    struct block *block = find_block((uintptr_t)at);
    if (!block || block->from != (uintptr_t)at)
        return MEMORY_FOREIGN_FREE;
    if (block->freed)
        return MEMORY_DOUBLE_FREE;
    /* To free is to write: who still uses the block races with it. */
    enum memory_fault fault = memory_touch(who, block->from, block->size, true);
    block->freed = true;
    block->freed_code = who->code;
    return fault;
}

size_t memory_block_size(const void *at)
{
    const struct block *block = find_block((uintptr_t)at);
    return block && block->from == (uintptr_t)at ? block->size : 0;
}

bool memory_describe(uintptr_t address, const void **allocated_at, size_t *offset, size_t *size)
{
    const struct block *block = find_block(address);
    if (!block)
        return false;
    *allocated_at = block->code;
    *offset = address - block->from;
    *size = block->size;
    return true;
}

/* ---- leaks: what no root leads to -------------------------------------------------------------- */

static void reach(uintptr_t from, uintptr_t to)
{
    for (uintptr_t at = (from + 7) & ~(uintptr_t)7; at + 8 <= to; at += 8) {
        uintptr_t word;
        memcpy(&word, (const void *)at, sizeof(word));
        struct block *block = find_block(word & ~(uintptr_t)15);
        block = block ? block : find_block(word);
        if (block && !block->freed && !block->reached && word <= block->from + block->size) {
            block->reached = true;
            reach(block->from, block->from + block->size);
        }
    }
}

int memory_leaks(const struct memory_range *roots, int count, const void **first_code,
                 size_t *first_size)
{
    int leaks = 0;
    for (int root = 0; root < count; root++)
        reach(roots[root].from, roots[root].to);
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        for (int index = 0; index < parts[thread].count; index++) {
            const struct block *block = &parts[thread].blocks[index];
            if (block->freed || block->reached)
                continue;
            if (leaks++ == 0) {
                *first_code = block->code;
                *first_size = block->size;
            }
        }
    return leaks;
}
