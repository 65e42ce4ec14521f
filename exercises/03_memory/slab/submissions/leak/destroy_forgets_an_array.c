/* Of the three arrays slab_destroy gives back two. */
#include "slab.h"

#include <string.h>

struct slab {
    struct allocator *allocator;
    size_t stride, capacity, count, used, vacant_count;
    char *elements;
    uint32_t *generations; /* twice the removals so far, plus 1 while occupied */
    uint32_t *vacant;
};

struct slab *slab_create(struct allocator *allocator, size_t element_bytes)
{
    struct slab *slab = allocator_alloc_zeroed(allocator, sizeof(*slab), _Alignof(struct slab));
    if (!slab)
        return NULL;
    slab->allocator = allocator;
    slab->stride = (element_bytes + 15) & ~(size_t)15;
    return slab;
}

void slab_destroy(struct slab *slab)
{
    if (!slab)
        return;
    struct allocator *a = slab->allocator;
    allocator_free(a, slab->elements, slab->capacity * slab->stride, 16);
    allocator_free(a, slab->vacant, slab->capacity * sizeof(uint32_t), _Alignof(uint32_t));
    allocator_free(a, slab, sizeof(*slab), _Alignof(struct slab));
}

/* All three or none: what was had before a refusal goes back. */
static bool grow(struct slab *slab)
{
    struct allocator *a = slab->allocator;
    size_t old = slab->capacity, capacity = old ? old * 2 : 16, words = capacity * sizeof(uint32_t);
    char *elements = allocator_alloc(a, capacity * slab->stride, 16);
    uint32_t *generations = allocator_alloc_zeroed(a, words, _Alignof(uint32_t));
    uint32_t *vacant = allocator_alloc(a, words, _Alignof(uint32_t));
    if (!elements || !generations || !vacant) {
        allocator_free(a, elements, capacity * slab->stride, 16);
        allocator_free(a, generations, words, _Alignof(uint32_t));
        allocator_free(a, vacant, words, _Alignof(uint32_t));
        return false;
    }
    if (old > 0) {
        memcpy(elements, slab->elements, old * slab->stride);
        memcpy(generations, slab->generations, old * sizeof(uint32_t));
    }
    allocator_free(a, slab->elements, old * slab->stride, 16);
    allocator_free(a, slab->generations, old * sizeof(uint32_t), _Alignof(uint32_t));
    allocator_free(a, slab->vacant, old * sizeof(uint32_t), _Alignof(uint32_t));
    slab->elements = elements;
    slab->generations = generations;
    slab->vacant = vacant;
    slab->capacity = capacity;
    return true;
}

void *slab_insert(struct slab *slab, struct slab_key *key)
{
    size_t index;
    if (slab->vacant_count > 0) {
        index = slab->vacant[--slab->vacant_count];
    } else {
        if (slab->used == slab->capacity && !grow(slab)) /* the stack is empty: nothing to keep */
            return NULL;
        index = slab->used++;
    }
    slab->generations[index] |= 1;
    slab->count++;
    key->bits = (uint64_t)slab->generations[index] << 32 | (index + 1);
    return slab->elements + index * slab->stride;
}

void *slab_get(const struct slab *slab, struct slab_key key)
{
    size_t index = (size_t)(key.bits & UINT32_MAX) - 1;
    if (index >= slab->used)
        return NULL;
    uint32_t generation = (uint32_t)(key.bits >> 32);
    if (!(generation & 1) || slab->generations[index] != generation)
        return NULL;
    return slab->elements + index * slab->stride;
}

bool slab_remove(struct slab *slab, struct slab_key key)
{
    if (!slab_get(slab, key))
        return false;
    size_t index = (size_t)(key.bits & UINT32_MAX) - 1;
    slab->generations[index]++;
    slab->vacant[slab->vacant_count++] = (uint32_t)index;
    slab->count--;
    return true;
}

void *slab_next(const struct slab *slab, size_t *cursor, struct slab_key *key)
{
    for (; *cursor < slab->used; ++*cursor) {
        size_t index = *cursor;
        if (!(slab->generations[index] & 1))
            continue;
        key->bits = (uint64_t)slab->generations[index] << 32 | (index + 1);
        ++*cursor;
        return slab->elements + index * slab->stride;
    }
    return NULL;
}

size_t slab_count(const struct slab *slab)
{
    return slab->count;
}
