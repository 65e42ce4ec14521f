/* slab_remove looks at the index and not at the generation: a second removal puts the slot on the list
 * twice, and two values get the same place. */
#include "slab.h"

enum { ALIGN = 16, HEADER_BYTES = 16, SLOTS_FIRST = 8 };

#define NO_SLOT UINT32_MAX /* the list's end; and so never an index */

struct slot {
    uint32_t generation;
    uint32_t next_vacant; /* meaningful while vacant */
};

struct slab {
    struct allocator *allocator;
    char *slots;
    size_t stride_bytes;
    size_t count;
    uint32_t used;     /* slots below it have a generation */
    uint32_t capacity; /* slots that there is memory for */
    uint32_t vacant;   /* the list's first, or NO_SLOT */
};

static struct slot *slot_at(const struct slab *slab, uint32_t index)
{
    return (struct slot *)(void *)(slab->slots + index * slab->stride_bytes);
}

static void *element_of(struct slot *slot)
{
    return (char *)slot + HEADER_BYTES;
}

static bool occupied(const struct slot *slot)
{
    return slot->generation & 1;
}

static struct slab_key key_of(const struct slot *slot, uint32_t index)
{
    return (struct slab_key){(uint64_t)slot->generation << 32 | index};
}

struct slab *slab_create(struct allocator *allocator, size_t element_bytes)
{
    struct slab *slab = allocator_alloc(allocator, sizeof(*slab), _Alignof(struct slab));
    if (!slab)
        return NULL;
    size_t rounded_bytes = (element_bytes + ALIGN - 1) / ALIGN * ALIGN;
    *slab = (struct slab){
        .allocator = allocator, .stride_bytes = HEADER_BYTES + rounded_bytes, .vacant = NO_SLOT};
    return slab;
}

void slab_destroy(struct slab *slab)
{
    if (!slab)
        return;
    allocator_free(slab->allocator, slab->slots, slab->capacity * slab->stride_bytes, ALIGN);
    allocator_free(slab->allocator, slab, sizeof(*slab), _Alignof(struct slab));
}

/* The result goes into slab->slots only when there is one: on failure the old slots are still ours. */
static bool grow(struct slab *slab)
{
    if (slab->capacity > NO_SLOT / 2)
        return false;
    uint32_t capacity = slab->capacity ? slab->capacity * 2 : SLOTS_FIRST;
    char *slots =
        allocator_resize(slab->allocator, slab->slots, slab->capacity * slab->stride_bytes,
                         capacity * slab->stride_bytes, ALIGN);
    if (!slots)
        return false;
    slab->slots = slots;
    slab->capacity = capacity;
    return true;
}

void *slab_insert(struct slab *slab, struct slab_key *key)
{
    uint32_t index = slab->vacant;
    if (index != NO_SLOT) {
        slab->vacant = slot_at(slab, index)->next_vacant;
    } else {
        if (slab->used == slab->capacity && !grow(slab))
            return NULL;
        index = slab->used++;
        slot_at(slab, index)->generation = 0;
    }
    struct slot *slot = slot_at(slab, index);
    slot->generation++;
    slab->count++;
    *key = key_of(slot, index);
    return element_of(slot);
}

void *slab_get(const struct slab *slab, struct slab_key key)
{
    uint32_t index = (uint32_t)key.bits;
    if (index >= slab->used)
        return NULL;
    struct slot *slot = slot_at(slab, index);
    return occupied(slot) && key_of(slot, index).bits == key.bits ? element_of(slot) : NULL;
}

bool slab_remove(struct slab *slab, struct slab_key key)
{
    uint32_t index = (uint32_t)key.bits;
    if (index >= slab->used)
        return false;
    struct slot *slot = slot_at(slab, index);
    slot->generation = (slot->generation | 1) + 1;
    slab->count--;
    if (slot->generation == 0) /* all 2^31 keys were handed out: the slot is never used again */
        return true;
    slot->next_vacant = slab->vacant;
    slab->vacant = index;
    return true;
}

void *slab_next(const struct slab *slab, size_t *cursor, struct slab_key *key)
{
    while (*cursor < slab->used) {
        uint32_t index = (uint32_t)(*cursor)++;
        struct slot *slot = slot_at(slab, index);
        if (!occupied(slot))
            continue;
        *key = key_of(slot, index);
        return element_of(slot);
    }
    return NULL;
}

size_t slab_count(const struct slab *slab)
{
    return slab->count;
}
