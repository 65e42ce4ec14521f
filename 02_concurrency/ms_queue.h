/* ms_queue.h - an unbounded queue without locks, for any number of producers and consumers.
 *
 * Michael and Scott's queue is a linked list with a pointer to each end: every item costs an allocation and
 * two or three contended swaps. Here each node of their list is an array of cells, a segment, and only one
 * item in MS_QUEUE_CELLS has to do with the list:
 *
 *     head                                             tail
 *      |                                                |
 *      v                                                v
 *     [TTTTTTTTTTTTTTTT] --> [TTTTTvvvvvvvvvvv] --> [vvvvvvvvEEEEEEEE] --> NULL
 *      all taken: unlinked         ^ first value            ^ first empty cell
 *
 *     a cell goes one way:  EMPTY --push--> value --pop--> TAKEN       one compare-and-swap each
 *
 * Push fills the first empty cell, pop takes the first value. There is no shared counter to fetch tickets from: the
 * swap of the cell decides. Where the first ones are, hints tell. Who found its cell further on than the hint said
 * writes there where it was: so a hint is about one cell late, and later behind a thread that was stopped before it
 * wrote.
 *
 * Invariant: in the order of the list, cells are TAKEN, then values (with TAKEN ones between them), then EMPTY: push
 * never passes over an empty cell. Head is not behind an item, tail not in front of head.
 *
 *     operation    with any other, from any number of threads   progress
 *     push         yes                                          lock-free (if the allocator is)
 *     pop          yes                                          lock-free
 *     init, fini   no
 *
 * Segments are freed by the scheme that the domain was made with, and come from its allocator. A stalled thread keeps
 * what its scheme says: one segment with hazard pointers. A consumer collects when 16 that it unlinked wait, and
 * so keeps no more than that beside those that are held; with epochs three times as many.
 *
 * Values: any uint64_t but MS_QUEUE_EMPTY and MS_QUEUE_TAKEN: so any pointer but NULL. The queue does not look at
 * what they point to.
 * Memory: 8 bytes for each item in a full segment, and 1/16 more; an empty queue has one segment, 4.5 KB.
 *
 * Interface: ms_queue_init ms_queue_fini ms_queue_push ms_queue_pop MS_QUEUE_CELLS
 * Source: Michael and Scott, Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms
 *         (PODC 1996); Tsigas and Zhang (SPAA 2001) for hints that may be late; Morrison and Afek, Fast Concurrent
 *         Queues for x86 Processors (PPoPP 2013) for arrays in a list.
 */
#ifndef SYSLAB_CONCURRENCY_MS_QUEUE_H
#define SYSLAB_CONCURRENCY_MS_QUEUE_H

#include "02_concurrency/reclaim.h"

#ifdef MS_QUEUE_FEW_CELLS /* for interleave, within whose reach a segment has to end */
enum { MS_QUEUE_CELLS = MS_QUEUE_FEW_CELLS };
#else
enum { MS_QUEUE_CELLS = 512 };
#endif
#define MS_QUEUE_EMPTY UINT64_C(0)
#define MS_QUEUE_TAKEN UINT64_MAX

struct ms_queue {
    struct reclaim_domain *domain; /* constant after init */
    /* Each a struct ms_segment *, of ms_queue.c. */
    _Alignas(CACHE_LINE_APART) _Atomic(uintptr_t) head;
    _Alignas(CACHE_LINE_APART) _Atomic(uintptr_t) tail;
};

/* Make an empty queue. Returns: 0. Errors: -ENOMEM. Owns: the caller owns *queue, which must not move. */
int ms_queue_init(struct ms_queue *queue, struct reclaim_domain *domain);

/* Free the segments that are linked. What was unlinked is the domain's. Values left inside are forgotten. */
void ms_queue_fini(struct ms_queue *queue);

/* Append a value. me: the caller's record of the queue's domain.
 * Returns: 0. Errors: -ENOMEM, with the queue as it was; -EINVAL for the two values that are no values. */
int ms_queue_push(struct ms_queue *queue, struct reclaim_thread *me, uint64_t value);

/* Take the oldest value into *out. Returns: true, or false if the queue was empty at a moment of the call. */
bool ms_queue_pop(struct ms_queue *queue, struct reclaim_thread *me, uint64_t *out);

#endif
