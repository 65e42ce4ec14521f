/* Release and acquire, as for a lock: and the store of bottom may still be under way when top is read. The owner and a
 * thief do not see each other, on an x86 too, once in a few million times. */
#include "ws_deque.h"

#include <errno.h>
#include <string.h>

struct array {
    int64_t mask;
    struct array *older;
    _Atomic(void *) slots[];
};

struct ws_deque {
    _Atomic int64_t top, bottom;
    _Atomic(struct array *) array;
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

struct ws_deque *ws_deque_create(struct allocator *allocator, size_t slots)
{
    int64_t mask = 0;
    struct ws_deque *deque = allocator_alloc(allocator, sizeof(*deque), 8);
    if (!deque)
        return NULL;
    while ((size_t)mask + 1 < slots)
        mask = mask * 2 + 1;
    deque->allocator = allocator;
    atomic_init(&deque->top, 0);
    atomic_init(&deque->bottom, 0);
    atomic_init(&deque->array, make_array(deque, mask));
    if (atomic_load(&deque->array))
        return deque;
    allocator_free(allocator, deque, sizeof(*deque), 8);
    return NULL;
}

void ws_deque_destroy(struct ws_deque *deque)
{
    struct array *array = atomic_load(&deque->array);
    while (array) {
        struct array *older = array->older;
        allocator_free(deque->allocator, array, size_of(array->mask), 8);
        array = older;
    }
    allocator_free(deque->allocator, deque, sizeof(*deque), 8);
}

static struct array *grow(struct ws_deque *deque, struct array *old, int64_t top, int64_t bottom)
{
    struct array *new = make_array(deque, old->mask * 2 + 1);
    if (!new)
        return NULL;
    for (int64_t i = top; i < bottom; i++)
        atomic_store_explicit(
            &new->slots[i & new->mask],
            atomic_load_explicit(&old->slots[i & old->mask], memory_order_relaxed),
            memory_order_relaxed);
    new->older = old;
    atomic_store_explicit(&deque->array, new, memory_order_release);
    return new;
}

int ws_deque_push(struct ws_deque *deque, void *item)
{
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
    int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
    struct array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);
    if (bottom - top > array->mask)
        array = grow(deque, array, top, bottom);
    if (!array)
        return -ENOMEM;
    atomic_store_explicit(&array->slots[bottom & array->mask], item, memory_order_relaxed);
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_release);
    return 0;
}

void *ws_deque_pop(struct ws_deque *deque)
{
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed) - 1;
    struct array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);
    atomic_store_explicit(&deque->bottom, bottom, memory_order_release);
    int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
    void *item = NULL;
    if (top <= bottom) {
        item = atomic_load_explicit(&array->slots[bottom & array->mask], memory_order_relaxed);
        if (top < bottom)
            return item;
        if (!atomic_compare_exchange_strong(&deque->top, &top, top + 1))
            item = NULL;
    }
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_relaxed);
    return item;
}

enum ws_deque_stolen ws_deque_steal(struct ws_deque *deque, void **item)
{
    int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_seq_cst);
    if (top >= bottom)
        return WS_DEQUE_EMPTY;
    struct array *array = atomic_load_explicit(&deque->array, memory_order_acquire);
    void *found = atomic_load_explicit(&array->slots[top & array->mask], memory_order_relaxed);
    if (!atomic_compare_exchange_strong(&deque->top, &top, top + 1))
        return WS_DEQUE_LOST;
    *item = found;
    return WS_DEQUE_STOLEN;
}
