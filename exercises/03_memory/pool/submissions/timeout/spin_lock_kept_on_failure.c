/* Timeout: as a mutex that is kept when there is no memory, but a spin lock: the next call does
 * not sleep, it turns for ever. */
#include "pool.h"

#include <pthread.h>
#include <stdint.h>

struct free_object {
    struct free_object *next;
};

struct chunk {
    struct chunk *next;
    size_t size_bytes;
};

struct pool {
    struct allocator *allocator;
    size_t room, align, first; /* first: from a chunk to its first object */
    pthread_spinlock_t lock;
    struct free_object *free;
    struct chunk *chunks;
    size_t object_count, in_use;
};

static size_t round_up(size_t value, size_t align)
{
    return (value + align - 1) & ~(align - 1);
}

struct pool *pool_create(struct allocator *allocator, size_t object_bytes, size_t align)
{
    if (object_bytes > SIZE_MAX / 256 || align > SIZE_MAX / 256)
        return NULL;
    struct pool *pool = allocator_alloc_zeroed(allocator, sizeof(*pool), _Alignof(struct pool));
    if (!pool)
        return NULL;
    if (align < _Alignof(struct chunk))
        align = _Alignof(struct chunk);
    pool->allocator = allocator;
    pool->align = align;
    pool->room = round_up(object_bytes, align);
    pool->first = round_up(sizeof(struct chunk), align);
    pthread_spin_init(&pool->lock, PTHREAD_PROCESS_PRIVATE);
    return pool;
}

static void free_chunks(struct pool *pool)
{
    while (pool->chunks) {
        struct chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        allocator_free(pool->allocator, chunk, chunk->size_bytes, pool->align);
    }
    pool->free = NULL;
    pool->object_count = 0;
}

void pool_destroy(struct pool *pool)
{
    free_chunks(pool);
    pthread_spin_destroy(&pool->lock);
    allocator_free(pool->allocator, pool, sizeof(*pool), _Alignof(struct pool));
}

static void push(struct pool *pool, void *object)
{
    struct free_object *free = object;
    free->next = pool->free;
    pool->free = free;
}

static void grow(struct pool *pool)
{
    size_t count = pool->object_count / 2 + 8;
    size_t size_bytes = pool->first + count * pool->room;
    struct chunk *chunk = allocator_alloc(pool->allocator, size_bytes, pool->align);
    if (!chunk)
        return;
    chunk->next = pool->chunks;
    chunk->size_bytes = size_bytes;
    pool->chunks = chunk;
    pool->object_count += count;
    for (size_t i = 0; i < count; i++)
        push(pool, (char *)chunk + pool->first + i * pool->room);
}

void *pool_alloc(struct pool *pool)
{
    pthread_spin_lock(&pool->lock);
    if (!pool->free)
        grow(pool);
    struct free_object *object = pool->free;
    if (!object)
        return NULL;
    pool->free = object->next;
    pool->in_use++;
    pthread_spin_unlock(&pool->lock);
    return object;
}

void pool_free(struct pool *pool, void *object)
{
    if (!object)
        return;
    pthread_spin_lock(&pool->lock);
    push(pool, object);
    pool->in_use--;
    pthread_spin_unlock(&pool->lock);
}

void pool_trim(struct pool *pool)
{
    pthread_spin_lock(&pool->lock);
    if (pool->in_use == 0)
        free_chunks(pool);
    pthread_spin_unlock(&pool->lock);
}

size_t pool_in_use(struct pool *pool)
{
    pthread_spin_lock(&pool->lock);
    size_t in_use = pool->in_use;
    pthread_spin_unlock(&pool->lock);
    return in_use;
}
