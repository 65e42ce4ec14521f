/* The orders are the strongest there are, and the owner looks whether it is empty before it claims anything: then a pop
 * of an empty deque writes nothing, and its bottom is never below top. The arrays are in a table, by size. */
#include "ws_deque.h"

#include <errno.h>

enum { SIZES = 40 };

struct ws_deque {
    struct allocator *allocator;
    atomic_llong top, bottom;
    atomic_int size; /* the slots in use are arrays[size], of 1 << size */
    _Atomic(atomic_uintptr_t *) arrays[SIZES];
};

static size_t bytes_of(int size)
{
    return sizeof(atomic_uintptr_t) << size;
}

static atomic_uintptr_t *slot(struct ws_deque *deque, int size, long long index)
{
    return &deque->arrays[size][index & ((1LL << size) - 1)];
}

static bool add_array(struct ws_deque *deque, int size)
{
    atomic_uintptr_t *array =
        size < SIZES ? allocator_alloc(deque->allocator, bytes_of(size), sizeof(uintptr_t)) : NULL;
    if (!array)
        return false;
    for (long long i = 0; i < 1LL << size; i++)
        atomic_init(&array[i], 0);
    deque->arrays[size] = array;
    return true;
}

struct ws_deque *ws_deque_create(struct allocator *allocator, size_t slots)
{
    struct ws_deque *deque = allocator_alloc(allocator, sizeof(*deque), _Alignof(struct ws_deque));
    int size = 0;
    while ((size_t)1 << size < slots)
        size++;
    if (!deque)
        return NULL;
    deque->allocator = allocator;
    deque->top = deque->bottom = 0;
    deque->size = size;
    for (int i = 0; i < SIZES; i++)
        deque->arrays[i] = NULL;
    if (add_array(deque, size))
        return deque;
    allocator_free(allocator, deque, sizeof(*deque), _Alignof(struct ws_deque));
    return NULL;
}

void ws_deque_destroy(struct ws_deque *deque)
{
    for (int i = 0; i < SIZES; i++)
        allocator_free(deque->allocator, deque->arrays[i], bytes_of(i), sizeof(uintptr_t));
    allocator_free(deque->allocator, deque, sizeof(*deque), _Alignof(struct ws_deque));
}

int ws_deque_push(struct ws_deque *deque, void *item)
{
    int size = deque->size;
    long long bottom = deque->bottom, top = deque->top;
    if (bottom - top >= 1LL << size) {
        if (!add_array(deque, size + 1))
            return -ENOMEM;
        for (long long i = top; i < bottom; i++)
            *slot(deque, size + 1, i) = *slot(deque, size, i);
        deque->size = ++size;
    }
    *slot(deque, size, bottom) = (uintptr_t)item;
    deque->bottom = bottom + 1;
    return 0;
}

void *ws_deque_pop(struct ws_deque *deque)
{
    long long last = deque->bottom - 1, top = deque->top;
    if (top > last)
        return NULL;
    deque->bottom = last;
    top = deque->top;
    if (top < last)
        return (void *)atomic_load(slot(deque, deque->size, last));
    /* one, or none by now: in both cases nothing will be left, and bottom is where it was */
    uintptr_t item = top == last ? atomic_load(slot(deque, deque->size, last)) : 0;
    if (top == last && !atomic_compare_exchange_strong(&deque->top, &top, last + 1))
        item = 0;
    deque->bottom = last + 1;
    return (void *)item;
}

enum ws_deque_stolen ws_deque_steal(struct ws_deque *deque, void **item)
{
    long long top = deque->top;
    if (top >= deque->bottom)
        return WS_DEQUE_EMPTY;
    uintptr_t found = *slot(deque, deque->size, top);
    if (!atomic_compare_exchange_strong(&deque->top, &top, top + 1))
        return WS_DEQUE_LOST;
    *item = (void *)found;
    return WS_DEQUE_STOLEN;
}
