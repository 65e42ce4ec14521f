#include "03_memory/arena.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>

#include "07_unsafe/checked.h"

/* Under the sanitizer a block is followed by poisoned bytes. ARENA_GRAIN is the granule of its shadow
 * memory too, of which only the front part can be open: so the red zone begins at the next byte. */
enum {
    RED_ZONE_BYTES = SANITIZER_ADDRESS ? 16 : 0,
    HEADER_BYTES = sizeof(struct arena_chunk) + RED_ZONE_BYTES,
};
_Static_assert(HEADER_BYTES % ARENA_ALIGN == 0, "blocks begin aligned behind the header");

/* Where the next block may begin after one that ends here. */
static uintptr_t after(uintptr_t block_end)
{
    uintptr_t grain = ARENA_GRAIN;
    return ((block_end + (grain - 1)) & ~(grain - 1)) + RED_ZONE_BYTES;
}

/* ---- chunks -----------------------------------------------------------------------------------*/

/* By integers, because C does not define NULL - NULL. */
static size_t between(const char *from, const char *to)
{
    return (uintptr_t)to - (uintptr_t)from;
}

static size_t room(const struct arena *arena)
{
    return between(arena->top, arena->end);
}

static size_t chunk_room(const struct arena_chunk *chunk)
{
    return between(chunk->start, chunk->end);
}

static struct arena_chunk *make_chunk(struct arena *arena, size_t bytes)
{
    struct arena_chunk *chunk = allocator_alloc(arena->allocator, bytes, ARENA_ALIGN);
    if (!chunk)
        return NULL;
    chunk->start = (char *)chunk + HEADER_BYTES;
    chunk->end = (char *)chunk + bytes;
    chunk->bytes = bytes;
    ASAN_POISON_MEMORY_REGION(chunk + 1, bytes - sizeof(*chunk));
    return chunk;
}

static void free_chunk(struct arena *arena, struct arena_chunk *chunk)
{
    if (!chunk)
        return;
    ASAN_UNPOISON_MEMORY_REGION(chunk + 1, chunk->bytes - sizeof(*chunk));
    allocator_free(arena->allocator, chunk, chunk->bytes, ARENA_ALIGN);
}

/* Keep the larger of this chunk and the spare one as the spare, free the other. */
static void retire_chunk(struct arena *arena, struct arena_chunk *chunk)
{
    ASAN_POISON_MEMORY_REGION(chunk->start, chunk_room(chunk));
    struct arena_chunk *other = arena->spare;
    if (!other || chunk->bytes > other->bytes) {
        arena->spare = chunk;
        chunk = other;
    }
    free_chunk(arena, chunk);
}

/* Bump from this chunk, which may be NULL, and from this place in it. */
static void set_current(struct arena *arena, struct arena_chunk *chunk, char *top)
{
    arena->chunk = chunk;
    arena->top = top;
    arena->end = chunk ? chunk->end : NULL;
    if (chunk)
        ASAN_POISON_MEMORY_REGION(top, room(arena));
}

/* ---- allocation -------------------------------------------------------------------------------*/

/* What a block takes up, its red zone included. Returns: whether there is such a size. */
static bool block_bytes(size_t size, size_t *out)
{
    return checked_align_up(size, ARENA_GRAIN, out) && checked_add(*out, RED_ZONE_BYTES, out);
}

/* Cut a block from [top, end). Returns: it, or 0 when it does not fit. */
static uintptr_t cut(char **top, const char *end, size_t size, size_t align)
{
    size_t left = between(*top, end);
    size_t padding = -(uintptr_t)*top & (align - 1), whole;
    if (padding > left || !block_bytes(size, &whole) || whole > left - padding)
        return 0;
    uintptr_t block = (uintptr_t)*top + padding;
    *top = (char *)after(block + size);
    ASAN_UNPOISON_MEMORY_REGION((void *)block, size);
    return block;
}

/* The bytes that a chunk must have free so that this block fits wherever it begins; 0: too many. */
static size_t needed_bytes(size_t size, size_t align)
{
    size_t padding = align > ARENA_ALIGN ? align - ARENA_ALIGN : 0, whole;
    if (!block_bytes(size, &whole) || !checked_add(whole, padding, &whole) ||
        !checked_align_up(whole, ARENA_ALIGN, &whole))
        return 0;
    return whole;
}

/* lesson: arena-grow */
/* A chunk with room for a block of so many bytes: the spare one if it will do; else the next chunk,
 * twice the last; but one of its own for a block that would take up much of that. */
static struct arena_chunk *find_chunk(struct arena *arena, size_t needed)
{
    struct arena_chunk *chunk = arena->spare;
    if (chunk && chunk_room(chunk) >= needed) {
        arena->spare = NULL;
        return chunk;
    }
    size_t bytes = arena->next_bytes, exact;
    if (!arena->allocator || !checked_add(needed, HEADER_BYTES, &exact))
        return NULL;
    if (exact > bytes || (arena->chunk && exact > bytes / 4))
        bytes = exact;
    chunk = make_chunk(arena, bytes);
    if (chunk && arena->next_bytes <= ARENA_LARGEST_CHUNK_BYTES / 2)
        arena->next_bytes *= 2;
    return chunk;
}
/* end lesson */

void *arena_alloc_slow(struct arena *arena, size_t size_bytes, size_t align)
{
    ASSERT(align && (align & (align - 1)) == 0);
    size_t size = size_bytes + !size_bytes; /* so that the next block has another address */
    uintptr_t block = cut(&arena->top, arena->end, size, align);
    if (block)
        return (void *)block;
    size_t needed = needed_bytes(size, align);
    struct arena_chunk *chunk = needed ? find_chunk(arena, needed) : NULL;
    if (!chunk)
        return NULL;
    char *top = chunk->start;
    block = cut(&top, chunk->end, size, align);
    if (between(top, chunk->end) >= room(arena)) {
        chunk->older = arena->chunk;
        arena->chunk = chunk;
        arena->top = top;
        arena->end = chunk->end;
    } else {
        chunk->older = arena->aside;
        arena->aside = chunk;
    }
    return (void *)block;
}

void *arena_alloc_zeroed(struct arena *arena, size_t size_bytes, size_t align)
{
    void *block = arena_alloc(arena, size_bytes, align);
    if (block)
        memset(block, 0, size_bytes);
    return block;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t item_bytes, size_t align)
{
    size_t bytes;
    return checked_array(count, item_bytes, &bytes) ? arena_alloc(arena, bytes, align) : NULL;
}

/* ---- the last block ---------------------------------------------------------------------------*/

/* The end alone would not tell: an allocator may lay one chunk right before another. */
static bool is_last(const struct arena *arena, const char *block, size_t size)
{
    return (uintptr_t)arena->top == after((uintptr_t)block + size) && arena->chunk &&
           block >= arena->chunk->start;
}

/* Whether the last block may be so large where it is; if so it is. */
static bool resize_last(struct arena *arena, char *block, size_t old_size, size_t new_size)
{
    char *top = block;
    ASAN_POISON_MEMORY_REGION(block, old_size);
    bool fits = cut(&top, arena->end, new_size, 1) != 0;
    if (fits)
        arena->top = top;
    else
        ASAN_UNPOISON_MEMORY_REGION(block, old_size);
    return fits;
}

/* Give up the end of a block that is not the last: nobody gets it, but nobody may use it. */
static void cut_off(char *block, size_t old_size, size_t new_size)
{
    ASAN_POISON_MEMORY_REGION(block, old_size);
    ASAN_UNPOISON_MEMORY_REGION(block, new_size);
    (void)block, (void)old_size, (void)new_size;
}

void *arena_resize(struct arena *arena, void *block, size_t old_bytes, size_t new_bytes,
                   size_t align)
{
    if (!block)
        return arena_alloc(arena, new_bytes, align);
    ASSERT(((uintptr_t)block & (align - 1)) == 0);
    size_t old_size = old_bytes + !old_bytes, new_size = new_bytes + !new_bytes;
    if (is_last(arena, block, old_size) && resize_last(arena, block, old_size, new_size))
        return block;
    if (new_size <= old_size) {
        cut_off(block, old_size, new_size);
        return block;
    }
    void *moved = arena_alloc(arena, new_bytes, align);
    if (!moved)
        return NULL;
    memcpy(moved, block, old_bytes);
    ASAN_POISON_MEMORY_REGION(block, old_size);
    return moved;
}

/* ---- going back -------------------------------------------------------------------------------*/

/* Retire what was put on a list since it was at `until`. */
static struct arena_chunk *retire_until(struct arena *arena, struct arena_chunk *list,
                                        struct arena_chunk *until)
{
    while (list != until) {
        ASSERT(list); /* else the mark is not of this arena, or older than a reset */
        struct arena_chunk *older = list->older;
        retire_chunk(arena, list);
        list = older;
    }
    return until;
}

/* lesson: arena-rewind */
void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    arena->aside = retire_until(arena, arena->aside, mark.aside);
    retire_until(arena, arena->chunk, mark.chunk);
    set_current(arena, mark.chunk, mark.top);
}
/* end lesson */

void arena_reset(struct arena *arena)
{
    if (arena->chunk && !arena->chunk->older && !arena->aside && !arena->spare) {
        set_current(arena, arena->chunk, arena->chunk->start);
        return;
    }
    struct arena_chunk *first = arena->buffer.start ? &arena->buffer : NULL;
    arena_rewind(arena, (struct arena_mark){first, NULL, arena->buffer.start});
    if (!first && arena->spare) {
        set_current(arena, arena->spare, arena->spare->start);
        arena->chunk->older = NULL;
        arena->spare = NULL;
    }
}

/* ---- beginning and end ------------------------------------------------------------------------*/

void arena_init(struct arena *arena, struct allocator *allocator, size_t first_chunk_bytes)
{
    ASSERT(allocator);
    size_t bytes = first_chunk_bytes ? first_chunk_bytes : ARENA_FIRST_CHUNK_BYTES;
    if (bytes < 4 * sizeof(struct arena_chunk))
        bytes = 4 * sizeof(struct arena_chunk);
    if (bytes > ARENA_LARGEST_CHUNK_BYTES)
        bytes = ARENA_LARGEST_CHUNK_BYTES;
    *arena = (struct arena){.allocator = allocator,
                            .next_bytes = (bytes + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1)};
}

void arena_init_buffer(struct arena *arena, void *buffer, size_t buffer_bytes,
                       struct allocator *then)
{
    *arena = (struct arena){.allocator = then, .next_bytes = ARENA_FIRST_CHUNK_BYTES};
    size_t front = -(uintptr_t)buffer & (ARENA_ALIGN - 1);
    if (!buffer || buffer_bytes < front + ARENA_ALIGN)
        return;
    char *start = (char *)buffer + front;
    size_t bytes = (buffer_bytes - front) & ~(size_t)(ARENA_ALIGN - 1);
    arena->buffer = (struct arena_chunk){.start = start, .end = start + bytes};
    set_current(arena, &arena->buffer, start);
}

void arena_fini(struct arena *arena)
{
    arena_reset(arena);
    if (arena->chunk != &arena->buffer)
        free_chunk(arena, arena->chunk);
    free_chunk(arena, arena->spare);
    if (arena->buffer.start)
        ASAN_UNPOISON_MEMORY_REGION(arena->buffer.start, chunk_room(&arena->buffer));
    *arena = (struct arena){0};
}

/* ---- strings ----------------------------------------------------------------------------------*/

void *arena_memdup(struct arena *arena, const void *data, size_t size_bytes, size_t align)
{
    void *copy = arena_alloc(arena, size_bytes, align);
    if (copy && size_bytes)
        memcpy(copy, data, size_bytes);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = arena_alloc(arena, bytes, 1);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

char *arena_strndup(struct arena *arena, const char *text, size_t max_bytes)
{
    size_t length = strnlen(text, max_bytes);
    char *copy = length == SIZE_MAX ? NULL : arena_alloc(arena, length + 1, 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    /* What is free is poisoned under the sanitizer: there, only measure. */
    size_t left = SANITIZER_ADDRESS ? 0 : room(arena);
    int length = vsnprintf(left ? arena->top : NULL, left, format, args);
    char *text = NULL;
    if (length >= 0)
        text = arena_alloc(arena, (size_t)length + 1, 1);
    if (text && (size_t)length >= left)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

/* ---- as an allocator --------------------------------------------------------------------------*/

static void *adapter_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    return arena_alloc(container_of(self, struct arena_allocator, base)->arena, size_bytes, align);
}

static void *adapter_resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                            size_t align)
{
    struct arena *arena = container_of(self, struct arena_allocator, base)->arena;
    return arena_resize(arena, block, old_bytes, new_bytes, align);
}

static void adapter_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)align;
    struct arena *arena = container_of(self, struct arena_allocator, base)->arena;
    size_t size = size_bytes + !size_bytes;
    if (is_last(arena, block, size))
        arena->top = block;
    ASAN_POISON_MEMORY_REGION(block, size);
}

void arena_allocator_init(struct arena_allocator *adapter, struct arena *arena)
{
    adapter->base = (struct allocator){adapter_alloc, adapter_resize, adapter_free};
    adapter->arena = arena;
}

/* ---- looking inside ---------------------------------------------------------------------------*/

size_t arena_reserved_bytes(const struct arena *arena)
{
    size_t bytes = arena->spare ? arena->spare->bytes : 0;
    for (const struct arena_chunk *chunk = arena->chunk; chunk; chunk = chunk->older)
        bytes += chunk->bytes;
    for (const struct arena_chunk *chunk = arena->aside; chunk; chunk = chunk->older)
        bytes += chunk->bytes;
    return bytes;
}

bool arena_owns(const struct arena *arena, const void *address)
{
    const char *at = address;
    for (const struct arena_chunk *chunk = arena->chunk; chunk; chunk = chunk->older)
        if (at >= chunk->start && at < (chunk == arena->chunk ? arena->top : chunk->end))
            return true;
    for (const struct arena_chunk *chunk = arena->aside; chunk; chunk = chunk->older)
        if (at >= chunk->start && at < chunk->end)
            return true;
    return false;
}

static bool chunk_check(const struct arena_chunk *chunk)
{
    return chunk->start <= chunk->end && (uintptr_t)chunk->start % ARENA_ALIGN == 0 &&
           (uintptr_t)chunk->end % ARENA_ALIGN == 0;
}

bool arena_check(const struct arena *arena)
{
    for (const struct arena_chunk *chunk = arena->chunk; chunk; chunk = chunk->older)
        if (!chunk_check(chunk) || (chunk == &arena->buffer && chunk->older))
            return false;
    for (const struct arena_chunk *chunk = arena->aside; chunk; chunk = chunk->older)
        if (!chunk_check(chunk))
            return false;
    if (arena->spare && !chunk_check(arena->spare))
        return false;
    if (!arena->chunk)
        return !arena->top && !arena->end;
    return arena->end == arena->chunk->end && arena->chunk->start <= arena->top &&
           arena->top <= arena->end && (uintptr_t)arena->top % ARENA_GRAIN == 0;
}
