/* hash_map_table.c - filling buckets, and moving them to another table. Why it is correct: see hash_map.c. */
#include "02_concurrency/hash_map_table.h"

#include <errno.h>
#include <string.h>

enum {
    MOVE_UNITS = 16, /* at a time: some 2 us */
    SPARES_MIN = 4,
    SPARES_MAX = 1024,
};

/* ---- tables and spare buckets ---- */

static size_t table_bytes(unsigned bits)
{
    return sizeof(struct hash_map_table) + (sizeof(struct hash_map_bucket) << bits);
}

/* All zero bits are an empty bucket without a next one. Nobody else has it yet. */
static void clear_buckets(struct hash_map_bucket *first, uint64_t count)
{
    memset((void *)first, 0, count * sizeof(*first));
}

struct hash_map_table *hash_map_table_make(struct allocator *allocator, unsigned bits)
{
    struct hash_map_table *table = NULL;
    if (bits <= HASH_MAP_TABLE_BITS_MAX)
        table = allocator_alloc(allocator, table_bytes(bits), _Alignof(struct hash_map_table));
    if (!table)
        return NULL;
    table->bits = bits;
    atomic_init(&table->next, 0);
    atomic_init(&table->claimed, 0);
    atomic_init(&table->moved, 0);
    atomic_init(&table->spares, NULL);
    return table;
}

void hash_map_table_clear(struct hash_map_table *table)
{
    clear_buckets(table->buckets, hash_map_table_count(table));
}

static size_t spares_bytes(size_t count)
{
    return sizeof(struct hash_map_spares) + count * sizeof(struct hash_map_bucket);
}

static void free_spares(struct hash_map_spares *spares, struct allocator *allocator)
{
    allocator_free(allocator, spares, spares_bytes(spares->count),
                   _Alignof(struct hash_map_spares));
}

void hash_map_table_free(struct reclaim_node *node, struct allocator *allocator)
{
    struct hash_map_table *table = container_of(node, struct hash_map_table, reclaim);
    /* relaxed: no other thread has the table */
    struct hash_map_spares *spares = atomic_load_explicit(&table->spares, memory_order_relaxed);
    while (spares) {
        struct hash_map_spares *older = spares->older;
        free_spares(spares, allocator);
        spares = older;
    }
    allocator_free(allocator, table, table_bytes(table->bits), _Alignof(struct hash_map_table));
}

/* Put a new block in front of the one that is used up, unless another thread has. Returns: the first, or NULL. */
static struct hash_map_spares *more_spares(struct hash_map_table *table,
                                           struct allocator *allocator,
                                           struct hash_map_spares *used_up)
{
    uint64_t count = hash_map_table_count(table) / 16;
    count = count < SPARES_MIN ? SPARES_MIN : count > SPARES_MAX ? SPARES_MAX : count;
    struct hash_map_spares *fresh =
        allocator_alloc(allocator, spares_bytes(count), _Alignof(struct hash_map_spares));
    if (!fresh)
        return NULL;
    fresh->older = used_up;
    fresh->count = count;
    atomic_init(&fresh->taken, 0);
    struct hash_map_spares *first = used_up;
    /* release: pairs with the acquires of spares, here and in take_spare */
    if (atomic_compare_exchange_strong_explicit(&table->spares, &first, fresh, memory_order_release,
                                                memory_order_acquire))
        return fresh;
    free_spares(fresh, allocator);
    return first;
}

/* Returns: an empty bucket of the table's, or NULL without memory. */
static struct hash_map_bucket *take_spare(struct hash_map_table *table, struct allocator *allocator)
{
    /* acquire: pairs with the release in more_spares */
    struct hash_map_spares *spares = atomic_load_explicit(&table->spares, memory_order_acquire);
    for (;;) {
        /* relaxed: a number */
        size_t mine =
            spares ? atomic_fetch_add_explicit(&spares->taken, 1, memory_order_relaxed) : 0;
        if (spares && mine < spares->count) {
            clear_buckets(&spares->buckets[mine], 1);
            return &spares->buckets[mine];
        }
        spares = more_spares(table, allocator, spares);
        if (!spares)
            return NULL;
    }
}

/* ---- chains, under the lock of their home ---- */

/* relaxed in all of these: only who holds the lock changes what they read */
static uint64_t head_of(const struct hash_map_bucket *bucket)
{
    return atomic_load_explicit(&bucket->head, memory_order_relaxed);
}

static struct hash_map_bucket *behind(const struct hash_map_bucket *bucket)
{
    return atomic_load_explicit(&bucket->next, memory_order_relaxed);
}

static bool is_used(const struct hash_map_bucket *bucket, unsigned slot)
{
    return (head_of(bucket) & HASH_MAP_TABLE_USED << slot) != 0;
}

static void set_head(struct hash_map_bucket *bucket, uint64_t head)
{
    /* release: pairs with the acquire of readers (look_up in hash_map.c) */
    atomic_store_explicit(&bucket->head, head, memory_order_release);
}

/* The first slot that is free, or HASH_MAP_TABLE_SLOTS. */
static unsigned free_slot(uint64_t head)
{
    uint64_t none_free = ~UINT64_C(0) << HASH_MAP_TABLE_SLOTS;
    return (unsigned)__builtin_ctzll(~(head / HASH_MAP_TABLE_USED) | none_free);
}

/* Fill a free slot, and then say so. */
static void put_slot(struct hash_map_bucket *bucket, unsigned slot, struct hash_map_entry entry)
{
    /* release, both: pair with the acquires of readers who still look for what was in the slot before; see argument 4
     * of hash_map.c */
    atomic_store_explicit(&bucket->keys[slot], entry.key, memory_order_release);
    atomic_store_explicit(&bucket->values[slot], entry.value, memory_order_release);
    set_head(bucket, head_of(bucket) | HASH_MAP_TABLE_USED << slot);
}

int hash_map_table_add(struct hash_map_table *table, struct allocator *allocator,
                       struct hash_map_bucket *home, struct hash_map_entry entry)
{
    struct hash_map_bucket *bucket = home;
    int place = HASH_MAP_TABLE_AT_HOME;
    unsigned slot = free_slot(head_of(home));
    while (slot == HASH_MAP_TABLE_SLOTS) {
        struct hash_map_bucket *last = bucket;
        place = HASH_MAP_TABLE_BEHIND;
        bucket = behind(last);
        if (!bucket) {
            bucket = take_spare(table, allocator);
            if (!bucket)
                return -ENOMEM;
            place = HASH_MAP_TABLE_SPARE;
            /* release: pairs with the acquire in look_up (hash_map.c); the bucket is cleared */
            atomic_store_explicit(&last->next, bucket, memory_order_release);
        }
        slot = free_slot(head_of(bucket));
    }
    if (bucket !=
        home) /* first, so that nobody finds the key and the next one does not look for it */
        set_head(home, head_of(home) | HASH_MAP_TABLE_MORE);
    put_slot(bucket, slot, entry);
    return place;
}

void hash_map_table_remove(struct hash_map_bucket *home, struct hash_map_bucket *bucket,
                           unsigned slot)
{
    set_head(bucket, (head_of(bucket) & ~(HASH_MAP_TABLE_USED << slot)) + HASH_MAP_TABLE_VERSION);
    if (bucket == home)
        return;
    uint64_t all_used = (HASH_MAP_TABLE_USED << HASH_MAP_TABLE_SLOTS) - HASH_MAP_TABLE_USED;
    for (bucket = behind(home); bucket; bucket = behind(bucket))
        if (head_of(bucket) & all_used)
            return;
    set_head(home, head_of(home) & ~HASH_MAP_TABLE_MORE);
}

/* ---- moving ---- */

/* Of the move: which buckets become which. */
struct unit {
    struct hash_map_bucket *from, *to;
    uint64_t from_count, to_count;
};

static struct unit unit_of(struct hash_map_table *table, struct hash_map_table *next,
                           uint64_t number)
{
    unsigned larger = table->bits > next->bits ? table->bits - next->bits : 0;
    unsigned smaller = next->bits > table->bits ? next->bits - table->bits : 0;
    return (struct unit){&table->buckets[number << larger], &next->buckets[number << smaller],
                         UINT64_C(1) << larger, UINT64_C(1) << smaller};
}

/* Returns: whether all homes of the unit are ours; if one is locked, or they are MOVED, none is. */
static bool lock_unit(struct unit unit)
{
    uint64_t head;
    for (uint64_t i = 0; i < unit.from_count; i++) {
        if (hash_map_table_try_lock(&unit.from[i], &head))
            continue;
        while (i-- > 0)
            hash_map_table_unlock(&unit.from[i]);
        return false;
    }
    return true;
}

/* Put what is in the chain into the next table, where nobody looks yet. Returns: 0 or -ENOMEM. */
static int copy_chain(const struct hash_map *map, struct hash_map_table *next,
                      const struct hash_map_bucket *from)
{
    for (; from; from = behind(from))
        for (unsigned slot = 0; slot < HASH_MAP_TABLE_SLOTS; slot++) {
            if (!is_used(from, slot))
                continue;
            struct hash_map_entry entry = {
                atomic_load_explicit(&from->keys[slot], memory_order_relaxed), /* as behind */
                atomic_load_explicit(&from->values[slot], memory_order_relaxed)};
            struct hash_map_bucket *to =
                hash_map_table_home(next, hash_map_table_hash(map, entry.key));
            int error = hash_map_table_add(next, map->domain->allocator, to, entry);
            if (error < 0)
                return error;
        }
    return 0;
}

/* lesson: hash-map-move */
/* Returns: 1 if this call moved the unit, 0 if it is moved already or locked, -ENOMEM. */
static int move_unit(const struct hash_map *map, struct hash_map_table *next, struct unit unit)
{
    int error = 0;
    if (!lock_unit(unit))
        return 0;
    clear_buckets(unit.to, unit.to_count);
    for (uint64_t i = 0; i < unit.from_count && !error; i++)
        error = copy_chain(map, next, &unit.from[i]);
    /* Readers go on in the old bucket up to here, and from here in the new one; or here still, if there is no memory.
     * release: pairs with the acquire of the head in look_up (hash_map.c) and in hash_map_table_try_lock */
    for (uint64_t i = 0; i < unit.from_count; i++) {
        uint64_t unlocked = head_of(&unit.from[i]) & ~HASH_MAP_TABLE_LOCKED;
        set_head(&unit.from[i], error ? unlocked : unlocked | HASH_MAP_TABLE_MOVED);
    }
    return error ? error : 1;
}
/* end lesson */

int hash_map_table_move(const struct hash_map *map, struct hash_map_table *table,
                        struct hash_map_table *next)
{
    uint64_t units = UINT64_C(1) << (table->bits < next->bits ? table->bits : next->bits);
    uint64_t count = units < MOVE_UNITS ? units : MOVE_UNITS, done = 0;
    int result = 0;
    /* acquire: pairs with the release below, of who moved the last */
    if (atomic_load_explicit(&table->moved, memory_order_acquire) == units)
        return 1;
    /* relaxed: a number; the units' locks decide */
    uint64_t first = atomic_fetch_add_explicit(&table->claimed, count, memory_order_relaxed);
    for (uint64_t i = 0; i < count; i++) {
        int moved = move_unit(map, next, unit_of(table, next, (first + i) & (units - 1)));
        if (moved < 0)
            result = moved;
        else
            done += (uint64_t)moved;
    }
    /* release: pairs with the acquire above and here: who sees all moved sees the next table whole */
    if (atomic_fetch_add_explicit(&table->moved, done, memory_order_acq_rel) + done == units)
        return 1;
    return result;
}

/* ---- invariants ---- */

static bool chain_is_right(const struct hash_map *map, struct hash_map_table *table,
                           struct hash_map_bucket *home, uint64_t *count)
{
    bool behind_home = false;
    for (struct hash_map_bucket *at = home; at; at = behind(at))
        for (unsigned slot = 0; slot < HASH_MAP_TABLE_SLOTS; slot++) {
            if (!is_used(at, slot))
                continue;
            uint64_t key = atomic_load_explicit(&at->keys[slot], memory_order_relaxed);
            unsigned hits = 0;
            for (struct hash_map_bucket *other = home; other; other = behind(other)) {
                unsigned found = hash_map_table_match(other, head_of(other), key);
                hits += (unsigned)__builtin_popcount(found);
            }
            if (hits != 1 || hash_map_table_home(table, hash_map_table_hash(map, key)) != home)
                return false;
            behind_home |= at != home;
            ++*count;
        }
    uint64_t head = head_of(home);
    return !(head & HASH_MAP_TABLE_LOCKED) && (!behind_home || head & HASH_MAP_TABLE_MORE);
}

/* Whether nothing was moved yet to that bucket of a table that covered is being moved to. */
static bool is_empty_still(struct hash_map_table *covered, struct hash_map_table *table, uint64_t i)
{
    if (!covered)
        return false;
    unsigned up = covered->bits > table->bits ? covered->bits - table->bits : 0;
    unsigned down = table->bits > covered->bits ? table->bits - covered->bits : 0;
    return !(head_of(&covered->buckets[i << up >> down]) & HASH_MAP_TABLE_MOVED);
}

bool hash_map_table_check(const struct hash_map *map, struct hash_map_table *table,
                          struct hash_map_table *covered, uint64_t *count)
{
    for (uint64_t i = 0; i < hash_map_table_count(table); i++) {
        if (is_empty_still(covered, table, i) || head_of(&table->buckets[i]) & HASH_MAP_TABLE_MOVED)
            continue;
        if (!chain_is_right(map, table, &table->buckets[i], count))
            return false;
    }
    return true;
}
