/* arena.c - your bump allocator. The handout is README.md; the contract is arena.h.
 *
 * A good order of work, one red test after the other:
 *   1. arena_create: a struct arena from the allocator, and a first chunk.
 *   2. arena_alloc: round up to the alignment, check that it fits, move on. No room: another chunk.
 *   3. Sizes that do not fit a chunk, sizes that do not fit a size_t.
 *   4. arena_mark, arena_rewind, arena_reset, arena_destroy.
 */
#include "arena.h"

#include <string.h>

struct arena {
    struct allocator *allocator; /* add what you need */
};

struct arena *arena_create(struct allocator *allocator, size_t chunk_bytes)
{
    (void)allocator, (void)chunk_bytes;
    return NULL; /* step 1 */
}

void arena_destroy(struct arena *arena)
{
    (void)arena; /* step 4 */
}

void *arena_alloc(struct arena *arena, size_t size_bytes, size_t align)
{
    (void)arena, (void)size_bytes, (void)align;
    return NULL; /* steps 2 and 3 */
}

char *arena_strdup(struct arena *arena, const char *text)
{
    (void)arena, (void)text;
    return NULL; /* step 2: room for the terminator too */
}

struct arena_mark arena_mark(const struct arena *arena)
{
    (void)arena;
    return (struct arena_mark){{0, 0}}; /* step 4 */
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    (void)arena, (void)mark; /* step 4 */
}

void arena_reset(struct arena *arena)
{
    (void)arena; /* step 4 */
}
