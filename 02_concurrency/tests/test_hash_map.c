/* test_hash_map.c - the operations, growing and shrinking, walks, and what happens when there is no memory. Each case
 * runs with each scheme of reclamation. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <stdlib.h>

#include "02_concurrency/hash_map.h"
#include "02_concurrency/hash_map_table.h"

enum { MANY = 6000 };

static const struct hash_map_seed fixed = {
    {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}};
/* All keys have one hash, 0. */
static const struct hash_map_seed colliding = {{0, 0, 0, 0}};

static struct allocator_counting counting;
static struct allocator_failing failing;
static struct epoch epoch;
static struct hazard hazard;
static struct hash_map map;
static struct reclaim_thread *me;

static void allow(size_t requests)
{
    allocator_failing_init(&failing, allocator_system(), requests);
}

static size_t live_bytes(void)
{
    return allocator_counting_read(&counting).live_bytes;
}

static void begin_seeded(int kind, const struct hash_map_seed *seed)
{
    allow(SIZE_MAX);
    allocator_counting_init(&counting, &failing.base);
    epoch_init(&epoch, &counting.base, asymmetric_best());
    hazard_init(&hazard, &counting.base, asymmetric_best());
    struct reclaim_domain *domain = kind == RECLAIM_EPOCH ? &epoch.domain : &hazard.domain;
    ck_assert_int_eq(reclaim_join(domain, &me), 0);
    ck_assert_int_eq(hash_map_init(&map, domain, seed), 0);
}

static void begin(int kind)
{
    begin_seeded(kind, &fixed);
}

static void end(void)
{
    ck_assert(hash_map_check(&map));
    hash_map_fini(&map);
    epoch_fini(&epoch);
    hazard_fini(&hazard);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_blocks, 0);
}

static struct hash_map_table *table(void)
{
    return (struct hash_map_table *)atomic_load(&map.table);
}

static bool is_moving(void)
{
    return atomic_load(&table()->next) != 0;
}

static uint64_t value_of(uint64_t key)
{
    return key * 7 + 1;
}

/* Check notes each assertion in a file: one for all keys, not one for each. */
static void insert_keys(uint64_t first, uint64_t count)
{
    int error = 0;
    for (uint64_t key = first; key < first + count && !error; key++)
        error = hash_map_insert(&map, me, key, value_of(key));
    ck_assert_int_eq(error, 0);
}

/* Returns: how many of the keys are there, each with its value. */
static uint64_t present(uint64_t first, uint64_t count)
{
    uint64_t found = 0, value;
    for (uint64_t key = first; key < first + count; key++)
        found += hash_map_get(&map, me, key, &value) && value == value_of(key);
    return found;
}

static void remove_keys(uint64_t first, uint64_t count)
{
    uint64_t removed = 0, value = 0;
    for (uint64_t key = first; key < first + count; key++)
        removed += hash_map_remove(&map, me, key, &value) && value == value_of(key);
    ck_assert_uint_eq(removed, count);
}

/* ---- one key ---- */

START_TEST(empty)
{
    begin(_i);
    uint64_t value = 77;
    ck_assert(!hash_map_get(&map, me, 1, &value));
    ck_assert(!hash_map_remove(&map, me, 1, &value));
    ck_assert_int_eq(hash_map_replace_if(&map, me, 1, &value, 3), -ENOENT);
    ck_assert_uint_eq(value, 77);
    ck_assert_uint_eq(hash_map_count(&map), 0);
    end();
}
END_TEST

START_TEST(insert_get_remove)
{
    begin(_i);
    uint64_t value = 0;
    ck_assert_int_eq(hash_map_insert(&map, me, 5, 50), 0);
    ck_assert_int_eq(hash_map_insert(&map, me, 5, 51), -EEXIST);
    ck_assert(hash_map_get(&map, me, 5, &value));
    ck_assert_uint_eq(value, 50);
    ck_assert(!hash_map_get(&map, me, 6, &value));
    ck_assert_uint_eq(hash_map_count(&map), 1);
    ck_assert(hash_map_remove(&map, me, 5, &value));
    ck_assert_uint_eq(value, 50);
    ck_assert(!hash_map_remove(&map, me, 5, NULL));
    ck_assert(!hash_map_get(&map, me, 5, &value));
    ck_assert_uint_eq(hash_map_count(&map), 0);
    ck_assert_int_eq(hash_map_insert(&map, me, 5, 52), 0); /* and the slot can be used again */
    ck_assert(hash_map_remove(&map, me, 5, NULL));
    end();
}
END_TEST

START_TEST(put_adds_or_replaces)
{
    begin(_i);
    uint64_t old = 77, value = 0;
    ck_assert_int_eq(hash_map_put(&map, me, 5, 50, &old), 0);
    ck_assert_uint_eq(old, 77);
    ck_assert_int_eq(hash_map_put(&map, me, 5, 51, &old), 1);
    ck_assert_uint_eq(old, 50);
    ck_assert_int_eq(hash_map_put(&map, me, 5, 52, NULL), 1);
    ck_assert(hash_map_get(&map, me, 5, &value));
    ck_assert_uint_eq(value, 52);
    ck_assert_uint_eq(hash_map_count(&map), 1);
    end();
}
END_TEST

START_TEST(replace_if_it_is_what_was_expected)
{
    begin(_i);
    uint64_t expected = 49, value = 0;
    insert_keys(7, 1);
    ck_assert_int_eq(hash_map_replace_if(&map, me, 7, &expected, 1), -EAGAIN);
    ck_assert_uint_eq(expected, value_of(7));
    ck_assert_int_eq(hash_map_replace_if(&map, me, 7, &expected, 1), 0);
    ck_assert_uint_eq(expected, value_of(7));
    ck_assert(hash_map_get(&map, me, 7, &value));
    ck_assert_uint_eq(value, 1);
    end();
}
END_TEST

START_TEST(all_keys_and_all_values)
{
    begin(_i);
    static const uint64_t words[] = {0, 1, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63};
    enum { WORDS = sizeof(words) / sizeof(*words) };
    uint64_t value = 0;
    for (size_t i = 0; i < WORDS; i++)
        ck_assert_int_eq(hash_map_insert(&map, me, words[i], words[WORDS - 1 - i]), 0);
    for (size_t i = 0; i < WORDS; i++) {
        ck_assert(hash_map_get(&map, me, words[i], &value));
        ck_assert_uint_eq(value, words[WORDS - 1 - i]);
    }
    ck_assert_uint_eq(hash_map_count(&map), WORDS);
    end();
}
END_TEST

/* ---- chains ---- */

/* Forty keys in one bucket: chains of all lengths, and holes in all places. */
START_TEST(keys_that_collide)
{
    begin_seeded(_i, &colliding);
    enum { KEYS = 40 };
    insert_keys(0, KEYS);
    ck_assert_uint_eq(present(0, KEYS), KEYS);
    ck_assert(hash_map_check(&map));
    for (uint64_t step = 1; step <= 7; step++) {
        uint64_t there = KEYS;
        for (uint64_t key = 0; key < KEYS; key += step, there--)
            remove_keys(key, 1);
        ck_assert_uint_eq(present(0, KEYS), there);
        ck_assert(hash_map_check(&map));
        for (uint64_t key = 0; key < KEYS; key += step)
            insert_keys(key, 1);
        ck_assert_uint_eq(present(0, KEYS), KEYS);
        ck_assert(hash_map_check(&map));
    }
    end();
}
END_TEST

/* What is behind the home goes: the home says so, and a reader who misses looks at one line. */
START_TEST(a_chain_that_was_long)
{
    begin_seeded(_i, &colliding);
    ck_assert_int_eq(hash_map_reserve(&map, me, 100), 0);
    insert_keys(0, 7);
    struct hash_map_bucket *home = &table()->buckets[0];
    ck_assert(atomic_load(&home->head) & HASH_MAP_TABLE_MORE);
    remove_keys(0, 3);
    ck_assert(atomic_load(&home->head) & HASH_MAP_TABLE_MORE);
    remove_keys(3, 4);
    ck_assert(!(atomic_load(&home->head) & HASH_MAP_TABLE_MORE));
    size_t before = live_bytes();
    insert_keys(0, 7); /* into the same buckets */
    ck_assert_uint_eq(live_bytes(), before);
    ck_assert_uint_eq(present(0, 7), 7);
    end();
}
END_TEST

/* ---- growing and shrinking ---- */

START_TEST(grows)
{
    begin(_i);
    insert_keys(0, MANY);
    ck_assert_uint_eq(hash_map_count(&map), MANY);
    ck_assert_uint_eq(present(0, MANY), MANY);
    ck_assert_uint_eq(present(MANY, MANY), 0);
    uint64_t buckets = hash_map_table_count(table());
    ck_assert_uint_ge(buckets, MANY / 3);
    ck_assert_uint_le(buckets, MANY);
    remove_keys(0, MANY);
    ck_assert_uint_eq(hash_map_count(&map), 0);
    ck_assert_uint_eq(hash_map_table_count(table()), buckets);
    end();
}
END_TEST

/* Keys that a stranger would choose against a table of low or high bits. */
START_TEST(keys_with_a_pattern)
{
    begin_seeded(_i, NULL);
    for (unsigned shift = 0; shift < 64; shift += 9)
        for (uint64_t i = 1; i < 200; i++)
            hash_map_put(&map, me, i << shift, value_of(i << shift), NULL);
    uint64_t wrong = 0, longest = 0, value;
    for (unsigned shift = 0; shift < 64; shift += 9)
        for (uint64_t i = 1; i < 200; i++)
            wrong += !hash_map_get(&map, me, i << shift, &value) || value != value_of(i << shift);
    ck_assert_uint_eq(wrong, 0);
    for (uint64_t i = 0; i < hash_map_table_count(table()); i++) {
        uint64_t length = 0;
        struct hash_map_bucket *at = &table()->buckets[i];
        for (; at; at = atomic_load(&at->next))
            length++;
        longest = length > longest ? length : longest;
    }
    ck_assert_uint_le(longest, 12); /* some 1400 keys; by chance 3 or 4 */
    end();
}
END_TEST

START_TEST(reserve_makes_room)
{
    begin(_i);
    insert_keys(0, 100);
    ck_assert_int_eq(hash_map_reserve(&map, me, MANY), 0);
    ck_assert(!is_moving());
    struct hash_map_table *large = table();
    ck_assert_uint_ge(2 * hash_map_table_count(large), MANY);
    insert_keys(100, MANY - 100);
    ck_assert_ptr_eq(table(), large);
    ck_assert(!is_moving());
    ck_assert_uint_eq(present(0, MANY), MANY);
    ck_assert_int_eq(hash_map_reserve(&map, me, 10), 0); /* never less */
    ck_assert_ptr_eq(table(), large);
    end();
}
END_TEST

START_TEST(shrink_gives_memory_back)
{
    begin(_i);
    size_t at_first = live_bytes();
    insert_keys(0, MANY);
    size_t full = live_bytes();
    remove_keys(100, MANY - 100);
    ck_assert_int_eq(hash_map_shrink(&map, me), 0);
    ck_assert_uint_eq(present(0, 100), 100);
    ck_assert_uint_le(hash_map_table_count(table()), 128);
    for (int i = 0; i < 4; i++)
        reclaim_collect(me);
    ck_assert_uint_le(live_bytes(), at_first + 100 * 64 * 3);
    ck_assert_uint_ge(full, MANY * 32);
    end();
}
END_TEST

/* Tables that were left are freed on the way, not at the end. */
START_TEST(old_tables_are_freed)
{
    begin(_i);
    size_t most = 0, needed = 0;
    int error = 0;
    for (uint64_t key = 0; key < MANY; key++) {
        error |= hash_map_put(&map, me, key, value_of(key), NULL);
        most = live_bytes() > most ? live_bytes() : most;
    }
    ck_assert_int_eq(error, 0);
    needed = sizeof(struct hash_map_bucket) * hash_map_table_count(table());
    ck_assert_uint_le(most,
                      needed + needed / 2 + needed / 4); /* the last one and spares; not all */
    end();
}
END_TEST

/* ---- in the middle of a move ---- */

/* A table of twice the size is there, and nothing is moved yet. */
static void begin_move(int kind, uint64_t keys, unsigned bits)
{
    begin(kind);
    ck_assert_int_eq(hash_map_reserve(&map, me, keys * 4), 0);
    insert_keys(0, keys);
    ck_assert(!is_moving());
    struct hash_map_table *next = hash_map_table_make(&counting.base, table()->bits + bits);
    ck_assert_ptr_nonnull(next);
    atomic_store(&table()->next, (uintptr_t)next);
}

START_TEST(all_works_in_the_middle_of_a_move)
{
    enum { KEYS = 2000 };
    begin_move(_i, KEYS, 1);
    struct hash_map_table *old = table();
    uint64_t rounds = 0, value, expected;
    for (; table() == old && rounds < KEYS; rounds++) {
        uint64_t fresh = KEYS + rounds;
        insert_keys(fresh, 1); /* and moves some */
        ck_assert_int_eq(hash_map_insert(&map, me, rounds, 0), -EEXIST);
        ck_assert_uint_eq(present(0, KEYS), KEYS);
        expected = value_of(fresh);
        ck_assert_int_eq(hash_map_replace_if(&map, me, fresh, &expected, 1), 0);
        ck_assert_int_eq(hash_map_put(&map, me, fresh, 2, &value), 1);
        ck_assert_uint_eq(value, 1);
        ck_assert(hash_map_remove(&map, me, fresh, &value));
        ck_assert(hash_map_check(&map));
    }
    ck_assert_uint_gt(rounds, 3);
    ck_assert_uint_lt(rounds, KEYS);
    ck_assert(!is_moving());
    ck_assert_uint_eq(present(0, KEYS), KEYS);
    end();
}
END_TEST

START_TEST(fini_in_the_middle_of_a_move)
{
    begin_move(_i, 2000, 3);
    insert_keys(2000, 1);
    ck_assert(is_moving());
    end();
}
END_TEST

/* A thread was stopped while it moved a bucket: readers, and writers of other buckets, go on; the others end the
 * move but for that one. */
START_TEST(a_bucket_that_stays_locked)
{
    enum { KEYS = 500 };
    begin_move(_i, KEYS, 1);
    struct hash_map_table *old = table();
    struct hash_map_bucket *stopped = hash_map_table_home(old, hash_map_table_hash(&map, 3));
    uint64_t head;
    ck_assert(hash_map_table_try_lock(stopped, &head));
    for (uint64_t key = KEYS; key < 2 * KEYS; key++)
        if (hash_map_table_home(old, hash_map_table_hash(&map, key)) != stopped)
            ck_assert_int_eq(hash_map_put(&map, me, key, value_of(key), NULL), 0);
    ck_assert_uint_eq(present(0, KEYS), KEYS);
    ck_assert_ptr_eq(table(), old);
    ck_assert_uint_eq(atomic_load(&old->moved), hash_map_table_count(old) - 1);
    hash_map_table_unlock(stopped);
    for (int i = 0; i < 100 && table() == old; i++)
        hash_map_put(&map, me, 0, value_of(0), NULL);
    ck_assert_ptr_ne(table(), old);
    ck_assert_uint_eq(present(0, KEYS), KEYS);
    end();
}
END_TEST

/* ---- objects ---- */

struct object {
    struct reclaim_node reclaim;
    uint64_t number;
};

static unsigned freed;

static void object_free(struct reclaim_node *node, struct allocator *allocator)
{
    freed++;
    allocator_free(allocator, node, sizeof(struct object), _Alignof(struct object));
}

START_TEST(an_object_stays_until_the_section_ends)
{
    struct reclaim_thread *other;
    begin(_i);
    freed = 0;
    ck_assert_int_eq(reclaim_join(map.domain, &other), 0);
    struct object *object =
        allocator_alloc(&counting.base, sizeof(*object), _Alignof(struct object));
    ck_assert_ptr_nonnull(object);
    object->number = 12;
    ck_assert_int_eq(hash_map_insert(&map, me, 1, (uintptr_t)object), 0);
    uint64_t value = 0, outer = reclaim_enter(me);
    ck_assert(hash_map_get(&map, me, 1, &value));
    ck_assert(hash_map_remove(&map, other, 1, &value));
    reclaim_retire(other, &((struct object *)value)->reclaim, object_free);
    for (int i = 0; i < 4; i++)
        reclaim_collect(other);
    ck_assert_uint_eq(freed, 0);
    ck_assert_uint_eq(((struct object *)value)->number, 12);
    reclaim_leave(me, outer);
    for (int i = 0; i < 4; i++)
        reclaim_collect(other);
    ck_assert_uint_eq(freed, 1);
    end();
}
END_TEST

/* ---- walks ---- */

/* Walk to the end. Returns: how many keys of 0 to count - 1 were visited once, with their value; other keys are counted
 * in *others. every: a function that changes the map, after each so many keys. */
static uint64_t walk(uint64_t count, uint64_t *others, uint64_t every, void (*change)(uint64_t))
{
    struct hash_map_cursor cursor = HASH_MAP_CURSOR_INIT;
    uint64_t key, value, once = 0, steps = 0;
    unsigned char *seen = calloc(count, 1);
    ck_assert_ptr_nonnull(seen);
    *others = 0;
    while (hash_map_next(&map, me, &cursor, &key, &value)) {
        if (key < count && value == value_of(key))
            seen[key]++;
        else
            ++*others;
        if (every && ++steps % every == 0)
            change(steps / every);
    }
    for (uint64_t i = 0; i < count; i++)
        once += seen[i] == 1;
    free(seen);
    ck_assert(!hash_map_next(&map, me, &cursor, &key, &value)); /* the end is the end */
    return once;
}

START_TEST(a_walk_visits_each_key_once)
{
    begin(_i);
    uint64_t others;
    ck_assert_uint_eq(walk(1, &others, 0, NULL), 0);
    insert_keys(0, MANY);
    ck_assert_uint_eq(walk(MANY, &others, 0, NULL), MANY);
    ck_assert_uint_eq(others, 0);
    end();
}
END_TEST

/* Hashes at the very end, and all the same: the cursor goes on by keys. */
START_TEST(a_walk_over_keys_that_collide)
{
    /* What the mixing makes UINT64_MAX of: its factor's inverse, times that, and the shift undone. */
    uint64_t product = UINT64_MAX * UINT64_C(0xf1de83e19937733d);
    struct hash_map_seed highest = {{0, 0, product ^ product >> 32, 0}};
    begin_seeded(_i, &highest);
    ck_assert_uint_eq(hash_map_table_hash(&map, 1), UINT64_MAX);
    uint64_t others;
    insert_keys(0, 50);
    hash_map_put(&map, me, UINT64_MAX, 1, NULL);
    ck_assert_uint_eq(walk(50, &others, 0, NULL), 50);
    ck_assert_uint_eq(others, 1);
    end();
}
END_TEST

static void grow_and_shrink(uint64_t round)
{
    if (round % 2)
        ck_assert_int_eq(hash_map_reserve(&map, me, UINT64_C(4) << (round % 11)), 0);
    else
        ck_assert_int_eq(hash_map_shrink(&map, me), 0);
}

static void come_and_go(uint64_t round)
{
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t key = MANY + round * 100 + i;
        hash_map_put(&map, me, key, 0, NULL);
        if (round % 2)
            hash_map_remove(&map, me, key, NULL);
    }
}

START_TEST(a_walk_while_the_map_changes)
{
    begin(_i);
    uint64_t others;
    insert_keys(0, 2000);
    ck_assert_uint_eq(walk(2000, &others, 20, grow_and_shrink), 2000);
    ck_assert_uint_eq(others, 0);
    ck_assert_uint_eq(walk(2000, &others, 20, come_and_go), 2000);
    end();
}
END_TEST

/* ---- no memory ---- */

START_TEST(init_without_memory)
{
    begin(_i);
    struct hash_map second;
    size_t before = live_bytes(), allowed = 0;
    for (;; allowed++) {
        allow(allowed);
        int error = hash_map_init(&second, map.domain, NULL);
        if (!allocator_failing_refused(&failing)) {
            ck_assert_int_eq(error, 0);
            break;
        }
        ck_assert_int_eq(error, -ENOMEM);
        ck_assert_uint_eq(live_bytes(), before);
    }
    ck_assert_uint_eq(allowed, 2);
    hash_map_fini(&second);
    allow(SIZE_MAX);
    end();
}
END_TEST

/* Without any memory: what there is room for is added, the rest is refused, and all that is there stays in use. */
START_TEST(insert_without_memory_changes_nothing)
{
    begin(_i);
    insert_keys(0, 100);
    allow(0);
    uint64_t added = 100, refused = 0, value;
    for (uint64_t key = 100; key < 2000; key++) {
        uint64_t before = hash_map_count(&map);
        int error = key % 2 ? hash_map_insert(&map, me, key, value_of(key))
                            : hash_map_put(&map, me, key, value_of(key), &value);
        added += error == 0;
        refused += error == -ENOMEM;
        if (error && (hash_map_count(&map) != before || hash_map_get(&map, me, key, &value)))
            refused = 0;
    }
    ck_assert_uint_gt(refused, 0);
    ck_assert_uint_eq(added + refused, 2000);
    ck_assert_uint_eq(present(0, 2000), added);
    ck_assert(hash_map_check(&map));
    ck_assert_int_eq(hash_map_put(&map, me, 1, value_of(1), NULL), 1); /* replacing needs none */
    remove_keys(0, 100);
    ck_assert_int_eq(hash_map_reserve(&map, me, MANY), -ENOMEM);
    allow(SIZE_MAX);
    insert_keys(0, 100);
    insert_keys(MANY, MANY); /* and the map grows again */
    ck_assert_uint_eq(present(0, 2000) + present(MANY, MANY), added + MANY);
    end();
}
END_TEST

/* Each request of a life with growth, shrinking and long chains is refused once. */
START_TEST(every_allocation_refused_once)
{
    enum { KEYS = 300 };
    uint64_t value;
    for (size_t allowed = 0;; allowed++) {
        begin(_i);
        size_t refused = 0;
        allow(allowed);
        for (uint64_t key = 0; key < KEYS; key++)
            if (hash_map_insert(&map, me, key, value_of(key)) == -ENOMEM) {
                ck_assert(!hash_map_get(&map, me, key, &value));
                refused += allocator_failing_refused(&failing);
                allow(SIZE_MAX); /* once */
                insert_keys(key, 1);
            }
        if (hash_map_reserve(&map, me, 4 * KEYS) == -ENOMEM) {
            refused += allocator_failing_refused(&failing);
            allow(SIZE_MAX);
            ck_assert_int_eq(hash_map_reserve(&map, me, 4 * KEYS), 0);
        }
        if (hash_map_shrink(&map, me) == -ENOMEM) {
            refused += allocator_failing_refused(&failing);
            allow(SIZE_MAX);
            ck_assert_int_eq(hash_map_shrink(&map, me), 0);
        }
        refused += allocator_failing_refused(&failing);
        ck_assert_uint_eq(present(0, KEYS), KEYS);
        end();
        if (refused == 0)
            break;
    }
}
END_TEST

/* The next table is there, and a chain does not fit into it without a spare bucket, which is not to be had: the bucket
 * stays where it is, and is moved later. */
START_TEST(a_move_without_memory)
{
    enum { KEYS = 7 };
    begin_seeded(_i, &colliding);
    ck_assert_int_eq(hash_map_reserve(&map, me, 100), 0);
    insert_keys(0, KEYS); /* all in bucket 0 */
    allow(1);             /* the table, and no spare buckets */
    ck_assert_int_eq(hash_map_reserve(&map, me, 1000), -ENOMEM);
    ck_assert(is_moving());
    ck_assert_uint_eq(present(0, KEYS), KEYS);
    ck_assert(hash_map_check(&map));
    remove_keys(0, 1); /* writing goes on, in the old bucket */
    insert_keys(0, 1);
    ck_assert(is_moving());
    allow(SIZE_MAX);
    ck_assert_int_eq(hash_map_reserve(&map, me, 1000), 0);
    ck_assert(!is_moving());
    ck_assert_uint_eq(present(0, KEYS), KEYS);
    end();
}
END_TEST

/* ---- the check ---- */

START_TEST(check_finds_what_is_wrong)
{
    begin(_i);
    insert_keys(0, 100);
    ck_assert(hash_map_check(&map));
    struct hash_map_bucket *home = hash_map_table_home(table(), hash_map_table_hash(&map, 3));
    uint64_t head = atomic_load(&home->head);
    atomic_store(&home->head, head | HASH_MAP_TABLE_LOCKED);
    ck_assert(!hash_map_check(&map));
    atomic_store(&home->head, head ^ HASH_MAP_TABLE_USED); /* one more or less than counted */
    ck_assert(!hash_map_check(&map));
    atomic_store(&home->head, head);
    unsigned slot = (unsigned)__builtin_ctz(hash_map_table_match(home, head, 3));
    atomic_store(&home->keys[slot], UINT64_C(1) << 50); /* a key that belongs elsewhere */
    ck_assert(!hash_map_check(&map));
    atomic_store(&home->keys[slot], 3);
    end();
}
END_TEST

#define CASE(topic, name) tcase_add_loop_test(topic, name, RECLAIM_EPOCH, RECLAIM_HAZARD + 1)

Suite *check_suite(void)
{
    Suite *suite = suite_create("hash_map");
    TCase *operations = tcase_create("operations");
    suite_add_tcase(suite, operations);
    CASE(operations, empty);
    CASE(operations, insert_get_remove);
    CASE(operations, put_adds_or_replaces);
    CASE(operations, replace_if_it_is_what_was_expected);
    CASE(operations, all_keys_and_all_values);
    TCase *chains = tcase_create("chains");
    suite_add_tcase(suite, chains);
    CASE(chains, keys_that_collide);
    CASE(chains, a_chain_that_was_long);
    TCase *sizes = tcase_create("sizes");
    suite_add_tcase(suite, sizes);
    CASE(sizes, grows);
    CASE(sizes, keys_with_a_pattern);
    CASE(sizes, reserve_makes_room);
    CASE(sizes, shrink_gives_memory_back);
    CASE(sizes, old_tables_are_freed);
    TCase *moving = tcase_create("moving");
    suite_add_tcase(suite, moving);
    CASE(moving, all_works_in_the_middle_of_a_move);
    CASE(moving, fini_in_the_middle_of_a_move);
    CASE(moving, a_bucket_that_stays_locked);
    TCase *objects = tcase_create("objects");
    suite_add_tcase(suite, objects);
    CASE(objects, an_object_stays_until_the_section_ends);
    TCase *walks = tcase_create("walks");
    suite_add_tcase(suite, walks);
    CASE(walks, a_walk_visits_each_key_once);
    CASE(walks, a_walk_over_keys_that_collide);
    CASE(walks, a_walk_while_the_map_changes);
    TCase *errors = tcase_create("errors");
    suite_add_tcase(suite, errors);
    CASE(errors, init_without_memory);
    CASE(errors, insert_without_memory_changes_nothing);
    CASE(errors, every_allocation_refused_once);
    CASE(errors, a_move_without_memory);
    TCase *check = tcase_create("check");
    suite_add_tcase(suite, check);
    CASE(check, check_finds_what_is_wrong);
    return suite;
}
