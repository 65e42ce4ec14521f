#include "yard.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALL = YARD_GUARDED + YARD_PLAYERS * YARD_CELLS, NONE = -1 };

struct cell {
    bool live;
    size_t size_bytes, align;
};

/* Numbers below YARD_GUARDED are pages; then the cells of player 0, then those of player 1. */
static struct yard {
    struct allocator base;
    bool guard;
    int player, next_guarded;
    int fresh[YARD_PLAYERS],
        freed[YARD_PLAYERS]; /* the next that nobody had, the top of the free ones */
    int below[ALL];          /* the free one below */
    struct cell cells[ALL];
    size_t large_live;
    const void *latest;
    const char *fault;
} yard;

static char *pages, *memory;
static size_t page_bytes;

static void *map(size_t size_bytes)
{
    void *mapped =
        mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped != MAP_FAILED)
        return mapped;
    perror("the harness has no memory");
    _exit(2);
}

static void *address_of(int number)
{
    return number < YARD_GUARDED ? pages + (size_t)number * page_bytes
                                 : memory + (size_t)(number - YARD_GUARDED) * YARD_CELL_BYTES;
}

static int number_of(const void *block)
{
    const char *at = block;
    if (at >= pages && at < pages + YARD_GUARDED * page_bytes)
        return (int)((size_t)(at - pages) / page_bytes);
    if (at >= memory && at < memory + (size_t)(ALL - YARD_GUARDED) * YARD_CELL_BYTES)
        return YARD_GUARDED + (int)((size_t)(at - memory) / YARD_CELL_BYTES);
    return NONE;
}

/* Free ones first, so that an address comes back as soon as it can. */
static int take_number(void)
{
    int player = yard.player, number = yard.freed[player];
    if (yard.guard && player == 0 && yard.next_guarded < YARD_GUARDED)
        return yard.next_guarded++;
    if (number != NONE) {
        yard.freed[player] = yard.below[number];
        return number;
    }
    return yard.fresh[player] < YARD_CELLS
               ? YARD_GUARDED + player * YARD_CELLS + yard.fresh[player]++
               : NONE;
}

static void *take(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self;
    if (size_bytes > YARD_CELL_BYTES || align > YARD_CELL_BYTES) {
        yard.large_live++;
        return allocator_alloc(allocator_system(), size_bytes, align);
    }
    int number = take_number();
    if (number == NONE)
        return NULL;
    yard.cells[number] = (struct cell){true, size_bytes, align};
    yard.latest = address_of(number);
    memset(address_of(number), 0xcd, size_bytes);
    return address_of(number);
}

static void give(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    int number = number_of(block);
    (void)self;
    if (!block)
        return;
    if (number == NONE) {
        yard.large_live--;
        allocator_free(allocator_system(), block, size_bytes, align);
        return;
    }
    struct cell *cell = &yard.cells[number];
    if (address_of(number) != block)
        yard.fault = "an address was given back that no block begins at";
    else if (!cell->live)
        yard.fault = "a block was given back twice";
    else if (cell->size_bytes != size_bytes || cell->align != align)
        yard.fault =
            "a block was given back with another size or alignment than it was asked for with";
    if (!cell->live)
        return;
    cell->live = false;
    if (number < YARD_GUARDED) {
        mprotect(address_of(number), page_bytes, PROT_NONE);
        return;
    }
    memset(block, 0xdd, size_bytes);
    yard.below[number] = yard.freed[yard.player];
    yard.freed[yard.player] = number;
}

static void *resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                    size_t align)
{
    void *moved = take(self, new_bytes, align);
    if (moved && block) {
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        give(self, block, old_bytes, align);
    }
    return moved;
}

void yard_open(bool guard)
{
    if (!memory) {
        page_bytes = (size_t)sysconf(_SC_PAGESIZE);
        pages = map(YARD_GUARDED * page_bytes);
        memory = map((size_t)(ALL - YARD_GUARDED) * YARD_CELL_BYTES);
    }
    mprotect(pages, YARD_GUARDED * page_bytes, PROT_READ | PROT_WRITE);
    memset(&yard, 0, sizeof(yard));
    yard.base = (struct allocator){take, resize, give};
    yard.guard = guard;
    yard.freed[0] = yard.freed[1] = NONE;
}

struct allocator *yard_allocator(void)
{
    return &yard.base;
}

void yard_play(int player)
{
    yard.player = player;
}

size_t yard_live(void)
{
    size_t live = yard.large_live;
    for (int i = 0; i < ALL; i++)
        live += yard.cells[i].live;
    return live;
}

const void *yard_block(void)
{
    return yard.latest;
}

const char *yard_fault(void)
{
    return yard.fault;
}

bool yard_is_closed(const void *address)
{
    int number = number_of(address);
    return number != NONE && number < YARD_GUARDED && !yard.cells[number].live;
}
