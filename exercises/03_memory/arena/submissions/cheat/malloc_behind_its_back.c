/* Takes memory from malloc instead of from the allocator that it was given, and never frees a block. */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

struct arena {
    struct allocator *allocator;
};

struct arena *arena_create(struct allocator *allocator, size_t chunk_bytes)
{
    (void)chunk_bytes;
    struct arena *arena = allocator_alloc(allocator, sizeof(*arena), 16);
    if (arena)
        arena->allocator = allocator;
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (arena)
        allocator_free(arena->allocator, arena, sizeof(*arena), 16);
}

void *arena_alloc(struct arena *arena, size_t size_bytes, size_t align)
{
    void *block = NULL;
    (void)arena;
    return posix_memalign(&block, align < 8 ? 8 : align, size_bytes + 1) ? NULL : block;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    (void)arena;
    return strdup(text);
}

struct arena_mark arena_mark(const struct arena *arena)
{
    (void)arena;
    return (struct arena_mark){{0, 0}};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    (void)arena, (void)mark;
}

void arena_reset(struct arena *arena)
{
    (void)arena;
}
