/* Leak: a thread's cache is known to that thread alone, and the key has no destructor. When the
 * thread ends, nobody can reach the cache again, not even pool_destroy. */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { CHAIN = 64 }; /* a thread keeps at most two chains: well under POOL_KEPT_MAX */

/* What is written into a free object. So a room has at least two pointers. */
struct object {
    struct object *next;
    struct object *next_chain; /* in the first object of a chain in the depot */
};

struct chunk {
    struct chunk *next;
};

struct cache {
    struct pool *pool;
    struct object *objects, *spare;
    size_t count; /* of objects */
};

struct pool {
    struct allocator *allocator;
    size_t align, room, first_bytes, chunk_bytes;
    pthread_key_t key; /* a thread's cache */

    pthread_mutex_t lock; /* guards what follows */
    struct object *chains, *loose;
    size_t depot_count, object_count; /* objects in the depot; objects that exist */
    struct chunk *chunks;
    atomic_long balance;
};

/* ---- the depot: with the lock held ---- */

static void put_chain(struct pool *pool, struct object *chain)
{
    chain->next_chain = pool->chains;
    pool->chains = chain;
    pool->depot_count += CHAIN;
}

static void put_loose(struct pool *pool, struct object *object)
{
    object->next = pool->loose;
    pool->loose = object;
    pool->depot_count++;
}

static struct object *new_chain(struct pool *pool)
{
    struct chunk *chunk = allocator_alloc(pool->allocator, pool->chunk_bytes, pool->align);
    if (!chunk)
        return NULL;
    chunk->next = pool->chunks;
    pool->chunks = chunk;
    pool->object_count += CHAIN;
    struct object *chain = NULL;
    for (size_t i = CHAIN; i-- > 0;) {
        struct object *object =
            (struct object *)((char *)chunk + pool->first_bytes + i * pool->room);
        object->next = chain;
        chain = object;
    }
    return chain;
}

/* Up to CHAIN objects, and how many. Returns: NULL without memory. */
static struct object *take_chain(struct pool *pool, size_t *count)
{
    struct object *chain = pool->chains;
    *count = CHAIN;
    if (chain) {
        pool->chains = chain->next_chain;
        pool->depot_count -= CHAIN;
        return chain;
    }
    if (!pool->loose)
        return new_chain(pool);
    for (*count = 0; pool->loose && *count < CHAIN; ++*count) {
        struct object *object = pool->loose;
        pool->loose = object->next;
        object->next = chain;
        chain = object;
    }
    pool->depot_count -= *count;
    return chain;
}

/* Everything that a cache holds goes to the depot. */
static void drain(struct pool *pool, struct cache *cache)
{
    if (cache->spare)
        put_chain(pool, cache->spare);
    while (cache->objects) {
        struct object *object = cache->objects;
        cache->objects = object->next;
        put_loose(pool, object);
    }
    cache->spare = NULL;
    cache->count = 0;
}

static void free_chunks(struct pool *pool)
{
    while (pool->chunks) {
        struct chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        allocator_free(pool->allocator, chunk, pool->chunk_bytes, pool->align);
    }
    pool->chains = pool->loose = NULL;
    pool->depot_count = pool->object_count = 0;
}

/* ---- a thread's cache ---- */

static struct cache *add_cache(struct pool *pool)
{
    struct cache *cache =
        allocator_alloc_zeroed(pool->allocator, sizeof(*cache), _Alignof(struct cache));
    if (!cache)
        return NULL;
    if (pthread_setspecific(pool->key, cache) != 0) {
        allocator_free(pool->allocator, cache, sizeof(*cache), _Alignof(struct cache));
        return NULL;
    }
    cache->pool = pool;
    return cache;
}

/* NULL if there is no memory for one: then the thread uses the depot for every object. */
static struct cache *own_cache(struct pool *pool)
{
    struct cache *cache = pthread_getspecific(pool->key);
    return cache ? cache : add_cache(pool);
}

static void refill(struct pool *pool, struct cache *cache)
{
    if (cache->spare) {
        cache->objects = cache->spare;
        cache->spare = NULL;
        cache->count = CHAIN;
        return;
    }
    pthread_mutex_lock(&pool->lock);
    cache->objects = take_chain(pool, &cache->count);
    pthread_mutex_unlock(&pool->lock);
}

/* `objects` is full: it becomes the spare, and the spare before it goes to the depot. */
static void make_room(struct pool *pool, struct cache *cache)
{
    if (cache->spare) {
        pthread_mutex_lock(&pool->lock);
        put_chain(pool, cache->spare);
        pthread_mutex_unlock(&pool->lock);
    }
    cache->spare = cache->objects;
    cache->objects = NULL;
    cache->count = 0;
}

static void *alloc_without_cache(struct pool *pool)
{
    size_t taken;
    pthread_mutex_lock(&pool->lock);
    struct object *object = take_chain(pool, &taken);
    while (object && object->next) { /* all but the last go back, loose */
        struct object *next = object->next;
        put_loose(pool, object);
        object = next;
    }
    pool->balance += object != NULL;
    pthread_mutex_unlock(&pool->lock);
    return object;
}

/* ---- the interface ---- */

static bool round_up(size_t value, size_t align, size_t *out)
{
    if (__builtin_add_overflow(value, align - 1, out))
        return false;
    *out &= ~(align - 1);
    return true;
}

static bool lay_out(struct pool *pool, size_t object_bytes, size_t align)
{
    size_t size = object_bytes < sizeof(struct object) ? sizeof(struct object) : object_bytes;
    pool->align = align < _Alignof(struct object) ? _Alignof(struct object) : align;
    return round_up(size, pool->align, &pool->room) &&
           round_up(sizeof(struct chunk), pool->align, &pool->first_bytes) &&
           !__builtin_mul_overflow(pool->room, CHAIN, &pool->chunk_bytes) &&
           !__builtin_add_overflow(pool->chunk_bytes, pool->first_bytes, &pool->chunk_bytes);
}

struct pool *pool_create(struct allocator *allocator, size_t object_bytes, size_t align)
{
    struct pool layout = {.allocator = allocator};
    if (!lay_out(&layout, object_bytes, align))
        return NULL;
    struct pool *pool = allocator_alloc(allocator, sizeof(*pool), _Alignof(struct pool));
    if (!pool)
        return NULL;
    *pool = layout;
    if (pthread_key_create(&pool->key, NULL) != 0) {
        allocator_free(allocator, pool, sizeof(*pool), _Alignof(struct pool));
        return NULL;
    }
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void pool_destroy(struct pool *pool)
{
    struct cache *own = pthread_getspecific(pool->key);
    pthread_key_delete(pool->key);
    allocator_free(pool->allocator, own, sizeof(*own), _Alignof(struct cache));
    free_chunks(pool);
    pthread_mutex_destroy(&pool->lock);
    allocator_free(pool->allocator, pool, sizeof(*pool), _Alignof(struct pool));
}

void *pool_alloc(struct pool *pool)
{
    struct cache *cache = own_cache(pool);
    if (!cache)
        return alloc_without_cache(pool);
    if (!cache->objects)
        refill(pool, cache);
    struct object *object = cache->objects;
    if (!object)
        return NULL;
    cache->objects = object->next;
    cache->count--;
    atomic_fetch_add(&pool->balance, 1);
    return object;
}

void pool_free(struct pool *pool, void *object)
{
    struct object *freed = object;
    if (!freed)
        return;
    struct cache *cache = own_cache(pool);
    if (!cache) {
        pthread_mutex_lock(&pool->lock);
        put_loose(pool, freed);
        pool->balance--;
        pthread_mutex_unlock(&pool->lock);
        return;
    }
    if (cache->count == CHAIN)
        make_room(pool, cache);
    freed->next = cache->objects;
    cache->objects = freed;
    cache->count++;
    atomic_fetch_sub(&pool->balance, 1);
}

void pool_trim(struct pool *pool)
{
    struct cache *cache = pthread_getspecific(pool->key);
    pthread_mutex_lock(&pool->lock);
    if (cache)
        drain(pool, cache);
    if (pool->depot_count == pool->object_count)
        free_chunks(pool);
    pthread_mutex_unlock(&pool->lock);
}

size_t pool_in_use(struct pool *pool)
{
    return (size_t)atomic_load(&pool->balance);
}
