/* stress_spsc_ring.c - two threads, every way to push against every way to pop, drawn at random.
 *
 *   stress_spsc_ring [SEED [ROUNDS]]      about a second; prints the seed
 *
 * A round is a ring of a random capacity and element size whose counters start shortly before their end, and
 * up to some thousand elements, numbered, each filled with its number. The consumer has to find every number once,
 * in order, and every byte of an element of the same number.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/spsc_ring.h"
#include "tests/support/stress.h"

enum { ROUNDS = 200, WORDS_MAX = 5, BATCH_MAX = 40 };

struct round {
    struct spsc_ring *ring;
    size_t words;      /* of 8 bytes, in an element */
    uint64_t elements; /* a few for small rings: each turn of those costs a wait */
    uint64_t producer_random, consumer_random, wrong;
};

static void fill(uint64_t *words, size_t elements, size_t words_each, uint64_t number)
{
    for (size_t i = 0; i < elements * words_each; i++)
        words[i] = number + i / words_each;
}

static uint64_t count_wrong(const uint64_t *words, size_t elements, size_t words_each,
                            uint64_t number)
{
    uint64_t wrong = 0;
    for (size_t i = 0; i < elements * words_each; i++)
        wrong += words[i] != number + i / words_each;
    return wrong;
}

/* Push some, in one of three ways. Returns: how many. */
static size_t push_some(struct round *round, uint64_t number, size_t wanted, unsigned way)
{
    uint64_t words[BATCH_MAX * WORDS_MAX];
    size_t count;
    if (way == 0) {
        fill(words, 1, round->words, number);
        return spsc_ring_try_push(round->ring, words);
    }
    if (way == 1) {
        fill(words, wanted, round->words, number);
        return spsc_ring_push_many(round->ring, words, wanted);
    }
    uint64_t *span = spsc_ring_reserve(round->ring, wanted, &count);
    if (!span)
        return 0;
    count -= count > 1 && way == 3; /* commit less than was reserved */
    fill(span, count, round->words, number);
    spsc_ring_commit(round->ring, count);
    return count;
}

static size_t pop_some(struct round *round, uint64_t number, size_t wanted, unsigned way)
{
    uint64_t words[BATCH_MAX * WORDS_MAX];
    size_t count;
    if (way < 2) {
        count = way == 0 ? spsc_ring_try_pop(round->ring, words)
                         : spsc_ring_pop_many(round->ring, words, wanted);
        round->wrong += count_wrong(words, count, round->words, number);
        return count;
    }
    const uint64_t *span = spsc_ring_peek(round->ring, wanted, &count);
    if (!span)
        return 0;
    count -= count > 1 && way == 3;
    round->wrong += count_wrong(span, count, round->words, number);
    spsc_ring_release(round->ring, count);
    return count;
}

typedef size_t (*some_fn)(struct round *round, uint64_t number, size_t wanted, unsigned way);

static void work(struct round *round, uint64_t *random, some_fn some)
{
    struct backoff backoff = BACKOFF_INIT;
    for (uint64_t done = 0; done < round->elements;) {
        uint64_t dice = stress_random(random);
        size_t wanted = 1 + dice % BATCH_MAX, left = round->elements - done;
        size_t count = some(round, done, wanted < left ? wanted : left, (unsigned)(dice >> 60) % 4);
        done += count;
        if (count > 0)
            backoff_reset(&backoff);
        else
            backoff_wait(&backoff);
    }
}

static void *produce(void *argument)
{
    struct round *round = argument;
    work(round, &round->producer_random, push_some);
    return NULL;
}

static uint64_t run_round(uint64_t *random)
{
    struct round round = {.words = 1 + stress_random(random) % WORDS_MAX,
                          .producer_random = stress_fork(random),
                          .consumer_random = stress_fork(random)};
    size_t capacity = (size_t)1 << stress_random(random) % 10;
    round.elements = 200 + 20 * capacity;
    uint64_t start = UINT64_MAX - stress_random(random) % round.elements;
    pthread_t producer;
    if (spsc_ring_create(&round.ring, allocator_system(), capacity, round.words * 8) != 0)
        abort();
    round.ring->tail_limit += start;
    round.ring->head_seen += start;
    round.ring->head_limit += start;
    atomic_store(&round.ring->tail, start);
    atomic_store(&round.ring->head, start);
    if (pthread_create(&producer, NULL, produce, &round) != 0)
        abort();
    work(&round, &round.consumer_random, pop_some);
    pthread_join(producer, NULL);
    round.wrong += spsc_ring_count(round.ring);
    spsc_ring_destroy(round.ring);
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
