/* stress_barrier.c - rounds in which some arrive with a deadline and give up, and come again.
 *
 * Each round every thread adds to a plain sum before the barrier, under no lock: its own place. Behind it everybody has to see
 * the same total, and one of them is the last.
 *
 *   stress_barrier [SEED [ROUNDS]]
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/barrier.h"

enum { PARTIES = 5, ROUNDS = 4000 };

static struct barrier barrier;
static unsigned long places[PARTIES]; /* plain: the barrier is what orders them */
static atomic_ulong last_count, gave_up, errors;
static unsigned long rounds = ROUNDS;

struct worker {
    pthread_t thread;
    unsigned id;
    uint64_t random;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static void pass(struct worker *worker)
{
    int result = -ETIMEDOUT;
    if (next_random(&worker->random) % 4 != 0) {
        result = barrier_wait(&barrier);
    } else {
        do {
            result = barrier_wait_until(
                &barrier, deadline_after_ns(next_random(&worker->random) % (50 * DEADLINE_US)));
            atomic_fetch_add(&gave_up, result == -ETIMEDOUT);
        } while (result == -ETIMEDOUT);
    }
    atomic_fetch_add(&last_count, result == 1);
    atomic_fetch_add(&errors, result < 0);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned long i = 0; i < rounds; i++) {
        places[worker->id] = i * PARTIES + worker->id;
        pass(worker);
        for (unsigned k = 0; k < PARTIES; k++)
            if (places[k] != i * PARTIES + k)
                atomic_fetch_add(&errors, 1);
        pass(worker); /* nobody writes the next round's before all have looked */
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct worker workers[PARTIES];
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    uint64_t random = seed * 2 + 1;
    if (argc > 2)
        rounds = strtoul(argv[2], NULL, 10);
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    if (barrier_init(&barrier, PARTIES) != 0)
        return 1;
    for (unsigned i = 0; i < PARTIES; i++) {
        workers[i].id = i;
        workers[i].random = next_random(&random) | 1;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < PARTIES; i++)
        pthread_join(workers[i].thread, NULL);
    unsigned long wrong = atomic_load(&errors), last = atomic_load(&last_count);
    printf("%lu rounds, %lu last ones, %lu gave up, %lu errors\n", 2 * rounds, last,
           atomic_load(&gave_up), wrong);
    return wrong != 0 || last != 2 * rounds;
}
