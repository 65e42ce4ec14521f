/* pool.h - objects of one size, for any number of threads.
 *
 * `struct pool` is yours to define, in pool.c. All memory comes from the allocator that pool_create is
 * given.
 *
 *     operations                      from two threads at once
 *     alloc, free, trim, in_use       yes, any pair, on one pool
 *     create, destroy                 alone; threads that used the pool before may still be alive
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: pool_create pool_destroy pool_alloc pool_free pool_trim pool_in_use
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

#include "03_memory/allocator.h"

enum {
    POOL_KEPT_MAX = 256,               /* freed objects that one thread may keep from the others */
    POOL_SLACK_BYTES = 64 * 1024,      /* see pool_memory_limit */
    POOL_TRIMMED_MAX_BYTES = 16 * 1024 /* what an unused pool may hold after pool_trim */
};

struct pool;

/* Make a pool for objects of object_bytes (at least 1), each aligned to align (a power of two).
 * Returns: the pool, or NULL if there is no memory or the size cannot be computed with. */
struct pool *pool_create(struct allocator *allocator, size_t object_bytes, size_t align);

/* Give all memory back to the allocator: objects in use, and what threads have cached, too. */
void pool_destroy(struct pool *pool);

/* Returns: an object that is in use nowhere else, or NULL if there is no memory. */
void *pool_alloc(struct pool *pool);

/* Give an object back, from whatever thread. NULL is ignored. Needs no memory and never fails. */
void pool_free(struct pool *pool, void *object);

/* Give memory back to the allocator, if no object is in use and no other living thread has used the
 * pool: all but POOL_TRIMMED_MAX_BYTES. Otherwise as much as you can, or nothing. */
void pool_trim(struct pool *pool);

/* Returns: how many objects are in use; exact when no other thread is in the pool. */
size_t pool_in_use(struct pool *pool);

/* The most that a pool may hold, if at most in_use objects were ever in use at once, and at most
 * `threads` threads that used it were alive at once. */
static inline size_t pool_memory_limit(size_t object_bytes, size_t align, size_t in_use,
                                       size_t threads)
{
    size_t size = object_bytes < 16 ? 16 : object_bytes;
    size_t room = (size + align - 1) / align * align;
    return 4 * (in_use + POOL_KEPT_MAX * threads) * room + POOL_SLACK_BYTES;
}

#endif
