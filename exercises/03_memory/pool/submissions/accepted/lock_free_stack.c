/* A lock-free stack of free objects, with the two things that make one right.
 *
 * ABA: the head is an index and a tag in one 64-bit word, and the tag changes with every
 * exchange. So a head that was popped and pushed again in the meantime is not mistaken for an
 * unchanged one. Reclamation: a thread that pops reads the link of an object that another may
 * just have popped. The links are therefore not in the objects but in an array beside them, and
 * memory is freed only by trim, which shuts all others out with the writer's side of a lock.
 * Those that allocate and free share its reader's side: they do not wait for each other. */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { CHUNKS_MAX = 24, FIRST_OBJECTS = 32, NONE = 0 }; /* indexes begin at 1 */

/* Chunk k has FIRST_OBJECTS << k objects. */
struct pool {
    struct allocator *allocator;
    size_t room, align;
    pthread_rwlock_t lock;  /* read: use memory; write: take it away */
    pthread_mutex_t growth; /* one thread at a time gets a chunk */
    _Atomic(uint64_t) head; /* tag in the upper half, index in the lower */
    atomic_size_t in_use;
    size_t chunk_count; /* guarded by growth */
    char *chunks[CHUNKS_MAX];
    _Atomic(uint32_t) *links[CHUNKS_MAX];
};

struct pool *pool_create(struct allocator *allocator, size_t object_bytes, size_t align)
{
    if (object_bytes > SIZE_MAX >> 32 || align > SIZE_MAX >> 32)
        return NULL;
    struct pool *pool = allocator_alloc_zeroed(allocator, sizeof(*pool), _Alignof(struct pool));
    if (!pool)
        return NULL;
    pool->allocator = allocator;
    pool->align = align;
    pool->room = (object_bytes + align - 1) & ~(align - 1);
    pthread_rwlock_init(&pool->lock, NULL);
    pthread_mutex_init(&pool->growth, NULL);
    return pool;
}

static size_t objects_of(size_t chunk)
{
    return (size_t)FIRST_OBJECTS << chunk;
}

static void free_chunk(struct pool *pool, size_t chunk)
{
    size_t count = objects_of(chunk);
    allocator_free(pool->allocator, pool->chunks[chunk], count * pool->room, pool->align);
    allocator_free(pool->allocator, pool->links[chunk], count * sizeof(*pool->links[0]),
                   _Alignof(_Atomic(uint32_t)));
}

static void free_chunks(struct pool *pool)
{
    while (pool->chunk_count > 0)
        free_chunk(pool, --pool->chunk_count);
    atomic_store(&pool->head, NONE);
}

void pool_destroy(struct pool *pool)
{
    free_chunks(pool);
    pthread_rwlock_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->growth);
    allocator_free(pool->allocator, pool, sizeof(*pool), _Alignof(struct pool));
}

/* Index i is in the chunk whose objects begin at FIRST_OBJECTS << k, after adding what comes before
 * chunk 0. */
static size_t chunk_of(uint32_t index, size_t *at)
{
    size_t shifted = (size_t)index - 1 + FIRST_OBJECTS;
    size_t chunk = (size_t)(63 - __builtin_clzll(shifted / FIRST_OBJECTS));
    *at = shifted - objects_of(chunk);
    return chunk;
}

static _Atomic(uint32_t) *link_of(struct pool *pool, uint32_t index)
{
    size_t at, chunk = chunk_of(index, &at);
    return &pool->links[chunk][at];
}

static void *object_of(struct pool *pool, uint32_t index)
{
    size_t at, chunk = chunk_of(index, &at);
    return pool->chunks[chunk] + at * pool->room;
}

static uint32_t index_of(struct pool *pool, void *object)
{
    for (size_t chunk = 0;; chunk++) {
        uintptr_t offset = (uintptr_t)object - (uintptr_t)pool->chunks[chunk];
        if (offset < objects_of(chunk) * pool->room)
            return (uint32_t)(objects_of(chunk) - FIRST_OBJECTS + offset / pool->room + 1);
    }
}

static uint64_t next_tag(uint64_t head)
{
    return ((head >> 32) + 1) << 32;
}

static void push(struct pool *pool, uint32_t index)
{
    uint64_t head = atomic_load(&pool->head);
    do
        atomic_store_explicit(link_of(pool, index), (uint32_t)head, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&pool->head, &head, next_tag(head) | index));
}

static uint32_t pop(struct pool *pool)
{
    uint64_t head = atomic_load(&pool->head), next;
    do {
        if ((uint32_t)head == NONE)
            return NONE;
        /* May be the link of an object that is gone: then the tag has changed, too. */
        next = next_tag(head) |
               atomic_load_explicit(link_of(pool, (uint32_t)head), memory_order_relaxed);
    } while (!atomic_compare_exchange_weak(&pool->head, &head, next));
    return (uint32_t)head;
}

/* Returns: an object of the new chunk, or NONE. The others are pushed. With growth held. */
static uint32_t grow(struct pool *pool)
{
    size_t chunk = pool->chunk_count, count = objects_of(chunk);
    if (chunk == CHUNKS_MAX)
        return NONE;
    pool->chunks[chunk] = allocator_alloc(pool->allocator, count * pool->room, pool->align);
    pool->links[chunk] = allocator_alloc(pool->allocator, count * sizeof(*pool->links[0]),
                                         _Alignof(_Atomic(uint32_t)));
    if (!pool->chunks[chunk] || !pool->links[chunk]) {
        free_chunk(pool, chunk);
        return NONE;
    }
    pool->chunk_count++;
    uint32_t first = (uint32_t)(count - FIRST_OBJECTS + 1);
    for (uint32_t i = 1; i < count; i++)
        push(pool, first + i);
    return first;
}

void *pool_alloc(struct pool *pool)
{
    pthread_rwlock_rdlock(&pool->lock);
    uint32_t index = pop(pool);
    if (index == NONE) {
        pthread_mutex_lock(&pool->growth);
        index = pop(pool); /* another thread may have grown the pool meanwhile */
        if (index == NONE)
            index = grow(pool);
        pthread_mutex_unlock(&pool->growth);
    }
    void *object = index == NONE ? NULL : object_of(pool, index);
    if (object)
        atomic_fetch_add(&pool->in_use, 1);
    pthread_rwlock_unlock(&pool->lock);
    return object;
}

void pool_free(struct pool *pool, void *object)
{
    if (!object)
        return;
    pthread_rwlock_rdlock(&pool->lock);
    push(pool, index_of(pool, object));
    atomic_fetch_sub(&pool->in_use, 1);
    pthread_rwlock_unlock(&pool->lock);
}

void pool_trim(struct pool *pool)
{
    pthread_rwlock_wrlock(&pool->lock);
    if (atomic_load(&pool->in_use) == 0)
        free_chunks(pool);
    pthread_rwlock_unlock(&pool->lock);
}

size_t pool_in_use(struct pool *pool)
{
    return atomic_load(&pool->in_use);
}
