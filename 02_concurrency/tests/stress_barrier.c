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
#include "tests/support/stress.h"

enum { PARTIES = 5, ROUNDS = 4000 };

static struct barrier barrier;
static unsigned long places[PARTIES]; /* plain: the barrier is what orders them */
static atomic_ulong last_count, gave_up, errors;
static unsigned long rounds;

struct worker {
    pthread_t thread;
    unsigned id;
    uint64_t random;
};

static void pass(struct worker *worker)
{
    int result = -ETIMEDOUT;
    if (stress_random(&worker->random) % 4 != 0) {
        result = barrier_wait(&barrier);
    } else {
        do {
            result = barrier_wait_until(
                &barrier, deadline_after_ns(stress_random(&worker->random) % (50 * DEADLINE_US)));
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
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    rounds = stress.rounds;
    if (barrier_init(&barrier, PARTIES) != 0)
        return 1;
    for (unsigned i = 0; i < PARTIES; i++) {
        workers[i].id = i;
        workers[i].random = stress_fork(&stress.random);
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
