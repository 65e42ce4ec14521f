/* arena.h - a bump allocator: many small blocks, one lifetime.
 *
 * An arena gets large chunks from an allocator and cuts blocks off them by moving a pointer. A block is
 * never freed alone: the arena is rewound to a mark, reset, or destroyed.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: arena_create arena_destroy arena_alloc arena_strdup arena_mark arena_rewind arena_reset
 */
#ifndef SYSLAB_EXERCISE_ARENA_H
#define SYSLAB_EXERCISE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

struct arena; /* yours to define */

/* A place to come back to. The two words are yours to use as you like. */
struct arena_mark {
    uintptr_t word[2];
};

/* Make an empty arena. All its memory, its own bookkeeping too, comes from the allocator, for blocks in
 * chunks of about chunk_bytes (at least 64). Returns: the arena, or NULL when the allocator refuses. */
struct arena *arena_create(struct allocator *allocator, size_t chunk_bytes);

/* Give everything back to the allocator. NULL is ignored. */
void arena_destroy(struct arena *arena);

/* Returns: size_bytes that no other live block shares, aligned to align (a power of two, up to 4096), or
 * NULL when that cannot be had; a NULL leaves the arena and its blocks as they were.
 * A size of 0 gives a pointer that is not NULL; a size above chunk_bytes is as good as any. */
void *arena_alloc(struct arena *arena, size_t size_bytes, size_t align);

/* Returns: a copy of the text in the arena, or NULL. */
char *arena_strdup(struct arena *arena, const char *text);

/* Returns: the present place. It is valid until the arena is rewound to an earlier one, or reset. */
struct arena_mark arena_mark(const struct arena *arena);

/* Drop every block that was allocated since the mark; older ones stay. The memory is used again: the same
 * request gets the same address, and a loop of mark, requests and rewind grows no more after its second
 * turn. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Drop every block. The arena is empty and usable, and does not ask for more memory than it had to do
 * the same again. */
void arena_reset(struct arena *arena);

#endif
