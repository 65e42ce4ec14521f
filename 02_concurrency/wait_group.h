/* wait_group.h - wait until all that was begun is done, where what is begun begins more.
 *
 * A number of things under way. Whoever begins one adds it first; whoever ends one takes it away; who waits sleeps until
 * there is none. Other than a latch it goes up as well as down, and when it has been 0 it can be used again.
 *
 *     struct wait_group group = {0};                  worker(item):
 *     wait_group_add(&group, 1);                          for each part:  wait_group_add(&group, 1), start another
 *     start(worker, everything);                          ...
 *     wait_group_wait(&group);                            wait_group_done(&group);
 *
 * Invariant: the count is the number of things that were added and are not done. What was written before a done is seen
 * behind a wait that it ended.
 *
 * Why nobody is let go too early, and nobody sleeps for ever:
 *  1. Whoever adds has something under way itself, so that the count is not 0, or is the one who will wait. So a count of
 *     0 means that nothing is under way, and nothing can begin.
 *  2. One subtraction makes the count 0, and wakes all who sleep. Who sleeps does so while the word is what it saw,
 *     which was not 0: see futex.h.
 *  3. A waiter may find that it is not 0 any more, because the group is being used again. It waits for the next 0 then:
 *     also at that moment all that it waited for is done.
 *
 *     pair of operations                   together from two threads
 *     add, done, wait                      yes, any number
 *     add from 0 with wait                 no: begin, and then wait (argument 1)
 *
 * Do not: take away more than was added, or have 2^31 things under way (a debug build stops there). Free it when
 * wait_group_wait has returned: yes, that is allowed.
 *
 * Progress: add and done are wait-free but for the kernel's part, wait blocks. Signal-safe: add, done. Memory: 4 bytes,
 * none is allocated, nothing to undo; all zeros is an empty group. Errors: of _until alone: -ETIMEDOUT.
 * Units: deadlines: 02_concurrency/deadline.h.
 * Interface: wait_group_add wait_group_done wait_group_wait wait_group_wait_until
 * Source: Go, sync.WaitGroup; Dijkstra and Scholten, Termination Detection for Diffusing Computations (1980).
 */
#ifndef SYSLAB_CONCURRENCY_WAIT_GROUP_H
#define SYSLAB_CONCURRENCY_WAIT_GROUP_H

#include <stdatomic.h>
#include <stdint.h>

#include "02_concurrency/deadline.h"

struct wait_group {
    _Atomic(uint32_t) count;
};

/* So many more things are under way. Never blocks. */
void wait_group_add(struct wait_group *group, uint32_t count);

/* One of them is done. Never blocks. */
void wait_group_done(struct wait_group *group);

/* Errors: -ETIMEDOUT: something is under way still. */
int wait_group_wait_until(struct wait_group *group, uint64_t deadline_ns);

/* Blocks: until nothing is under way. */
static inline void wait_group_wait(struct wait_group *group)
{
    wait_group_wait_until(group, DEADLINE_NEVER);
}

#endif
