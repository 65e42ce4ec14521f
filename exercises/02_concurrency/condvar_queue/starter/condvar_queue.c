/* condvar_queue.c - your queue. The handout is README.md; the contract is condvar_queue.h.
 *
 * A good order of work:
 *   1. One thread: a ring of items, with -ETIMEDOUT where it is full or empty. Two tests are about that.
 *   2. A mutex around each function, and a condition to wait for. Which change makes it true, and who is told?
 *   3. Deadlines, and on which clock they are. Then close.
 */
#include "condvar_queue.h"

#include <errno.h>

struct condvar_queue {
    struct allocator *allocator; /* step 1 */
};

struct condvar_queue *condvar_queue_create(struct allocator *allocator, size_t capacity)
{
    (void)allocator, (void)capacity;
    return NULL; /* step 1 */
}

void condvar_queue_destroy(struct condvar_queue *queue)
{
    (void)queue; /* step 1 */
}

int condvar_queue_push(struct condvar_queue *queue, void *item, uint64_t deadline_ns)
{
    (void)queue, (void)item, (void)deadline_ns;
    return -ETIMEDOUT; /* step 1 */
}

int condvar_queue_pop(struct condvar_queue *queue, void **item, uint64_t deadline_ns)
{
    (void)queue, (void)item, (void)deadline_ns;
    return -ETIMEDOUT; /* step 1 */
}

void condvar_queue_close(struct condvar_queue *queue)
{
    (void)queue; /* step 3 */
}

size_t condvar_queue_count(struct condvar_queue *queue)
{
    (void)queue;
    return 0; /* step 1 */
}
