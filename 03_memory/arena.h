/* arena.h - a bump allocator: memory that dies together.
 *
 * A request handler, a parser, a frame of a game: they allocate many small things and are done with
 * all of them at one moment. An arena hands out the next bytes of a large chunk, which is an
 * addition, and takes everything back at once, which is an assignment.
 *
 *     chunk (the current one, the largest by habit: each is twice the one before)
 *     +--------+------+--+---------+------+-----------------------------+
 *     | header | blk  |//| block   | blk  |   free                      |
 *     +--------+------+--+---------+------+-----------------------------+
 *     |        ^start  ^padding           ^top                          ^end
 *     v older
 *     chunk -> chunk -> NULL        aside: chunks of single large blocks      spare: one, empty
 *
 * Blocks come in ascending order, so that what was allocated together lies together, and the last
 * block can grow in place. A block that does not fit gets a new chunk; of the two the one with more
 * room left is bumped from then on, so that a large block wastes nothing.
 *
 *     struct arena arena;
 *     arena_init(&arena, allocator_system(), 0);
 *     struct point *point = arena_new(&arena, struct point);
 *     char *name = arena_printf(&arena, "%s-%d", prefix, number);
 *     arena_reset(&arena);               point and name are gone, the memory is kept
 *     arena_fini(&arena);
 *
 * Invariant: start <= top <= end, all within the current chunk; [top, end) belongs to no block.
 * top is a multiple of ARENA_GRAIN, which is why the usual block needs no rounding; start and end
 * are multiples of ARENA_ALIGN, which is why one comparison is enough.
 *
 * Under the address sanitizer every block is followed by a red zone, and all that is not a live
 * block is poisoned: use after reset, rewind or resize, and running past a block, are reported. For
 * that arena.c and the code that includes this header must be built alike.
 *
 * Do not: free a block (there is no such call); keep a pointer into an arena beyond the reset or
 * the rewind that ends it; rewind to a mark from before a reset, or to marks out of order; put
 * objects here that own other resources and expect them to be cleaned up; copy a struct arena.
 *
 * Threads: one at a time. An arena a thread is the way; sharing one needs a lock around all calls.
 *
 * Interface: arena_init arena_init_buffer arena_fini
 *            arena_alloc arena_alloc_zeroed arena_alloc_array arena_resize arena_new
 * arena_new_array arena_mark arena_rewind arena_reset arena_strdup arena_strndup arena_memdup
 * arena_printf arena_vprintf arena_allocator_init arena_reserved_bytes arena_owns arena_check
 * Source: Hanson 1990, "Fast allocation and deallocation of memory based on object lifetimes".
 */
#ifndef SYSLAB_MEMORY_ARENA_H
#define SYSLAB_MEMORY_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"
#include "07_unsafe/assert.h"
#include "07_unsafe/sanitizer.h"

enum {
    ARENA_GRAIN = 8,                      /* what a block takes up is a multiple of this */
    ARENA_ALIGN = 16,                     /* of every chunk: malloc's alignment */
    ARENA_FIRST_CHUNK_BYTES = 4096,       /* unless arena_init is told */
    ARENA_LARGEST_CHUNK_BYTES = 32 << 20, /* where doubling ends; a block may need more */
};

struct arena_chunk {
    struct arena_chunk *older;
    char *start, *end; /* blocks are cut from here */
    size_t bytes;      /* of the whole, to be freed with; 0: the caller's buffer */
};

struct arena {
    char *top, *end;             /* what is left of the current chunk; both NULL without one */
    struct arena_chunk *chunk;   /* the current one, then the older ones */
    struct arena_chunk *aside;   /* each made for one block that was too large, newest first */
    struct arena_chunk *spare;   /* empty, kept by reset and rewind for the next need; or NULL */
    struct allocator *allocator; /* NULL: never allocates */
    size_t next_bytes;           /* of the next chunk */
    struct arena_chunk buffer;   /* describes the caller's buffer, with arena_init_buffer */
};

/* A moment in an arena's life. */
struct arena_mark {
    struct arena_chunk *chunk, *aside;
    char *top;
};

/* An empty arena; the first chunk is allocated when it is needed.
 * first_chunk_bytes: of that chunk, header included; 0 means ARENA_FIRST_CHUNK_BYTES.
 * Cost: no allocation. Owns: end it with arena_fini. */
void arena_init(struct arena *arena, struct allocator *allocator, size_t first_chunk_bytes);

/* An arena in the caller's buffer, from where it goes on to chunks from `then`; with NULL it never
 * allocates, and is full when the buffer is. All bytes can be used if the buffer begins and ends at
 * a multiple of ARENA_ALIGN. Owns: the buffer stays the caller's and must outlive the arena. */
void arena_init_buffer(struct arena *arena, void *buffer, size_t buffer_bytes,
                       struct allocator *then);

/* Give every chunk back. All blocks are gone. */
void arena_fini(struct arena *arena);

/* What arena_alloc does when the current chunk will not do. Not to be called. */
void *arena_alloc_slow(struct arena *arena, size_t size_bytes, size_t align)
    __attribute__((cold, alloc_size(2), alloc_align(3)));

/* Allocate size_bytes aligned to align, a power of two. Contents are indeterminate.
 * Returns: the block, or NULL: the allocator refused, or no such size exists. A size of zero gives
 * a block of its own. Owns: the arena. Cost: amortised O(1); mostly a dozen instructions. */
__attribute__((alloc_size(2), alloc_align(3), warn_unused_result)) static inline void *
arena_alloc(struct arena *arena, size_t size_bytes, size_t align)
{
    ASSERT(align && (align & (align - 1)) == 0);
    /* lesson: arena-fast */
    uintptr_t top = (uintptr_t)arena->top, end = (uintptr_t)arena->end;
    uintptr_t start = align <= ARENA_GRAIN ? top : (top + (align - 1)) & ~(align - 1);
    /* A chunk ends at a multiple of ARENA_ALIGN: rounding up by less than that cannot pass it. */
    bool inside = align <= ARENA_ALIGN || start - top <= end - top;
    /* Less one, so that zero becomes the largest number of all, and the slow path sees to it. */
    if (__builtin_expect(inside && size_bytes - 1 < end - start && !SANITIZER_ADDRESS, 1)) {
        size_t taken = (size_bytes + (ARENA_GRAIN - 1)) & ~(size_t)(ARENA_GRAIN - 1);
        arena->top = (char *)(start + taken);
        return (void *)start;
    }
    return arena_alloc_slow(arena, size_bytes, align);
    /* end lesson */
}

/* As arena_alloc, and every byte is zero. */
void *arena_alloc_zeroed(struct arena *arena, size_t size_bytes, size_t align)
    __attribute__((alloc_size(2), alloc_align(3), warn_unused_result));

/* Allocate count items of item_bytes. Returns: NULL also where the product does not fit. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t item_bytes, size_t align)
    __attribute__((alloc_size(2, 3), alloc_align(4), warn_unused_result));

/* One object of a type, or count of them: indeterminate, typed, aligned; or NULL. */
#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type), _Alignof(type)))
#define arena_new_array(arena, type, count)                                                        \
    ((type *)arena_alloc_array((arena), (count), sizeof(type), _Alignof(type)))

/* Change the size of a block; the first min(old, new) bytes are kept. NULL is an empty block.
 * Returns: the block. It stays where it is when it shrinks, and when it is the last one and the
 * chunk has room; otherwise it moves, and the old bytes are lost until the reset. NULL: as
 * arena_alloc, with the old block untouched. Cost: O(1) in place, else the copy. */
void *arena_resize(struct arena *arena, void *block, size_t old_bytes, size_t new_bytes,
                   size_t align) __attribute__((alloc_size(4), alloc_align(5), warn_unused_result));

/* Remember this moment, and come back to it: every block since then is gone. Marks nest; going back
 * to one ends those that were taken after it.
 * Cost: O(1), and O(chunks) that are given back. The largest of them is kept as a spare. */
static inline struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->chunk, arena->aside, arena->top};
}

/* Come back to a mark of this arena's that has not ended. */
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* All blocks are gone, and the arena keeps its largest chunk (and its buffer): work of the same
 * size again will not allocate. Cost: O(1) with a single chunk, else O(chunks). */
void arena_reset(struct arena *arena);

/* Copies. strndup stops at the terminator or after max_bytes, and always terminates.
 * Returns: the copy, or NULL. Cost: linear. A string takes up to 7 bytes more than it has. */
char *arena_strdup(struct arena *arena, const char *text) __attribute__((warn_unused_result));
char *arena_strndup(struct arena *arena, const char *text, size_t max_bytes)
    __attribute__((warn_unused_result));
void *arena_memdup(struct arena *arena, const void *data, size_t size_bytes, size_t align)
    __attribute__((warn_unused_result));

/* A formatted string, printed straight into the chunk.
 * Returns: the string, or NULL: no memory, or vsnprintf refused the format. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0), warn_unused_result));

/* An arena as a `struct allocator`, for code that takes one. A free gives the memory back only if
 * the block is the last one. */
struct arena_allocator {
    struct allocator base;
    struct arena *arena;
};

/* Both stay the caller's and in place; there is nothing to undo. Threads: as the arena. */
void arena_allocator_init(struct arena_allocator *adapter, struct arena *arena);

/* Returns: how many bytes it holds from its allocator. Cost: O(chunks). */
size_t arena_reserved_bytes(const struct arena *arena);

/* For assertions. Returns: true in a block of this arena, in the padding between two, and in the rest
 * that a chunk still had when a newer one took over; false in the free part of the newest chunk, in
 * a spare one, and everywhere else. Cost: O(chunks). */
bool arena_owns(const struct arena *arena, const void *address);

/* Returns: whether the invariant holds. For tests. Cost: O(chunks). */
bool arena_check(const struct arena *arena);

#endif
