/* stress_mpmc_ring.c - producers and consumers of random number on rings of random capacity.
 *
 *   stress_mpmc_ring [SEED [ROUNDS]]      about a second; prints the seed
 *
 * A value says which producer made it and its number there, and then says both again, inverted. Every value has to
 * be seen once; each consumer has to see the numbers of one producer in growing order; no value may be torn.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/mpmc_ring.h"
#include "tests/support/stress.h"

enum { ROUNDS = 100, THREADS_MAX = 4, EACH_MAX = 3000 };

struct value {
    uint32_t producer, number, not_producer, not_number;
};

struct round {
    struct mpmc_ring *ring;
    uint32_t producers, each;
    atomic_uint next_producer;
    atomic_uint left; /* values that no consumer has taken upon itself yet */
    atomic_uint wrong;
    atomic_uchar seen[THREADS_MAX][EACH_MAX];
};

static void *produce(void *argument)
{
    struct round *round = argument;
    uint32_t id = atomic_fetch_add(&round->next_producer, 1);
    for (uint32_t number = 0; number < round->each; number++) {
        struct value value = {id, number, ~id, ~number};
        struct backoff backoff = BACKOFF_INIT;
        while (!mpmc_ring_try_push(round->ring, &value))
            backoff_wait(&backoff);
    }
    return NULL;
}

static bool take_one_upon_itself(struct round *round)
{
    uint32_t left = atomic_load(&round->left);
    while (left > 0 && !atomic_compare_exchange_weak(&round->left, &left, left - 1))
        continue;
    return left > 0;
}

static bool is_right(struct round *round, const struct value *value, int64_t *last)
{
    if (value->producer != ~value->not_producer || value->number != ~value->not_number ||
        value->producer >= round->producers || value->number >= round->each)
        return false;
    if (atomic_fetch_add(&round->seen[value->producer][value->number], 1) != 0)
        return false;
    bool grows = value->number > last[value->producer];
    last[value->producer] = value->number;
    return grows;
}

static void *consume(void *argument)
{
    struct round *round = argument;
    int64_t last[THREADS_MAX] = {-1, -1, -1, -1};
    while (take_one_upon_itself(round)) {
        struct value value;
        struct backoff backoff = BACKOFF_INIT;
        while (!mpmc_ring_try_pop(round->ring, &value))
            backoff_wait(&backoff);
        if (!is_right(round, &value, last))
            atomic_fetch_add(&round->wrong, 1);
    }
    return NULL;
}

/* As if tickets up to start had been drawn: they go past their end in the round. */
static void start_at(struct mpmc_ring *ring, uint64_t start)
{
    atomic_store(&ring->tail, start);
    atomic_store(&ring->head, start);
    for (uint64_t ticket = start; ticket != start + ring->mask + 1; ticket++)
        atomic_store(&mpmc_ring_slot(ring, ticket, sizeof(struct value))->sequence, ticket);
}

static uint32_t run_round(uint64_t *random)
{
    static struct round round;
    pthread_t threads[2 * THREADS_MAX];
    uint32_t consumers = 1 + stress_random(random) % THREADS_MAX;
    size_t capacity = (size_t)2 << stress_random(random) % 9;
    round = (struct round){.producers = 1 + stress_random(random) % THREADS_MAX};
    round.each = capacity < 32 ? 200 : EACH_MAX; /* each turn of a small ring costs a wait */
    round.left = round.producers * round.each;
    if (mpmc_ring_create(&round.ring, allocator_system(), capacity, sizeof(struct value)) != 0)
        abort();
    start_at(round.ring, UINT64_MAX - stress_random(random) % round.each);
    for (uint32_t i = 0; i < round.producers + consumers; i++)
        if (pthread_create(&threads[i], NULL, i < round.producers ? produce : consume, &round) != 0)
            abort();
    for (uint32_t i = 0; i < round.producers + consumers; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t id = 0; id < round.producers; id++)
        for (uint32_t number = 0; number < round.each; number++)
            round.wrong += round.seen[id][number] != 1;
    round.wrong += mpmc_ring_count(round.ring) != 0;
    mpmc_ring_destroy(round.ring);
    return round.wrong;
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
