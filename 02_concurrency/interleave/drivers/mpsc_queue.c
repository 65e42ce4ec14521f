/* mpsc_queue.c - two producers push one and two, the consumer pops all three: each once, a producer's own in order.
 *
 * Run: => complete:
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/mpsc_queue.h"
#include "07_unsafe/list.h"

struct message {
    struct mpsc_queue_node node;
    int number;
};

static struct mpsc_queue queue;
/* What stands in a node before it is pushed is what its last queue left there: whoever follows that is lost. */
static struct message lost = {.number = -1};
static struct message messages[3] = {
    {.node = {&lost.node}}, {.node = {&lost.node}}, {.node = {&lost.node}}};

static void push(int number)
{
    messages[number].number = number;
    mpsc_queue_push(&queue, &messages[number].node);
}

static void *push_one(void *argument)
{
    push(0);
    return argument;
}

static void *push_two(void *argument)
{
    push(1);
    push(2);
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    int seen = 0;
    mpsc_queue_init(&queue);
    pthread_create(&threads[0], NULL, push_one, NULL);
    pthread_create(&threads[1], NULL, push_two, NULL);
    while (seen != 7) {
        struct mpsc_queue_node *node;
        if (mpsc_queue_try_pop(&queue, &node) != MPSC_QUEUE_POPPED)
            continue;
        int number = container_of(node, struct message, node)->number;
        memset(node, 0, sizeof(*node)); /* it is ours: nobody may be about to write its link */
        if (number < 0 || seen & 1 << number)
            abort();
        if (number == 2 && !(seen & 1 << 1))
            abort();
        seen |= 1 << number;
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
