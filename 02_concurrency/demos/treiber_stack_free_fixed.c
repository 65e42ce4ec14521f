/* treiber_stack_free_fixed.c - the popped node is retired, and stays as long as another thread looks at it.
 *
 * The schedule is that of treiber_stack_free_broken.c: the slow thread has the top node in hand, and the fast one pops
 * it. It does not free it but retires it. Collecting frees nothing while the slow thread may read the node: when it goes
 * on it finds the node whole, sees that the stack has changed, and takes the next one. After that, all memory goes back.
 *
 * Usage: demo_treiber_stack_free_fixed
 * Expected output:
 *     the slow thread has read the top
 *     the fast thread has popped 2 and retired it
 *     collected: 0 nodes
 *     the slow thread can read it: 2
 *     the slow thread has popped 1
 *     nodes left: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "02_concurrency/treiber_stack.h"

struct item {
    struct treiber_stack_node node;
    int number;
};

static struct allocator_counting counting;
static struct hazard hazard; /* or an epoch: not another line would change */
static struct treiber_stack stack;
static pthread_barrier_t stopped, retired;

static void item_free(struct reclaim_node *node, struct allocator *allocator)
{
    struct item *item = container_of(node, struct item, node.reclaim);
    allocator_free(allocator, item, sizeof(*item), _Alignof(struct item));
}

static void push(int number)
{
    struct item *item = allocator_alloc(&counting.base, sizeof(*item), _Alignof(struct item));
    if (!item)
        abort();
    item->number = number;
    treiber_stack_push(&stack, &item->node);
}

static int pop(struct reclaim_thread *me)
{
    struct item *item = container_of(treiber_stack_pop(&stack, me), struct item, node);
    int number = item->number;
    reclaim_retire(me, &item->node.reclaim, item_free); /* the repair */
    return number;
}

static void *slow(void *argument)
{
    struct reclaim_thread *me;
    (void)argument;
    if (reclaim_join(&hazard.domain, &me) != 0)
        abort();
    uint64_t outer = reclaim_enter(me);
    struct item *item = (struct item *)reclaim_protect(me, 0, &stack.top, 0);
    printf("the slow thread has read the top\n");
    pthread_barrier_wait(&stopped);
    pthread_barrier_wait(&retired);
    printf("the slow thread can read it: %d\n", item->number);
    reclaim_leave(me, outer);
    printf("the slow thread has popped %d\n", pop(me));
    return NULL;
}

int main(void)
{
    pthread_t thread;
    struct reclaim_thread *me;
    pthread_barrier_init(&stopped, NULL, 2);
    pthread_barrier_init(&retired, NULL, 2);
    allocator_counting_init(&counting, allocator_system());
    hazard_init(&hazard, &counting.base, asymmetric_best());
    treiber_stack_init(&stack);
    push(1);
    push(2);
    if (reclaim_join(&hazard.domain, &me) != 0 || pthread_create(&thread, NULL, slow, NULL) != 0)
        return 2;
    pthread_barrier_wait(&stopped);
    printf("the fast thread has popped %d and retired it\n", pop(me));
    printf("collected: %zu nodes\n", reclaim_collect(me));
    pthread_barrier_wait(&retired);
    pthread_join(thread, NULL);
    hazard_fini(&hazard);
    printf("nodes left: %zu\n", allocator_counting_read(&counting).live_blocks);
    return 0;
}
