/* pool.h - fixed-size objects for many threads.
 *
 * A general allocator must find the size of what it is given back, and must serve every size. A
 * pool knows its one size, so an allocation is a pop from an array that only this thread touches:
 * no lock, no atomic read-modify-write, no header on the object.
 *
 *     thread A            thread B              each thread: two magazines, arrays of free objects
 *     [loaded][previous]  [loaded][previous]
 *          \                   /
 *           depot, one lock: full magazines, empty magazines     whole magazines change hands
 *                      |
 *           slabs: aligned blocks from the allocator, cut into objects
 *
 * Constructed state is cached: an object is constructed when it leaves its slab and destructed when
 * it goes back. Between pool_free and the next pool_alloc it keeps what the constructor gave it (a
 * mutex, a buffer), so whoever frees it hands it back in that state.
 *
 * Invariant: an object is in exactly one place: in use, in one thread's cache, in the depot, or raw
 * in its slab; constructed in the first three, raw in the last.
 *
 *     pair of operations           together from two threads
 *     alloc, free, trim, stats     yes, any pair
 *     fini with anything           no: last use of the pool happens before pool_fini
 *     fini with a thread's exit    yes
 *
 * What a thread holds comes back to the depot when the thread ends. Threads may outlive the pool.
 * Progress: the fast paths are wait-free; the others take the pool's lock.
 * After fork: the child may go on using the pool, if its allocator allows that; what the parent's
 * other threads had cached is in the child's depot, what they had in use stays in use. So does, for
 * the child, what a thread was just moving: the object of a call that the fork met, or, if that call
 * swapped the thread's two magazines, all objects of one (128 at most). pool_fini counts them and
 * does not destruct them; a magazine lost that way is a leak of the child. Nothing is there twice.
 * Signal-safe: nothing here. At most POOL_SLOT_COUNT pools at a time have thread caches; the ones
 * after that work with a lock for each operation.
 *
 * Do not: free an object twice, to another pool, or in the middle of it; copy or move a struct
 * pool; use the pool from its own constructor or destructor; read the fields.
 *
 * Interface: pool_init pool_fini pool_alloc pool_free pool_flush pool_trim pool_stats
 *            POOL_SLOT_COUNT
 * Source: Bonwick and Adams, "Magazines and Vmem", USENIX 2001; Bonwick, "The Slab Allocator",
 * USENIX 1994 (constructor caching).
 */
#ifndef SYSLAB_MEMORY_POOL_H
#define SYSLAB_MEMORY_POOL_H

#include "03_memory/allocator.h"
#include "03_memory/pool_depot.h"
#include "03_memory/pool_slab.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { POOL_SLOT_COUNT = 64 };

/* Make an object ready for its first use. Returns: 0, or -errno: that pool_alloc gives NULL.
 * Called without a lock held, on the thread that allocates. */
typedef int (*pool_construct_fn)(void *object, void *context);
/* Undo it, before the object's memory goes back to its slab. Called without a lock held. */
typedef void (*pool_destruct_fn)(void *object, void *context);

struct pool_options {
    size_t object_bytes;         /* at least 1 */
    size_t align;                /* a power of two; 0 for that of max_align_t */
    pool_construct_fn construct; /* optional */
    pool_destruct_fn destruct;   /* optional */
    void *context;               /* for the two */
    bool checked; /* trap on a double or foreign free; always on in a library without NDEBUG and
                     under the address sanitizer, which also sees every touch of a free object */
};

struct pool_stats {
    size_t in_use_count;     /* objects; exact when no other thread is in the pool */
    size_t in_threads_count; /* free, in the threads' magazines */
    size_t in_depot_count;   /* free, in the depot's */
    size_t slab_count;
    size_t memory_bytes;      /* slabs and magazines, as asked of the allocator */
    uint64_t exchange_count;  /* magazines that changed hands under the lock */
    uint64_t contended_count; /* times that the lock was found taken */
};

/* One thread's share of one pool. A thread that never used the pool has one of all zeros. */
struct pool_cache {
    _Alignas(64) struct pool_magazine *loaded; /* a cache line: indexed by a shift */
    _Atomic(uint32_t) count;                   /* rounds in loaded */
    uint32_t limit;                 /* capacity, or 0: the fast paths leave all to the slow ones */
    struct pool_magazine *previous; /* full or empty: swapped in before the depot is asked */
    _Atomic(uint32_t) previous_count;
    struct pool *pool;     /* NULL: this thread holds nothing of the slot's pool */
    struct list_node node; /* of pool->caches; guarded by its lock */
};

/* Indexed by pool->slot; the last is for pools without a slot and stays zero. In a static archive
 * the linker makes this a fixed offset from the thread pointer (local-exec); compiled with -fPIC
 * into a shared object each use costs a call of __tls_get_addr. */
extern _Thread_local struct pool_cache pool_caches[POOL_SLOT_COUNT + 1];

struct pool {
    /* Constant after init. */
    uint32_t slot;
    bool checked;
    struct pool_options options;
    char apart[64]; /* every fast path reads the lines above; those below are written */

    /* Guarded by lock. */
    pthread_mutex_t lock;
    struct list caches; /* of the threads that use the pool */
    struct pool_depot depot;
    struct pool_slabs slabs;
    uint64_t exchange_count, contended_count;

    /* Guarded by the lock of all pools. */
    struct list_node node;
};

/* Make an empty pool in *pool. Nothing is allocated before the first pool_alloc. The allocator is
 * called with the pool's lock held: it need not be thread-safe unless others use it too.
 * Returns: 0. Errors: -EINVAL a size of zero, or an alignment that is not a power of two;
 * -EOVERFLOW objects too large to lay out; -EAGAIN, -ENOMEM no thread-specific key or fork handler.
 * Owns: the caller owns *pool, which must not move until pool_fini. Threads: any number at once. */
int pool_init(struct pool *pool, struct allocator *allocator, const struct pool_options *options);

/* Destruct the objects that are free, wherever they are cached, and give all memory back. Objects
 * still in use lose their memory and are not destructed.
 * Returns: the number of those: 0 in a program without leaks.
 * Threads: no other thread uses the pool, now or later; threads that did may be alive or exiting.
 */
size_t pool_fini(struct pool *pool);

/* The slow paths of the two below. */
void *pool_alloc_slow(struct pool *pool);
void pool_free_slow(struct pool *pool, void *object);

/* lesson: pool-fast-path */
/* Take an object: constructed if the pool has a constructor, of indeterminate contents if not.
 * Returns: the object, or NULL if the allocator or the constructor failed.
 * Owns: the caller owns it until pool_free, in whatever thread. Threads: any number at once.
 * Cost: O(1); no lock in all but one of a magazine's worth of calls. */
static inline void *pool_alloc(struct pool *pool)
{
    struct pool_cache *cache = &pool_caches[pool->slot];
    /* relaxed, here and below: no other thread writes it; those that read it only want a figure */
    uint32_t count = atomic_load_explicit(&cache->count, memory_order_relaxed);
    if (__builtin_expect(count - 1 >= cache->limit, 0)) /* empty: 0 - 1 is above every limit */
        return pool_alloc_slow(pool);
    void *object = cache->loaded->rounds[count - 1];
    atomic_store_explicit(&cache->count, count - 1, memory_order_relaxed);
    return object;
}

/* Give an object back, in its constructed state. NULL is ignored. Never fails.
 * Threads: any number at once, and not only the thread that allocated it. Cost: as pool_alloc. */
static inline void pool_free(struct pool *pool, void *object)
{
    struct pool_cache *cache = &pool_caches[pool->slot];
    uint32_t count = atomic_load_explicit(&cache->count, memory_order_relaxed);
    if (__builtin_expect(count >= cache->limit || !object, 0)) {
        pool_free_slow(pool, object);
        return;
    }
    cache->loaded->rounds[count] = object;
    /* release: pairs with the fork, after which the child takes over a vanished thread's rounds */
    atomic_store_explicit(&cache->count, count + 1, memory_order_release);
}
/* end lesson */

/* Hand what this thread has cached to the depot, where other threads find it: for a thread that
 * will be idle. Threads: any number at once. Cost: at most two magazines, under the lock. */
void pool_flush(struct pool *pool);

/* Shrink: destruct the free objects of this thread and of the depot, and give slabs without an
 * object in use, and empty magazines, back to the allocator. What other threads have cached stays.
 * Returns: the bytes given back. Threads: any number at once. Cost: O(free objects). */
size_t pool_trim(struct pool *pool);

/* Threads: any number at once. The counts of a pool that others are using are of the recent past.
 */
void pool_stats(struct pool *pool, struct pool_stats *out);

#endif
