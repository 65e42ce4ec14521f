/* pool.c - magazines over a depot over slabs.
 *
 * Why it is correct when threads run at once:
 *
 *  1. Each free object is a round of one magazine or raw in one slab. A magazine is in one place:
 *     a thread's cache, or one of the depot's lists. Only pops and pushes move rounds, and each
 *     removes before it adds.
 *  2. A thread's cache (pool_caches[slot], and the two magazines it names) is written by that
 *     thread alone. There are two exceptions, when that thread cannot be in the pool: pool_fini
 *     (its contract: last use happens before) and the child of a fork (no such thread there).
 *  3. All else that changes in struct pool is read and written with pool->lock held.
 *  4. Memory that A wrote before pool_free is seen by B after pool_alloc: the round left A's cache
 *     and entered B's in two critical sections of one lock, in that order. If A is B, no matter.
 *  5. cache->count is atomic for pool_stats, which reads it from outside, and for forks (9). No
 *     decision of another thread rests on it.
 *  6. Lock order: registry.lock, then pool->lock. Neither is held when a constructor or destructor
 *     runs; the allocator is called with pool->lock held, and must not call the pool.
 *  7. A thread's exit and pool_fini may come together. Both hold registry.lock: either the thread
 *     finds its cache in use and hands it over, or pool_fini has already emptied and zeroed it.
 *  8. A slot may go to a new pool while a thread that used the old one sleeps. pool_fini zeroed
 *     that thread's cache before it gave the slot back under registry.lock; the new pool took the
 *     slot under the same lock, and the thread has the new pool's address from whoever made it.
 *     So it finds a cache of zeros, which sends it to the slow path.
 *  9. fork copies the other threads' caches as they are, in the middle of anything. The handlers
 *     hold every lock, so depot and slabs are whole. A cache is whole enough: a push writes the
 *     round before the count, a pop gives up the round with the count, and swap_magazines keeps
 *     both counts at zero in between. So a push may lose its round to the child, and a swap those of
 *     the magazine that has some, and between its two assignments the magazine too. None is ever
 *     there twice.
 * 10. A thread may come back to a pool from another key's destructor, after ours ran. It is
 *     `ending` then and gets no new cache: it works on the depot directly, and leaves nothing.
 */
#include "03_memory/pool.h"

enum {
    ROUNDS_MIN = 8,
    ROUNDS_MAX = 128,
    CACHED_MAX_BYTES = 16 * 1024, /* of objects in a magazine of more than ROUNDS_MIN */
};

_Thread_local struct pool_cache pool_caches[POOL_SLOT_COUNT + 1];
static _Thread_local bool thread_is_ending;

static struct {
    pthread_mutex_t lock;
    bool ready; /* key and fork handlers are there */
    pthread_key_t key;
    uint64_t slots_used; /* a bit for each */
    struct list pools;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER,
              .pools = {{&registry.pools.head, &registry.pools.head}}};
_Static_assert(POOL_SLOT_COUNT == 64, "slots_used has a bit for each slot");

static uint32_t cache_count(struct pool_cache *cache)
{
    /* relaxed: the owner reads what it wrote; others only want a figure */
    return atomic_load_explicit(&cache->count, memory_order_relaxed);
}

static uint32_t cache_previous_count(struct pool_cache *cache)
{
    /* relaxed: as above */
    return atomic_load_explicit(&cache->previous_count, memory_order_relaxed);
}

/* release, in both: pairs with the fork, see argument 9 */
static void set_count(struct pool_cache *cache, uint32_t count)
{
    atomic_store_explicit(&cache->count, count, memory_order_release);
}

static void set_previous_count(struct pool_cache *cache, uint32_t count)
{
    atomic_store_explicit(&cache->previous_count, count, memory_order_release);
}

static void lock_pool(struct pool *pool)
{
    if (pthread_mutex_trylock(&pool->lock) == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->contended_count++;
}

static void unlock_pool(struct pool *pool)
{
    pthread_mutex_unlock(&pool->lock);
}

/* ---- construction: without the lock ---- */

static bool construct(struct pool *pool, void *object)
{
    if (!pool->options.construct)
        return true;
    pool_slab_expose(&pool->slabs, object);
    bool made = pool->options.construct(object, pool->options.context) == 0;
    pool_slab_hide(&pool->slabs, object);
    return made;
}

static void destruct(struct pool *pool, void *object)
{
    if (!pool->options.destruct)
        return;
    pool_slab_expose(&pool->slabs, object);
    pool->options.destruct(object, pool->options.context);
    pool_slab_hide(&pool->slabs, object);
}

/* ---- a thread's cache ---- */

/* While a thread has a magazine, its own count is stale. */
static void hand_over_locked(struct pool *pool, struct pool_magazine *magazine, uint32_t count)
{
    magazine->count = count;
    pool_depot_put(&pool->depot, magazine);
}

static void cache_drain_locked(struct pool *pool, struct pool_cache *cache)
{
    hand_over_locked(pool, cache->loaded, cache_count(cache));
    if (cache->previous != cache->loaded) /* equal only in the child of a fork amid a swap */
        hand_over_locked(pool, cache->previous, cache_previous_count(cache));
    list_remove(&cache->node);
    set_count(cache, 0);
    set_previous_count(cache, 0);
    cache->loaded = cache->previous = NULL;
    cache->limit = 0;
    cache->pool = NULL;
}

static bool cache_fill_in_locked(struct pool *pool, struct pool_cache *cache)
{
    struct pool_magazine *loaded = pool_depot_take_empty(&pool->depot);
    struct pool_magazine *previous = loaded ? pool_depot_take_empty(&pool->depot) : NULL;
    if (!previous) {
        if (loaded)
            pool_depot_put(&pool->depot, loaded);
        return false;
    }
    cache->loaded = loaded;
    cache->previous = previous;
    cache->limit = pool->checked ? 0 : pool->depot.capacity;
    cache->pool = pool;
    list_push_back(&pool->caches, &cache->node);
    return true;
}

/* This thread's cache, made on first use, or NULL if it cannot have one. */
static struct pool_cache *own_cache(struct pool *pool)
{
    struct pool_cache *cache = &pool_caches[pool->slot];
    if (cache->pool)
        return cache;
    if (pool->slot == POOL_SLOT_COUNT || thread_is_ending ||
        pthread_setspecific(registry.key, pool_caches) != 0)
        return NULL;
    lock_pool(pool);
    bool made = cache_fill_in_locked(pool, cache);
    unlock_pool(pool);
    return made ? cache : NULL;
}

static void swap_magazines(struct pool_cache *cache)
{
    /* acq_rel: the counts are zero before the magazines move, and until they have; pairs with no operation
     * but with fork, which copies this thread's memory at any point: argument 9 */
    uint32_t count = atomic_exchange_explicit(&cache->count, 0, memory_order_acq_rel);
    uint32_t previous_count =
        atomic_exchange_explicit(&cache->previous_count, 0, memory_order_acq_rel);
    struct pool_magazine *loaded = cache->loaded;
    cache->loaded = cache->previous;
    cache->previous = loaded;
    set_previous_count(cache, count);
    set_count(cache, previous_count);
}

/* Without a constructor nothing is put off: the slabs fill a whole magazine at once. */
static void fill_from_slabs_locked(struct pool *pool, struct pool_cache *cache)
{
    uint32_t count = 0;
    void *object;
    while (count < pool->depot.capacity && (object = pool_slab_take(&pool->slabs)) != NULL)
        cache->loaded->rounds[count++] = object;
    set_count(cache, count);
}

/* lesson: pool-exchange */
/* Both magazines are empty: give one for a full one. Returns: whether there are rounds now. */
static bool exchange_for_full(struct pool *pool, struct pool_cache *cache)
{
    lock_pool(pool);
    struct pool_magazine *full = pool_depot_take_filled(&pool->depot);
    if (full) {
        hand_over_locked(pool, cache->previous, 0);
        cache->previous = cache->loaded;
        cache->loaded = full;
        set_count(cache, full->count);
        pool->exchange_count++;
    } else if (!pool->options.construct) {
        fill_from_slabs_locked(pool, cache);
    }
    unlock_pool(pool);
    return cache_count(cache) > 0;
}

/* Both magazines are full: give one for an empty one. Returns: whether there is room now. */
static bool exchange_for_empty(struct pool *pool, struct pool_cache *cache)
{
    lock_pool(pool);
    struct pool_magazine *empty = pool_depot_take_empty(&pool->depot);
    if (empty) {
        hand_over_locked(pool, cache->previous, pool->depot.capacity);
        cache->previous = cache->loaded;
        cache->loaded = empty;
        set_count(cache, 0);
        pool->exchange_count++;
    }
    unlock_pool(pool);
    return empty != NULL;
}
/* end lesson */

static void *alloc_uncached(struct pool *pool)
{
    lock_pool(pool);
    void *object = pool_depot_pop(&pool->depot);
    bool raw = !object;
    if (raw)
        object = pool_slab_take(&pool->slabs);
    unlock_pool(pool);
    if (!raw || !object || construct(pool, object))
        return object;
    lock_pool(pool);
    pool_slab_put(&pool->slabs, object);
    unlock_pool(pool);
    return NULL;
}

static void free_uncached(struct pool *pool, void *object)
{
    lock_pool(pool);
    bool kept = pool_depot_push(&pool->depot, object);
    unlock_pool(pool);
    if (kept)
        return;
    destruct(pool, object);
    lock_pool(pool);
    pool_slab_put(&pool->slabs, object);
    unlock_pool(pool);
}

static bool has_rounds(struct pool *pool, struct pool_cache *cache)
{
    if (cache_count(cache) > 0)
        return true;
    if (cache_previous_count(cache) == 0)
        return exchange_for_full(pool, cache);
    swap_magazines(cache);
    return true;
}

static bool has_room(struct pool *pool, struct pool_cache *cache)
{
    if (cache_count(cache) < pool->depot.capacity)
        return true;
    if (cache_previous_count(cache) > 0)
        return exchange_for_empty(pool, cache);
    swap_magazines(cache);
    return true;
}

void *pool_alloc_slow(struct pool *pool)
{
    struct pool_cache *cache = own_cache(pool);
    void *object;
    if (cache && has_rounds(pool, cache)) {
        uint32_t count = cache_count(cache) - 1;
        object = cache->loaded->rounds[count];
        set_count(cache, count);
    } else {
        object = alloc_uncached(pool);
    }
    if (object && pool->checked)
        pool_slab_mark_used(&pool->slabs, object);
    return object;
}

void pool_free_slow(struct pool *pool, void *object)
{
    if (!object)
        return;
    if (pool->checked)
        pool_slab_mark_free(&pool->slabs, object);
    struct pool_cache *cache = own_cache(pool);
    if (cache && has_room(pool, cache)) {
        uint32_t count = cache_count(cache);
        cache->loaded->rounds[count] = object;
        set_count(cache, count + 1);
    } else {
        free_uncached(pool, object);
    }
}

void pool_flush(struct pool *pool)
{
    struct pool_cache *cache = &pool_caches[pool->slot];
    if (!cache->pool)
        return;
    lock_pool(pool);
    cache_drain_locked(pool, cache);
    unlock_pool(pool);
}

/* ---- giving memory back ---- */

/* Take every object out of the depot, destruct it without the lock, and lay it in its slab.
 * Returns: the bytes of magazines that were freed. */
static size_t empty_depot(struct pool *pool)
{
    struct pool_magazine *filled = NULL, *magazine;
    lock_pool(pool);
    while ((magazine = pool_depot_take_filled(&pool->depot)) != NULL) {
        magazine->next = filled;
        filled = magazine;
    }
    unlock_pool(pool);
    for (magazine = filled; magazine; magazine = magazine->next)
        for (uint32_t i = 0; i < magazine->count; i++)
            destruct(pool, magazine->rounds[i]);
    lock_pool(pool);
    while ((magazine = filled) != NULL) {
        filled = magazine->next;
        while (magazine->count > 0)
            pool_slab_put(&pool->slabs, magazine->rounds[--magazine->count]);
        pool_depot_put(&pool->depot, magazine);
    }
    size_t freed_bytes = pool_depot_free_empty(&pool->depot);
    unlock_pool(pool);
    return freed_bytes;
}

size_t pool_trim(struct pool *pool)
{
    pool_flush(pool);
    size_t freed_bytes = empty_depot(pool);
    lock_pool(pool);
    freed_bytes += pool_slab_shrink(&pool->slabs);
    unlock_pool(pool);
    return freed_bytes;
}

void pool_stats(struct pool *pool, struct pool_stats *out)
{
    lock_pool(pool);
    size_t in_threads = 0;
    list_for_each(node, &pool->caches)
    {
        struct pool_cache *cache = container_of(node, struct pool_cache, node);
        in_threads += cache_count(cache) + cache_previous_count(cache);
    }
    size_t cached = in_threads + pool->depot.object_count;
    *out = (struct pool_stats){
        /* A thread that pushes while we add up may be counted on both sides. */
        .in_use_count = pool->slabs.out_count > cached ? pool->slabs.out_count - cached : 0,
        .in_threads_count = in_threads,
        .in_depot_count = pool->depot.object_count,
        .slab_count = pool->slabs.slab_count,
        .memory_bytes = pool->slabs.slab_count * pool->slabs.slab_bytes +
                        pool->depot.magazine_count * pool_depot_magazine_bytes(&pool->depot),
        .exchange_count = pool->exchange_count,
        .contended_count = pool->contended_count,
    };
    unlock_pool(pool);
}

/* ---- all pools: slots, thread exit, fork ---- */

/* lesson: pool-thread-exit */
/* The destructor of registry.key, in each thread that used a pool. */
static void hand_back_caches(void *caches)
{
    thread_is_ending = true;
    pthread_mutex_lock(&registry.lock); /* no pool_fini from here on: argument 7 */
    for (struct pool_cache *cache = caches, *end = cache + POOL_SLOT_COUNT; cache < end; cache++) {
        struct pool *pool = cache->pool;
        if (!pool)
            continue;
        lock_pool(pool);
        cache_drain_locked(pool, cache);
        unlock_pool(pool);
    }
    pthread_mutex_unlock(&registry.lock);
}
/* end lesson */

static void lock_all_before_fork(void)
{
    pthread_mutex_lock(&registry.lock);
    list_for_each(node, &registry.pools)
        pthread_mutex_lock(&container_of(node, struct pool, node)->lock);
}

static void unlock_all_after_fork(void)
{
    list_for_each(node, &registry.pools)
        pthread_mutex_unlock(&container_of(node, struct pool, node)->lock);
    pthread_mutex_unlock(&registry.lock);
}

/* The other threads are gone, and their stacks, where their caches are, will be used again. */
static void adopt_caches_in_child(void)
{
    list_for_each(pool_node, &registry.pools)
    {
        struct pool *pool = container_of(pool_node, struct pool, node);
        list_for_each_safe(node, &pool->caches)
        {
            struct pool_cache *cache = container_of(node, struct pool_cache, node);
            if (cache != &pool_caches[pool->slot])
                cache_drain_locked(pool, cache);
        }
    }
    unlock_all_after_fork();
}

static int make_ready_locked(void)
{
    if (registry.ready)
        return 0;
    int error = pthread_key_create(&registry.key, hand_back_caches);
    if (error)
        return -error;
    error = pthread_atfork(lock_all_before_fork, unlock_all_after_fork, adopt_caches_in_child);
    if (error) {
        pthread_key_delete(registry.key);
        return -error;
    }
    registry.ready = true;
    return 0;
}

static void register_locked(struct pool *pool)
{
    uint64_t free_slots = ~registry.slots_used;
    pool->slot = free_slots ? (uint32_t)__builtin_ctzll(free_slots) : POOL_SLOT_COUNT;
    if (free_slots)
        registry.slots_used |= UINT64_C(1) << pool->slot;
    list_push_back(&registry.pools, &pool->node);
}

/* Empty the caches of all threads, wherever they are, and give up the slot. */
static void unregister(struct pool *pool)
{
    pthread_mutex_lock(&registry.lock);
    lock_pool(pool);
    list_for_each_safe(node, &pool->caches)
        cache_drain_locked(pool, container_of(node, struct pool_cache, node));
    unlock_pool(pool);
    list_remove(&pool->node);
    if (pool->slot < POOL_SLOT_COUNT)
        registry.slots_used &= ~(UINT64_C(1) << pool->slot);
    pthread_mutex_unlock(&registry.lock);
}

/* A small object costs little to keep; of large ones a thread keeps few. */
static uint32_t choose_capacity(size_t object_bytes)
{
    size_t rounds = CACHED_MAX_BYTES / object_bytes;
    return (uint32_t)(rounds < ROUNDS_MIN ? ROUNDS_MIN : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds);
}

int pool_init(struct pool *pool, struct allocator *allocator, const struct pool_options *options)
{
    *pool = (struct pool){.options = *options, .lock = PTHREAD_MUTEX_INITIALIZER};
    list_init(&pool->caches);
    size_t align = options->align ? options->align : _Alignof(max_align_t);
    int error = pool_slab_init(&pool->slabs, allocator, options->object_bytes, align);
    if (error)
        return error;
    pool->checked = pool->slabs.checked = options->checked || pool_slab_always_checked();
    pool->depot.allocator = allocator;
    pool->depot.capacity = choose_capacity(options->object_bytes);
    pthread_mutex_lock(&registry.lock);
    error = make_ready_locked();
    if (!error)
        register_locked(pool);
    pthread_mutex_unlock(&registry.lock);
    return error;
}

size_t pool_fini(struct pool *pool)
{
    unregister(pool);
    empty_depot(pool);
    size_t in_use_count = pool->slabs.out_count;
    pool_slab_fini(&pool->slabs);
    pthread_mutex_destroy(&pool->lock);
    return in_use_count;
}
