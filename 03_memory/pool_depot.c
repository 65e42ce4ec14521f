#include "03_memory/pool_depot.h"

static void push(struct pool_magazine **list, struct pool_magazine *magazine)
{
    magazine->next = *list;
    *list = magazine;
}

static struct pool_magazine *pop(struct pool_magazine **list)
{
    struct pool_magazine *magazine = *list;
    if (magazine)
        *list = magazine->next;
    return magazine;
}

size_t pool_depot_magazine_bytes(const struct pool_depot *depot)
{
    return sizeof(struct pool_magazine) + depot->capacity * sizeof(void *);
}

struct pool_magazine *pool_depot_take_empty(struct pool_depot *depot)
{
    struct pool_magazine *magazine = pop(&depot->empty);
    if (magazine)
        return magazine;
    magazine = allocator_alloc(depot->allocator, pool_depot_magazine_bytes(depot),
                               _Alignof(struct pool_magazine));
    if (magazine) {
        magazine->count = 0;
        depot->magazine_count++;
    }
    return magazine;
}

struct pool_magazine *pool_depot_take_filled(struct pool_depot *depot)
{
    struct pool_magazine *magazine = pop(&depot->full);
    if (!magazine) {
        magazine = depot->partial;
        depot->partial = NULL;
    }
    if (magazine)
        depot->object_count -= magazine->count;
    return magazine;
}

/* Move rounds into the partial magazine, until one of the two is done. */
static void merge(struct pool_depot *depot, struct pool_magazine *magazine)
{
    struct pool_magazine *partial = depot->partial;
    while (magazine->count > 0 && partial->count < depot->capacity)
        partial->rounds[partial->count++] = magazine->rounds[--magazine->count];
    if (partial->count == depot->capacity) {
        push(&depot->full, partial);
        depot->partial = NULL;
    }
}

void pool_depot_put(struct pool_depot *depot, struct pool_magazine *magazine)
{
    depot->object_count += magazine->count;
    if (depot->partial && magazine->count > 0 && magazine->count < depot->capacity)
        merge(depot, magazine);
    if (magazine->count == 0)
        push(&depot->empty, magazine);
    else if (magazine->count == depot->capacity)
        push(&depot->full, magazine);
    else
        depot->partial = magazine;
}

/* The magazine that loses or gains one object; the partial one first, so that no rounds move. */
static struct pool_magazine *detach_partial(struct pool_depot *depot)
{
    struct pool_magazine *magazine = depot->partial;
    if (magazine)
        depot->object_count -= magazine->count;
    depot->partial = NULL;
    return magazine;
}

bool pool_depot_push(struct pool_depot *depot, void *object)
{
    struct pool_magazine *magazine = detach_partial(depot);
    if (!magazine)
        magazine = pool_depot_take_empty(depot);
    if (!magazine)
        return false;
    magazine->rounds[magazine->count++] = object;
    pool_depot_put(depot, magazine);
    return true;
}

void *pool_depot_pop(struct pool_depot *depot)
{
    struct pool_magazine *magazine = detach_partial(depot);
    if (!magazine)
        magazine = pool_depot_take_filled(depot);
    if (!magazine)
        return NULL;
    void *object = magazine->rounds[--magazine->count];
    pool_depot_put(depot, magazine);
    return object;
}

size_t pool_depot_free_empty(struct pool_depot *depot)
{
    size_t freed_bytes = 0;
    struct pool_magazine *magazine;
    while ((magazine = pop(&depot->empty)) != NULL) {
        size_t size = pool_depot_magazine_bytes(depot);
        allocator_free(depot->allocator, magazine, size, _Alignof(struct pool_magazine));
        depot->magazine_count--;
        freed_bytes += size;
    }
    return freed_bytes;
}
