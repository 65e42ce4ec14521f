/* Checks that the block fits, and forgets that the padding in front of it has to fit too. */
#include "arena.h"

#include <stdbool.h>
#include <string.h>

struct chunk {
    struct chunk *previous;
    size_t size_bytes; /* with this header: what goes back to the allocator */
    size_t used_bytes; /* this header, and all blocks so far */
};

struct arena {
    struct allocator *allocator;
    size_t chunk_bytes;
    struct chunk *chunks; /* the newest is where blocks are cut off; NULL at first */
    struct chunk *spare;
};

struct arena *arena_create(struct allocator *allocator, size_t chunk_bytes)
{
    struct arena *arena = allocator_alloc(allocator, sizeof(*arena), _Alignof(struct arena));
    if (arena)
        *arena = (struct arena){.allocator = allocator, .chunk_bytes = chunk_bytes};
    return arena;
}

static void free_list(struct arena *arena, struct chunk *chunk)
{
    while (chunk) {
        struct chunk *previous = chunk->previous;
        allocator_free(arena->allocator, chunk, chunk->size_bytes, _Alignof(struct chunk));
        chunk = previous;
    }
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    free_list(arena, arena->chunks);
    free_list(arena, arena->spare);
    allocator_free(arena->allocator, arena, sizeof(*arena), _Alignof(struct arena));
}

/* The block at the end of the chunk, or NULL when it does not fit. It is the address that must be
 * aligned, not the offset: a chunk starts wherever the allocator put it. */
static void *cut(struct chunk *chunk, size_t size_bytes, size_t align)
{
    uintptr_t end = (uintptr_t)chunk + chunk->used_bytes;
    size_t padding = -end & (align - 1);
    size_t room = chunk->size_bytes - chunk->used_bytes;
    if (size_bytes > room)
        return NULL;
    chunk->used_bytes += padding + size_bytes;
    return (char *)end + padding;
}

static struct chunk *take_spare(struct arena *arena, size_t size_bytes)
{
    for (struct chunk **link = &arena->spare; *link; link = &(*link)->previous) {
        struct chunk *chunk = *link;
        if (chunk->size_bytes >= size_bytes) {
            *link = chunk->previous;
            return chunk;
        }
    }
    return NULL;
}

/* Put a chunk on top that holds size_bytes at any place its start may have. */
static bool add_chunk(struct arena *arena, size_t size_bytes, size_t align)
{
    size_t overhead = sizeof(struct chunk) + align;
    if (size_bytes > SIZE_MAX - overhead)
        return false;
    size_t need = size_bytes + overhead;
    if (need < arena->chunk_bytes)
        need = arena->chunk_bytes;
    struct chunk *chunk = take_spare(arena, need);
    if (!chunk) {
        chunk = allocator_alloc(arena->allocator, need, _Alignof(struct chunk));
        if (!chunk)
            return false;
        chunk->size_bytes = need;
    }
    chunk->used_bytes = sizeof(*chunk);
    chunk->previous = arena->chunks;
    arena->chunks = chunk;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size_bytes, size_t align)
{
    void *block = arena->chunks ? cut(arena->chunks, size_bytes, align) : NULL;
    if (!block && add_chunk(arena, size_bytes, align))
        block = cut(arena->chunks, size_bytes, align);
    return block;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    size_t size_bytes = strlen(text) + 1;
    char *copy = arena_alloc(arena, size_bytes, 1);
    return copy ? memcpy(copy, text, size_bytes) : NULL;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    struct chunk *chunk = arena->chunks;
    return (struct arena_mark){{(uintptr_t)chunk, chunk ? chunk->used_bytes : 0}};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while (arena->chunks != (struct chunk *)mark.word[0]) {
        struct chunk *chunk = arena->chunks;
        arena->chunks = chunk->previous;
        chunk->previous = arena->spare;
        arena->spare = chunk;
    }
    if (arena->chunks)
        arena->chunks->used_bytes = mark.word[1];
}

void arena_reset(struct arena *arena)
{
    arena_rewind(arena, (struct arena_mark){{0, 0}});
}
