/* Cuts blocks off downwards: then rounding the address down aligns it, and nothing is added. Chunks that a
 * rewind pops go straight back to the allocator, so there is no list of spares; a reset keeps the first. */
#include "arena.h"

#include <string.h>

struct chunk {
    struct chunk *older;
    size_t size_bytes;
    char *low; /* blocks lie from here to the end */
};

struct arena {
    struct allocator *allocator;
    size_t chunk_bytes;
    struct chunk *newest;
};

struct arena *arena_create(struct allocator *allocator, size_t chunk_bytes)
{
    struct arena *arena = allocator_alloc(allocator, sizeof(*arena), 16);
    if (!arena)
        return NULL;
    arena->allocator = allocator;
    arena->chunk_bytes = chunk_bytes;
    arena->newest = NULL;
    return arena;
}

static void pop(struct arena *arena)
{
    struct chunk *chunk = arena->newest;
    arena->newest = chunk->older;
    allocator_free(arena->allocator, chunk, chunk->size_bytes, 16);
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    while (arena->newest)
        pop(arena);
    allocator_free(arena->allocator, arena, sizeof(*arena), 16);
}

static char *end_of(struct chunk *chunk)
{
    return (char *)chunk + chunk->size_bytes;
}

static int push(struct arena *arena, size_t size_bytes)
{
    struct chunk *chunk = allocator_alloc(arena->allocator, size_bytes, 16);
    if (!chunk)
        return 0;
    chunk->size_bytes = size_bytes;
    chunk->older = arena->newest;
    chunk->low = end_of(chunk);
    arena->newest = chunk;
    return 1;
}

static void *cut(struct chunk *chunk, size_t size_bytes, size_t align)
{
    uintptr_t low = (uintptr_t)chunk->low, first = (uintptr_t)(chunk + 1);
    if (size_bytes > low - first)
        return NULL;
    low = (low - size_bytes) & ~(uintptr_t)(align - 1);
    if (low < first)
        return NULL;
    chunk->low = (char *)low;
    return chunk->low;
}

void *arena_alloc(struct arena *arena, size_t size_bytes, size_t align)
{
    void *block = arena->newest ? cut(arena->newest, size_bytes, align) : NULL;
    if (block || size_bytes > SIZE_MAX / 2)
        return block;
    size_t need = sizeof(struct chunk) + size_bytes + align;
    if (!push(arena, need > arena->chunk_bytes ? need : arena->chunk_bytes))
        return NULL;
    return cut(arena->newest, size_bytes, align);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    char *copy = arena_alloc(arena, length + 1, 1);
    if (copy)
        memcpy(copy, text, length + 1);
    return copy;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    struct arena_mark mark = {{(uintptr_t)arena->newest, 0}};
    if (arena->newest)
        mark.word[1] = (uintptr_t)arena->newest->low;
    return mark;
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while ((uintptr_t)arena->newest != mark.word[0])
        pop(arena);
    if (arena->newest)
        arena->newest->low = (char *)mark.word[1];
}

void arena_reset(struct arena *arena)
{
    while (arena->newest && arena->newest->older)
        pop(arena);
    if (arena->newest)
        arena->newest->low = end_of(arena->newest);
}
