/* An array of chunks instead of a list: a mark is two numbers, a chunk's and a place in it. Nothing is ever
 * given back before arena_destroy; a rewind only moves the numbers, and chunks ahead are used again. */
#include "arena.h"

#include <string.h>

struct chunk {
    char *start;
    size_t size;
};

struct arena {
    struct allocator *allocator;
    size_t chunk_bytes;
    struct chunk *chunk;
    size_t count, room; /* chunks there are, entries there is room for */
    size_t current, used;
};

struct arena *arena_create(struct allocator *allocator, size_t chunk_bytes)
{
    struct arena *arena = allocator_alloc_zeroed(allocator, sizeof(*arena), _Alignof(struct arena));
    if (arena) {
        arena->allocator = allocator;
        arena->chunk_bytes = chunk_bytes;
    }
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL)
        return;
    for (size_t i = 0; i < arena->count; i++)
        allocator_free(arena->allocator, arena->chunk[i].start, arena->chunk[i].size, 1);
    allocator_free(arena->allocator, arena->chunk, arena->room * sizeof(struct chunk),
                   _Alignof(struct chunk));
    allocator_free(arena->allocator, arena, sizeof(*arena), _Alignof(struct arena));
}

static int more_room(struct arena *arena)
{
    size_t room = arena->room ? arena->room * 2 : 4;
    struct chunk *grown =
        allocator_resize(arena->allocator, arena->chunk, arena->room * sizeof(struct chunk),
                         room * sizeof(struct chunk), _Alignof(struct chunk));
    if (grown == NULL)
        return -1;
    arena->chunk = grown;
    arena->room = room;
    return 0;
}

static int append(struct arena *arena, size_t size)
{
    if (arena->count == arena->room && more_room(arena) < 0)
        return -1;
    char *start = allocator_alloc(arena->allocator, size, 1);
    if (start == NULL)
        return -1;
    arena->chunk[arena->count].start = start;
    arena->chunk[arena->count].size = size;
    arena->count++;
    return 0;
}

static void *try_at(struct arena *arena, size_t index, size_t used, size_t size, size_t align)
{
    struct chunk *chunk = &arena->chunk[index];
    size_t misaligned = ((uintptr_t)chunk->start + used) % align;
    if (misaligned)
        used += align - misaligned;
    if (used > chunk->size || chunk->size - used < size)
        return NULL;
    arena->current = index;
    arena->used = used + size;
    return chunk->start + used;
}

void *arena_alloc(struct arena *arena, size_t size_bytes, size_t align)
{
    for (size_t i = arena->current; i < arena->count; i++) {
        void *block = try_at(arena, i, i == arena->current ? arena->used : 0, size_bytes, align);
        if (block)
            return block;
    }
    if (size_bytes + align < size_bytes)
        return NULL;
    size_t size = size_bytes + align;
    if (append(arena, size > arena->chunk_bytes ? size : arena->chunk_bytes) < 0)
        return NULL;
    return try_at(arena, arena->count - 1, 0, size_bytes, align);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    char *copy = arena_alloc(arena, strlen(text) + 1, 1);
    return copy ? strcpy(copy, text) : NULL;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){{arena->current, arena->used}};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    arena->current = mark.word[0];
    arena->used = mark.word[1];
}

void arena_reset(struct arena *arena)
{
    arena->current = arena->used = 0;
}
