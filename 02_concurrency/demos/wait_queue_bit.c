/* wait_queue_bit.c - a lock in two bits of a byte that has other things in it.
 *
 * Sixty lines make a lock that sleeps, in any object that has two bits to spare: the queue is elsewhere. Here a tree's
 * node keeps its colour in the same byte. (02_concurrency/mutex.h is this with fairness, and a cheaper unlock.)
 *
 *   wait_queue_bit
 *
 * Expected output:
 *     8 threads, 1000 steps each: 8000
 *     the node is still red
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "02_concurrency/wait_queue.h"

enum { RED = 1, LOCKED = 2, PARKED = 4, THREADS = 8, STEPS = 1000 };

static struct node {
    _Atomic(unsigned char) bits;
    int steps; /* guarded by LOCKED */
} node = {RED, 0};

/* With the queue locked. It is LOCKED when PARKED is set, so an unlock is sure to come and see that. */
static bool say_parked(void *context)
{
    struct node *at = context;
    unsigned char bits = atomic_load(&at->bits);
    while (bits & LOCKED)
        if (atomic_compare_exchange_weak(&at->bits, &bits, bits | PARKED))
            return true;
    return false;
}

static void node_lock(struct node *at)
{
    struct wait_queue_park how = {.validate = say_parked, .context = at};
    while (atomic_fetch_or(&at->bits, LOCKED) & LOCKED)
        wait_queue_park(at, &how, DEADLINE_NEVER, NULL);
}

/* With the queue locked. */
static uintptr_t free_it(const struct wait_queue_result *result, void *context)
{
    struct node *at = context;
    atomic_fetch_and(&at->bits, result->have_more ? ~LOCKED : ~(LOCKED | PARKED));
    return 0;
}

static void node_unlock(struct node *at)
{
    unsigned char bits = atomic_load(&at->bits);
    while (!(bits & PARKED))
        if (atomic_compare_exchange_weak(&at->bits, &bits, (unsigned char)(bits & ~LOCKED)))
            return;
    wait_queue_unpark_one(at, free_it, at);
}

static void *step(void *unused)
{
    (void)unused;
    for (int i = 0; i < STEPS; i++) {
        node_lock(&node);
        node.steps++;
        node_unlock(&node);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, step, NULL) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%d threads, %d steps each: %d\n", THREADS, STEPS, node.steps);
    printf("the node is %s\n", atomic_load(&node.bits) == RED ? "still red" : "broken");
    return node.steps != THREADS * STEPS;
}
