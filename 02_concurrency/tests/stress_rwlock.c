/* stress_rwlock.c - every way in and out of several locks, in every order, with deadlines that pass, by threads that come
 * and go.
 *
 * What a lock protects is two plain words that must agree, which is also what the thread sanitizer looks at. Each
 * write adds one; at the end the words say how many there were.
 *
 *   stress_rwlock [SEED [ROUNDS]]
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/rwlock.h"
#include "tests/support/stress.h"

enum { LOCKS = 3, THREADS = 6, GENERATIONS = 4, ROUNDS = 15000 };

static struct place {
    struct rwlock lock;
    unsigned long count, mirror;
} places[LOCKS];

struct worker {
    pthread_t thread;
    uint64_t random;
    unsigned long writes, reads, refused, errors;
};

static unsigned long rounds;

static void dawdle(struct worker *worker)
{
    uint64_t dice = stress_random(&worker->random);
    for (uint64_t spins = dice % 32; spins > 0; spins--)
        bits_spin_hint();
    if ((dice >> 32) % 256 == 0)
        sched_yield();
}

static void look(struct worker *worker, struct place *place)
{
    worker->errors += place->count != ~place->mirror;
    dawdle(worker);
    worker->errors += place->count != ~place->mirror;
    worker->reads++;
}

static void change(struct worker *worker, struct place *place)
{
    worker->errors += place->count != ~place->mirror;
    place->count++;
    dawdle(worker);
    place->mirror = ~place->count;
    worker->writes++;
}

static uint64_t soon(struct worker *worker)
{
    return deadline_after_ns(stress_random(&worker->random) % (20 * DEADLINE_US));
}

static void read_one(struct worker *worker, struct place *place, uint64_t dice)
{
    int error = 0;
    if (dice % 3 == 0)
        rwlock_read_lock(&place->lock);
    else
        error = rwlock_read_lock_until(&place->lock, dice % 3 == 1 ? 0 : soon(worker));
    if (error) {
        worker->refused++;
        worker->errors += error != -ETIMEDOUT;
        return;
    }
    look(worker, place);
    rwlock_read_unlock(&place->lock);
}

static void write_one(struct worker *worker, struct place *place, uint64_t dice)
{
    int error = 0;
    if (dice % 3 == 0)
        rwlock_write_lock(&place->lock);
    else
        error = rwlock_write_lock_until(&place->lock, dice % 3 == 1 ? 0 : soon(worker));
    if (error) {
        worker->refused++;
        worker->errors += error != -ETIMEDOUT;
        return;
    }
    change(worker, place);
    if (dice % 2) {
        rwlock_downgrade(&place->lock);
        look(worker, place);
        rwlock_read_unlock(&place->lock);
        return;
    }
    rwlock_write_unlock(&place->lock);
}

static void upgrade_one(struct worker *worker, struct place *place, uint64_t dice)
{
    rwlock_read_lock(&place->lock);
    look(worker, place);
    uint64_t deadline_ns = dice % 3 == 0 ? DEADLINE_NEVER : dice % 3 == 1 ? 0 : soon(worker);
    int error = rwlock_upgrade_until(&place->lock, deadline_ns);
    if (error) {
        worker->refused++;
        worker->errors += error != -EDEADLK && (error != -ETIMEDOUT || dice % 3 == 0);
        look(worker, place);
        rwlock_read_unlock(&place->lock);
        return;
    }
    change(worker, place);
    rwlock_write_unlock(&place->lock);
}

/* Two at once, always in the same order; of one column now and then. */
static void read_two(struct worker *worker)
{
    rwlock_read_lock(&places[0].lock);
    rwlock_read_lock(&places[1].lock);
    look(worker, &places[1]);
    rwlock_read_unlock(&places[0].lock);
    look(worker, &places[1]);
    rwlock_read_unlock(&places[1].lock);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned long i = 0; i < rounds; i++) {
        uint64_t dice = stress_random(&worker->random);
        struct place *place = &places[dice % LOCKS];
        unsigned action = (unsigned)(dice >> 40) % 16;
        if (action < 2)
            write_one(worker, place, dice >> 8);
        else if (action < 4)
            upgrade_one(worker, place, dice >> 8);
        else if (action < 6)
            read_two(worker);
        else
            read_one(worker, place, dice >> 8);
    }
    return NULL;
}

static void run_generation(struct worker *workers, uint64_t *random)
{
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].random = stress_fork(random);
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
}

int main(int argc, char **argv)
{
    static struct worker workers[THREADS];
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    unsigned long reads = 0, writes = 0, refused = 0, errors = 0, written = 0;
    rounds = stress.rounds;
    for (unsigned i = 0; i < LOCKS; i++)
        places[i].mirror = ~0ul;
    for (unsigned i = 0; i < GENERATIONS; i++)
        run_generation(workers, &stress.random);
    for (unsigned i = 0; i < THREADS; i++) {
        reads += workers[i].reads;
        writes += workers[i].writes;
        refused += workers[i].refused;
        errors += workers[i].errors;
    }
    for (unsigned i = 0; i < LOCKS; i++) {
        written += places[i].count;
        errors += !rwlock_try_write_lock(&places[i].lock); /* nobody is left inside */
    }
    printf("%lu reads, %lu writes, %lu refused, %lu errors\n", reads, writes, refused, errors);
    return errors != 0 || writes != written;
}
