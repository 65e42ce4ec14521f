/* ws_deque.h - a work-stealing deque: its owner works at one end, thieves take from the other (Chase-Lev).
 *
 * Each worker of a pool keeps the tasks that it made in a deque of its own. It pushes and pops at the bottom, last
 * in, first out: what it made last is still in its cache. Who has nothing to do steals at the top, where the oldest
 * and so mostly the largest pieces of work lie. Owner and thieves meet only when one item is left.
 *
 *          top (thieves: compare-and-swap)            bottom (the owner alone writes it)
 *           v                                          v
 *     . . . | oldest |   |   |   |   |   |   | youngest | . . .         slot of index i: slots[i & mask]
 *
 * Both indices count from 0 and only top never falls; at 10^9 pushes a second they come round in 292 years. A full
 * buffer is copied to one of twice the size. The old one stays, for a thief may still be reading it, until
 * ws_deque_reclaim or ws_deque_fini; all old ones together are smaller than the one in use.
 *
 *     struct ws_deque deque;
 *     ws_deque_init(&deque, allocator_system(), 64);
 *     ws_deque_push(&deque, task);                         the owner
 *     task = ws_deque_pop(&deque);
 *     ws_deque_steal(&deque, &task);                       anyone
 *
 * Invariant: the items are those of the indices from top to bottom - 1. Each that was pushed is given out once, by
 * a pop or by a steal. (Between the two steps of a pop, bottom is one less than that.)
 *
 *     operation          together with             progress
 *     push, pop          steal, steal_batch        wait-free; push allocates when it grows
 *     steal, steal_batch all but reclaim and fini  lock-free: a thief that loses has lost to somebody who won
 *     is_empty           all but reclaim and fini  wait-free; a guess unless the owner asks and thieves are gone
 *     push, pop          push, pop                 no: one owner at a time, handed over with acquire and release
 *     reclaim, fini      anything                  no: of reclaim, the owner's own calls excepted
 *
 * What the owner wrote before it pushed an item is seen by whoever gets the item. Why, and why once: see ws_deque.c.
 *
 * Do not: push NULL; call push or pop from a second thread; steal while reclaim runs.
 *
 * Errors: -ENOMEM, the deque is as it was. Memory: 8 bytes a slot; slots only grow. After fork: the child's copy is
 * whole unless a thread of the parent was inside of a push or pop.
 * Interface: ws_deque_init ws_deque_fini ws_deque_push ws_deque_pop ws_deque_is_empty ws_deque_steal
 *            ws_deque_steal_batch ws_deque_reclaim ws_deque_memory_bytes
 * Source: Chase and Lev, Dynamic Circular Work-Stealing Deque (SPAA 2005); Le, Pop, Cohen, Zappa Nardelli, Correct
 *         and Efficient Work-Stealing for Weak Memory Models (PPoPP 2013).
 */
#ifndef SYSLAB_CONCURRENCY_WS_DEQUE_H
#define SYSLAB_CONCURRENCY_WS_DEQUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "02_concurrency/cache_line.h"
#include "03_memory/allocator.h"

typedef _Atomic(void *) ws_deque_slot;

struct ws_deque_buffer {
    int64_t mask; /* slots - 1, a power of two less one */
    struct ws_deque_buffer *older;
    ws_deque_slot slots[];
};

struct ws_deque {
    /* the thieves' line */
    _Alignas(CACHE_LINE_APART) _Atomic(int64_t) top;
    /* the owner's line; thieves read bottom and buffer */
    _Alignas(CACHE_LINE_APART) _Atomic(int64_t) bottom;
    _Atomic(struct ws_deque_buffer *) buffer;
    int64_t
        limit; /* the owner's: below this index there is room, for top was seen to be that far */
    struct allocator *allocator;
};

enum ws_deque_stolen { WS_DEQUE_EMPTY, WS_DEQUE_LOST, WS_DEQUE_STOLEN };

/* An empty deque with room for slot_count items, rounded up to a power of two. Errors: -ENOMEM, -EINVAL for 0 or more
 * than 2^32 slots. Threads: nobody else uses it yet. */
int ws_deque_init(struct ws_deque *deque, struct allocator *allocator, size_t slot_count);

/* Give all memory back. Items that are left are not looked at. Threads: no other call is under way or follows. */
void ws_deque_fini(struct ws_deque *deque);

/* push, when the room that the owner knew of is used up. */
int ws_deque_push_slow(struct ws_deque *deque, void *item);

/* lesson: ws-deque-owner */
/* Push an item, not NULL. Errors: -ENOMEM: it could not grow; the item is not in it. Threads: the owner. */
static inline int ws_deque_push(struct ws_deque *deque, void *item)
{
    /* relaxed, both: the owner reads what it wrote */
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
    if (__builtin_expect(bottom >= deque->limit, 0))
        return ws_deque_push_slow(deque, item);
    struct ws_deque_buffer *buffer = atomic_load_explicit(&deque->buffer, memory_order_relaxed);
    /* relaxed: the store of bottom publishes it */
    atomic_store_explicit(&buffer->slots[bottom & buffer->mask], item, memory_order_relaxed);
    /* release: pairs with the load of bottom in steal; the thief sees the slot and what the item points to */
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_release);
    return 0;
}

/* Pop the item that was pushed last. Returns: NULL if there is none, or a thief got the last one. Threads: the
 * owner. */
static inline void *ws_deque_pop(struct ws_deque *deque)
{
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed) - 1;
    /* relaxed: top only grows, so an old value cannot make a deque look empty that is not */
    if (atomic_load_explicit(&deque->top, memory_order_relaxed) > bottom)
        return NULL;
    struct ws_deque_buffer *buffer = atomic_load_explicit(&deque->buffer, memory_order_relaxed);
    /* seq_cst, both: pair with the two loads in steal. First the claim is seen, then we look for thieves: argument
     * 3 */
    atomic_store_explicit(&deque->bottom, bottom, memory_order_seq_cst);
    int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
    void *item = NULL;
    if (__builtin_expect(top <= bottom, 1)) {
        /* relaxed: written by this thread */
        item = atomic_load_explicit(&buffer->slots[bottom & buffer->mask], memory_order_relaxed);
        if (__builtin_expect(top < bottom, 1))
            return item;
        /* The last one: whoever moves top has it. release: pairs with the load of top in steal; the thief that sees this
         * top sees how far bottom had come down: argument 3. relaxed where it fails: nothing is handed on */
        if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1,
                                                     memory_order_release, memory_order_relaxed))
            item = NULL;
    }
    /* relaxed: the deque is empty, there is nothing to publish */
    atomic_store_explicit(&deque->bottom, bottom + 1, memory_order_relaxed);
    return item;
}
/* end lesson */

/* Whether there is nothing to take. For the owner: exact if true. For others: it was so a moment ago, or not quite. */
static inline bool ws_deque_is_empty(const struct ws_deque *deque)
{
    /* relaxed: a guess; who must not miss an item puts a barrier before it (02_concurrency/thread_pool.c) */
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
    return atomic_load_explicit(&deque->top, memory_order_relaxed) >= bottom;
}

/* lesson: ws-deque-steal */
/* Take the oldest item into *out. Returns: STOLEN; EMPTY; LOST if another thread took it first, so that it may pay to
 * try again or elsewhere. Threads: any. */
static inline enum ws_deque_stolen ws_deque_steal(struct ws_deque *deque, void **out)
{
    /* seq_cst, both: pair with the store and the load in pop; bottom also acquires what push released */
    int64_t top = atomic_load_explicit(&deque->top, memory_order_seq_cst);
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_seq_cst);
    if (top >= bottom)
        return WS_DEQUE_EMPTY;
    /* acquire: pairs with the release in grow; the copied slots are seen */
    struct ws_deque_buffer *buffer = atomic_load_explicit(&deque->buffer, memory_order_acquire);
    /* relaxed: read before the swap, which fails if it may have been overwritten */
    void *item = atomic_load_explicit(&buffer->slots[top & buffer->mask], memory_order_relaxed);
    /* seq_cst: pairs with the other thieves' swap and the owner's; relaxed where it fails: nothing is taken */
    if (!atomic_compare_exchange_strong_explicit(&deque->top, &top, top + 1, memory_order_seq_cst,
                                                 memory_order_relaxed))
        return WS_DEQUE_LOST;
    *out = item;
    return WS_DEQUE_STOLEN;
}
/* end lesson */

/* Take up to max of the oldest items, and no more than half of what is there, rounded up, oldest first. Each is
 * taken by a swap of its own: one swap for several could overlap with a pop that saw no thief.
 * Returns: how many; 0 if it was empty or another thread was faster. Threads: any. */
size_t ws_deque_steal_batch(struct ws_deque *deque, void **out, size_t max);

/* Free the old buffers. Threads: the owner, when no other thread is inside of a call. Returns: the bytes freed. */
size_t ws_deque_reclaim(struct ws_deque *deque);

/* Bytes of all buffers, old ones too. Threads: the owner. */
size_t ws_deque_memory_bytes(const struct ws_deque *deque);

#endif
