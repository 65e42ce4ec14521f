/* stress_mutex.c - threads lock, try, give up and free mutexes, all at once.
 *
 *   stress_mutex [SEED [ROUNDS]]      about a second; prints the seed
 *
 * Each mutex guards two plain counters that are equal whenever it is free, and a mark of who is inside. Two threads
 * inside at once see a foreign mark, or lose a count; a forgotten waiter hangs. Some waits give up within
 * microseconds, on both sides of being woken. Other objects are freed by whoever unlocks them last, while another
 * thread may be in its unlock of it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/mutex.h"
#include "tests/support/stress.h"

enum { THREADS = 8, CELLS = 3, ROUNDS = 200000 };

struct cell {
    struct mutex mutex;
    unsigned long here, there; /* guarded by mutex */
    unsigned inside;           /* 0, or the number of a thread */
};

/* For two users; the last one frees it. */
struct shared {
    struct mutex mutex;
    int users; /* guarded by mutex */
};

struct world {
    struct cell cells[CELLS];
    _Atomic(struct shared *) shared;
    uint64_t rounds;
    atomic_ulong counted, given_up, freed, errors;
};

struct worker {
    struct world *world;
    uint64_t random;
    unsigned number;
};

/* relaxed: read after the joins */
static void count(atomic_ulong *what)
{
    atomic_fetch_add_explicit(what, 1, memory_order_relaxed);
}

static bool enter(struct mutex *mutex, uint64_t dice)
{
    switch (dice % 4) {
    case 0:
        return mutex_try_lock(mutex);
    case 1:
        return mutex_lock_until(mutex, deadline_after_ns((dice >> 8) % 100000));
    default:
        mutex_lock(mutex);
        return true;
    }
}

static void linger(uint64_t dice)
{
    for (volatile unsigned turns = (dice >> 16) % 64 == 0 ? 20000 : (dice >> 16) % 32; turns > 0;)
        turns--;
}

static void use_cell(struct worker *worker, uint64_t dice)
{
    struct world *world = worker->world;
    struct cell *cell = &world->cells[(dice >> 40) % CELLS];
    if (!enter(&cell->mutex, dice)) {
        count(&world->given_up);
        return;
    }
    if (cell->inside != 0 || cell->here != cell->there)
        count(&world->errors);
    cell->inside = worker->number;
    cell->here++;
    linger(dice);
    cell->there++;
    if (cell->inside != worker->number)
        count(&world->errors);
    cell->inside = 0;
    mutex_unlock(&cell->mutex);
    count(&world->counted);
}

/* Two threads meet at an object, and the one that leaves last frees it. */
static void meet(struct worker *worker)
{
    struct world *world = worker->world;
    struct shared *mine = calloc(1, sizeof(*mine)), *none = NULL;
    if (!mine)
        abort();
    mutex_init(&mine->mutex);
    mine->users = 2;
    /* acq_rel: pairs with the exchange of the one that comes second; it sees the object made */
    if (!atomic_compare_exchange_strong_explicit(&world->shared, &none, mine, memory_order_acq_rel,
                                                 memory_order_relaxed)) {
        mutex_fini(&mine->mutex);
        free(mine);
        /* acquire: pairs with the one that made it */
        mine = atomic_exchange_explicit(&world->shared, NULL, memory_order_acquire);
        if (!mine)
            return;
    }
    mutex_lock(&mine->mutex);
    bool is_last = --mine->users == 0;
    mutex_unlock(&mine->mutex);
    if (is_last) {
        mutex_fini(&mine->mutex);
        free(mine);
        count(&world->freed);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < worker->world->rounds; i++) {
        uint64_t dice = stress_random(&worker->random);
        if (dice >> 60 == 0)
            meet(worker);
        else
            use_cell(worker, dice);
    }
    return NULL;
}

static unsigned long sum_up(struct world *world)
{
    unsigned long sum = 0;
    for (int i = 0; i < CELLS; i++) {
        sum += world->cells[i].here;
        if (world->cells[i].here != world->cells[i].there)
            count(&world->errors);
        mutex_fini(&world->cells[i].mutex);
    }
    free(atomic_load(&world->shared));
    return sum;
}

int main(int argc, char **argv)
{
    static struct world world;
    static struct worker workers[THREADS];
    pthread_t threads[THREADS];
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    world.rounds = stress.rounds;
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){&world, stress_fork(&stress.random), i + 1};
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            abort();
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    unsigned long sum = sum_up(&world);
    printf("counted %lu, by the cells %lu, given up %lu, freed %lu, errors %lu\n", world.counted,
           sum, world.given_up, world.freed, world.errors);
    return world.errors || sum != world.counted || world.given_up == 0 || world.freed == 0;
}
