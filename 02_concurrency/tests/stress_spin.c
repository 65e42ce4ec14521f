/* stress_spin.c - more threads than cores take the four locks in turn, hold them for random times, and are put aside
 * while they hold one.
 *
 * What a lock protects is two plain words that must agree, which is also what the thread sanitizer looks at.
 *
 *   stress_spin [SEED [ROUNDS]]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/spin.h"
#include "tests/support/stress.h"

enum { THREADS = 6, KINDS = 5, ROUNDS = 10000 };

struct shared {
    unsigned long count, mirror;
};

struct worker {
    pthread_t thread;
    uint64_t random;
    struct spin_mcs_node mcs;
    struct spin_clh_node first, *clh;
    unsigned long taken[KINDS], errors;
};

static struct spin_tas tas;
static struct spin_ttas ttas;
static struct spin_ticket ticket;
static struct spin_mcs mcs;
static struct spin_clh clh;
static struct shared shared[KINDS];
static struct worker workers[THREADS]; /* clh nodes wander: they outlive their threads */
static unsigned long rounds;

static void hold(struct worker *worker, unsigned kind)
{
    struct shared *mine = &shared[kind];
    worker->errors += mine->count != ~mine->mirror;
    mine->count++;
    for (uint64_t spins = stress_random(&worker->random) % 64; spins > 0; spins--)
        bits_spin_hint();
    if (stress_random(&worker->random) % 512 == 0)
        sched_yield(); /* with the lock held */
    mine->mirror = ~mine->count;
    worker->taken[kind]++;
}

static void take_one(struct worker *worker, unsigned kind)
{
    switch (kind) {
    case 0:
        spin_tas_lock(&tas);
        hold(worker, kind);
        spin_tas_unlock(&tas);
        break;
    case 1:
        spin_ttas_lock(&ttas);
        hold(worker, kind);
        spin_ttas_unlock(&ttas);
        break;
    case 2:
        spin_ticket_lock(&ticket);
        hold(worker, kind);
        spin_ticket_unlock(&ticket);
        break;
    case 3:
        spin_mcs_lock(&mcs, &worker->mcs);
        hold(worker, kind);
        spin_mcs_unlock(&mcs, &worker->mcs);
        break;
    default:
        spin_clh_lock(&clh, worker->clh);
        hold(worker, kind);
        worker->clh = spin_clh_unlock(worker->clh);
        break;
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned long i = 0; i < rounds; i++)
        take_one(worker, (unsigned)(stress_random(&worker->random) % KINDS));
    return NULL;
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    unsigned long errors = 0;
    rounds = stress.rounds;
    spin_clh_init(&clh);
    for (unsigned kind = 0; kind < KINDS; kind++)
        shared[kind].mirror = ~0ul;
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].random = stress_fork(&stress.random);
        workers[i].clh = &workers[i].first;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        errors += workers[i].errors;
    }
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (unsigned i = 0; i < THREADS; i++)
            shared[kind].count -= workers[i].taken[kind];
        errors += shared[kind].count != 0;
    }
    printf("%lu rounds by each of %d threads, %lu errors\n", rounds, THREADS, errors);
    return errors != 0;
}
