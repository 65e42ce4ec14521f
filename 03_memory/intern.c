#include "03_memory/intern.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <time.h>

#include "03_memory/arena.h"
#include "03_memory/intern_directory.h"
#include "03_memory/intern_internal.h"
#include "07_unsafe/checked.h"

enum {
    SHARDS_DEFAULT = 16,
    SHARDS_MAX = 256,
    SLOTS_FIRST = 64,
    SLOTS_LARGE = 8192,
    ARENA_CHUNK_BYTES = 1024,
    CACHE_LINE_BYTES = 64,
};

/* A slot is one word: 16 bits of the hash above the 48 bits of the entry's address, or zero. Linux
 * gives a process no address of more bits unless it asks for one by name. Eight slots share a cache
 * line, and another string's entry is looked at once in 65536 times. */
typedef _Atomic uint64_t slot;

enum { TAG_SHIFT = 48, SHARD_SHIFT = 40 }; /* of the hash: tag, shard, and below them the slot */

/* Open addressing, linear probing: neighbours share a cache line. At least a quarter is empty, which
 * is what ends a search. */
struct table {
    struct table *older; /* outgrown, and perhaps still being read */
    size_t mask;         /* slots - 1, a power of two */
    slot slots[];
};

struct shard {
    _Alignas(CACHE_LINE_BYTES) struct table *_Atomic table; /* read without the lock */
    pthread_mutex_t lock;
    /* guarded by lock: */
    size_t count;
    struct arena arena;
};

struct intern {
    struct allocator *allocator;
    struct intern_key key; /* of the hash, secret */
    size_t shard_count;    /* a power of two */
    struct intern_directory directory;
    struct shard shards[];
};

/* ---- finding ----------------------------------------------------------------------------------*/

static inline struct shard *shard_of(const struct intern *intern, uint64_t hash)
{
    return (struct shard *)&intern->shards[(hash >> SHARD_SHIFT) & (intern->shard_count - 1)];
}

static inline struct intern_entry *slot_entry(uint64_t word)
{
    return (struct intern_entry *)(uintptr_t)(word & ((UINT64_C(1) << TAG_SHIFT) - 1));
}

static inline bool entry_is(const struct intern_entry *entry, const void *bytes, size_t length)
{
    return entry->length == length &&
           intern_same((const unsigned char *)entry->bytes, bytes, length);
}

/* lesson: intern-find */
static inline struct intern_entry *table_find(struct table *table, uint64_t hash, const void *bytes,
                                              size_t length)
{
    for (size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        /* acquire: pairs with the release in table_add; the entry is complete */
        uint64_t word = atomic_load_explicit(&table->slots[at], memory_order_acquire);
        if (word == 0)
            return NULL;
        if ((word ^ hash) >> TAG_SHIFT == 0 && entry_is(slot_entry(word), bytes, length))
            return slot_entry(word);
    }
}
/* end lesson */

static inline struct intern_entry *shard_find(struct shard *shard, uint64_t hash, const void *bytes,
                                              size_t length)
{
    /* acquire: pairs with the release in shard_grow; the slots of the new table are complete */
    struct table *table = atomic_load_explicit(&shard->table, memory_order_acquire);
    return table_find(table, hash, bytes, length);
}

uint32_t intern_find(const struct intern *intern, const void *bytes, size_t length)
{
    if (length > UINT32_MAX)
        return INTERN_NONE;
    uint64_t hash = intern_hash(bytes, length, intern->key);
    struct intern_entry *entry = shard_find(shard_of(intern, hash), hash, bytes, length);
    return entry ? entry->id : INTERN_NONE;
}

const char *intern_text(const struct intern *intern, uint32_t id, size_t *length)
{
    const struct intern_entry *entry = intern_directory_get(&intern->directory, id);
    if (!entry)
        return NULL;
    if (length)
        *length = entry->length;
    return entry->bytes;
}

/* ---- adding, with the shard's lock ------------------------------------------------------------*/

static void table_add(struct table *table, uint64_t hash, struct intern_entry *entry)
{
    uint64_t word = hash >> TAG_SHIFT << TAG_SHIFT | (uintptr_t)entry;
    size_t at = hash & table->mask;
    /* relaxed: only the holder of the lock writes slots */
    while (atomic_load_explicit(&table->slots[at], memory_order_relaxed))
        at = (at + 1) & table->mask;
    /* release: pairs with the acquire in table_find */
    atomic_store_explicit(&table->slots[at], word, memory_order_release);
}

static size_t table_bytes(size_t slots)
{
    return sizeof(struct table) + slots * sizeof(slot);
}

static struct table *table_create(struct allocator *allocator, size_t slots)
{
    size_t bytes;
    if (!checked_mul_add(slots, sizeof(slot), sizeof(struct table), &bytes))
        return NULL;
    struct table *table = allocator_alloc_zeroed(allocator, bytes, _Alignof(struct table));
    if (table)
        table->mask = slots - 1;
    return table;
}

/* A slot has too few bits of the hash to find its place in a larger table. To hash once more costs
 * less than the 8 bytes that would keep it: a growing table is rare, and a slot in cache is not. */
static uint64_t entry_hash(const struct intern *intern, const struct intern_entry *entry)
{
    return intern_hash((const unsigned char *)entry->bytes, entry->length, intern->key);
}

/* Small tables grow fourfold, which halves the strings that are hashed again; large ones twofold,
 * since most of what they ask for would stay empty for long. */
static size_t next_slots(size_t slots)
{
    return slots < SLOTS_LARGE ? slots * 4 : slots * 2;
}

/* Make room for one more. Readers go on in the old table, and what they miss there they look for
 * once more under the lock. */
static int shard_grow(struct intern *intern, struct shard *shard)
{
    struct table *old =
        atomic_load_explicit(&shard->table, memory_order_relaxed); /* ours: locked */
    size_t slots = old->mask + 1;
    if (shard->count + 1 <= slots - slots / 4)
        return 0;
    struct table *table = table_create(intern->allocator, next_slots(slots));
    if (!table)
        return -ENOMEM;
    for (size_t at = 0; at < slots; at++) {
        uint64_t word = atomic_load_explicit(&old->slots[at], memory_order_relaxed);
        if (word)
            table_add(table, entry_hash(intern, slot_entry(word)), slot_entry(word));
    }
    table->older = old;
    /* release: pairs with the acquire in shard_find */
    atomic_store_explicit(&shard->table, table, memory_order_release);
    return 0;
}

static int shard_add(struct intern *intern, struct shard *shard, uint64_t hash, const void *bytes,
                     uint32_t length, struct intern_entry **out)
{
    size_t size;
    if (!checked_add3(sizeof(struct intern_entry), length, 1, &size))
        return -EOVERFLOW;
    int error = shard_grow(intern, shard);
    if (error)
        return error;
    struct arena_mark before = arena_mark(&shard->arena);
    struct intern_entry *entry = arena_alloc(&shard->arena, size, _Alignof(struct intern_entry));
    if (!entry || (uintptr_t)entry >> TAG_SHIFT) /* see slot */
        return -ENOMEM;
    entry->length = length;
    if (length)
        memcpy(entry->bytes, bytes, length);
    entry->bytes[length] = 0;
    error = intern_directory_add(&intern->directory, entry);
    if (error) {
        arena_rewind(&shard->arena, before);
        return error;
    }
    table_add(atomic_load_explicit(&shard->table, memory_order_relaxed), hash, entry);
    shard->count++;
    *out = entry;
    return 0;
}

/* Out of line: it is the rare half, and the other stays small. */
__attribute__((noinline)) static int put_new(struct intern *intern, uint64_t hash,
                                             const void *bytes, uint32_t length,
                                             struct intern_entry **out)
{
    struct shard *shard = shard_of(intern, hash);
    int error = 0;
    pthread_mutex_lock(&shard->lock);
    *out = shard_find(shard, hash, bytes, length); /* another thread, meanwhile? */
    if (!*out)
        error = shard_add(intern, shard, hash, bytes, length, out);
    pthread_mutex_unlock(&shard->lock);
    return error;
}

/* lesson: intern-put */
static inline int put_hashed(struct intern *intern, uint64_t hash, const void *bytes,
                             uint32_t length, struct intern_entry **out)
{
    *out = shard_find(shard_of(intern, hash), hash, bytes, length);
    return *out ? 0 : put_new(intern, hash, bytes, length, out);
}
/* end lesson */

static inline int put(struct intern *intern, const void *bytes, size_t length,
                      struct intern_entry **out)
{
    uint32_t length32;
    if (!checked_to_u32(length, &length32))
        return -EOVERFLOW;
    return put_hashed(intern, intern_hash(bytes, length, intern->key), bytes, length32, out);
}

int intern_put(struct intern *intern, const void *bytes, size_t length, uint32_t *id)
{
    struct intern_entry *entry;
    int error = put(intern, bytes, length, &entry);
    if (!error)
        *id = entry->id;
    return error;
}

int intern_put_text(struct intern *intern, const void *bytes, size_t length, const char **text)
{
    struct intern_entry *entry;
    int error = put(intern, bytes, length, &entry);
    if (!error)
        *text = entry->bytes;
    return error;
}

/* ---- many at once -----------------------------------------------------------------------------
 * A put waits for memory three times, one after the other: for the string, the slot, the entry. The
 * strings of a group wait together. What was fetched from a table that was outgrown meanwhile costs
 * a little time and nothing else: the put itself looks again. */

enum { GROUP = 16 }; /* about as many lines as a core can wait for at once */

/* lesson: intern-many */
static inline void fetch_group(const struct intern *intern, const struct intern_item *items,
                               size_t count, uint64_t *hashes)
{
    const slot *homes[GROUP];
    for (size_t i = 0; i < count; i++) {
        hashes[i] = intern_hash(items[i].bytes, items[i].length, intern->key);
        struct shard *shard = shard_of(intern, hashes[i]);
        /* acquire: pairs with the release in shard_grow */
        struct table *table = atomic_load_explicit(&shard->table, memory_order_acquire);
        homes[i] = &table->slots[hashes[i] & table->mask];
        __builtin_prefetch((const void *)homes[i]);
    }
    for (size_t i = 0; i < count; i++) /* relaxed: the entry is fetched, and not read */
        __builtin_prefetch(slot_entry(atomic_load_explicit(homes[i], memory_order_relaxed)));
}
/* end lesson */

static int put_group(struct intern *intern, struct intern_item *items, size_t count)
{
    uint64_t hashes[GROUP];
    fetch_group(intern, items, count, hashes);
    for (size_t i = 0; i < count; i++) {
        struct intern_entry *entry;
        int error =
            put_hashed(intern, hashes[i], items[i].bytes, (uint32_t)items[i].length, &entry);
        if (error)
            return error;
        items[i].id = entry->id;
        items[i].text = entry->bytes;
    }
    return 0;
}

/* Returns: how many items come before the first that is too long. */
static size_t clear_results(struct intern_item *items, size_t count)
{
    size_t fit = count;
    for (size_t i = count; i-- > 0;) {
        items[i].id = INTERN_NONE;
        items[i].text = NULL;
        if (items[i].length > UINT32_MAX)
            fit = i;
    }
    return fit;
}

int intern_put_many(struct intern *intern, struct intern_item *items, size_t count)
{
    size_t fit = clear_results(items, count);
    for (size_t at = 0; at < fit; at += GROUP) {
        int error = put_group(intern, items + at, fit - at < GROUP ? fit - at : GROUP);
        if (error)
            return error;
    }
    return fit < count ? -EOVERFLOW : 0;
}

uint32_t intern_count(const struct intern *intern)
{
    return intern_directory_count(&intern->directory);
}

/* ---- life ---------------------------------------------------------------------------------------
 * A table is created whole or not at all: destroy copes with shards whose table is NULL. */

static uint64_t random_seed(const void *unique)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed))
        return seed;
    /* Early at boot the kernel has none yet: the clock and an address are the next best. */
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return intern_mix((uint64_t)now.tv_sec ^ (uintptr_t)unique) ^ (uint64_t)now.tv_nsec;
}

static size_t shard_count_for(unsigned wanted)
{
    size_t count = 1;
    while (count < (wanted ? wanted : SHARDS_DEFAULT) && count < SHARDS_MAX)
        count *= 2;
    return count;
}

static size_t intern_bytes(size_t shard_count)
{
    return sizeof(struct intern) + shard_count * sizeof(struct shard);
}

static bool shard_init(struct shard *shard, struct allocator *allocator)
{
    pthread_mutex_init(&shard->lock, NULL); /* cannot fail for a default mutex on Linux */
    arena_init(&shard->arena, allocator, ARENA_CHUNK_BYTES);
    struct table *table = table_create(allocator, SLOTS_FIRST);
    atomic_init(&shard->table, table);
    return table != NULL;
}

static void shard_fini(struct shard *shard, struct allocator *allocator)
{
    struct table *table = atomic_load_explicit(&shard->table, memory_order_relaxed);
    while (table) {
        struct table *older = table->older;
        allocator_free(allocator, table, table_bytes(table->mask + 1), _Alignof(struct table));
        table = older;
    }
    arena_fini(&shard->arena);
    pthread_mutex_destroy(&shard->lock);
}

int intern_create(struct intern **out, struct allocator *allocator,
                  const struct intern_options *options)
{
    struct intern_options chosen = options ? *options : (struct intern_options){0};
    size_t shard_count = shard_count_for(chosen.shards);
    *out = NULL;
    struct intern *intern =
        allocator_alloc_zeroed(allocator, intern_bytes(shard_count), _Alignof(struct intern));
    if (!intern)
        return -ENOMEM;
    intern->allocator = allocator;
    intern->key = intern_key_from(chosen.seed ? chosen.seed : random_seed(intern));
    uint32_t max_count =
        chosen.max_count && chosen.max_count < UINT32_MAX ? chosen.max_count : UINT32_MAX - 1;
    intern_directory_init(&intern->directory, allocator, max_count);
    intern->shard_count = shard_count;
    bool whole = true;
    for (size_t i = 0; i < shard_count; i++)
        whole &= shard_init(&intern->shards[i], allocator);
    if (!whole) {
        intern_destroy(intern);
        return -ENOMEM;
    }
    *out = intern;
    return 0;
}

void intern_destroy(struct intern *intern)
{
    if (!intern)
        return;
    for (size_t i = 0; i < intern->shard_count; i++)
        shard_fini(&intern->shards[i], intern->allocator);
    intern_directory_fini(&intern->directory);
    allocator_free(intern->allocator, intern, intern_bytes(intern->shard_count),
                   _Alignof(struct intern));
}

bool intern_check(const struct intern *intern)
{
    size_t in_shards = 0;
    uint32_t count = intern_count(intern);
    for (size_t i = 0; i < intern->shard_count; i++) {
        if (!arena_check(&intern->shards[i].arena))
            return false;
        in_shards += intern->shards[i].count;
    }
    for (uint64_t id = 1; id <= count; id++) {
        size_t length;
        const char *text = intern_text(intern, (uint32_t)id, &length);
        if (!text || text[length] != 0 || intern_find(intern, text, length) != id)
            return false;
    }
    return in_shards == count;
}
