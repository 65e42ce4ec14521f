/* Where it begins and how many there are, in one word that all swap: the owner, too. Each operation is one swap, so that there
 * is nothing to be proved but this: while the oldest item's index is the same, so is its slot. That is why a pop of
 * the last item moves the beginning, as a steal does. The owner pays for it: a swap for each pop. */
#include "ws_deque.h"

#include <errno.h>

enum { ARRAYS_MAX = 32, COUNT_BITS = 32 };

#define COUNT_MASK (((uint64_t)1 << COUNT_BITS) - 1)

struct array {
    uint64_t slots;
    _Atomic(uintptr_t) slot[];
};

struct ws_deque {
    struct allocator *allocator;
    _Atomic uint64_t state; /* begin << 32 | count */
    _Atomic(struct array *) array;
    struct array *arrays[ARRAYS_MAX]; /* all that there were, the owner's */
    size_t array_count;
};

static uint64_t begin_of(uint64_t state)
{
    return state >> COUNT_BITS;
}

static uint64_t count_of(uint64_t state)
{
    return state & COUNT_MASK;
}

static uint64_t state_of(uint64_t begin, uint64_t count)
{
    return begin << COUNT_BITS | count;
}

static size_t bytes_of(uint64_t slots)
{
    return sizeof(struct array) + slots * sizeof(uintptr_t);
}

/* Indices are of 32 bits, and the slots a power of two: both come round together. */
static _Atomic(uintptr_t) *slot_at(struct array *array, uint64_t index)
{
    return &array->slot[index & (array->slots - 1)];
}

static struct array *add_array(struct ws_deque *deque, uint64_t slots)
{
    if (deque->array_count == ARRAYS_MAX)
        return NULL;
    struct array *array =
        allocator_alloc_zeroed(deque->allocator, bytes_of(slots), sizeof(uint64_t));
    if (!array)
        return NULL;
    array->slots = slots;
    deque->arrays[deque->array_count++] = array;
    return array;
}

struct ws_deque *ws_deque_create(struct allocator *allocator, size_t slots)
{
    struct ws_deque *deque =
        allocator_alloc_zeroed(allocator, sizeof(*deque), _Alignof(struct ws_deque));
    uint64_t rounded = 1;
    while (rounded < slots)
        rounded *= 2;
    if (!deque)
        return NULL;
    deque->allocator = allocator;
    struct array *array = add_array(deque, rounded);
    if (!array) {
        allocator_free(allocator, deque, sizeof(*deque), _Alignof(struct ws_deque));
        return NULL;
    }
    atomic_store_explicit(&deque->array, array, memory_order_relaxed);
    return deque;
}

void ws_deque_destroy(struct ws_deque *deque)
{
    for (size_t i = 0; i < deque->array_count; i++)
        allocator_free(deque->allocator, deque->arrays[i], bytes_of(deque->arrays[i]->slots),
                       sizeof(uint64_t));
    allocator_free(deque->allocator, deque, sizeof(*deque), _Alignof(struct ws_deque));
}

static struct array *grow(struct ws_deque *deque, struct array *old, uint64_t state)
{
    struct array *new = add_array(deque, old->slots * 2);
    if (!new)
        return NULL;
    for (uint64_t i = 0; i < count_of(state); i++)
        atomic_store_explicit(
            slot_at(new, begin_of(state) + i),
            atomic_load_explicit(slot_at(old, begin_of(state) + i), memory_order_relaxed),
            memory_order_relaxed);
    atomic_store_explicit(&deque->array, new, memory_order_release);
    return new;
}

int ws_deque_push(struct ws_deque *deque, void *item)
{
    struct array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);
    uint64_t state = atomic_load_explicit(&deque->state, memory_order_acquire);
    if (count_of(state) == array->slots)
        array = grow(deque, array, state);
    if (!array)
        return -ENOMEM;
    atomic_store_explicit(slot_at(array, begin_of(state) + count_of(state)), (uintptr_t)item,
                          memory_order_relaxed);
    /* Thieves move both: the end stays where it is, and the slot is the right one. */
    while (!atomic_compare_exchange_weak_explicit(&deque->state, &state,
                                                  state_of(begin_of(state), count_of(state) + 1),
                                                  memory_order_release, memory_order_relaxed))
        ;
    return 0;
}

void *ws_deque_pop(struct ws_deque *deque)
{
    struct array *array = atomic_load_explicit(&deque->array, memory_order_relaxed);
    uint64_t state = atomic_load_explicit(&deque->state, memory_order_relaxed), next;
    uintptr_t item;
    do {
        uint64_t begin = begin_of(state), count = count_of(state);
        if (count == 0)
            return NULL;
        item = atomic_load_explicit(slot_at(array, begin + count - 1), memory_order_relaxed);
        next = state_of(count == 1 ? begin + 1 : begin, count - 1);
    } while (!atomic_compare_exchange_weak_explicit(&deque->state, &state, next,
                                                    memory_order_acq_rel, memory_order_acquire));
    return (void *)item;
}

enum ws_deque_stolen ws_deque_steal(struct ws_deque *deque, void **item)
{
    uint64_t state = atomic_load_explicit(&deque->state, memory_order_acquire);
    for (;;) {
        if (count_of(state) == 0)
            return WS_DEQUE_EMPTY;
        struct array *array = atomic_load_explicit(&deque->array, memory_order_acquire);
        uintptr_t found =
            atomic_load_explicit(slot_at(array, begin_of(state)), memory_order_relaxed);
        if (atomic_compare_exchange_weak_explicit(
                &deque->state, &state, state_of(begin_of(state) + 1, count_of(state) - 1),
                memory_order_acq_rel, memory_order_acquire)) {
            *item = (void *)found;
            return WS_DEQUE_STOLEN;
        }
    }
}
