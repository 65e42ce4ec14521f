/* hash_map.c - the operations; buckets and the move between tables are in hash_map_table.c.
 *
 * Why it is correct when threads run at once. k is a key, its home the bucket that its hash leads to.
 *
 *  1. All that changes a chain holds the lock of its home, so writers of one chain come one after the other. A home that is
 *     MOVED cannot be locked, and its chain stays as it is. So of the tables exactly one has k's chain in force: the first one
 *     whose home is not MOVED. It is reached from map->table in one step: 7.
 *  2. An insertion takes effect by the store that sets the bit USED: k and its value are in the slot before, by that release. A
 *     removal takes effect by the store that clears it and counts the version up; a new value by its store into the slot.
 *  3. A reader that does not find k is right without a second look. Take the moment when it loads the home's head. If k is not
 *     in the chain then, that is the moment of the answer. If it is, in slot s, the reader comes to s later,
 *     and finds k there unless it was removed since: then the moment is behind that removal. MORE does not
 *     hide s: it is set before k is put behind the home and cleared when nothing is there. It is set first, so
 *     that who finds k through an old MORE and who comes after him agree.
 *  4. A reader that finds k in s, and then a value, and then the same version, has a value that k had: a slot is used again
 *     only after a removal, which counted the version up; key and value are stored by release, so that
 *     who loads one of the new ones, by acquire, sees the new version as well. While k stays in s, each load of the value is
 *     right at its moment.
 *  5. The move: who holds the lock copies the chain into buckets of the next table that nobody looks at, and then stores MOVED.
 *     Who reads MOVED, by acquire, finds the copy. A reader that has loaded the head before and goes on in the old
 *     chain answers what was right at the moment of its load, or later: 3 and 4 hold, for the chain does not change any more. A
 *     found value is checked against MOVED too: with hazard pointers its object could be retired by one who took it out of
 *     the copy.
 *  6. A unit is moved once, under its locks. The counter of units reaches their number when all are; then the next table
 *     replaces the table, by one swap that succeeds once, and who did it retires the old one.
 *  7. The next of the next: a table gets a next only while it is map->table, and stays map->table until all is moved. Hazard
 *     pointers: having protected the next table a thread looks whether map->table is still the first; if so the next
 *     cannot have been retired before it was protected. If not, it begins anew.
 *  8. Lock-free readers: each new round follows a removal, a completed move, or a new value (hazard_protect).
 *  9. A walk: the keys of a chain are those of a range of hashes, so a cursor that is a hash has the same meaning in each table.
 *     What is at or behind the cursor was not visited, what is before it was, if it was there.
 */
#include "02_concurrency/hash_map.h"

#include <errno.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/hash_map_table.h"

_Static_assert(sizeof(uintptr_t) == sizeof(uint64_t), "values are words that can be protected");
_Static_assert(sizeof(struct hash_map_bucket) == CACHE_LINE_BYTES, "a bucket is a line");

#define ALWAYS_INLINE __attribute__((always_inline)) inline

enum { SLOT_TABLE, SLOT_NEXT, SLOT_VALUE }; /* of hazard pointers */

/* ---- begin and end ---- */

int hash_map_init(struct hash_map *map, struct reclaim_domain *domain,
                  const struct hash_map_seed *seed)
{
    struct hash_map_seed drawn;
    int error = seed ? 0 : hash_map_seed_draw(&drawn);
    if (error)
        return error;
    const uint64_t *words = seed ? seed->words : drawn.words;
    struct hash_map_table *table = hash_map_table_make(domain->allocator, HASH_MAP_TABLE_BITS_MIN);
    if (!table)
        return -ENOMEM;
    error = counter_create(&map->count, domain->allocator);
    if (error) {
        hash_map_table_free(&table->reclaim, domain->allocator);
        return error;
    }
    hash_map_table_clear(table);
    map->factor = (hash_map_wide)words[0] << 64 | words[1];
    map->addend = (hash_map_wide)words[2] << 64 | words[3];
    map->domain = domain;
    atomic_init(&map->table, (uintptr_t)table);
    return 0;
}

void hash_map_fini(struct hash_map *map)
{
    /* relaxed: no other thread uses the map */
    uintptr_t at = atomic_load_explicit(&map->table, memory_order_relaxed);
    while (at) {
        struct hash_map_table *table = (struct hash_map_table *)at;
        at = atomic_load_explicit(&table->next, memory_order_relaxed);
        hash_map_table_free(&table->reclaim, map->domain->allocator);
    }
    counter_destroy(map->count);
}

/* ---- from table to table ---- */

/* The thread's hazard pointers; NULL with epochs, where all that a section reaches stays. What depends on it is
 * compiled once for each: to ask at each load costs a third more. */
static inline struct hazard_thread *hazards_of(struct reclaim_thread *me)
{
    return me->kind == RECLAIM_HAZARD ? reclaim_as_hazard(me) : NULL;
}

static ALWAYS_INLINE uintptr_t protect(struct hazard_thread *hazards, unsigned slot,
                                       _Atomic(uintptr_t) *link)
{
    if (hazards)
        return hazard_protect(hazards, slot, link, 0);
    /* acquire: pairs with the releases that published what is found: start_move, finish_move, set_value */
    return atomic_load_explicit(link, memory_order_acquire);
}

static ALWAYS_INLINE struct hash_map_table *first_table(struct hash_map *map,
                                                        struct hazard_thread *hazards)
{
    return (struct hash_map_table *)protect(hazards, SLOT_TABLE, &map->table);
}

/* The table that this one is moved to; NULL if there is none, or map->table is another one by now. */
static inline struct hash_map_table *next_table(struct hash_map *map, struct hazard_thread *hazards,
                                                struct hash_map_table *table)
{
    uintptr_t next = protect(hazards, SLOT_NEXT, &table->next);
    /* acquire: pairs with the release in finish_move; see argument 7 */
    uintptr_t first = atomic_load_explicit(&map->table, memory_order_acquire);
    return first == (uintptr_t)table ? (struct hash_map_table *)next : NULL;
}

/* Where to look when the home in table was MOVED: in the next one of the first, or anew in what is the first now. */
static __attribute__((noinline)) struct hash_map_table *go_on(struct hash_map *map,
                                                              struct hazard_thread *hazards,
                                                              struct hash_map_table **first,
                                                              struct hash_map_table *table)
{
    table = table == *first ? next_table(map, hazards, table) : NULL;
    if (!table)
        table = *first = first_table(map, hazards);
    return table;
}

/* ---- reading ---- */

enum look { LOOK_ABSENT, LOOK_FOUND, LOOK_MOVED };

/* Whether since *head was loaded nothing was removed from the bucket, and the chain is still in force. */
static inline bool is_unchanged(const struct hash_map_bucket *home,
                                const struct hash_map_bucket *bucket, uint64_t head)
{
    /* relaxed: what was loaded before by acquire cannot be newer than what is loaded here; see argument 4 */
    uint64_t now = atomic_load_explicit(&bucket->head, memory_order_relaxed);
    uint64_t home_now = atomic_load_explicit(&home->head, memory_order_relaxed);
    return now / HASH_MAP_TABLE_VERSION == head / HASH_MAP_TABLE_VERSION &&
           !(home_now & HASH_MAP_TABLE_MOVED);
}

/* lesson: hash-map-look-up */
static ALWAYS_INLINE enum look look_up(struct hazard_thread *hazards, struct hash_map_bucket *home,
                                       uint64_t key, uint64_t *out)
{
    for (;;) {
        struct hash_map_bucket *bucket = home;
        /* acquire: pairs with the release in set_head (hash_map_table.c) */
        uint64_t head = atomic_load_explicit(&home->head, memory_order_acquire);
        uint64_t more = head & HASH_MAP_TABLE_MORE;
        unsigned hits = 0;
        if (__builtin_expect(head & HASH_MAP_TABLE_MOVED, 0))
            return LOOK_MOVED;
        while (!(hits = hash_map_table_match(bucket, head, key)) && more) {
            /* acquire: pairs with the release in hash_map_table_add */
            bucket = atomic_load_explicit(&bucket->next, memory_order_acquire);
            if (!bucket)
                break;
            head = atomic_load_explicit(&bucket->head, memory_order_acquire); /* as above */
        }
        if (!hits)
            return LOOK_ABSENT;
        unsigned slot = (unsigned)__builtin_ctz(hits);
        uint64_t value = protect(hazards, SLOT_VALUE, &bucket->values[slot]);
        if (__builtin_expect(is_unchanged(home, bucket, head), 1)) {
            *out = value;
            return LOOK_FOUND;
        }
    }
}
/* end lesson */

/* In a section. */
static ALWAYS_INLINE bool find(struct hash_map *map, struct hazard_thread *hazards, uint64_t key,
                               uint64_t *out)
{
    uint64_t hash = hash_map_table_hash(map, key);
    struct hash_map_table *first = first_table(map, hazards), *table = first;
    enum look look;
    while ((look = look_up(hazards, hash_map_table_home(table, hash), key, out)) == LOOK_MOVED)
        table = go_on(map, hazards, &first, table);
    return look == LOOK_FOUND;
}

static __attribute__((noinline)) bool
find_by_hazard(struct hash_map *map, struct hazard_thread *hazards, uint64_t key, uint64_t *out)
{
    uint64_t outer = hazard_enter(hazards);
    bool found = find(map, hazards, key, out);
    hazard_leave(hazards, outer);
    return found;
}

bool hash_map_get(struct hash_map *map, struct reclaim_thread *me, uint64_t key, uint64_t *out)
{
    ASSERT(me->domain == map->domain);
    if (me->kind == RECLAIM_HAZARD)
        return find_by_hazard(map, reclaim_as_hazard(me), key, out);
    uint64_t outer = epoch_enter(reclaim_as_epoch(me));
    bool found = find(map, NULL, key, out);
    epoch_leave(reclaim_as_epoch(me), outer);
    return found;
}

uint64_t hash_map_count(const struct hash_map *map)
{
    int64_t count = counter_read(map->count);
    return count > 0 ? (uint64_t)count : 0;
}

/* ---- moving to another table ---- */

static unsigned bits_for(uint64_t count)
{
    unsigned bits = HASH_MAP_TABLE_BITS_MIN;
    while (bits < HASH_MAP_TABLE_BITS_MAX && UINT64_C(2) << bits < count)
        bits++;
    return bits;
}

/* All is moved: let the next table be the first. */
static void finish_move(struct hash_map *map, struct reclaim_thread *me,
                        struct hash_map_table *table, struct hash_map_table *next)
{
    uintptr_t expected = (uintptr_t)table;
    /* release: pairs with the acquire in reclaim_protect: the next table is whole; acquire: in hash_map_table_move */
    if (atomic_compare_exchange_strong_explicit(&map->table, &expected, (uintptr_t)next,
                                                memory_order_release, memory_order_relaxed))
        reclaim_retire(me, &table->reclaim, hash_map_table_free);
}

/* Begin to move to a table of that size. Returns: 0, also if another thread has begun; -ENOMEM. */
static int start_move(struct hash_map *map, struct hash_map_table *table, unsigned bits)
{
    struct hash_map_table *fresh = hash_map_table_make(map->domain->allocator, bits);
    uintptr_t expected = 0;
    if (!fresh)
        return -ENOMEM;
    /* release: pairs with the acquire in reclaim_protect */
    if (!atomic_compare_exchange_strong_explicit(&table->next, &expected, (uintptr_t)fresh,
                                                 memory_order_release, memory_order_relaxed))
        hash_map_table_free(&fresh->reclaim, map->domain->allocator);
    return 0;
}

/* A part of what there is to move; and nothing if the table has the right size: least to most bits. A size beyond them is
 * reached in one step up, or by halves down.
 * Returns: 1 if the size is right, 0 if there is more to do, -ENOMEM. */
static int move_some(struct hash_map *map, struct reclaim_thread *me, unsigned least, unsigned most)
{
    int result = 1;
    uint64_t outer = reclaim_enter(me);
    struct hazard_thread *hazards = hazards_of(me);
    struct hash_map_table *table = first_table(map, hazards);
    struct hash_map_table *next = next_table(map, hazards, table);
    bool finished = false;
    if (next) {
        result = hash_map_table_move(map, table, next);
        finished = result == 1;
        if (finished)
            finish_move(map, me, table, next);
        result = finished ? 0 : result;
    } else if (table->bits < least || table->bits > most) {
        result = start_move(map, table, table->bits < least ? least : table->bits - 1);
    }
    reclaim_leave(me, outer);
    for (int i = 0; finished && i < 3;
         i++) /* epochs need as many to be rid of what they are given */
        reclaim_collect(me);
    return result;
}

int hash_map_reserve(struct hash_map *map, struct reclaim_thread *me, uint64_t count)
{
    struct backoff backoff = BACKOFF_INIT;
    int result;
    while ((result = move_some(map, me, bits_for(count), HASH_MAP_TABLE_BITS_MAX)) == 0)
        backoff_wait(&backoff);
    return result < 0 ? result : 0;
}

int hash_map_shrink(struct hash_map *map, struct reclaim_thread *me)
{
    struct backoff backoff = BACKOFF_INIT;
    unsigned most = bits_for(hash_map_count(map));
    int result;
    while ((result = move_some(map, me, HASH_MAP_TABLE_BITS_MIN, most)) == 0)
        backoff_wait(&backoff);
    return result < 0 ? result : 0;
}

/* ---- writing ---- */

/* A chain in force, whose lock is held. */
struct hold {
    struct hash_map_table *table;
    struct hash_map_bucket *home;
    bool is_moving; /* a move is under way */
};

/* A slot that has the key, or no bucket. */
struct spot {
    struct hash_map_bucket *bucket;
    unsigned slot;
};

/* Returns: whether the home is locked now; false: it is MOVED. */
static inline bool lock(struct hash_map_bucket *home)
{
    struct backoff backoff = BACKOFF_INIT;
    uint64_t head;
    while (!hash_map_table_try_lock(home, &head)) {
        if (head & HASH_MAP_TABLE_MOVED)
            return false;
        backoff_wait(&backoff);
    }
    return true;
}

static inline struct hold lock_home(struct hash_map *map, struct reclaim_thread *me, uint64_t hash)
{
    struct hazard_thread *hazards = hazards_of(me);
    struct hash_map_table *first = first_table(map, hazards), *table = first;
    while (!lock(hash_map_table_home(table, hash)))
        table = go_on(map, hazards, &first, table);
    /* relaxed: a hint, whether to help */
    bool is_moving =
        table != first || atomic_load_explicit(&table->next, memory_order_relaxed) != 0;
    return (struct hold){table, hash_map_table_home(table, hash), is_moving};
}

static inline struct spot find_locked(struct hash_map_bucket *home, uint64_t key)
{
    /* relaxed: only who holds the lock changes what is read here */
    uint64_t head = atomic_load_explicit(&home->head, memory_order_relaxed);
    bool more = head & HASH_MAP_TABLE_MORE;
    for (struct hash_map_bucket *bucket = home; bucket;) {
        unsigned hits = hash_map_table_match(bucket, head, key);
        if (hits)
            return (struct spot){bucket, (unsigned)__builtin_ctz(hits)};
        bucket = more ? atomic_load_explicit(&bucket->next, memory_order_relaxed) : NULL;
        if (bucket)
            head = atomic_load_explicit(&bucket->head, memory_order_relaxed);
    }
    return (struct spot){0};
}

static inline uint64_t value_at(struct spot spot)
{
    /* relaxed: as in find_locked */
    return atomic_load_explicit(&spot.bucket->values[spot.slot], memory_order_relaxed);
}

static inline void set_value(struct spot spot, uint64_t value)
{
    /* release: pairs with the acquire in look_up: what a pointer leads to is written */
    atomic_store_explicit(&spot.bucket->values[spot.slot], value, memory_order_release);
}

/* Behind each write, outside of its section: grow if the map is crowded, and take part in a move. */
__attribute__((noinline)) static void settle(struct hash_map *map, struct reclaim_thread *me,
                                             bool is_crowded)
{
    unsigned least = is_crowded ? bits_for(hash_map_count(map)) : HASH_MAP_TABLE_BITS_MIN;
    move_some(map, me, least, HASH_MAP_TABLE_BITS_MAX); /* no memory: the next one tries again */
}

/* Whether to look at how many keys there are. That costs a line for each processor, so not at each key that does not find
 * its home free, but for each spare bucket, and for an eighth of the others. */
static inline bool may_be_crowded(int place, uint64_t hash)
{
    return place == HASH_MAP_TABLE_SPARE || (place == HASH_MAP_TABLE_BEHIND && hash % 8 == 0);
}

/* Add the key; if it is there, replace its value or leave it.
 * Returns: 1 if it was there, and its value before in *old; 0 if it was added; -ENOMEM. */
static inline int set(struct hash_map *map, struct reclaim_thread *me, struct hash_map_entry entry,
                      bool replace, uint64_t *old)
{
    ASSERT(me->domain == map->domain);
    uint64_t hash = hash_map_table_hash(map, entry.key), outer = reclaim_enter(me);
    struct hold hold = lock_home(map, me, hash);
    struct spot spot = find_locked(hold.home, entry.key);
    int place = HASH_MAP_TABLE_AT_HOME;
    if (!spot.bucket) {
        place = hash_map_table_add(hold.table, map->domain->allocator, hold.home, entry);
    } else {
        *old = value_at(spot);
        if (replace)
            set_value(spot, entry.value);
    }
    hash_map_table_unlock(hold.home);
    reclaim_leave(me, outer);
    if (!spot.bucket && place >= 0)
        counter_add(map->count, 1);
    if (__builtin_expect(hold.is_moving || may_be_crowded(place, hash), 0))
        settle(map, me, may_be_crowded(place, hash));
    return place < 0 ? place : spot.bucket != NULL;
}

int hash_map_insert(struct hash_map *map, struct reclaim_thread *me, uint64_t key, uint64_t value)
{
    uint64_t old;
    int result = set(map, me, (struct hash_map_entry){key, value}, false, &old);
    return result > 0 ? -EEXIST : result;
}

int hash_map_put(struct hash_map *map, struct reclaim_thread *me, uint64_t key, uint64_t value,
                 uint64_t *old)
{
    uint64_t before;
    int result = set(map, me, (struct hash_map_entry){key, value}, true, &before);
    if (result > 0 && old)
        *old = before;
    return result;
}

int hash_map_replace_if(struct hash_map *map, struct reclaim_thread *me, uint64_t key,
                        uint64_t *expected, uint64_t value)
{
    ASSERT(me->domain == map->domain);
    uint64_t outer = reclaim_enter(me);
    struct hold hold = lock_home(map, me, hash_map_table_hash(map, key));
    struct spot spot = find_locked(hold.home, key);
    int result = spot.bucket ? 0 : -ENOENT;
    if (spot.bucket && value_at(spot) != *expected) {
        *expected = value_at(spot);
        result = -EAGAIN;
    } else if (spot.bucket) {
        set_value(spot, value);
    }
    hash_map_table_unlock(hold.home);
    reclaim_leave(me, outer);
    if (hold.is_moving)
        settle(map, me, false);
    return result;
}

bool hash_map_remove(struct hash_map *map, struct reclaim_thread *me, uint64_t key, uint64_t *old)
{
    ASSERT(me->domain == map->domain);
    uint64_t outer = reclaim_enter(me);
    struct hold hold = lock_home(map, me, hash_map_table_hash(map, key));
    struct spot spot = find_locked(hold.home, key);
    if (spot.bucket) {
        if (old)
            *old = value_at(spot);
        hash_map_table_remove(hold.home, spot.bucket, spot.slot);
    }
    hash_map_table_unlock(hold.home);
    reclaim_leave(me, outer);
    if (spot.bucket)
        counter_add(map->count, -1);
    if (__builtin_expect(hold.is_moving, 0))
        settle(map, me, false);
    return spot.bucket != NULL;
}

/* ---- walking ---- */

/* A table in which the hash's chain is in force, or was at a moment of the call. */
static struct hash_map_table *table_in_force(struct hash_map *map, struct reclaim_thread *me,
                                             uint64_t hash)
{
    struct hazard_thread *hazards = hazards_of(me);
    struct hash_map_table *first = first_table(map, hazards), *table = first;
    /* acquire: pairs with the release in set_head (hash_map_table.c) */
    while (atomic_load_explicit(&hash_map_table_home(table, hash)->head, memory_order_acquire) &
           HASH_MAP_TABLE_MOVED)
        table = go_on(map, hazards, &first, table);
    return table;
}

static bool is_before(struct hash_map_cursor a, struct hash_map_cursor b)
{
    return a.hash != b.hash ? a.hash < b.hash : a.key < b.key;
}

/* The smallest key of the chain that is at the cursor or behind it; is_done if there is none. Keys are read without care
 * for removals: whether one is there, and its value, is looked up afterwards. */
static struct hash_map_cursor smallest(const struct hash_map *map,
                                       const struct hash_map_bucket *bucket,
                                       struct hash_map_cursor from)
{
    struct hash_map_cursor best = {.is_done = true};
    while (bucket) {
        /* acquire, all: as in look_up */
        uint64_t head = atomic_load_explicit(&bucket->head, memory_order_acquire);
        for (unsigned slot = 0; slot < HASH_MAP_TABLE_SLOTS; slot++) {
            uint64_t key = atomic_load_explicit(&bucket->keys[slot], memory_order_acquire);
            struct hash_map_cursor at = {hash_map_table_hash(map, key), key, false};
            if (head & HASH_MAP_TABLE_USED << slot && !is_before(at, from) &&
                (best.is_done || is_before(at, best)))
                best = at;
        }
        bucket = atomic_load_explicit(&bucket->next, memory_order_acquire);
    }
    return best;
}

/* Put the cursor behind a hash and a key. */
static void step(struct hash_map_cursor *cursor, uint64_t hash, uint64_t key)
{
    bool carry = key == UINT64_MAX;
    *cursor = (struct hash_map_cursor){hash + carry, key + 1, carry && hash == UINT64_MAX};
}

bool hash_map_next(struct hash_map *map, struct reclaim_thread *me, struct hash_map_cursor *cursor,
                   uint64_t *key, uint64_t *value)
{
    ASSERT(me->domain == map->domain);
    bool found = false;
    uint64_t outer = reclaim_enter(me);
    while (!found && !cursor->is_done) {
        struct hash_map_table *table = table_in_force(map, me, cursor->hash);
        struct hash_map_cursor at =
            smallest(map, hash_map_table_home(table, cursor->hash), *cursor);
        if (at.is_done) { /* go behind all hashes of this chain */
            step(cursor, cursor->hash | UINT64_MAX >> table->bits, UINT64_MAX);
            continue;
        }
        step(cursor, at.hash, at.key);
        found = hash_map_get(map, me, at.key, value);
        if (found)
            *key = at.key;
    }
    reclaim_leave(me, outer);
    return found;
}

bool hash_map_check(const struct hash_map *map)
{
    /* relaxed: no other thread uses the map */
    struct hash_map_table *table =
        (struct hash_map_table *)atomic_load_explicit(&map->table, memory_order_relaxed);
    struct hash_map_table *next =
        (struct hash_map_table *)atomic_load_explicit(&table->next, memory_order_relaxed);
    uint64_t count = 0;
    return hash_map_table_check(map, table, NULL, &count) &&
           (!next || hash_map_table_check(map, next, table, &count)) &&
           count == (uint64_t)counter_read(map->count);
}
