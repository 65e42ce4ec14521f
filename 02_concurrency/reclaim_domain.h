/* reclaim_domain.h - what the schemes of reclamation share: who takes part, and what waits to be freed.
 *
 * In a structure without locks a node can be unlinked while another thread still reads it. It must not be
 * freed before all such readers are gone. A scheme finds out when that is: by epochs (epoch.h) or by hazard
 * pointers (hazard.h). Both need the same two things, which are here:
 *
 *     struct reclaim_domain       a set of threads, and the scheme that they agreed on
 *       threads -> [record] -> [record] -> [record]     grows only; a record is reused, freed by fini
 *                     |            |           |
 *                  retired      retired     (free)      each list belongs to one thread
 *       orphans: what a thread that quit left behind; the next one to collect adopts it
 *
 *     struct reclaim_thread       one thread's record; a scheme's record begins with it
 *     struct reclaim_node         the first field of every object that is retired: no allocation is needed
 *                                 to retire, and so it cannot fail
 *
 * Programs use reclaim.h, or one scheme's header. This one is for whoever writes a scheme.
 *
 * Invariant: a retired node is in exactly one list: its thread's, or the orphans. A record is taken by at
 * most one thread, and linked in that thread's list as long as the thread may end without quitting.
 *
 * A thread that ends quits by itself. A thread that joins while it ends (in a destructor of thread-specific
 * data, after ours ran) has to quit by itself.
 *
 * Threads: join, quit, adopt: any number at once, under one lock. fini: no thread uses the domain; threads
 * that took part may be alive or exiting. After fork: only the child's exec or _exit.
 * Interface: reclaim_domain_init reclaim_domain_fini reclaim_domain_join reclaim_domain_quit
 *            reclaim_domain_adopt reclaim_domain_run reclaim_list_push reclaim_list_append
 * Source: Michael, Hazard Pointers (IEEE TPDS 2004), figure 4: records that are reused and never unlinked.
 */
#ifndef SYSLAB_CONCURRENCY_RECLAIM_DOMAIN_H
#define SYSLAB_CONCURRENCY_RECLAIM_DOMAIN_H

#include "02_concurrency/asymmetric.h"
#include "02_concurrency/cache_line.h"
#include "03_memory/allocator.h"
#include "07_unsafe/list.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct reclaim_node;

/* Free the object. allocator is the domain's. Runs in whatever thread collects, once, outside of locks; it
 * may retire other nodes through a record of the thread that runs it. */
typedef void (*reclaim_free_fn)(struct reclaim_node *node, struct allocator *allocator);

struct reclaim_node {
    struct reclaim_node *next;
    reclaim_free_fn free;
};

struct reclaim_list {
    struct reclaim_node *first, *last;
    size_t count;
};

enum reclaim_kind {
    RECLAIM_EPOCH,
    RECLAIM_HAZARD,
};

struct reclaim_scheme;

struct reclaim_domain {
    /* Constant after init. */
    const struct reclaim_scheme *scheme;
    enum asymmetric_mode mode;
    struct allocator *allocator;

    _Atomic(struct reclaim_thread *) threads; /* newest first */
    atomic_size_t thread_count;               /* of records, taken and free */
    atomic_size_t orphan_count;               /* changed under the lock; read without, as a hint */
    struct reclaim_list orphans;              /* guarded by the lock */
};

struct reclaim_thread {
    /* Constant after the record was made. */
    enum reclaim_kind kind;
    enum asymmetric_mode mode;
    struct reclaim_domain *domain;
    struct reclaim_thread *next;

    /* Of the thread that took the record. */
    struct reclaim_list retired; /* not yet looked at by the scheme */
    bool collecting; /* a destructor is running: one that retires must not collect again */

    /* Guarded by the lock. */
    bool taken;
    struct list_node of_thread; /* in the list of the thread's records */
};

/* What a scheme says of itself. */
struct reclaim_scheme {
    enum reclaim_kind kind;
    size_t
        record_bytes; /* of its record, which begins with a struct reclaim_thread; zeroed when made */
    /* The thread is gone: what it published does not count any more, and all that it has retired goes back
     * to thread->retired. Called with the lock held. */
    void (*leave)(struct reclaim_thread *thread);
    /* The thread has joined, and thread->retired is what others left behind: free what can be freed if it is
     * more than a thread collects at. Called without the lock. */
    void (*arrive)(struct reclaim_thread *thread);
};

/* Make an empty domain; nothing is allocated before the first join. */
void reclaim_domain_init(struct reclaim_domain *domain, const struct reclaim_scheme *scheme,
                         struct allocator *allocator, enum asymmetric_mode mode);

/* Free all that was retired, and the records. Threads: see above. */
void reclaim_domain_fini(struct reclaim_domain *domain);

/* Give the calling thread a record of its own, and what threads that quit left behind. If that is much, it is
 * collected now: threads that come and go may never retire enough to do it. So destructors may run.
 * Returns: 0. Errors: -ENOMEM no memory for a record; -EAGAIN no thread-specific key is left. */
int reclaim_domain_join(struct reclaim_domain *domain, struct reclaim_thread **out);

/* Give it back, in the same thread. */
void reclaim_domain_quit(struct reclaim_thread *thread);

/* Take over what threads that quit left behind, into thread->retired, unless the lock is taken just now.
 * Progress: wait-free. */
void reclaim_domain_adopt(struct reclaim_thread *thread);

/* Free the first nodes of the list, limit at most. Returns: how many there were. */
size_t reclaim_domain_run(struct reclaim_thread *thread, struct reclaim_list *list, size_t limit);

/* Put a node in front. Threads: whose the list is. */
static inline void reclaim_list_push(struct reclaim_list *list, struct reclaim_node *node)
{
    node->next = list->first;
    if (!list->first)
        list->last = node;
    list->first = node;
    list->count++;
}

/* Move all of from to the front of list. */
static inline void reclaim_list_append(struct reclaim_list *list, struct reclaim_list *from)
{
    if (!from->first)
        return;
    from->last->next = list->first;
    if (!list->first)
        list->last = from->last;
    list->first = from->first;
    list->count += from->count;
    *from = (struct reclaim_list){0};
}

#endif
