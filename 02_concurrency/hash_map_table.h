/* hash_map_table.h - the inside of hash_map: buckets of one cache line, tables of them, and the move to another table.
 *
 *     bucket, 64 bytes
 *     | head | key 0 | key 1 | key 2 | value 0 | value 1 | value 2 | next |
 *        |                                                           |
 *        | LOCKED  a writer is at work in this chain                 +--> a spare bucket of the same table, or NULL
 *        | MOVED   the contents are in the next table, these stay as they were
 *        | MORE    something may be in the buckets behind this one
 *        | USED    a bit for each slot
 *        | version, counts the removals in this bucket
 *
 * LOCKED, MOVED and MORE are of the first bucket of a chain, its home; USED and the version of each bucket. A hash's
 * home is the bucket of its highest bits. So a table with twice the buckets has those of bucket i in 2i and 2i + 1, and a
 * unit of the move is what one bucket of the smaller table covers in both:
 *
 *     table   | 0 M | 1 M | 2   | 3   |      M: moved; 0 and 1 are read in the next table now
 *               | \   | \
 *     next    | 0| 1| 2| 3| .| .| .| .|      not initialised where nothing was moved to
 *
 * Invariant: a key is in one slot at most, of the chain that its hash leads to: in the table, or, where the home is MOVED,
 * in the next one. Buckets change only under the lock of their home, and after MOVED no more. The next of a table is
 * set once. A chain grows at its end and never shrinks; it goes with its table.
 *
 * For hash_map.c; programs use hash_map.h.
 * Interface: hash_map_table_make hash_map_table_free hash_map_table_clear hash_map_table_move hash_map_table_check
 *            hash_map_table_count hash_map_table_hash hash_map_table_home hash_map_table_match hash_map_table_try_lock
 *            hash_map_table_unlock hash_map_table_add hash_map_table_remove
 */
#ifndef SYSLAB_CONCURRENCY_HASH_MAP_TABLE_H
#define SYSLAB_CONCURRENCY_HASH_MAP_TABLE_H

#include "02_concurrency/hash_map.h"

enum { HASH_MAP_TABLE_SLOTS = 3, HASH_MAP_TABLE_BITS_MIN = 1, HASH_MAP_TABLE_BITS_MAX = 48 };

#define HASH_MAP_TABLE_LOCKED  UINT64_C(1)
#define HASH_MAP_TABLE_MOVED   UINT64_C(2)
#define HASH_MAP_TABLE_MORE    UINT64_C(4)
#define HASH_MAP_TABLE_USED    UINT64_C(8)  /* of slot 0; the next bits of the others */
#define HASH_MAP_TABLE_VERSION UINT64_C(64) /* one removal */

/* lesson: hash-map-bucket */
struct hash_map_bucket {
    _Alignas(CACHE_LINE_BYTES) _Atomic(uint64_t) head;
    _Atomic(uint64_t) keys[HASH_MAP_TABLE_SLOTS];
    _Atomic(uintptr_t) values[HASH_MAP_TABLE_SLOTS];
    _Atomic(struct hash_map_bucket *) next;
};
/* end lesson */

/* Buckets for chains that are longer than one, allocated many at a time. */
struct hash_map_spares {
    struct hash_map_spares *older;
    size_t count;
    atomic_size_t taken; /* may run over count */
    struct hash_map_bucket buckets[];
};

struct hash_map_table {
    struct reclaim_node reclaim; /* first: its address is the table's */
    unsigned bits;               /* constant: there are 1 << bits buckets */
    _Atomic(uintptr_t) next;     /* the table that this one is moved to, or 0; set once */
    _Alignas(CACHE_LINE_APART) _Atomic(uint64_t) claimed; /* units handed out, round and round */
    _Atomic(uint64_t) moved;                              /* units moved */
    _Atomic(struct hash_map_spares *) spares;
    _Alignas(CACHE_LINE_APART) struct hash_map_bucket buckets[];
};

/* Make a table whose buckets are not initialised. Returns: it, or NULL without memory. */
struct hash_map_table *hash_map_table_make(struct allocator *allocator, unsigned bits);

/* Initialise all buckets. */
void hash_map_table_clear(struct hash_map_table *table);

/* Give the table and its spares back; a reclaim_free_fn. */
void hash_map_table_free(struct reclaim_node *node, struct allocator *allocator);

/* Move some units to the next table. Returns: 1 if all are moved now, 0 if not.
 * Errors: -ENOMEM, for one unit or several: they stay where they are. Progress: waits for nobody: a unit that is locked
 * is left for another round. */
int hash_map_table_move(const struct hash_map *map, struct hash_map_table *table,
                        struct hash_map_table *next);

/* Whether the invariants hold, and add the number of keys to *count. covered: a table that is being moved to this one, or NULL.
 * Threads: no other uses the map. */
bool hash_map_table_check(const struct hash_map *map, struct hash_map_table *table,
                          struct hash_map_table *covered, uint64_t *count);

struct hash_map_entry {
    uint64_t key, value;
};

enum hash_map_table_place {
    HASH_MAP_TABLE_AT_HOME,
    HASH_MAP_TABLE_BEHIND, /* the home was full */
    HASH_MAP_TABLE_SPARE,  /* the chain was full, and has one bucket more now */
};

/* Add a key that is not there. Returns: where, an enum hash_map_table_place.
 * Errors: -ENOMEM, with the chain as it was. Threads: the caller holds the home's lock. */
int hash_map_table_add(struct hash_map_table *table, struct allocator *allocator,
                       struct hash_map_bucket *home, struct hash_map_entry entry);

/* Take the key in that slot out. Threads: the caller holds the home's lock. */
void hash_map_table_remove(struct hash_map_bucket *home, struct hash_map_bucket *bucket,
                           unsigned slot);

static inline uint64_t hash_map_table_count(const struct hash_map_table *table)
{
    return UINT64_C(1) << table->bits;
}

/* lesson: hash-map-hash */
/* The highest 64 of 128 bits of a secret linear function: of two keys that were chosen without the secret, any n bits
 * of the results agree with a probability of 2^-n. That bounds the average; keys with a pattern, such as 1, 2, 3, may
 * still fall into few buckets. So the result is mixed, which maps no two hashes to one and so changes no probability. */
static inline uint64_t hash_map_table_hash(const struct hash_map *map, uint64_t key)
{
    uint64_t hash = (uint64_t)((map->factor * key + map->addend) >> 64);
    return (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

static inline struct hash_map_bucket *hash_map_table_home(struct hash_map_table *table,
                                                          uint64_t hash)
{
    return &table->buckets[hash >> (64 - table->bits)];
}
/* end lesson */

/* lesson: hash-map-match */
/* Which used slots have the key: a bit for each. All three are compared: which one it is cannot be predicted, and a
 * branch that is guessed wrong costs more than two comparisons. */
static inline unsigned hash_map_table_match(const struct hash_map_bucket *bucket, uint64_t head,
                                            uint64_t key)
{
    unsigned hits = 0;
#pragma GCC unroll 3
    for (unsigned slot = 0; slot < HASH_MAP_TABLE_SLOTS; slot++)
        /* acquire: pairs with the release in put_slot (hash_map_table.c): see argument 4 of hash_map.c */
        hits |= (unsigned)(atomic_load_explicit(&bucket->keys[slot], memory_order_acquire) == key)
                << slot;
    return hits & (unsigned)(head / HASH_MAP_TABLE_USED);
}
/* end lesson */

/* Take the lock of a home, if it is free and not MOVED. Returns: whether, and what its head was in *head. */
static inline bool hash_map_table_try_lock(struct hash_map_bucket *home, uint64_t *head)
{
    /* acquire, twice: for MOVED, pairs with the release in move_unit (hash_map_table.c), and who reads it does not come to
     * the swap; for the lock, pairs with the release in hash_map_table_unlock, of whom the load may not have seen */
    *head = atomic_load_explicit(&home->head, memory_order_acquire);
    return (*head & (HASH_MAP_TABLE_LOCKED | HASH_MAP_TABLE_MOVED)) == 0 &&
           atomic_compare_exchange_strong_explicit(&home->head, head, *head | HASH_MAP_TABLE_LOCKED,
                                                   memory_order_acquire, memory_order_acquire);
}

static inline void hash_map_table_unlock(struct hash_map_bucket *home)
{
    /* relaxed: only who holds the lock changes it. release: pairs with the acquire in hash_map_table_try_lock */
    uint64_t head = atomic_load_explicit(&home->head, memory_order_relaxed);
    atomic_store_explicit(&home->head, head & ~HASH_MAP_TABLE_LOCKED, memory_order_release);
}

#endif
