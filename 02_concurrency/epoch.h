/* epoch.h - reclamation by epochs: free a node when everybody who might have seen it has gone.
 *
 * There is one number, the epoch. A thread that begins to read announces it; a thread that ends takes its
 * announcement back. The epoch moves on from e to e + 1 when everyone who reads has announced e. What was
 * unlinked in epoch e can be held only by who announced e or e - 1, and nobody of those is left in e + 2.
 *
 *     epoch    |      e       |     e + 1     |     e + 2
 *     reader A |  [enter......|...leave]      |                holds x; e + 1 cannot end before it leaves
 *     reader B |              |   [enter......|....leave]      came when x was gone: does not matter
 *     writer   |  unlink x, retire x          |  free x
 *
 *     struct epoch epoch;
 *     epoch_init(&epoch, allocator_system(), asymmetric_best());
 *     struct epoch_thread *me;
 *     epoch_join(&epoch, &me);                    each thread, once
 *
 *     uint64_t outer = epoch_enter(me);
 *     struct item *item = rcu_read(&shared);      whatever is reached in here stays
 *     epoch_leave(me, outer);                     until here
 *
 *     old = rcu_replace(&shared, fresh);          a writer
 *     epoch_retire(me, &old->node, item_free);
 *
 * Entering is a store, and leaving another: with ASYMMETRIC_KERNEL there is no fence (asymmetric.h). Sections
 * nest. How deep is not counted: each keeps in a variable of its own what was announced before it.
 *
 * Retired nodes are collected in batches: every EPOCH_BATCH-th epoch_retire of a thread tries to move the
 * epoch on, and frees at most 2 * EPOCH_BATCH nodes that are ripe.
 *
 * Garbage bound: while all readers leave their sections, each thread keeps two to four times EPOCH_BATCH nodes. What
 * threads that quit left behind is freed by the next join that finds EPOCH_BATCH of it and no reader in the way,
 * or by who adopts it and stays. One reader that stays in its section keeps all that is retired from then on:
 * there is no bound. Where a reader may stall, use hazard.h.
 *
 * Invariant: no announcement is ahead of the epoch, and the epoch does not move on while one is seen that is behind it
 * (a thread that was stopped between reading and announcing may be behind by any number: that only delays); a node is
 * freed only when the epoch is at least two ahead of the one that its batch was sealed in.
 *
 *     operation                        together with any other of other threads   progress
 *     enter, leave                     yes                                        wait-free
 *     retire, collect                  yes                                        wait-free, but for the
 *                                                                                 destructors
 *     join, quit                       yes                                        take a lock; join may
 *                                                                                 collect
 *     synchronize, flush               yes; not inside a section                  wait for readers
 *     fini                             no; threads that took part may be ending   takes a lock
 *
 * A record is used by the thread that joined, and no other. A thread that ends has quit, even inside a
 * section. Retire may be called inside of a section or outside. Signal-safe: nothing here; a handler may
 * enter and leave through the interrupted thread's record if it does not retire.
 * Do not: hold what was reached in a section after leaving it; leave after quitting; retire a node twice, or before it is
 * unlinked; use the record in a destructor for anything but retire.
 *
 * Interface: epoch_init epoch_fini epoch_join epoch_quit epoch_enter epoch_leave epoch_is_inside epoch_retire
 *            epoch_collect epoch_synchronize epoch_flush EPOCH_BATCH
 * Source: Fraser, Practical Lock-Freedom (2004), section 5.2.3; Hart et al., Performance of Memory
 *         Reclamation for Lockless Synchronization (JPDC 2007); Desnoyers et al. (IEEE TPDS 2012) for the
 *         read side without fences.
 */
#ifndef SYSLAB_CONCURRENCY_EPOCH_H
#define SYSLAB_CONCURRENCY_EPOCH_H

#include "02_concurrency/reclaim_domain.h"

enum { EPOCH_BATCH = 512, EPOCH_LISTS = 3 };

struct epoch {
    struct reclaim_domain domain;
    _Alignas(CACHE_LINE_APART) _Atomic(uint64_t) now;
};

struct epoch_thread {
    struct reclaim_thread base;
    /* The epoch in which the outermost section of this thread began; 0: it is in none. */
    _Alignas(CACHE_LINE_APART) _Atomic(uint64_t) announced;
    /* Of the thread alone: */
    struct reclaim_list sealed[EPOCH_LISTS]; /* by epoch modulo three */
    uint64_t sealed_in[EPOCH_LISTS];
    struct reclaim_list ripe; /* nobody can hold these */
};

/* Make a domain in *epoch. Nothing is allocated before the first join. allocator is handed to the
 * destructors too. Owns: the caller owns *epoch, which must not move until epoch_fini. */
void epoch_init(struct epoch *epoch, struct allocator *allocator, enum asymmetric_mode mode);

/* Free all that was retired and not yet freed, and all records. */
void epoch_fini(struct epoch *epoch);

/* Take part: give the calling thread a record. Collects what threads that quit left behind, if that is much.
 * Returns: 0. Errors: -ENOMEM, -EAGAIN no thread-specific key is left; *out is as it was. */
int epoch_join(struct epoch *epoch, struct epoch_thread **out);

/* Take part no more. What is not yet freed passes to the next thread that joins or collects. NULL is ignored. */
void epoch_quit(struct epoch_thread *thread);

/* lesson: epoch-enter */
/* Begin to read: what is reached from now on will not be freed before the matching epoch_leave.
 * Returns: what this thread had announced before, for epoch_leave: 0 outside of any section. */
static inline uint64_t epoch_enter(struct epoch_thread *thread)
{
    /* relaxed: only this thread writes it */
    uint64_t outer = atomic_load_explicit(&thread->announced, memory_order_relaxed);
    if (__builtin_expect(outer != 0, 0))
        return outer; /* nested: the outer section keeps all that this one could reach, and more */
    const struct epoch *epoch = container_of(thread->base.domain, struct epoch, domain);
    /* acquire: pairs with the release in advance (epoch.c); what was sealed before is seen as unlinked */
    uint64_t now = atomic_load_explicit(&epoch->now, memory_order_acquire);
    asymmetric_publish(&thread->announced, now, thread->base.mode);
    return 0;
}

/* The end of the section; outer is what its epoch_enter returned. */
static inline void epoch_leave(struct epoch_thread *thread, uint64_t outer)
{
    /* release: pairs with the acquire in all_have_seen (epoch.c); what was read was read before */
    atomic_store_explicit(&thread->announced, outer, memory_order_release);
}
/* end lesson */

/* Returns: whether the thread is in a section. */
static inline bool epoch_is_inside(const struct epoch_thread *thread)
{
    /* relaxed: only this thread writes it */
    return atomic_load_explicit(&thread->announced, memory_order_relaxed) != 0;
}

/* Try to move the epoch on, and free up to 2 * EPOCH_BATCH nodes that are ripe. For a thread that will be
 * idle, or that must not keep memory. Returns: how many were freed. Cost: a look at each record and, with
 * ASYMMETRIC_KERNEL, a system call. */
size_t epoch_collect(struct epoch_thread *thread);

/* lesson: epoch-retire */
/* Free the node, by destroy, once nobody can hold it. It is unlinked: no new reader will find it.
 * Owns: the node passes to the domain. Cost: O(1), without allocation; every EPOCH_BATCH-th call collects. */
static inline void epoch_retire(struct epoch_thread *thread, struct reclaim_node *node,
                                reclaim_free_fn destroy)
{
    node->free = destroy;
    reclaim_list_push(&thread->base.retired, node);
    if (__builtin_expect(thread->base.retired.count >= EPOCH_BATCH, 0))
        epoch_collect(thread);
}
/* end lesson */

/* Wait until every section that has begun before is left. What was unlinked before the call is then ours.
 * Blocks: until then; a reader that stalls stalls it. Not inside a section, nor in a destructor. */
void epoch_synchronize(struct epoch_thread *thread);

/* Wait until all that this thread has retired is freed. Blocks: as epoch_synchronize. */
void epoch_flush(struct epoch_thread *thread);

#endif
