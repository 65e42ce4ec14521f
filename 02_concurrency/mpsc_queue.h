/* mpsc_queue.h - an unbounded queue from any number of threads to one, whose nodes are the caller's.
 *
 * A chain from the oldest node to the newest. A producer puts its node in place of the newest by one exchange, which
 * cannot fail, and then links the node that it replaced to its own. The consumer follows the links.
 *
 *     oldest                                  newest        a push:
 *       |                                       |             previous = exchange(newest, node)
 *       v                                       v             previous->next = node
 *     [ A ] ---> [ B ] ---> [ C ]     ...     [ D ]
 *
 * Between its two steps a push is in flight: its node is the newest, and nothing leads there yet. The chain is
 * cut; what lies before the cut can be popped, what lies behind it cannot be found, also if those pushes have returned
 * long ago. So a pop has three answers, and "nothing to be had now" is not "empty":
 *
 *     MPSC_QUEUE_POPPED       *out is the oldest node, the caller's again
 *     MPSC_QUEUE_EMPTY        there was no node at all, not even one in flight
 *     MPSC_QUEUE_IN_FLIGHT    somebody is between the two steps of a push: try again soon. Whoever goes to sleep here must
 *                             be woken by the push, after its second step
 *
 * A queue that is empty has a node of its own in it, the stub: there is always a newest to be replaced.
 *
 * Invariants: the nodes from oldest along next, and behind each cut the rest, end at newest; newest->next is NULL;
 * the stub is in the chain at most once, and it is newest if the queue is empty.
 *
 *     operation    who             together with      progress
 *     push         anyone          everything         wait-free: one exchange and one store
 *     try_pop      the consumer    pushes             wait-free; but a producer that is stopped in flight hides
 *                                                     all that is pushed behind it
 *     init         one             nothing            -
 *
 * Order: by the exchange. One producer's nodes keep their order; so do two pushes of which one returned before the
 * other began.
 *
 * Memory: 8 bytes in each node, sizeof(struct mpsc_queue) for the queue. Nothing is allocated, so nothing can fail.
 * A node that was popped may be freed at once: its producer is done with it by then.
 * Signal-safe: push. After fork: the child's copy hides what was behind a push in flight.
 *
 * Do not: pop from two threads; push a node that is in a queue already; move a queue (the chain points into it).
 *
 * Interface: mpsc_queue_init mpsc_queue_push mpsc_queue_try_pop MPSC_QUEUE_POPPED MPSC_QUEUE_EMPTY MPSC_QUEUE_IN_FLIGHT
 * Source: Vyukov, "Intrusive MPSC node-based queue", 1024cores.net, 2010.
 *
 * Why it is right.
 *   1. The exchanges on newest are in one order. Each returns the node that the one before put there: so every node
 *      but the last is given exactly one successor, by the push that replaced it, and they form one chain.
 *   2. A push writes node->next = NULL, and its producer wrote the rest of the node before that. The link is stored with
 *      release and loaded by try_pop with acquire: who finds a node sees all of it.
 *   3. The next push stores into the node that it replaced. The exchange is acquire and release, so that the NULL of
 *      the one is before the link of the other: a link is never overwritten by the NULL.
 *   4. A node is handed out only when its link is seen, that is, after the last store that a producer makes to it:
 *      from then on it is the consumer's alone. The newest has no link; so the stub is pushed behind it first.
 *   5. EMPTY is said only where oldest and newest are both the stub at the moment newest is loaded: nothing had been
 *      pushed since the last node was popped. In all other cases without a link somebody is in flight.
 *   6. The consumer alone reads and writes oldest.
 */
#ifndef SYSLAB_CONCURRENCY_MPSC_QUEUE_H
#define SYSLAB_CONCURRENCY_MPSC_QUEUE_H

#include <stdatomic.h>
#include <stddef.h>

#include "02_concurrency/cache_line.h"

/* Embedded in what is queued; 07_unsafe/list.h has container_of. */
struct mpsc_queue_node {
    struct mpsc_queue_node *_Atomic next;
};

struct mpsc_queue {
    _Alignas(CACHE_LINE_APART) struct mpsc_queue_node *_Atomic newest; /* the producers' */
    _Alignas(CACHE_LINE_APART) struct mpsc_queue_node *oldest;         /* the consumer's */
    struct mpsc_queue_node stub;
};

enum mpsc_queue_result { MPSC_QUEUE_EMPTY, MPSC_QUEUE_POPPED, MPSC_QUEUE_IN_FLIGHT };

/* Make *queue empty. There is nothing to undo; nodes still inside are the caller's. */
static inline void mpsc_queue_init(struct mpsc_queue *queue)
{
    atomic_init(&queue->stub.next, NULL);
    atomic_init(&queue->newest, &queue->stub);
    queue->oldest = &queue->stub;
}

/* lesson: mpsc-push */
/* Append a node. Owns: the queue owns it until it is popped. Threads: any number. Progress: wait-free. */
static inline void mpsc_queue_push(struct mpsc_queue *queue, struct mpsc_queue_node *node)
{
    atomic_store_explicit(&node->next, NULL, memory_order_relaxed); /* published by the exchange */
    /* acq_rel: pairs with itself in the pushes before and behind; their NULL is before our link */
    struct mpsc_queue_node *previous =
        atomic_exchange_explicit(&queue->newest, node, memory_order_acq_rel);
    /* here the push is in flight */
    /* release: pairs with the acquire in try_pop; the node and what it holds are written */
    atomic_store_explicit(&previous->next, node, memory_order_release);
}
/* end lesson */

/* lesson: mpsc-pop */
/* Take the oldest node. Returns: one of the three above; *out is set by MPSC_QUEUE_POPPED alone.
 * Owns: the caller owns *out afterwards. Threads: the consumer. Progress: wait-free. */
static inline enum mpsc_queue_result mpsc_queue_try_pop(struct mpsc_queue *queue,
                                                        struct mpsc_queue_node **out)
{
    struct mpsc_queue_node *oldest = queue->oldest;
    /* acquire, three times: pairs with the release in push. Also the link itself has been written by then: the node
     * is the caller's, to free */
    struct mpsc_queue_node *next = atomic_load_explicit(&oldest->next, memory_order_acquire);
    if (oldest == &queue->stub) { /* step over it */
        if (!next)
            /* relaxed: the question is only who is newest; nothing is read through the answer */
            return atomic_load_explicit(&queue->newest, memory_order_relaxed) == oldest
                       ? MPSC_QUEUE_EMPTY
                       : MPSC_QUEUE_IN_FLIGHT;
        queue->oldest = oldest = next;
        next = atomic_load_explicit(&oldest->next, memory_order_acquire);
    }
    if (!next) { /* the last node has no link: put the stub behind it, if nobody else is about to */
        if (atomic_load_explicit(&queue->newest, memory_order_relaxed) != oldest)
            return MPSC_QUEUE_IN_FLIGHT;
        mpsc_queue_push(queue, &queue->stub);
        next = atomic_load_explicit(&oldest->next, memory_order_acquire);
        if (!next) /* a producer was faster with its first step, and has not done the second */
            return MPSC_QUEUE_IN_FLIGHT;
    }
    queue->oldest = next;
    *out = oldest;
    return MPSC_QUEUE_POPPED;
}
/* end lesson */

#endif
