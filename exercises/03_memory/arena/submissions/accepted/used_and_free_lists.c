/* Two lists: chunks in use, newest first, and chunks that are free, kept sorted by size. The arena
 * itself lies in its first chunk. A mark is an address: the chunk that contains it is searched. */
#include "arena.h"

#include <stdbool.h>
#include <string.h>

struct chunk {
    struct chunk *older;
    char *top, *end;
};

struct arena {
    struct allocator *source;
    size_t chunk_bytes;
    struct chunk *used, *free;
};

static struct chunk *chunk_new(struct allocator *source, size_t bytes)
{
    struct chunk *chunk = allocator_alloc(source, bytes, _Alignof(max_align_t));
    if (chunk) {
        chunk->older = NULL;
        chunk->top = (char *)(chunk + 1);
        chunk->end = (char *)chunk + bytes;
    }
    return chunk;
}

static char *chunk_cut(struct chunk *chunk, size_t size, size_t align)
{
    uintptr_t top = (uintptr_t)chunk->top, end = (uintptr_t)chunk->end;
    uintptr_t block = (top + align - 1) / align * align;
    if (block < top || block > end || size > end - block)
        return NULL;
    chunk->top = (char *)block + size;
    return (char *)block;
}

static void put_free(struct arena *arena, struct chunk *chunk)
{
    chunk->top = (char *)(chunk + 1);
    struct chunk **link = &arena->free;
    while (*link && (*link)->end - (*link)->top < chunk->end - chunk->top)
        link = &(*link)->older;
    chunk->older = *link;
    *link = chunk;
}

/* The smallest free chunk that surely holds so much, unlinked. */
static struct chunk *take_free(struct arena *arena, size_t bytes)
{
    for (struct chunk **link = &arena->free; *link; link = &(*link)->older)
        if ((size_t)((*link)->end - (*link)->top) >= bytes) {
            struct chunk *chunk = *link;
            *link = chunk->older;
            return chunk;
        }
    return NULL;
}

struct arena *arena_create(struct allocator *source, size_t chunk_bytes)
{
    struct chunk *chunk = chunk_new(source, sizeof(*chunk) + sizeof(struct arena) + chunk_bytes);
    if (!chunk)
        return NULL;
    struct arena *arena = (struct arena *)chunk_cut(chunk, sizeof(*arena), _Alignof(struct arena));
    *arena = (struct arena){source, chunk_bytes, chunk, NULL};
    return arena;
}

static void free_chunks(struct allocator *source, struct chunk *chunk)
{
    while (chunk) {
        struct chunk *older = chunk->older;
        size_t bytes = (size_t)(chunk->end - (char *)chunk);
        allocator_free(source, chunk, bytes, _Alignof(max_align_t));
        chunk = older;
    }
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    struct allocator *source = arena->source;
    free_chunks(source, arena->free);
    free_chunks(source, arena->used); /* the arena goes with the last of them */
}

void *arena_alloc(struct arena *arena, size_t size, size_t align)
{
    if (!size)
        size = 1;
    void *block = chunk_cut(arena->used, size, align);
    if (block)
        return block;
    size_t needed = size + align;
    if (needed < size || needed + sizeof(struct chunk) < needed)
        return NULL;
    struct chunk *chunk = take_free(arena, needed);
    if (!chunk) {
        size_t bytes = needed > arena->chunk_bytes ? needed : arena->chunk_bytes;
        chunk = chunk_new(arena->source, bytes + sizeof(*chunk));
    }
    if (!chunk)
        return NULL;
    chunk->older = arena->used;
    arena->used = chunk;
    return chunk_cut(chunk, size, align);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    char *copy = arena_alloc(arena, length + 1, 1);
    for (size_t i = 0; copy && i <= length; i++)
        copy[i] = text[i];
    return copy;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){{(uintptr_t)arena->used->top, (uintptr_t)arena->used->end}};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while ((uintptr_t)arena->used->end != mark.word[1]) {
        struct chunk *older = arena->used->older;
        put_free(arena, arena->used);
        arena->used = older;
    }
    arena->used->top = (char *)mark.word[0];
}

void arena_reset(struct arena *arena)
{
    while (arena->used->older) {
        struct chunk *older = arena->used->older;
        put_free(arena, arena->used);
        arena->used = older;
    }
    arena->used->top = (char *)(arena + 1);
}
