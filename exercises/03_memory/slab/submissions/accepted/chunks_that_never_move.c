/* Chunks of doubling size behind a fixed table, so that places never move. Every insert takes a fresh serial
 * number: the upper part of its key. The lowest bit says that a slot is occupied; one that is not keeps its
 * index and a pointer to the next vacant one. */
#include "slab.h"

enum { CHUNKS_MAX = 26, FIRST = 16, INDEX_BITS = 28, HEADER = 16 };

struct slot {
    uint64_t key;      /* serial, index, 1; while vacant: index, 0 */
    struct slot *next; /* while vacant */
};

struct slab {
    struct allocator *allocator;
    size_t stride, used, capacity, count;
    uint64_t serial;
    struct slot *vacant;
    unsigned chunk_count;
    char *chunks[CHUNKS_MAX];
};

/* Chunk 0 has the slots below FIRST; chunk n those below FIRST << n, which is as many as came before. */
static struct slot *slot_at(const struct slab *slab, size_t index)
{
    unsigned chunk = 0;
    size_t start = 0;
    if (index >= FIRST) {
        chunk = 64 - (unsigned)__builtin_clzll(index / FIRST);
        start = (size_t)FIRST << (chunk - 1);
    }
    return (struct slot *)(void *)(slab->chunks[chunk] + (index - start) * slab->stride);
}

static size_t chunk_bytes(const struct slab *slab, unsigned chunk)
{
    return ((size_t)FIRST << (chunk ? chunk - 1 : 0)) * slab->stride;
}

struct slab *slab_create(struct allocator *allocator, size_t element_bytes)
{
    struct slab *slab = allocator_alloc_zeroed(allocator, sizeof(*slab), _Alignof(struct slab));
    if (!slab)
        return NULL;
    slab->allocator = allocator;
    slab->stride = HEADER + (element_bytes + 15) / 16 * 16;
    return slab;
}

void slab_destroy(struct slab *slab)
{
    if (!slab)
        return;
    for (unsigned i = 0; i < slab->chunk_count; i++)
        allocator_free(slab->allocator, slab->chunks[i], chunk_bytes(slab, i), 16);
    allocator_free(slab->allocator, slab, sizeof(*slab), _Alignof(struct slab));
}

static bool add_chunk(struct slab *slab)
{
    if (slab->chunk_count == CHUNKS_MAX - 2)
        return false;
    char *chunk = allocator_alloc(slab->allocator, chunk_bytes(slab, slab->chunk_count), 16);
    if (!chunk)
        return false;
    slab->chunks[slab->chunk_count] = chunk;
    slab->capacity += chunk_bytes(slab, slab->chunk_count) / slab->stride;
    slab->chunk_count++;
    return true;
}

void *slab_insert(struct slab *slab, struct slab_key *key)
{
    struct slot *slot = slab->vacant;
    uint64_t index;
    if (slot) {
        slab->vacant = slot->next;
        index = slot->key >> 1;
    } else {
        if (slab->used == slab->capacity && !add_chunk(slab))
            return NULL;
        index = slab->used++;
        slot = slot_at(slab, index);
    }
    slot->key = (++slab->serial << INDEX_BITS | index) << 1 | 1;
    slab->count++;
    key->bits = slot->key;
    return (char *)slot + HEADER;
}

static struct slot *find(const struct slab *slab, struct slab_key key)
{
    uint64_t index = key.bits >> 1 & ((UINT64_C(1) << INDEX_BITS) - 1);
    if (!(key.bits & 1) || index >= slab->used)
        return NULL;
    struct slot *slot = slot_at(slab, index);
    return slot->key == key.bits ? slot : NULL;
}

void *slab_get(const struct slab *slab, struct slab_key key)
{
    struct slot *slot = find(slab, key);
    return slot ? (char *)slot + HEADER : NULL;
}

bool slab_remove(struct slab *slab, struct slab_key key)
{
    struct slot *slot = find(slab, key);
    if (!slot)
        return false;
    slot->key = (key.bits >> 1 & ((UINT64_C(1) << INDEX_BITS) - 1)) << 1;
    slot->next = slab->vacant;
    slab->vacant = slot;
    slab->count--;
    return true;
}

void *slab_next(const struct slab *slab, size_t *cursor, struct slab_key *key)
{
    while (*cursor < slab->used) {
        struct slot *slot = slot_at(slab, (*cursor)++);
        if (slot->key & 1) {
            key->bits = slot->key;
            return (char *)slot + HEADER;
        }
    }
    return NULL;
}

size_t slab_count(const struct slab *slab)
{
    return slab->count;
}
