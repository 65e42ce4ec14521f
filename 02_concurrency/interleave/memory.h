/* memory.h - the memory of the explored program: its variables, its heap, and who touched which byte last.
 *
 * Plain accesses go to real memory, so the program must be run in an order in which each comes after those that happen
 * before it; then a program without data races reads what the memory model says. Whether it has one is watched here: for
 * each eight bytes, the accesses that were made, each with its thread and how many events that thread had done. Two
 * accesses race when they touch the same byte, one of them writes, not both are atomic, and neither happens before
 * the other.
 *
 * An atomic location is a place in memory since its last plain write (or its allocation): what stood there then is its
 * initial value. So storage that is reused is a new location, and the writes of its former life are no choice for
 * its readers.
 *
 * The heap gives each thread its own addresses, in order: the same in every execution in which the thread does the same.
 * Freed memory is not given out again.
 *
 * Threads: one. Interface: memory_*
 */
#ifndef SYSLAB_INTERLEAVE_MEMORY_H
#define SYSLAB_INTERLEAVE_MEMORY_H

#include "02_concurrency/interleave/graph.h"

/* Whoever asks: the thread, how many events it has done, what happened before it, and its code. */
struct toucher {
    int thread, events;
    const struct clock *hb; /* at its last event */
    const void *code;
};

enum memory_fault {
    MEMORY_FINE,
    MEMORY_RACE,
    MEMORY_FREED,
    MEMORY_OUTSIDE,
    MEMORY_MIXED, /* atomic accesses of different sizes */
    MEMORY_DOUBLE_FREE,
    MEMORY_FOREIGN_FREE,
    MEMORY_BLANK, /* nobody wrote what is read */
};

/* What went wrong at which address, and with whom. */
struct memory_report {
    enum memory_fault fault;
    uintptr_t address;
    int size;
    bool writes, other_writes, other_atomic;
    struct toucher other;
};

void memory_begin(void);
/* A new execution: nobody touched anything, the heap is empty. */
void memory_reset(void);

/* A plain access. Returns: MEMORY_FINE, or what memory_last_report tells. Cost: a hash lookup for each 8 bytes. */
enum memory_fault memory_touch(const struct toucher *who, uintptr_t address, size_t size,
                               bool writes);
/* A plain read of a value that is used: it must be there. In the heap; of what the program reads piece by piece, at least one
 * byte, for a structure is copied with the gaps between its members. */
enum memory_fault memory_use(const struct toucher *who, uintptr_t address, size_t size);
/* An atomic one. *location: its number. */
enum memory_fault memory_touch_atomic(const struct toucher *who, uintptr_t address, int size,
                                      bool writes, int *location);
const struct memory_report *memory_last_report(void);

/* The location that is there now, with the value that stands there as its initial one. */
int memory_location(uintptr_t address, int size);
graph_value memory_initial(int location);
uintptr_t memory_address(int location);
/* Whether something was written there: what is in the heap begins with nothing. */
bool memory_is_written(int location);

/* Returns: the block, or NULL when the thread's part of the heap is full. */
void *memory_allocate(const struct toucher *who, size_t size, size_t align, bool zero);
enum memory_fault memory_free(const struct toucher *who, void *block);
size_t memory_block_size(const void *block);
/* Describe an address that is in the heap: "8 bytes into the block of 16 that ... ". Returns: false: it is not. */
bool memory_describe(uintptr_t address, const void **allocated_at, size_t *offset, size_t *size);

/* A block that was not freed and that no word of these ranges, nor of a reachable block, points to.
 * Returns: how many; *first: one of them. */
struct memory_range {
    uintptr_t from, to;
};
int memory_leaks(const struct memory_range *roots, int count, const void **first_code,
                 size_t *first_size);

#endif
