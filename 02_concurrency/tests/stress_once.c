/* stress_once.c - thousands of things to do once, each needed by several threads at a time, and failing at random.
 *
 *   stress_once [SEED [ROUNDS]]
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/once.h"
#include "tests/support/stress.h"

enum { THREADS = 5, THINGS = 64, ROUNDS = 3000 };

/* value and runs are plain: the once is what orders them. */
struct thing {
    struct once once;
    uint64_t random;
    unsigned long value, runs, failures;
};

static struct thing things[THINGS];
static pthread_barrier_t round_begins, round_ends;
static atomic_ulong errors, failed;
static unsigned long rounds;

static int make(void *argument)
{
    struct thing *thing = argument;
    uint64_t dice = stress_random(&thing->random);
    for (uint64_t spins = dice % 64; spins > 0; spins--)
        bits_spin_hint();
    thing->runs++;
    if ((dice >> 32) % 4 == 0) {
        thing->failures++;
        return -EAGAIN;
    }
    thing->value = 7;
    return 0;
}

static void need(struct thing *thing, uint64_t dice)
{
    int error;
    while ((error = once_run_until(&thing->once, make, thing,
                                   dice % 2 ? DEADLINE_NEVER
                                            : deadline_after_ns(dice % (10 * DEADLINE_US)))))
        if (error == -EAGAIN)
            atomic_fetch_add(&failed, 1);
        else if (error != -ETIMEDOUT || dice % 2)
            atomic_fetch_add(&errors, 1);
    if (thing->value != 7)
        atomic_fetch_add(&errors, 1);
}

static void *work(void *random)
{
    for (unsigned long i = 0; i < rounds; i++) {
        pthread_barrier_wait(&round_begins);
        for (unsigned k = 0; k < THINGS; k++)
            need(&things[k], stress_random(random));
        pthread_barrier_wait(&round_ends);
    }
    return NULL;
}

/* Between two rounds. Returns: how many runs failed. */
static unsigned long check_and_renew(uint64_t *random)
{
    unsigned long failures = 0;
    for (unsigned k = 0; k < THINGS; k++) {
        if (things[k].value && things[k].runs != things[k].failures + 1)
            atomic_fetch_add(&errors, 1);
        failures += things[k].failures;
        things[k] = (struct thing){.random = stress_fork(random)};
    }
    return failures;
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    uint64_t randoms[THREADS];
    unsigned long failures = 0;
    pthread_t threads[THREADS];
    rounds = stress.rounds;
    pthread_barrier_init(&round_begins, NULL, THREADS + 1);
    pthread_barrier_init(&round_ends, NULL, THREADS + 1);
    for (unsigned i = 0; i < THREADS; i++) {
        randoms[i] = stress_fork(&stress.random);
        if (pthread_create(&threads[i], NULL, work, &randoms[i]) != 0)
            abort();
    }
    for (unsigned long i = 0; i < rounds; i++) {
        failures += check_and_renew(&stress.random);
        pthread_barrier_wait(&round_begins);
        pthread_barrier_wait(&round_ends);
    }
    failures += check_and_renew(&stress.random);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    unsigned long wrong = atomic_load(&errors), told = atomic_load(&failed);
    printf("%lu things, %lu failures, each told once: %lu, %lu errors\n", rounds * THINGS, failures,
           told, wrong);
    return wrong != 0 || failures != told;
}
