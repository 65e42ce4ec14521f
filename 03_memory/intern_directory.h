/* intern_directory.h - from ids to strings: an array of entries that grows and never moves. Part of
 * intern: nobody else includes it.
 *
 *     chunks   [0]      [1]           [2]
 *               |        |             |
 *              256 ids  512 ids       1024 ids  ...         id --> chunk and offset by arithmetic
 *
 * Readers hold no lock. So a chunk that is there stays where it is until the end, and an array that
 * is full gets one more, as large as all before it together.
 *
 * Invariant: ids are 1 to count, without a gap: the chunk is there before its id is given. A place
 * goes from NULL to its entry, once; the entry is complete by then.
 *
 *     operation               may run at once with    progress
 *     intern_directory_add    add, get, count         lock-free, but for the allocator
 *     intern_directory_get    all but init and fini   wait-free
 *     intern_directory_count  all but init and fini   wait-free
 *
 * Interface: intern_directory_init intern_directory_fini intern_directory_add intern_directory_get
 *            intern_directory_count
 */
#ifndef SYSLAB_MEMORY_INTERN_DIRECTORY_H
#define SYSLAB_MEMORY_INTERN_DIRECTORY_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

enum {
    INTERN_DIRECTORY_FIRST_LOG2 =
        8, /* of the ids in the first chunk; each next has twice as many */
    INTERN_DIRECTORY_CHUNKS = 32 - INTERN_DIRECTORY_FIRST_LOG2 + 1,
};

/* One string, in the arena of its shard. */
struct intern_entry {
    uint32_t id;
    uint32_t length;
    char bytes[]; /* and a zero */
};

typedef struct intern_entry *_Atomic intern_directory_place;

struct intern_directory {
    struct allocator *allocator;
    uint32_t max_count;
    intern_directory_place *_Atomic chunks[INTERN_DIRECTORY_CHUNKS];
    _Alignas(64)
        atomic_uint_least32_t count; /* ids 1 to this are given; every new string writes it */
};

/* Make an empty directory of at most max_count ids, below UINT32_MAX. Threads: alone. */
void intern_directory_init(struct intern_directory *directory, struct allocator *allocator,
                           uint32_t max_count);

/* Free the chunks; the entries are the caller's. Threads: alone. */
void intern_directory_fini(struct intern_directory *directory);

/* Give the entry the next id, and publish it: all of the entry but its id is complete before.
 * Errors: -ENOSPC: max_count are given; -ENOMEM. No id is taken then. */
int intern_directory_add(struct intern_directory *directory, struct intern_entry *entry);

/* Returns: how many ids are given; while others add, a moment ago's. */
uint32_t intern_directory_count(const struct intern_directory *directory);

struct intern_directory_position {
    size_t chunk, offset;
};

/* Where an id lives. */
static inline struct intern_directory_position intern_directory_position_of(uint32_t id)
{
    /* lesson: intern-directory */
    uint64_t from = (uint64_t)id + (1u << INTERN_DIRECTORY_FIRST_LOG2);
    size_t log2 = 63 - (size_t)__builtin_clzll(from);
    return (struct intern_directory_position){log2 - INTERN_DIRECTORY_FIRST_LOG2,
                                              from - (UINT64_C(1) << log2)};
    /* end lesson */
}

/* Returns: the entry of an id; NULL if it is not given, or given and not published yet. */
static inline const struct intern_entry *
intern_directory_get(const struct intern_directory *directory, uint32_t id)
{
    struct intern_directory_position at = intern_directory_position_of(id);
    /* acquire, twice: pair with the releases of ensure and intern_directory_add */
    intern_directory_place *chunk =
        atomic_load_explicit(&directory->chunks[at.chunk], memory_order_acquire);
    return chunk ? atomic_load_explicit(&chunk[at.offset], memory_order_acquire) : NULL;
}

#endif
