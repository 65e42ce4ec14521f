/* stress_seqlock.c - writers of random values in several seqlocks, readers that check every copy they are given.
 *
 * A value is a random number and words that are made from it: a copy of two halves is noticed. Readers also
 * look that the sequence never goes back.
 *
 *   stress_seqlock [SEED [ROUNDS]]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/seqlock.h"
#include "tests/support/stress.h"

enum { LOCKS = 2, WRITERS = 2, READERS = 3, WORDS = 9, ROUNDS = 40000 };

static struct place {
    struct seqlock lock;
    SEQLOCK_WORDS(words, WORDS * sizeof(uint64_t));
} places[LOCKS];

struct worker {
    pthread_t thread;
    uint64_t random;
    unsigned long accepted, refused, errors;
};

static atomic_uint writers_left;
static unsigned long rounds;

static void fill(uint64_t *value, uint64_t number)
{
    for (unsigned i = 0; i < WORDS; i++)
        value[i] = number * (2 * i + 1) + i;
}

static void *write_many(void *argument)
{
    struct worker *worker = argument;
    for (unsigned long i = 0; i < rounds; i++) {
        uint64_t value[WORDS], random = stress_random(&worker->random);
        struct place *place = &places[random % LOCKS];
        fill(value, random);
        seqlock_write(&place->lock, place->words, value, sizeof(value));
        for (uint64_t spins = random >> 32 & 63; spins > 0; spins--)
            bits_spin_hint();
    }
    atomic_fetch_sub(&writers_left, 1);
    return NULL;
}

static void read_one(struct worker *worker, struct place *place, uint64_t *last)
{
    uint64_t value[WORDS], expected[WORDS];
    uint64_t sequence = seqlock_read_begin(&place->lock);
    worker->errors += sequence % 2 || sequence < *last;
    *last = sequence;
    seqlock_load(value, place->words, sizeof(value));
    if (!seqlock_read_is_valid(&place->lock, sequence)) {
        worker->refused++;
        return;
    }
    fill(expected, value[0]);
    worker->errors += memcmp(value, expected, sizeof(value)) != 0;
    worker->accepted++;
}

static void *read_many(void *argument)
{
    struct worker *worker = argument;
    uint64_t last[LOCKS] = {0};
    do {
        uint64_t which = stress_random(&worker->random) % LOCKS;
        read_one(worker, &places[which], &last[which]);
    } while (atomic_load(&writers_left));
    return NULL;
}

int main(int argc, char **argv)
{
    static struct worker workers[WRITERS + READERS];
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    uint64_t value[WORDS];
    unsigned long accepted = 0, refused = 0, errors = 0;
    rounds = stress.rounds;
    fill(value, 0);
    for (unsigned i = 0; i < LOCKS; i++)
        seqlock_write(&places[i].lock, places[i].words, value, sizeof(value));
    atomic_store(&writers_left, WRITERS);
    for (unsigned i = 0; i < WRITERS + READERS; i++) {
        workers[i].random = stress_fork(&stress.random);
        if (pthread_create(&workers[i].thread, NULL, i < WRITERS ? write_many : read_many,
                           &workers[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < WRITERS + READERS; i++) {
        pthread_join(workers[i].thread, NULL);
        accepted += workers[i].accepted;
        refused += workers[i].refused;
        errors += workers[i].errors;
    }
    printf("%lu writes, %lu reads accepted, %lu refused, %lu errors\n", rounds * WRITERS, accepted,
           refused, errors);
    return errors != 0;
}
