/* ws_deque.c - the reference: Chase and Lev's deque, with the orders of Lê and others on the operations.
 *
 *     top      the oldest item's index; only grows, and only by a compare-and-swap from i to i + 1
 *     bottom   the index of the next push; the owner alone writes it
 *     array    the slot of index i is i & mask; the owner alone writes slots
 *
 * Why nobody has an item twice:
 *
 *  1. A swap of top from i to i + 1 succeeds once. Thieves have what they took by it; so has the owner, when
 *     it wants the last one.
 *  2. The owner takes index i without a swap only if, after it lowered bottom to i, it found top below i. A
 *     thief takes i only if, after it found top to be i, it found bottom above i. These four accesses and the
 *     thieves' swaps are sequentially consistent. If the owner found top below i, then its look came before the
 *     swap to i, and that before the look of the thief that finds it there: bottom had been lowered before all
 *     of them, and the thief sees that. A swap to i by the owner itself came after, and releases it.
 *  3. A slot is overwritten only when its index has been taken: push looks at top before. Who reads it late
 *     fails in the swap.
 *
 * Why an array that was outgrown stays: a thief may have read its address and not yet the slot. All of them
 * together are smaller than the one in use.
 */
#include "ws_deque.h"

#include <errno.h>

enum { LINE_BYTES = 64 };

struct array {
    int64_t mask; /* slots - 1; a power of two less one */
    struct array *older;
    _Atomic(void *) slots[];
};

struct ws_deque {
    _Alignas(LINE_BYTES) _Atomic int64_t top; /* the thieves' line */
    _Alignas(LINE_BYTES) _Atomic int64_t bottom;
    _Atomic(struct array *) array;
    struct allocator *allocator;
};

static size_t array_bytes(int64_t mask)
{
    return sizeof(struct array) + ((size_t)mask + 1) * sizeof(_Atomic(void *));
}

static struct array *make_array(struct allocator *allocator, int64_t mask, struct array *older)
{
    struct array *array = allocator_alloc(allocator, array_bytes(mask), _Alignof(struct array));
    if (!array)
        return NULL;
    array->mask = mask;
    array->older = older;
    for (int64_t i = 0; i <= mask; i++) /* who is late may read a slot that has no item yet */
        atomic_init(&array->slots[i], NULL);
    return array;
}

/* relaxed: the owner's, who wrote it */
static struct array *own_array(struct ws_deque *deque)
{
    return atomic_load_explicit(&deque->array, memory_order_relaxed);
}

struct ws_deque *ws_deque_create(struct allocator *allocator, size_t slots)
{
    struct ws_deque *deque = allocator_alloc(allocator, sizeof(*deque), LINE_BYTES);
    int64_t mask = 0;
    if (!deque)
        return NULL;
    while ((size_t)mask + 1 < slots)
        mask = mask * 2 + 1;
    struct array *array = make_array(allocator, mask, NULL);
    if (!array) {
        allocator_free(allocator, deque, sizeof(*deque), LINE_BYTES);
        return NULL;
    }
    atomic_init(&deque->top, 0);
    atomic_init(&deque->bottom, 0);
    atomic_init(&deque->array, array);
    deque->allocator = allocator;
    return deque;
}

void ws_deque_destroy(struct ws_deque *deque)
{
    struct allocator *allocator = deque->allocator;
    for (struct array *array = own_array(deque), *older; array; array = older) {
        older = array->older;
        allocator_free(allocator, array, array_bytes(array->mask), _Alignof(struct array));
    }
    allocator_free(allocator, deque, sizeof(*deque), LINE_BYTES);
}

/* Returns: an array of twice the size, with the items from top to bottom - 1; or NULL. */
static struct array *grow(struct ws_deque *deque, int64_t top, int64_t bottom)
{
    struct array *old = own_array(deque);
    struct array *new = make_array(deque->allocator, old->mask * 2 + 1, old);
    if (!new)
        return NULL;
    for (int64_t i = top; i < bottom; i++) { /* relaxed: published below */
        void *item = atomic_load_explicit(&old->slots[i & old->mask], memory_order_relaxed);
        atomic_store_explicit(&new->slots[i & new->mask], item, memory_order_relaxed);
    }
    /* release: pairs with the acquire in steal, which reads the mask and the slots */
    atomic_store_explicit(&deque->array, new, memory_order_release);
    return new;
}

int ws_deque_push(struct ws_deque *deque, void *item)
{
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed); /* our own */
    /* acquire: pairs with the thieves' swaps: they have read the slot that is written below */
    int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
    struct array *array = own_array(deque);
    if (bottom - top > array->mask)
        array = grow(deque, top, bottom);
    if (!array)
        return -ENOMEM;
    /* relaxed: the store of bottom publishes it */
    atomic_store_explicit(&array->slots[bottom & array->mask], item, memory_order_relaxed);
    /* release: pairs with the load of bottom in steal; the slot is seen, and what the item points to */
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_release);
    return 0;
}

void *ws_deque_pop(struct ws_deque *deque)
{
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed) - 1; /* our own */
    struct array *array = own_array(deque);
    /* seq_cst, both: pair with the loads in steal. First the claim, then the look at top: argument 2 */
    atomic_store_explicit(&deque->bottom, bottom, memory_order_seq_cst);
    int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
    void *item = NULL;
    if (top <= bottom) { /* relaxed: our own */
        item = atomic_load_explicit(&array->slots[bottom & array->mask], memory_order_relaxed);
        if (top < bottom)
            return item;
        /* The last one. release: pairs with the load of top in steal; who sees this top sees how far bottom had
         * come down. relaxed where it fails: nothing is handed on */
        if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1,
                                                     memory_order_release, memory_order_relaxed))
            item = NULL;
    }
    /* relaxed: nothing is there that would be published */
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_relaxed);
    return item;
}

enum ws_deque_stolen ws_deque_steal(struct ws_deque *deque, void **item)
{
    /* seq_cst, both: pair with the store and the load in pop; bottom acquires what push released, too */
    int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_seq_cst);
    if (top >= bottom)
        return WS_DEQUE_EMPTY;
    /* acquire: pairs with the release in grow */
    struct array *array = atomic_load_explicit(&deque->array, memory_order_acquire);
    /* relaxed: before the swap, which fails if the slot may be another's by now */
    void *found = atomic_load_explicit(&array->slots[top & array->mask], memory_order_relaxed);
    /* seq_cst: pairs with the swaps of others; relaxed where it fails: nothing is taken */
    if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1, memory_order_seq_cst,
                                                 memory_order_relaxed))
        return WS_DEQUE_LOST;
    *item = found;
    return WS_DEQUE_STOLEN;
}
