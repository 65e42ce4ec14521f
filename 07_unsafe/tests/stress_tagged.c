/* stress_tagged.c - a Treiber stack whose nodes go round and round: the place where ABA lives.
 *
 * Threads pop a few nodes and push them back in another order, for ever the same few nodes. A node
 * that is lost, or that two threads hold at once, is what a counter that did not count would show
 * (try it: without `+ 1` this fails within the first thousand rounds).
 * The threads also exchange a pair whose halves must always agree, read whole by load. A plain
 * program, so that it runs under qemu-user too (tests/cross.sh). Prints its seed; takes one.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "07_unsafe/tagged.h"

enum { THREADS = 4, NODES = 16, ROUNDS = 10000, HELD_MAX = 3 };

struct node {
    struct node *_Atomic next;
    atomic_uint held;
};

static struct node nodes[NODES];
static struct tagged_pair top, twins;
static atomic_uint errors;
static unsigned seed = 20260111;

static void push(struct node *node)
{
    struct tagged_pair expected = tagged_pair_guess(&top);
    do /* relaxed: published by the exchange */
        atomic_store_explicit(&node->next, expected.pointer, memory_order_relaxed);
    while (!tagged_pair_compare_exchange(&top, &expected,
                                         (struct tagged_pair){node, expected.count + 1}));
}

static struct node *pop(bool dawdle)
{
    struct tagged_pair expected = tagged_pair_guess(&top), desired;
    do {
        struct node *node = expected.pointer;
        if (!node)
            return NULL;
        /* relaxed: perhaps no longer on top; then the exchange fails, and the value is not used */
        desired.pointer = atomic_load_explicit(&node->next, memory_order_relaxed);
        desired.count = expected.count + 1;
        if (dawdle) /* here others have to come in between, or nothing is tested */
            sched_yield();
    } while (!tagged_pair_compare_exchange(&top, &expected, desired));
    return expected.pointer;
}

static void step_twins(void)
{
    struct tagged_pair seen = tagged_pair_load(&twins);
    if ((uintptr_t)seen.pointer != ~seen.count)
        atomic_fetch_add(&errors, 1);
    tagged_pair_compare_exchange(&twins, &seen,
                                 (struct tagged_pair){(void *)~(seen.count + 1), seen.count + 1});
}

static void *work(void *argument)
{
    unsigned state = seed + (unsigned)(uintptr_t)argument;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct node *held[HELD_MAX];
        unsigned count = 0, wanted = 1 + (unsigned)rand_r(&state) % HELD_MAX;
        while (count < wanted && (held[count] = pop(rand_r(&state) % 4 == 0)))
            if (atomic_fetch_add(&held[count++]->held, 1) != 0)
                atomic_fetch_add(&errors, 1);  /* somebody else holds it too */
        for (unsigned i = 0; i < count; i++) { /* the first popped is pushed first: A, B, A */
            atomic_fetch_sub(&held[i]->held, 1);
            push(held[i]);
        }
        step_twins();
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    unsigned left = 0, started = 0;
    if (argc > 1)
        seed = (unsigned)strtoul(argv[1], NULL, 10);
    printf("seed %u\n", seed);
    twins = (struct tagged_pair){(void *)~(uintptr_t)0, 0};
    for (unsigned i = 0; i < NODES; i++)
        push(&nodes[i]);
    while (started < THREADS &&
           pthread_create(&threads[started], NULL, work, (void *)(uintptr_t)started) == 0)
        started++;
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    while (left <= NODES && pop(false)) /* a broken stack may be a ring */
        left++;
    unsigned wrong = atomic_load(&errors);
    printf("%u threads, %u of %u nodes are there, %u errors\n", started, left, NODES, wrong);
    return started == THREADS && left == NODES && !wrong ? 0 : 1;
}
