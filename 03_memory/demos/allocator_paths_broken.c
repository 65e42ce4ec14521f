/* allocator_paths_broken.c - an error path that nobody ever ran.
 *
 * A queue is made of two blocks. If there is no memory for the second, the function says so, and
 * the first is lost. Memory does not run out on the day of the test; the failing allocator makes it
 * run out at the first request, at the second, and so on until none fails. The repair is in
 * allocator_paths_fixed.c.
 *
 *   allocator_paths_broken
 *
 * Expected output:
 *     request 1 fails: no queue, 0 blocks leaked
 *     request 2 fails: no queue, 1 blocks leaked
 *     none fails: a queue, 0 blocks leaked
 */
#include <stdio.h>

#include "03_memory/allocator.h"

enum { ITEMS_BYTES = 64 * sizeof(int) };

struct queue {
    int *items;
};

static struct queue *queue_create(struct allocator *allocator)
{
    struct queue *queue = allocator_alloc(allocator, sizeof(*queue), _Alignof(struct queue));
    if (!queue)
        return NULL;
    queue->items = allocator_alloc(allocator, ITEMS_BYTES, _Alignof(int));
    if (!queue->items)
        return NULL; /* and the queue? */
    return queue;
}

static void queue_destroy(struct queue *queue, struct allocator *allocator)
{
    allocator_free(allocator, queue->items, ITEMS_BYTES, _Alignof(int));
    allocator_free(allocator, queue, sizeof(*queue), _Alignof(struct queue));
}

/* Let so many requests through. Returns: whether none was refused. */
static bool try_with(size_t allowed)
{
    struct allocator_tracking tracking;
    struct allocator_failing failing;
    allocator_tracking_init(&tracking, allocator_system());
    allocator_failing_init(&failing, &tracking.base, allowed);
    struct queue *queue = queue_create(&failing.base);
    bool refused = allocator_failing_refused(&failing) > 0;
    if (queue)
        queue_destroy(queue, &failing.base);
    if (refused)
        printf("request %zu fails: ", allowed + 1);
    else
        printf("none fails: ");
    printf("%s queue, %zu blocks leaked\n", queue ? "a" : "no", allocator_tracking_fini(&tracking));
    return !refused;
}

int main(void)
{
    for (size_t allowed = 0; !try_with(allowed);)
        allowed++;
    return 0;
}
