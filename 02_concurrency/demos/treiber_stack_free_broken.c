/* treiber_stack_free_broken.c - a node is freed while another thread is about to read it.
 *
 * Two threads pop from a stack without locks. The slow one has read which node is on top, and is stopped before it
 * reads the node's next; here by a barrier, in a real program by the scheduler. The fast one pops that node and
 * frees it, as anyone would: it is the owner now. Then the slow one goes on. Without a sanitizer it reads
 * whatever the memory holds by then, swaps it into `top`, and the program goes on for a while.
 * treiber_stack_free_fixed.c is the repair.
 *
 * Usage: demo_treiber_stack_free_broken (built with -fsanitize=address)
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     the slow thread has read the top
 *     the fast thread has popped 2 and freed it
 *     ...
 *     ...ERROR: AddressSanitizer: heap-use-after-free...
 *     ...
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
    struct node *next;
    int number;
};

static _Atomic(struct node *) top;
static pthread_barrier_t stopped, freed;

static void push(int number)
{
    struct node *node = malloc(sizeof(*node));
    if (!node)
        abort();
    node->number = number;
    node->next = atomic_load(&top);
    while (!atomic_compare_exchange_weak(&top, &node->next, node))
        ;
}

static struct node *pop(void (*stop)(void))
{
    struct node *node = atomic_load(&top);
    stop();
    while (node && !atomic_compare_exchange_weak(&top, &node, node->next)) /* the mistake: whose? */
        ;
    return node;
}

static void stop_for_the_other(void)
{
    printf("the slow thread has read the top\n");
    fflush(stdout);
    pthread_barrier_wait(&stopped);
    pthread_barrier_wait(&freed);
}

static void do_not_stop(void)
{
}

static void *slow(void *argument)
{
    (void)argument;
    struct node *node = pop(stop_for_the_other);
    printf("the slow thread has popped %d\n", node->number);
    free(node);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&stopped, NULL, 2);
    pthread_barrier_init(&freed, NULL, 2);
    push(1);
    push(2);
    if (pthread_create(&thread, NULL, slow, NULL) != 0)
        return 2;
    pthread_barrier_wait(&stopped);
    struct node *node = pop(do_not_stop);
    printf("the fast thread has popped %d and freed it\n", node->number);
    fflush(stdout);
    free(node);
    pthread_barrier_wait(&freed);
    pthread_join(thread, NULL);
    return 0;
}
