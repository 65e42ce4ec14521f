/* A lock of one's own, spun on by all. Whoever is stopped while it has it stops the others for ever. */
#include "ws_deque.h"

#include <errno.h>
#include <string.h>

struct array {
    int64_t mask;
    struct array *older;
    void *slots[];
};

struct ws_deque {
    atomic_bool locked;
    int64_t top, bottom;
    struct array *array;
    struct allocator *allocator;
};

static size_t size_of(int64_t mask)
{
    return sizeof(struct array) + ((size_t)mask + 1) * sizeof(void *);
}

static struct array *make_array(struct ws_deque *deque, int64_t mask)
{
    struct array *array = allocator_alloc(deque->allocator, size_of(mask), 8);
    if (!array)
        return NULL;
    memset(array, 0, size_of(mask));
    array->mask = mask;
    return array;
}

static void lock(struct ws_deque *deque)
{
    while (atomic_exchange_explicit(&deque->locked, true, memory_order_acquire))
        ;
}

static void unlock(struct ws_deque *deque)
{
    atomic_store_explicit(&deque->locked, false, memory_order_release);
}

struct ws_deque *ws_deque_create(struct allocator *allocator, size_t slots)
{
    int64_t mask = 0;
    struct ws_deque *deque = allocator_alloc_zeroed(allocator, sizeof(*deque), 8);
    if (!deque)
        return NULL;
    while ((size_t)mask + 1 < slots)
        mask = mask * 2 + 1;
    deque->allocator = allocator;
    deque->array = make_array(deque, mask);
    if (deque->array)
        return deque;
    allocator_free(allocator, deque, sizeof(*deque), 8);
    return NULL;
}

void ws_deque_destroy(struct ws_deque *deque)
{
    allocator_free(deque->allocator, deque->array, size_of(deque->array->mask), 8);
    allocator_free(deque->allocator, deque, sizeof(*deque), 8);
}

static bool grow(struct ws_deque *deque)
{
    struct array *old = deque->array, *new = make_array(deque, old->mask * 2 + 1);
    if (!new)
        return false;
    for (int64_t i = deque->top; i < deque->bottom; i++)
        new->slots[i & new->mask] = old->slots[i & old->mask];
    deque->array = new;
    allocator_free(deque->allocator, old, size_of(old->mask), 8);
    return true;
}

int ws_deque_push(struct ws_deque *deque, void *item)
{
    lock(deque);
    bool room = deque->bottom - deque->top <= deque->array->mask || grow(deque);
    if (room)
        deque->array->slots[deque->bottom++ & deque->array->mask] = item;
    unlock(deque);
    return room ? 0 : -ENOMEM;
}

void *ws_deque_pop(struct ws_deque *deque)
{
    void *item = NULL;
    lock(deque);
    if (deque->top < deque->bottom)
        item = deque->array->slots[--deque->bottom & deque->array->mask];
    unlock(deque);
    return item;
}

enum ws_deque_stolen ws_deque_steal(struct ws_deque *deque, void **item)
{
    lock(deque);
    bool found = deque->top < deque->bottom;
    if (found)
        *item = deque->array->slots[deque->top++ & deque->array->mask];
    unlock(deque);
    return found ? WS_DEQUE_STOLEN : WS_DEQUE_EMPTY;
}
