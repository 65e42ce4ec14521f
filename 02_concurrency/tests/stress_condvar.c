/* stress_condvar.c - a small buffer between many threads, with semaphores on the side.
 *
 *   stress_condvar [SEED [ITEMS]]      about a second; prints the seed
 *
 * Producers and consumers share a buffer of four places: they wait on two condvars, some of them with deadlines of
 * microseconds, and wake by signal or broadcast, with and without the mutex. The same items pass a second pair of
 * stations by semaphores. Each item is counted where it comes out: each has to come out once. A lost wake-up hangs.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/condvar.h"
#include "02_concurrency/semaphore.h"
#include "tests/support/stress.h"

enum { PAIRS = 4, PLACES = 4, ITEMS = 40000 };

struct buffer {
    /* The condvars' way; all guarded by the mutex. */
    struct mutex mutex;
    struct condvar filled, emptied;
    uint64_t places[PLACES];
    size_t first, count;
    /* The semaphores' way. */
    struct semaphore free_places, items, turn;
    uint64_t line[PLACES];
    size_t line_in, line_out; /* guarded by turn */
};

static struct world {
    struct buffer buffer;
    uint64_t item_count; /* of each producer */
    atomic_uchar *seen;  /* of each item: 1 after the condvars, 2 after the semaphores */
    atomic_ulong timeouts, errors;
} world;

struct worker {
    uint64_t random, number;
};

/* relaxed: read after the joins */
static void count(atomic_ulong *what)
{
    atomic_fetch_add_explicit(what, 1, memory_order_relaxed);
}

static void wait_for(struct condvar *condvar, uint64_t dice)
{
    struct mutex *mutex = &world.buffer.mutex;
    if (dice % 4 != 0)
        condvar_wait(condvar, mutex);
    else if (!condvar_wait_until(condvar, mutex, deadline_after_ns((dice >> 8) % 50000)))
        count(&world.timeouts);
}

/* Unlocks. A wake-up may come before or after that. */
static void wake(struct condvar *condvar, uint64_t dice)
{
    bool is_early = dice % 2, is_for_all = dice % 8 < 3;
    if (!is_early)
        mutex_unlock(&world.buffer.mutex);
    if (is_for_all)
        condvar_broadcast(condvar);
    else
        condvar_signal(condvar);
    if (is_early)
        mutex_unlock(&world.buffer.mutex);
}

static void put(uint64_t item, uint64_t *random)
{
    struct buffer *buffer = &world.buffer;
    mutex_lock(&buffer->mutex);
    while (buffer->count == PLACES)
        wait_for(&buffer->emptied, stress_random(random));
    buffer->places[(buffer->first + buffer->count++) % PLACES] = item;
    wake(&buffer->filled, stress_random(random));
}

static uint64_t get(uint64_t *random)
{
    struct buffer *buffer = &world.buffer;
    mutex_lock(&buffer->mutex);
    while (buffer->count == 0)
        wait_for(&buffer->filled, stress_random(random));
    uint64_t item = buffer->places[buffer->first];
    buffer->first = (buffer->first + 1) % PLACES;
    buffer->count--;
    wake(&buffer->emptied, stress_random(random));
    return item;
}

static void wait_semaphore(struct semaphore *semaphore, uint64_t dice)
{
    if (dice % 4 != 0) {
        semaphore_wait(semaphore);
        return;
    }
    while (!semaphore_wait_until(semaphore, deadline_after_ns((dice >> 8) % 50000)))
        count(&world.timeouts);
}

static void post(struct semaphore *semaphore)
{
    if (semaphore_post(semaphore) != 0)
        count(&world.errors);
}

static void send(uint64_t item, uint64_t *random)
{
    struct buffer *buffer = &world.buffer;
    wait_semaphore(&buffer->free_places, stress_random(random));
    semaphore_wait(&buffer->turn);
    buffer->line[buffer->line_in++ % PLACES] = item;
    post(&buffer->turn);
    post(&buffer->items);
}

static uint64_t receive(uint64_t *random)
{
    struct buffer *buffer = &world.buffer;
    wait_semaphore(&buffer->items, stress_random(random));
    semaphore_wait(&buffer->turn);
    uint64_t item = buffer->line[buffer->line_out++ % PLACES];
    post(&buffer->turn);
    post(&buffer->free_places);
    return item;
}

static void see(uint64_t item, unsigned char before)
{
    if (item >= PAIRS * world.item_count ||
        atomic_exchange_explicit(&world.seen[item], before + 1, memory_order_relaxed) != before)
        count(&world.errors);
}

static void *produce(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < world.item_count; i++)
        put(worker->number * world.item_count + i, &worker->random);
    return NULL;
}

static void *pass_on(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < world.item_count; i++) {
        uint64_t item = get(&worker->random);
        see(item, 0);
        send(item, &worker->random);
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < world.item_count; i++)
        see(receive(&worker->random), 1);
    return NULL;
}

static void run(uint64_t random)
{
    static void *(*const roles[])(void *) = {produce, pass_on, consume};
    static struct worker workers[3 * PAIRS];
    pthread_t threads[3 * PAIRS];
    for (uint64_t i = 0; i < 3 * PAIRS; i++) {
        workers[i] = (struct worker){stress_fork(&random), i / 3};
        if (pthread_create(&threads[i], NULL, roles[i % 3], &workers[i]) != 0)
            abort();
    }
    for (int i = 0; i < 3 * PAIRS; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, ITEMS);
    world.item_count = stress.rounds / PAIRS;
    world.seen = calloc(PAIRS * world.item_count, sizeof(*world.seen));
    if (!world.seen || semaphore_init(&world.buffer.free_places, PLACES) != 0 ||
        semaphore_init(&world.buffer.turn, 1) != 0)
        abort();
    run(stress.random);
    unsigned long out = 0;
    for (uint64_t i = 0; i < PAIRS * world.item_count; i++)
        out += world.seen[i] == 2;
    printf("items %llu, out %lu, timeouts %lu, errors %lu\n",
           (unsigned long long)(PAIRS * world.item_count), out, world.timeouts, world.errors);
    mutex_fini(&world.buffer.mutex);
    condvar_fini(&world.buffer.filled);
    condvar_fini(&world.buffer.emptied);
    free(world.seen);
    return world.errors || out != PAIRS * world.item_count;
}
