/* pool_slab.h - the ground floor of a pool: memory cut into objects of one size.
 *
 * Part of the module pool; on its own it is a plain single-threaded object allocator. It knows
 * nothing of threads, magazines or constructors: the pool calls it with its lock held.
 *
 * A slab is aligned to its own size, a power of two, so the slab of an object is the object's
 * address with the low bits cleared: nothing is stored with the object.
 *
 *     +------+--------------+--------+--------+--------+-- - - --+
 *     | slab | bits, if     | object | raw    | object | never   |
 *     |      | checked      | out    | -> raw | out    | used    |
 *     +------+--------------+--------+--------+--------+-- - - --+
 *     0                     first_bytes                fresh     slab_bytes
 *
 * Invariant: out_count of a slab + length of its raw list + objects never used = per_slab. A slab
 * is on `open` exactly if it has an object to give. Under the address sanitizer all objects are
 * poisoned but those that are marked in use.
 *
 * Do not: use it from two threads without a lock (the two mark functions excepted).
 *
 * Interface: pool_slab_init pool_slab_take pool_slab_put pool_slab_shrink pool_slab_fini
 *            pool_slab_mark_used pool_slab_mark_free pool_slab_expose pool_slab_hide
 *            pool_slab_always_checked
 * Source: Bonwick, "The Slab Allocator: An Object-Caching Kernel Memory Allocator", USENIX 1994.
 */
#ifndef SYSLAB_MEMORY_POOL_SLAB_H
#define SYSLAB_MEMORY_POOL_SLAB_H

#include <stdbool.h>
#include <stdint.h>

#include "03_memory/allocator.h"
#include "07_unsafe/list.h"

struct pool_slab;

struct pool_slabs {
    struct allocator *allocator;
    size_t object_bytes, stride_bytes, slab_bytes;
    size_t first_bytes; /* from a slab to its first object */
    size_t per_slab;
    bool checked;       /* keep a bit for each object that is in use */
    struct list open;   /* slabs with an object to give */
    struct list closed; /* slabs without */
    size_t out_count, slab_count;
};

/* Lay out slabs for objects of that size. Allocates nothing.
 * Returns: 0. Errors: -EINVAL a size of zero or an alignment that is not a power of two;
 * -EOVERFLOW. */
int pool_slab_init(struct pool_slabs *slabs, struct allocator *allocator, size_t object_bytes,
                   size_t align);

/* Take an object out. Returns: the object, raw (and poisoned), or NULL without memory. Cost: O(1).
 */
void *pool_slab_take(struct pool_slabs *slabs);

/* Put an object back. Its contents are lost. Cost: O(1). */
void pool_slab_put(struct pool_slabs *slabs, void *object);

/* Free every slab whose objects are all in. Returns: the bytes freed. Cost: O(slabs). */
size_t pool_slab_shrink(struct pool_slabs *slabs);

/* Free every slab, with whatever is still out. */
void pool_slab_fini(struct pool_slabs *slabs);

/* In a checked pool, before the user gets an object and after the user gives it back. They trap on
 * an address that is not an object's, and on one that is freed while it is not in use.
 * Threads: any number at once, without a lock, for objects that are out. */
void pool_slab_mark_used(struct pool_slabs *slabs, void *object);
void pool_slab_mark_free(struct pool_slabs *slabs, void *object);

/* Lift the poison for a constructor or destructor, and lay it again. Threads: as above. */
void pool_slab_expose(struct pool_slabs *slabs, void *object);
void pool_slab_hide(struct pool_slabs *slabs, void *object);

/* Whether this library checks every pool: without NDEBUG, and under the address sanitizer. */
bool pool_slab_always_checked(void);

#endif
