/* condvar_queue.h - a bounded queue between threads: who finds it full or empty waits.
 *
 *     struct condvar_queue *queue = condvar_queue_create(allocator, 64);
 *
 *     one thread                                         another
 *     condvar_queue_push(queue, job, CONDVAR_QUEUE_NEVER)
 *     ...                                                while (condvar_queue_pop(queue, &job, CONDVAR_QUEUE_NEVER) == 0)
 *     condvar_queue_close(queue);                            work on it
 *
 * `struct condvar_queue` is yours to define.
 *
 *     operations                       from two threads at once
 *     push, pop, close, count          yes, any pair
 *     create, destroy                  alone
 *
 * Units: a deadline is nanoseconds of CLOCK_MONOTONIC. One that has passed does not wait: 0 is one.
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: condvar_queue_create condvar_queue_destroy condvar_queue_push condvar_queue_pop condvar_queue_close
 *            condvar_queue_count CONDVAR_QUEUE_NEVER
 */
#ifndef SYSLAB_EXERCISE_CONDVAR_QUEUE_H
#define SYSLAB_EXERCISE_CONDVAR_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

#define CONDVAR_QUEUE_NEVER UINT64_MAX /* the deadline of who waits as long as it takes */

struct condvar_queue;

/* Make an empty queue for up to capacity items, which is at least 1.
 * Returns: NULL if there is no memory, or the size cannot be computed with. */
struct condvar_queue *condvar_queue_create(struct allocator *allocator, size_t capacity);

/* Give its memory back. Items that are in it are the caller's. NULL is ignored. Threads: nobody else uses it. */
void condvar_queue_destroy(struct condvar_queue *queue);

/* Put an item at the end. Blocks: while it is full.
 * Returns: 0, or the item is not in it: -EPIPE it is closed, -ETIMEDOUT. */
int condvar_queue_push(struct condvar_queue *queue, void *item, uint64_t deadline_ns);

/* Take the item at the front into *item. Blocks: while it is empty and not closed.
 * Returns: 0, or *item is as it was: -EPIPE it is closed and empty, -ETIMEDOUT. */
int condvar_queue_pop(struct condvar_queue *queue, void **item, uint64_t deadline_ns);

/* From now on nothing is put in; what is in it can be taken out. Whoever waits in vain is told. Never blocks for long. */
void condvar_queue_close(struct condvar_queue *queue);

/* Returns: how many items are in it, at some moment during the call. */
size_t condvar_queue_count(struct condvar_queue *queue);

#endif
