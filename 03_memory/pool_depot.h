/* pool_depot.h - the middle floor of a pool: magazines that no thread has loaded.
 *
 * Part of the module pool. A magazine is an array of pointers to free objects. The depot keeps the
 * full ones and the empty ones in two lists, and hands them out whole: that is how a hundred
 * objects change threads for one lock. It knows nothing of threads: the pool calls it with its lock
 * held.
 *
 *     full     [oooooooo] -> [oooooooo] -> NULL
 *     partial  [ooo.....]                    at most one: rounds are moved together
 *     empty    [........] -> NULL
 *
 * Invariant: every magazine in `full` has `capacity` rounds, every one in `empty` none, `partial`
 * some but not all; object_count is the sum.
 *
 * Do not: use it from two threads without a lock; keep a magazine after pool_depot_put.
 *
 * Interface: pool_depot_take_empty pool_depot_take_filled pool_depot_put pool_depot_push
 *            pool_depot_pop pool_depot_free_empty pool_depot_magazine_bytes
 * Source: Bonwick and Adams, "Magazines and Vmem", USENIX 2001, section 3.
 */
#ifndef SYSLAB_MEMORY_POOL_DEPOT_H
#define SYSLAB_MEMORY_POOL_DEPOT_H

#include "03_memory/allocator.h"

#include <stdbool.h>
#include <stdint.h>

struct pool_magazine {
    struct pool_magazine *next; /* in a list of the depot */
    uint32_t count;             /* of rounds; not kept up while a thread has it loaded */
    void *rounds[];
};

struct pool_depot {
    struct allocator *allocator;
    uint32_t capacity; /* rounds of a magazine */
    struct pool_magazine *full, *partial, *empty;
    size_t object_count;
    size_t magazine_count; /* that exist, here or in a thread */
};

/* An empty magazine, of the depot or new. Returns: NULL without memory. */
struct pool_magazine *pool_depot_take_empty(struct pool_depot *depot);

/* A full magazine, or else the partial one. Returns: NULL if there are no objects. */
struct pool_magazine *pool_depot_take_filled(struct pool_depot *depot);

/* Take over a magazine of any fill. Cost: O(1) for a full or empty one, else O(capacity). */
void pool_depot_put(struct pool_depot *depot, struct pool_magazine *magazine);

/* One object in or out. Returns: false, NULL: no memory for a magazine, no object. Cost: O(1). */
bool pool_depot_push(struct pool_depot *depot, void *object);
void *pool_depot_pop(struct pool_depot *depot);

/* Give the empty magazines back to the allocator. Returns: the bytes freed. */
size_t pool_depot_free_empty(struct pool_depot *depot);

/* What one magazine takes up, of any fill. */
size_t pool_depot_magazine_bytes(const struct pool_depot *depot);

#endif
