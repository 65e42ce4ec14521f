/* hazard.h - reclamation by hazard pointers: a reader says which node it holds, and only that one is kept.
 *
 * A thread has HAZARD_SLOTS words that all can read. Before it looks into a node it writes the node's
 * address into one, and then makes sure that the node can still be reached: if so, whoever unlinks it
 * later will find the address there. A thread that wants to free nodes collects the slots of all threads,
 * and frees those nodes that are in none.
 *
 *     reader:     p = *link;  slot = p;  is *link still p?  yes: p stays until the slot is cleared
 *                                                           no: again, with what is there now
 *     reclaimer:  unlink p, retire p ...          barrier; all slots; free what is in none of them
 *
 * Against epochs: a store and a second look for each node, and not for each section; but a reader that stalls
 * keeps at most HAZARD_SLOTS nodes from being freed, and everything else goes on.
 *
 *     struct hazard hazard;
 *     hazard_init(&hazard, allocator_system(), asymmetric_best());
 *     struct hazard_thread *me;
 *     hazard_join(&hazard, &me);                  each thread, once
 *
 *     struct item *item = (void *)hazard_protect(me, 0, &shared, 0);
 *     use(item);                                  it stays
 *     hazard_clear(me, 0);                        until here
 *
 * Links are words, _Atomic(uintptr_t): an address, with marks in its low bits where a structure needs them.
 * What is protected is the address of the object, and its first field is its struct reclaim_node.
 *
 * Garbage bound: with N records a thread collects when it has retired HAZARD_BATCH + 2 * HAZARD_SLOTS * N
 * nodes, and when it joins and finds as many left behind; of them at most HAZARD_SLOTS * N stay. So there are never
 * more than 2 * N * (HAZARD_BATCH + 2 * HAZARD_SLOTS * N) in all, whatever any reader does; half of them are what one
 * collection has in hand. Each further one that is stopped in the middle may add as many as that, and what
 * destructors retire comes on top.
 *
 * Invariant: a node that is in a slot, and was reachable at a moment since it was written there, is not freed.
 *
 *     operation              together with any other of other threads   progress
 *     protect                yes                                        lock-free: tries again when
 *                                                                       another thread changed the link
 *     clear                  yes                                        wait-free
 *     retire, collect        yes                                        wait-free, but for the destructors
 *     join, quit             yes                                        take a lock; join may collect
 *     fini                   no; threads that took part may be ending   takes a lock
 *
 * A record is used by the thread that joined, and no other. A thread that ends has quit.
 * Do not: look into a node before it is protected; go from node to node through a link of a node that was
 * unlinked meanwhile (that link is not changed any more, so the second look proves nothing: structures
 * mark it); move a protection to another slot but to one of a higher number (slots are read upwards).
 *
 * Interface: hazard_init hazard_fini hazard_join hazard_quit hazard_protect hazard_clear hazard_enter
 *            hazard_leave hazard_retire hazard_collect hazard_bound HAZARD_SLOTS HAZARD_BATCH
 * Source: Michael, Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects (IEEE TPDS 2004).
 */
#ifndef SYSLAB_CONCURRENCY_HAZARD_H
#define SYSLAB_CONCURRENCY_HAZARD_H

#include "02_concurrency/reclaim_domain.h"

enum { HAZARD_SLOTS = 8, HAZARD_BATCH = 256 };

struct hazard {
    struct reclaim_domain domain;
};

struct hazard_thread {
    struct reclaim_thread base;
    _Alignas(CACHE_LINE_APART) _Atomic(uintptr_t) slots[HAZARD_SLOTS]; /* 0: nothing */
    /* Of the thread alone: */
    uint64_t inside; /* of a section: 1, or 0 */
    unsigned used;   /* no slot from this one on was ever used */
};

/* Make a domain in *hazard. Nothing is allocated before the first join. allocator is handed to the
 * destructors too. Owns: the caller owns *hazard, which must not move until hazard_fini. */
void hazard_init(struct hazard *hazard, struct allocator *allocator, enum asymmetric_mode mode);

/* Free all that was retired and not yet freed, and all records. */
void hazard_fini(struct hazard *hazard);

/* Take part: give the calling thread a record. Collects what threads that quit left behind, if that is much.
 * Returns: 0. Errors: -ENOMEM, -EAGAIN no thread-specific key is left; *out is as it was. */
int hazard_join(struct hazard *hazard, struct hazard_thread **out);

/* Take part no more. What is not yet freed passes to the next thread that joins or collects. NULL is ignored. */
void hazard_quit(struct hazard_thread *thread);

/* lesson: hazard-protect */
/* Read a link, and keep what it points to from being freed until the slot is cleared or used again. The low
 * bits in marks are not part of the address: 0 if links carry none.
 * Returns: the word, marks and all; it was in *link after the slot was written. */
static inline uintptr_t hazard_protect(struct hazard_thread *thread, unsigned slot,
                                       _Atomic(uintptr_t) *link, uintptr_t marks)
{
    /* relaxed: nothing is looked at before the second look */
    uintptr_t word = atomic_load_explicit(link, memory_order_relaxed);
    if (__builtin_expect(slot >= thread->used, 0))
        thread->used = slot + 1;
    for (;;) {
        asymmetric_publish(&thread->slots[slot], word & ~marks, thread->base.mode);
        /* acquire: pairs with the release that published the node */
        uintptr_t again = atomic_load_explicit(link, memory_order_acquire);
        if (__builtin_expect(again == word, 1))
            return word;
        word = again;
    }
}

/* The node in the slot may be freed. */
static inline void hazard_clear(struct hazard_thread *thread, unsigned slot)
{
    /* release: pairs with the acquire in gather (hazard.c); what was read was read before */
    atomic_store_explicit(&thread->slots[slot], 0, memory_order_release);
}
/* end lesson */

/* Begin a section, for code that is written for both schemes: what is protected in it stays until it is left.
 * Sections nest: only the outermost clears the slots. Returns: what hazard_leave wants to have. */
static inline uint64_t hazard_enter(struct hazard_thread *thread)
{
    uint64_t outer = thread->inside;
    thread->inside = 1;
    return outer;
}

/* The end of the section. */
static inline void hazard_leave(struct hazard_thread *thread, uint64_t outer)
{
    thread->inside = outer;
    if (__builtin_expect(outer != 0, 0))
        return;
    for (unsigned slot = 0; slot < thread->used; slot++)
        hazard_clear(thread, slot);
}

/* How many nodes this thread retires before it collects. */
static inline size_t hazard_threshold(const struct hazard_thread *thread)
{
    /* relaxed: a size; an older one only collects earlier */
    size_t records = atomic_load_explicit(&thread->base.domain->thread_count, memory_order_relaxed);
    return HAZARD_BATCH + 2 * HAZARD_SLOTS * records;
}

/* Free all that this thread has retired and nobody holds. Returns: how many were freed.
 * Cost: O((nodes + slots) log slots) and, with ASYMMETRIC_KERNEL, a system call. */
size_t hazard_collect(struct hazard_thread *thread);

/* Free the node, by destroy, once nobody holds it. It is unlinked: no new reader will find it.
 * Owns: the node passes to the domain. Cost: O(1) amortised, without allocation. */
static inline void hazard_retire(struct hazard_thread *thread, struct reclaim_node *node,
                                 reclaim_free_fn destroy)
{
    node->free = destroy;
    reclaim_list_push(&thread->base.retired, node);
    if (__builtin_expect(thread->base.retired.count >= hazard_threshold(thread), 0))
        hazard_collect(thread);
}

/* Returns: the most nodes that can be retired and not yet freed, with as many records as there are now, while one
 * thread at a time collects. */
size_t hazard_bound(const struct hazard *hazard);

#endif
