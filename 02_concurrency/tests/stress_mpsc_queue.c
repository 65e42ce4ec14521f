/* stress_mpsc_queue.c - producers of random number and pace, one consumer, nodes that are freed as soon as popped.
 *
 *   stress_mpsc_queue [SEED [ROUNDS]]      about a second; prints the seed
 *
 * Producers yield now and then, so that the queue runs empty and fills again, and the stub goes in and out. Every value
 * has to be seen once, in its producer's order; EMPTY may not be said while pushes that have returned were not popped.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/mpsc_queue.h"
#include "07_unsafe/list.h"
#include "tests/support/stress.h"

enum { ROUNDS = 60, THREADS_MAX = 4, EACH = 3000 };

struct item {
    uint32_t producer, number;
    struct mpsc_queue_node node;
};

struct round {
    struct mpsc_queue queue;
    uint64_t random;
    atomic_uint next_producer, pushed;
};

static void *produce(void *argument)
{
    struct round *round = argument;
    uint32_t id = atomic_fetch_add(&round->next_producer, 1);
    uint64_t random = (round->random + id) | 1, pace = 1 + stress_random(&random) % 100;
    for (uint32_t number = 0; number < EACH; number++) {
        struct item *item = malloc(sizeof(*item));
        if (!item)
            abort();
        item->producer = id;
        item->number = number;
        mpsc_queue_push(&round->queue, &item->node);
        atomic_fetch_add(&round->pushed, 1);
        if (stress_random(&random) % pace == 0)
            sched_yield();
    }
    return NULL;
}

/* Pop all. Returns: how many answers were wrong. */
static uint32_t consume(struct round *round, uint32_t producers)
{
    uint32_t next[THREADS_MAX] = {0}, wrong = 0, popped = 0;
    struct backoff backoff = BACKOFF_INIT;
    while (popped < producers * EACH) {
        struct mpsc_queue_node *node;
        uint32_t pushed = atomic_load(&round->pushed); /* these have returned */
        enum mpsc_queue_result result = mpsc_queue_try_pop(&round->queue, &node);
        if (result != MPSC_QUEUE_POPPED) {
            wrong += result == MPSC_QUEUE_EMPTY && pushed > popped;
            backoff_wait(&backoff);
            continue;
        }
        struct item *item = container_of(node, struct item, node);
        wrong += item->number != next[item->producer]++;
        popped++;
        free(item);
        backoff_reset(&backoff);
    }
    return wrong;
}

static uint32_t run_round(uint64_t *random)
{
    static struct round round;
    pthread_t threads[THREADS_MAX];
    uint32_t producers = 1 + stress_random(random) % THREADS_MAX;
    mpsc_queue_init(&round.queue);
    round.random = stress_random(random);
    round.next_producer = 0;
    round.pushed = 0;
    for (uint32_t i = 0; i < producers; i++)
        if (pthread_create(&threads[i], NULL, produce, &round) != 0)
            abort();
    uint32_t wrong = consume(&round, producers);
    for (uint32_t i = 0; i < producers; i++)
        pthread_join(threads[i], NULL);
    struct mpsc_queue_node *none;
    return wrong + (mpsc_queue_try_pop(&round.queue, &none) != MPSC_QUEUE_EMPTY);
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    uint64_t wrong = 0;
    for (unsigned long i = 0; i < stress.rounds; i++)
        wrong += run_round(&stress.random);
    printf("%lu rounds, %" PRIu64 " wrong\n", stress.rounds, wrong);
    return wrong != 0;
}
