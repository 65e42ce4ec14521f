/* ws_deque.h - a work-stealing deque: its owner works at one end, thieves take from the other.
 *
 * Each worker of a pool keeps its tasks in a deque of its own. It pushes and pops at the bottom; who has
 * nothing to do steals at the top of another's. They meet only when one item is left.
 *
 *        top: thieves                                bottom: the owner
 *         v                                           v
 *       | oldest |    |    |    |    |    | youngest |
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: ws_deque_create ws_deque_destroy ws_deque_push ws_deque_pop ws_deque_steal
 */
#ifndef SYSLAB_EXERCISE_WS_DEQUE_H
#define SYSLAB_EXERCISE_WS_DEQUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

enum { WS_DEQUE_SLOTS_MAX = 1 << 16 };

struct ws_deque; /* yours to define */

/* An empty deque with room for `slots` items, 1 to WS_DEQUE_SLOTS_MAX; it grows when it has more.
 * Returns: NULL if the allocator has no memory; then nothing is allocated. */
struct ws_deque *ws_deque_create(struct allocator *allocator, size_t slots);

/* Give all memory back, also if items are left. Threads: no other call is under way or follows. */
void ws_deque_destroy(struct ws_deque *deque);

/* Push an item, not NULL, at the bottom.
 * Returns: 0, or -ENOMEM: there was no room and no memory to grow; the deque is as it was.
 * Threads: the owner. Progress: never waits for a thief. */
int ws_deque_push(struct ws_deque *deque, void *item);

/* Pop the item that was pushed last. Returns: NULL if there is none, or a thief got the last one.
 * Threads: the owner. Progress: never waits for a thief. */
void *ws_deque_pop(struct ws_deque *deque);

enum ws_deque_stolen { WS_DEQUE_EMPTY, WS_DEQUE_LOST, WS_DEQUE_STOLEN };

/* Take the oldest item into *item.
 * Returns: WS_DEQUE_STOLEN; or WS_DEQUE_EMPTY if there was none; or WS_DEQUE_LOST if there was one and
 * another thread took it meanwhile. *item is written by the first alone.
 * Threads: any number, at the same time as the owner. Progress: lock-free. */
enum ws_deque_stolen ws_deque_steal(struct ws_deque *deque, void **item);

#endif
