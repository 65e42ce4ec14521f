/* memory.c - shadow cells and races, atomic locations. The heap is in heap.c. */
#include "02_concurrency/interleave/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/interleave/heap.h"
#include "02_concurrency/interleave/room.h"

/* One access of the eight bytes of a cell. */
struct access {
    uint16_t events;
    uint8_t thread;
    uint8_t bytes; /* a bit for each */
    bool writes, atomic;
    const void *code;
};

enum { CELL_ACCESSES = 12, PAGE_CELLS = 512, PAGE_BUCKETS = 4096 };

struct cell {
    uint32_t execution; /* what follows is of that one */
    uint8_t count;
    uint8_t written; /* bytes that were plainly written since the cell was allocated */
    uint8_t shape
        [8]; /* of each byte: the size of the atomic that it is part of, and which part; 0: of none */
    uint32_t version[8]; /* of each byte's last plain write: thread and events */
    struct access accesses[CELL_ACCESSES];
};

struct page {
    uintptr_t number;
    struct page *next;
    struct cell cells[PAGE_CELLS];
};

struct location {
    uintptr_t address;
    uint32_t version;
    int size, next;
    uint32_t execution;
    graph_value initial;
};

static struct page *pages[PAGE_BUCKETS], *last_page;
static uint32_t execution;
static struct memory_report report;

enum { LOCATION_BUCKETS = 1024 };
static struct location *locations;
static int location_count, location_room, location_buckets[LOCATION_BUCKETS];

void memory_begin(void)
{
    heap_begin();
    location_count = 0;
    memset(location_buckets, -1, sizeof(location_buckets));
}

void memory_reset(void)
{
    execution++;
    heap_reset();
}

static struct page *find_page(uintptr_t number)
{
    struct page **bucket = &pages[(number ^ number >> 12) % PAGE_BUCKETS];
    for (struct page *page = *bucket; page; page = page->next)
        if (page->number == number)
            return page;
    struct page *page = calloc(1, sizeof(*page));
    if (!page) {
        fputs("interleave: out of memory\n", stderr);
        exit(2);
    }
    page->number = number;
    page->next = *bucket;
    return *bucket = page;
}

static struct cell *find_cell(uintptr_t address)
{
    uintptr_t number = address / (8 * PAGE_CELLS);
    if (!last_page || last_page->number != number)
        last_page = find_page(number);
    struct cell *cell = &last_page->cells[address / 8 % PAGE_CELLS];
    if (cell->execution != execution) {
        cell->execution = execution;
        cell->count = cell->written = 0;
        memset(cell->version, 0, sizeof(cell->version));
        memset(cell->shape, 0, sizeof(cell->shape));
    }
    return cell;
}

void memory_forget(uintptr_t address, size_t size, uint32_t version, bool written)
{
    for (uintptr_t at = address & ~(uintptr_t)7; at < address + size; at += 8) {
        struct cell *cell = find_cell(at);
        cell->count = 0;
        cell->written = written ? 0xff : 0;
        memset(cell->shape, 0, sizeof(cell->shape));
        for (int byte = 0; byte < 8; byte++)
            cell->version[byte] = version;
    }
}

const struct memory_report *memory_last_report(void)
{
    return &report;
}

static uint32_t version_of(const struct toucher *who)
{
    return (uint32_t)who->thread << 16 | (uint32_t)who->events;
}

static enum memory_fault fault_of(enum memory_fault fault, uintptr_t address, size_t size,
                                  bool writes)
{
    report = (struct memory_report){
        .fault = fault, .address = address, .size = (int)size, .writes = writes};
    return fault;
}

static bool is_ordered(const struct access *access, const struct toucher *who)
{
    return access->thread == who->thread || who->hb->count[access->thread] > access->events;
}

static bool races(const struct access *old, const struct access *new, const struct toucher *who)
{
    return (old->bytes & new->bytes) && (old->writes || new->writes) &&
           !(old->atomic && new->atomic) && !is_ordered(old, who);
}

static enum memory_fault race_with(const struct access *old, uintptr_t cell, bool writes)
{
    int first = __builtin_ctz(old->bytes);
    fault_of(MEMORY_RACE, cell + (uintptr_t)first, (size_t)__builtin_popcount(old->bytes), writes);
    report.other_writes = old->writes;
    report.other_atomic = old->atomic;
    report.other =
        (struct toucher){.thread = old->thread, .events = old->events, .code = old->code};
    return MEMORY_RACE;
}

/* Remember an access in place of those that it makes needless: of the same thread and bytes, no stronger than it; and,
 * when it writes, all that happened before it: who races with them races with it. */
static void remember(struct cell *cell, const struct access *access, const struct toucher *who)
{
    int kept = 0;
    for (int index = 0; index < cell->count; index++) {
        const struct access *old = &cell->accesses[index];
        bool covered = (old->bytes & ~access->bytes) == 0 && (access->writes || !old->writes) &&
                       (old->atomic || !access->atomic) &&
                       (old->thread == access->thread || (access->writes && is_ordered(old, who)));
        if (!covered)
            cell->accesses[kept++] = *old;
    }
    if (kept ==
        CELL_ACCESSES) { /* more than fit: a read is let go before a write, an old one before a new one */
        int gone = 0;
        while (gone < kept - 1 && cell->accesses[gone].writes)
            gone++;
        kept--;
        memmove(cell->accesses + gone, cell->accesses + gone + 1,
                (size_t)(kept - gone) * sizeof(*access));
    }
    cell->accesses[kept++] = *access;
    cell->count = (uint8_t)kept;
}

static enum memory_fault touch_cell(const struct toucher *who, uintptr_t at, unsigned bytes,
                                    bool writes, bool atomic)
{
    struct cell *cell = find_cell(at);
    struct access access = {.events = (uint16_t)who->events,
                            .thread = (uint8_t)who->thread,
                            .bytes = (uint8_t)bytes,
                            .writes = writes,
                            .atomic = atomic,
                            .code = who->code};
    for (int index = 0; index < cell->count; index++)
        if (races(&cell->accesses[index], &access, who))
            return race_with(&cell->accesses[index], at, writes);
    for (int byte = 0; writes && !atomic && byte < 8; byte++)
        if (bytes & 1u << byte) {
            cell->version[byte] = version_of(who);
            cell->shape[byte] = 0;
        }
    if (writes && !atomic)
        cell->written |= (uint8_t)bytes;
    remember(cell, &access, who);
    return MEMORY_FINE;
}

static enum memory_fault touch(const struct toucher *who, uintptr_t address, size_t size,
                               bool writes, bool atomic)
{
    enum memory_fault fault = heap_check(address, size);
    if (fault != MEMORY_FINE)
        return fault_of(fault, address, size, writes);
    uintptr_t end = address + size;
    for (uintptr_t at = address & ~(uintptr_t)7; at < end; at += 8) {
        unsigned bytes = 0xff;
        if (at < address)
            bytes &= 0xffu << (address - at);
        if (at + 8 > end)
            bytes &= 0xffu >> (at + 8 - end);
        fault = touch_cell(who, at, bytes & 0xff, writes, atomic);
        if (fault != MEMORY_FINE)
            return fault;
    }
    return MEMORY_FINE;
}

enum memory_fault memory_touch(const struct toucher *who, uintptr_t address, size_t size,
                               bool writes)
{
    return touch(who, address, size, writes, false);
}

/* What the C library wrote, unseen, is not blank either. */
static bool is_blank(uintptr_t address, size_t size)
{
    for (uintptr_t at = address; at < address + size; at++)
        if (find_cell(at)->written >> at % 8 & 1 || *(const unsigned char *)at != HEAP_BLANK)
            return false;
    return size > 0;
}

enum memory_fault memory_use(const struct toucher *who, uintptr_t address, size_t size)
{
    enum memory_fault fault = touch(who, address, size, false, false);
    if (fault == MEMORY_FINE && heap_has(address) && is_blank(address, size))
        fault = fault_of(MEMORY_BLANK, address, size, false);
    return fault;
}

/* Whether all bytes are of this atomic, or of none yet: two sizes at one place have no order that the standard knows. */
static bool takes_shape(uintptr_t address, int size)
{
    for (int part = 0; part < size; part++) {
        uint8_t *shape =
            &find_cell(address + (uintptr_t)part)->shape[(address + (uintptr_t)part) % 8];
        uint8_t wanted = (uint8_t)((size == 16  ? 5
                                    : size == 8 ? 4
                                    : size == 4 ? 3
                                                : size)
                                       << 4 |
                                   part);
        if (*shape != 0 && *shape != wanted)
            return false;
        *shape = wanted;
    }
    return true;
}

enum memory_fault memory_touch_atomic(const struct toucher *who, uintptr_t address, int size,
                                      bool writes, int *location)
{
    enum memory_fault fault = touch(who, address, (size_t)size, writes, true);
    if (fault == MEMORY_FINE && !takes_shape(address, size))
        fault = fault_of(MEMORY_MIXED, address, (size_t)size, writes);
    if (fault == MEMORY_FINE)
        *location = memory_location(address, size);
    return fault;
}

/* ---- atomic locations -------------------------------------------------------------------------- */

static int add_location(uintptr_t address, uint32_t version, int size, int *bucket)
{
    locations = room_for(locations, location_count, &location_room, sizeof(*locations));
    locations[location_count] =
        (struct location){.address = address, .version = version, .size = size, .next = *bucket};
    return *bucket = location_count++;
}

int memory_location(uintptr_t address, int size)
{
    uint32_t version = 0;
    for (int part = 0; part < size; part++)
        version = version * 31 +
                  find_cell(address + (uintptr_t)part)->version[(address + (uintptr_t)part) % 8];
    int *bucket = &location_buckets[(address / 4 + version * 31) % LOCATION_BUCKETS];
    int found = *bucket;
    while (found >= 0 && (locations[found].address != address ||
                          locations[found].version != version || locations[found].size != size))
        found = locations[found].next;
    if (found < 0)
        found = add_location(address, version, size, bucket);
    struct location *location = &locations[found];
    if (location->execution != execution) {
        location->execution = execution;
        location->initial = 0;
        memcpy(&location->initial, (const void *)address, (size_t)size);
    }
    return found;
}

graph_value memory_initial(int location)
{
    return locations[location].initial;
}

uintptr_t memory_address(int location)
{
    return locations[location].address;
}

bool memory_is_written(int location)
{
    uintptr_t address = locations[location].address;
    unsigned bytes = (locations[location].size >= 8 ? 0xffu : (1u << locations[location].size) - 1)
                     << (address % 8);
    return !heap_has(address) || (find_cell(address)->written & bytes & 0xff) == (bytes & 0xff);
}
