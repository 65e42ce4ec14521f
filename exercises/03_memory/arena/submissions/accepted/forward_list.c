/* The chunks in a list, in the order in which they are used; those behind current are empty.
 *
 *     arena --> first                 current
 *               +---+----------+     +---+-----+------+     +---+----------+
 *               | h | blocks   |---->| h | blk | free |---->| h |   free   |----> NULL
 *               +---+----------+     +---+-----+------+     +---+----------+
 *               full, or nearly            ^used            left by a rewind or a reset
 *
 * Chunks behind `current` are empty. That one rule makes rewind and reset an assignment: they move
 * `current` back and free nothing, and arena_alloc walks forward into what is there before it asks
 * for more. The same requests after a reset therefore meet the same chunks.
 */
#include "arena.h"

#include <string.h>

struct chunk {
    struct chunk *next;
    size_t bytes; /* of the whole chunk, for allocator_free */
};

struct arena {
    struct allocator *allocator;
    struct chunk *first;   /* NULL until the first block */
    struct chunk *current; /* NULL: nothing is in use, the next block goes to the first chunk */
    size_t used;           /* bytes of current that are taken, its header included */
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
        next = chunk->next; /* read before the chunk is gone */
        allocator_free(arena->allocator, chunk, chunk->bytes, _Alignof(struct chunk));
    }
    allocator_free(arena->allocator, arena, sizeof(*arena), _Alignof(struct arena));
}

/* Cut a block from a chunk of which *used bytes are taken. Returns: it, or NULL: it does not fit. */
static void *cut(struct chunk *chunk, size_t *used, size_t size_bytes, size_t align)
{
    /* It is the address that must be aligned. An offset says nothing about it: the chunk itself
     * begins wherever the allocator put it. */
    uintptr_t top = (uintptr_t)chunk + *used;
    size_t padding = -top & (align - 1);
    size_t room = chunk->bytes - *used;
    /* Two subtractions that cannot wrap, instead of a sum that can. */
    if (padding > room || size_bytes > room - padding)
        return NULL;
    *used += padding + size_bytes;
    return (char *)top + padding;
}

/* Put a new chunk behind current, large enough for this block wherever it begins.
 * Returns: it, or NULL with nothing changed. */
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
        size_bytes = 1; /* so that the next block has another address */
    void *block = NULL;
    if (arena->current)
        block = cut(arena->current, &arena->used, size_bytes, align);
    if (block)
        return block;
    /* The next chunk if there is one and it will do, else a new one in front of it. */
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
    char *copy = arena_alloc(arena, bytes, 1); /* char has no alignment: strings lie wall to wall */
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
    arena->current = (struct chunk *)mark.word[0];
    arena->used = mark.word[1];
}

void arena_reset(struct arena *arena)
{
    arena->current = NULL;
}
