/* reclaim.h - the interface of both schemes of reclamation, for structures that work with either.
 *
 * A structure that frees nodes is written once, for a struct reclaim_thread, which is a record of an epoch
 * domain or of a hazard domain. It keeps the rules of both:
 *
 *     outer = reclaim_enter(me)                        begin; sections nest
 *     word = reclaim_protect(me, slot, &link, marks)   read a link: what it leads to stays ...
 *     reclaim_retire(me, &node->reclaim, destroy)      an unlinked node will be freed
 *     reclaim_leave(me, outer)                         ... until here, when the outermost section ends
 *
 *                        epoch.h                      hazard.h
 *     enter, leave       announce, take back          nothing; clear the slots
 *     protect            an acquire load              publish, and look again
 *     what stays         all that is reached          what is in a slot: the last of each number
 *     a stalled reader   keeps everything             keeps HAZARD_SLOTS nodes
 *
 * A program chooses: epochs where readers are fast and pass by many nodes, hazard pointers where a
 * reader may be stopped and memory is tight.
 *
 *     struct reclaim_thread *me;
 *     reclaim_join(&epoch.domain, &me);            or &hazard.domain
 *
 * Memory: a structure frees its nodes by the allocator that its domain was made with, so that is the one
 * to allocate them from: reclaim_allocator(me). It outlives the domain, the structure does not have to.
 *
 * Rules for a structure: nodes begin with their struct reclaim_node; links are _Atomic(uintptr_t); with
 * hazard pointers a protected node may have been unlinked since, so a link in it proves nothing until the
 * structure has seen that the node is still in place; a slot of the caller's outer section is overwritten.
 *
 * Threads, progress: those of the scheme; a record is used by the thread that joined.
 * Interface: reclaim_join reclaim_quit reclaim_enter reclaim_leave reclaim_protect reclaim_retire
 *            reclaim_collect reclaim_allocator RECLAIM_SLOTS
 */
#ifndef SYSLAB_CONCURRENCY_RECLAIM_H
#define SYSLAB_CONCURRENCY_RECLAIM_H

#include "02_concurrency/epoch.h"
#include "02_concurrency/hazard.h"

enum { RECLAIM_SLOTS = HAZARD_SLOTS };

/* The record as its scheme's. */
static inline struct epoch_thread *reclaim_as_epoch(struct reclaim_thread *thread)
{
    return container_of(thread, struct epoch_thread, base);
}

/* The whole that this is the base of. Only of a thread of a hazard domain. */
static inline struct hazard_thread *reclaim_as_hazard(struct reclaim_thread *thread)
{
    return container_of(thread, struct hazard_thread, base);
}

/* Take part in a domain. May collect what threads that quit left behind. Returns: 0. Errors: -ENOMEM, -EAGAIN no thread-specific key is left. */
static inline int reclaim_join(struct reclaim_domain *domain, struct reclaim_thread **out)
{
    return reclaim_domain_join(domain, out);
}

/* Leave the domain, outside of any section; what this thread retired is left to the others. NULL is ignored. */
static inline void reclaim_quit(struct reclaim_thread *thread)
{
    if (thread)
        reclaim_domain_quit(thread);
}

/* The domain's allocator. */
static inline struct allocator *reclaim_allocator(const struct reclaim_thread *thread)
{
    return thread->domain->allocator;
}

/* lesson: reclaim-dispatch */
/* Begin a section. Returns: what reclaim_leave wants to have. */
static inline uint64_t reclaim_enter(struct reclaim_thread *thread)
{
    return thread->kind == RECLAIM_EPOCH ? epoch_enter(reclaim_as_epoch(thread))
                                         : hazard_enter(reclaim_as_hazard(thread));
}

/* End a section: outer is what reclaim_enter gave. What was read inside is not to be followed any more. */
static inline void reclaim_leave(struct reclaim_thread *thread, uint64_t outer)
{
    if (thread->kind == RECLAIM_EPOCH)
        epoch_leave(reclaim_as_epoch(thread), outer);
    else
        hazard_leave(reclaim_as_hazard(thread), outer);
}

/* Read a link, inside a section. The low bits in marks are not part of the address. Returns: the word. */
static inline uintptr_t reclaim_protect(struct reclaim_thread *thread, unsigned slot,
                                        _Atomic(uintptr_t) *link, uintptr_t marks)
{
    if (thread->kind == RECLAIM_EPOCH)
        /* acquire: pairs with the release that published the node */
        return atomic_load_explicit(link, memory_order_acquire);
    return hazard_protect(reclaim_as_hazard(thread), slot, link, marks);
}

/* Free an unlinked node once nobody can hold it. Never fails. */
static inline void reclaim_retire(struct reclaim_thread *thread, struct reclaim_node *node,
                                  reclaim_free_fn destroy)
{
    if (thread->kind == RECLAIM_EPOCH)
        epoch_retire(reclaim_as_epoch(thread), node, destroy);
    else
        hazard_retire(reclaim_as_hazard(thread), node, destroy);
}
/* end lesson */

/* Free what can be freed now, of what this thread has retired. Returns: how many nodes were. */
static inline size_t reclaim_collect(struct reclaim_thread *thread)
{
    return thread->kind == RECLAIM_EPOCH ? epoch_collect(reclaim_as_epoch(thread))
                                         : hazard_collect(reclaim_as_hazard(thread));
}

#endif
