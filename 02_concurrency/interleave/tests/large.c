/* large.c - a search that does not end in a day, for what must hold all that day: memory that does not grow, and its pace.
 * Five threads push nodes from the heap and take nodes off again, under a lock and without, so that there are new
 * addresses, new places of old addresses, waits, and choices of each kind.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 5 };

struct node {
    struct node *next;
    atomic_int value;
};

static _Atomic(struct node *) top;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void push(void)
{
    struct node *node = malloc(sizeof(*node));
    atomic_init(&node->value, 1);
    node->next = atomic_load_explicit(&top, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&top, &node->next, node, memory_order_release,
                                                  memory_order_relaxed))
        ;
}

static void *run(void *argument)
{
    push();
    pthread_mutex_lock(&mutex);
    count++;
    pthread_mutex_unlock(&mutex);
    struct node *all = atomic_exchange_explicit(&top, NULL, memory_order_acquire);
    while (all) {
        struct node *next = all->next;
        atomic_fetch_sub_explicit(&all->value, 1, memory_order_relaxed);
        free(all);
        all = next;
    }
    return argument;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int thread = 0; thread < THREADS; thread++)
        pthread_create(&threads[thread], NULL, run, NULL);
    for (int thread = 0; thread < THREADS; thread++)
        pthread_join(threads[thread], NULL);
    return count == THREADS ? 0 : 1;
}
