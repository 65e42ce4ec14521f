/* pool.c - your pool of objects. The handout is README.md; the contract is there and in pool.h.
 *
 * A good order of work, one red test after the other:
 *   1. One thread: chunks from the allocator, a free list through the objects, in_use.
 *   2. One mutex around all of it. This passes every test.
 *   3. Then, if you like, a cache for each thread: make it fast.
 */
#include "pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* TODO(student): what a pool must remember. At least: where memory comes from, the size of an
 * object's room, the chunks that it got (to give them back), the free objects, and a lock. */
struct pool {
    struct allocator *allocator;
};

struct pool *pool_create(struct allocator *allocator, size_t object_bytes, size_t align)
{
    /* TODO(student): compute the room of one object: object_bytes, at least a pointer (a free
     * object holds the link to the next), rounded up to align. Check for overflow. Make the struct
     * with allocator_alloc, and initialise the lock. */
    (void)allocator, (void)object_bytes, (void)align;
    return NULL;
}

void pool_destroy(struct pool *pool)
{
    /* TODO(student): every chunk goes back, with the size and alignment that it was asked for with;
     * then the struct. */
    (void)pool;
}

void *pool_alloc(struct pool *pool)
{
    /* TODO(student): with the lock held, take the first free object. If there is none, get a chunk
     * and cut it into objects. Mind the path on which the allocator returns NULL: who unlocks? */
    (void)pool;
    return NULL;
}

void pool_free(struct pool *pool, void *object)
{
    /* TODO(student): NULL is ignored. The object's own memory holds the link. */
    (void)pool, (void)object;
}

void pool_trim(struct pool *pool)
{
    /* TODO(student): if no object is in use, all chunks can go. */
    (void)pool;
}

size_t pool_in_use(struct pool *pool)
{
    /* TODO(student): a count that several threads change needs a lock, too. */
    (void)pool;
    return 0;
}
