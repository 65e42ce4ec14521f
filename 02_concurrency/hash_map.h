/* hash_map.h - a concurrent hash map of 64-bit keys and values that grows without stopping its readers.
 *
 * Three keys, their values and one word of state fill a cache line, a bucket: a lookup fetches one line and writes
 * nothing to the map. A writer locks its bucket by a bit of the state, which readers do not look at.
 *
 *     table --> | state | 3 keys | 3 values | next -|--> a spare bucket, where four or more keys met
 *               | state | 3 keys | 3 values |   .   |
 *               |   :                               |
 *
 * When there are two keys for a bucket on average, whoever noticed makes a table of twice the size, and each write
 * moves some buckets there until all are. A key is looked for in the old table, and, where its bucket says MOVED, in the
 * new one. Nobody waits for the move as a whole.
 *
 *     struct hash_map map;
 *     hash_map_init(&map, &epoch.domain, NULL);       or &hazard.domain
 *     struct reclaim_thread *me;
 *     reclaim_join(&epoch.domain, &me);               each thread, once
 *     hash_map_insert(&map, me, key, value);
 *     if (hash_map_get(&map, me, key, &value)) ...
 *
 * Invariant: a key has at most one value. An operation takes effect at one moment between its call and its return.
 *
 *     operation                          with any other    progress
 *     get                                yes               lock-free: looks again when a key was removed from the bucket
 *                                                          meanwhile; waits for no writer and no move
 *     next                               yes               lock-free
 *     insert, put, replace_if, remove    yes               blocking, for one bucket: a writer that is stopped inside, for some
 *                                                          20 instructions or, seldom, an allocation or a move of this
 *                                                          bucket, keeps writers of that bucket waiting, and no others
 *     count                              yes               wait-free
 *     reserve, shrink                    yes               blocking: until all is moved
 *     init, fini, check                  no                -
 *
 * Keys: any uint64_t. Why not any type by callbacks? Then each comparison would follow a pointer, to a second line, and call a
 * function: that is most of what a lookup costs. What is no number becomes one: 03_memory/intern.h gives equal
 * strings equal numbers; other keys are hashed to 64 bits by a keyed hash, with the whole key in the
 * object that the value points to, compared by the caller.
 * Values: any uint64_t, and so pointers. What one points to is the caller's. Whoever removes or replaces a value gets the
 * old one, and retires the object through a record of the same domain. The object that get found stays until the
 * end of a section that the caller began before (reclaim_enter), or, with hazard pointers, until this thread's next call
 * in that section.
 *
 * Strangers' keys: a bucket is chosen by a hash with a secret of 32 bytes. For keys that were chosen without knowing it the
 * expected number of others in the bucket is two at most, whatever they are. Do not show strangers the order of
 * hash_map_next, which tells the secret.
 *
 * Memory: 64 bytes for one to two keys, so 32 to 64 a key, and some 2 to 5 for spare buckets; while it grows, old and new table. A
 * map with no key has 128 bytes of buckets, 384 of a table's head, and a counter (counter.h). What was once needed for
 * a long chain stays until the next move; tables do not shrink by themselves. A table that was left is retired, and freed
 * at once if no reader is in the way.
 * No memory: an operation that says -ENOMEM has changed nothing. That a larger table could not be had is no error:
 * chains get longer, and the next write tries again.
 *
 * Signal-safe: nothing. After fork: only the child's exec or _exit.
 * Interface: hash_map_init hash_map_fini hash_map_get hash_map_insert hash_map_put hash_map_replace_if hash_map_remove
 *            hash_map_count hash_map_next hash_map_reserve hash_map_shrink hash_map_check
 * Source: David, Guerraoui and Trigonakis, Asynchronized Concurrency: The Secret to Scaling Concurrent Search Data
 *         Structures (ASPLOS 2015), for buckets of a cache line and readers that write nothing (CLHT); Maier, Sanders and
 *         Dementiev, Concurrent Hash Tables: Fast and General(?)! (PPoPP 2016), for moving together; Dietzfelbinger,
 *         Universal Hashing and k-Wise Independent Random Variables via Integer Arithmetic (STACS 1996).
 */
#ifndef SYSLAB_CONCURRENCY_HASH_MAP_H
#define SYSLAB_CONCURRENCY_HASH_MAP_H

#include "02_concurrency/counter.h"
#include "02_concurrency/hash_map_seed.h"
#include "02_concurrency/reclaim.h"

__extension__ typedef unsigned __int128 hash_map_wide;

struct hash_map {
    /* Constant after init. */
    _Alignas(CACHE_LINE_APART) hash_map_wide factor, addend; /* of the hash */
    struct reclaim_domain *domain;
    struct counter *count;
    _Atomic(uintptr_t) table; /* a struct hash_map_table *: replaced when all of it was moved */
};

/* Make an empty map. seed: NULL for one from the kernel; fix it only to repeat a run.
 * Returns: 0. Errors: -ENOMEM; of hash_map_seed_draw. Owns: the caller owns *map, which must not move. */
int hash_map_init(struct hash_map *map, struct reclaim_domain *domain,
                  const struct hash_map_seed *seed);

/* Free the tables. What was replaced is the domain's. Values left inside are forgotten. */
void hash_map_fini(struct hash_map *map);

/* Look the key up. me: the caller's record of the map's domain, here and below.
 * Returns: true and the value in *out, or false if the key is not there, and *out is as it was. */
bool hash_map_get(struct hash_map *map, struct reclaim_thread *me, uint64_t key, uint64_t *out);

/* Add a key. Returns: 0. Errors: -EEXIST it is there; -ENOMEM. */
int hash_map_insert(struct hash_map *map, struct reclaim_thread *me, uint64_t key, uint64_t value);

/* Set the value of a key, there or not. Returns: 1 if it was there, with the value before in *old; 0 if it
 * was not, and *old is as it was. old may be NULL. Errors: -ENOMEM. */
int hash_map_put(struct hash_map *map, struct reclaim_thread *me, uint64_t key, uint64_t value,
                 uint64_t *old);

/* Set the value of a key if it is *expected.
 * Returns: 0. Errors: -ENOENT the key is not there; -EAGAIN it has another value, which is in *expected now. */
int hash_map_replace_if(struct hash_map *map, struct reclaim_thread *me, uint64_t key,
                        uint64_t *expected, uint64_t value);

/* Take a key out. Returns: whether it was there, and its value in *old. old may be NULL. Never fails for want of memory. */
bool hash_map_remove(struct hash_map *map, struct reclaim_thread *me, uint64_t key, uint64_t *old);

/* Returns: how many keys there are. Exact when nobody writes; else as counter_read, and never below 0. */
uint64_t hash_map_count(const struct hash_map *map);

/* Where a walk has come to. It keeps nothing alive: it may be copied, kept for any time, and dropped. */
struct hash_map_cursor {
    uint64_t hash, key; /* the smallest pair that is still to come */
    bool is_done;
};
#define HASH_MAP_CURSOR_INIT ((struct hash_map_cursor){0})

/* Go to the next key, in the order of their hashes. Returns: true, the key and its value; false at the end.
 * A key that is there from the first call to the last is visited once, also while the map grows or shrinks; one that was added
 * or removed meanwhile once or not at all; never twice. The value is one that the key had during the call. */
bool hash_map_next(struct hash_map *map, struct reclaim_thread *me, struct hash_map_cursor *cursor,
                   uint64_t *key, uint64_t *value);

/* Make room for so many keys at once. Returns: 0. Errors: -ENOMEM, and nothing was lost. Blocks: until all is moved. */
int hash_map_reserve(struct hash_map *map, struct reclaim_thread *me, uint64_t count);

/* Give memory back that so few keys do not need. Returns: 0. Errors: -ENOMEM, as reserve. Blocks: as reserve. */
int hash_map_shrink(struct hash_map *map, struct reclaim_thread *me);

/* Returns: whether the invariants hold: each key once, where its hash leads, and counted; no lock held. Cost: O(n). */
bool hash_map_check(const struct hash_map *map);

#endif
