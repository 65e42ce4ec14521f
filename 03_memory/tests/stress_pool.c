/* stress_pool.c - threads that allocate, free each other's objects, trim and end, all at once.
 *
 *   stress_pool [SEED]      about two seconds; prints the seed
 *
 * Every object carries who has it: a thread writes its mark when it takes an object and finds it
 * whole when it frees it, its own or another's. An object that two threads were given at once, or
 * that was cut short, has the wrong mark. In the end nothing is in use, everything constructed has
 * been destructed, and the allocator below has all its memory back.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "03_memory/pool.h"
#include "tests/support/stress.h"

enum { THREADS = 4, SHELF = 64, HELD = 300, OPERATIONS = 20000, SECONDS = 2, POOLS = 3 };
enum { BRIEF_POOLS = 300 };

struct object {
    uint64_t made; /* MADE_MARK while constructed */
    uint64_t owner, serial, check;
};
#define MADE_MARK UINT64_C(0x6d61646521)

/* Each shelf is a place where a thread leaves an object for whoever comes next. */
struct world {
    struct pool pools[POOLS];
    _Atomic(struct object *) shelves[POOLS][SHELF];
    atomic_ulong constructed, destructed, errors;
};

struct worker {
    struct world *world;
    uint64_t random, id;
    struct object *held[POOLS][HELD];
    size_t count[POOLS];
};

static int make(void *object, void *context)
{
    struct world *world = context;
    ((struct object *)object)->made = MADE_MARK;
    /* relaxed, as all counts here: read after the joins */
    atomic_fetch_add_explicit(&world->constructed, 1, memory_order_relaxed);
    return 0;
}

static void unmake(void *object, void *context)
{
    struct world *world = context;
    if (((struct object *)object)->made != MADE_MARK)
        atomic_fetch_add_explicit(&world->errors, 1, memory_order_relaxed);
    ((struct object *)object)->made = 0;
    atomic_fetch_add_explicit(&world->destructed, 1, memory_order_relaxed);
}

static void give(struct world *world, size_t which, struct object *object)
{
    if (object->made != MADE_MARK || object->check != (object->owner ^ object->serial))
        atomic_fetch_add_explicit(&world->errors, 1, memory_order_relaxed);
    object->check = ~object->check; /* wrong until it is taken anew */
    pool_free(&world->pools[which], object);
}

static void take_one(struct worker *worker, size_t which)
{
    struct object *object = pool_alloc(&worker->world->pools[which]);
    if (!object || object->made != MADE_MARK) {
        atomic_fetch_add_explicit(&worker->world->errors, 1, memory_order_relaxed);
        return;
    }
    object->owner = worker->id;
    object->serial = stress_random(&worker->random);
    object->check = object->owner ^ object->serial;
    worker->held[which][worker->count[which]++] = object;
}

static struct object *drop_one(struct worker *worker, size_t which)
{
    size_t at = stress_random(&worker->random) % worker->count[which];
    struct object *object = worker->held[which][at];
    worker->held[which][at] = worker->held[which][--worker->count[which]];
    return object;
}

/* Leave an object on a shelf, and free the one that another thread had left there. */
static void swap_with_shelf(struct worker *worker, size_t which)
{
    size_t shelf = stress_random(&worker->random) % SHELF;
    /* acq_rel: pairs with itself in the other threads; who takes the object sees its contents */
    struct object *other = atomic_exchange_explicit(&worker->world->shelves[which][shelf],
                                                    drop_one(worker, which), memory_order_acq_rel);
    if (other)
        give(worker->world, which, other);
}

static void work_once(struct worker *worker)
{
    uint64_t dice = stress_random(&worker->random);
    size_t which = dice % POOLS;
    struct pool *pool = &worker->world->pools[which];
    unsigned action = (unsigned)(dice >> 32) % 1000;
    struct pool_stats stats;
    if (action == 0 && dice >> 60 == 0)
        pool_trim(pool);
    else if (action < 3)
        pool_flush(pool);
    else if (action < 5)
        pool_stats(pool, &stats);
    else if (worker->count[which] == 0 || (action < 550 && worker->count[which] < HELD))
        take_one(worker, which);
    else if (action < 700)
        swap_with_shelf(worker, which);
    else
        give(worker->world, which, drop_one(worker, which));
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < OPERATIONS; i++)
        work_once(worker);
    for (size_t which = 0; which < POOLS; which++)
        while (worker->count[which] > 0)
            give(worker->world, which, drop_one(worker, which));
    return NULL;
}

/* Threads end and are replaced while the others go on. */
static void run_threads(struct world *world, uint64_t *random, time_t until)
{
    static struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (uint64_t started = 0; started < THREADS || time(NULL) < until; started++) {
        size_t place = started % THREADS;
        if (started >= THREADS)
            pthread_join(threads[place], NULL);
        workers[place].world = world;
        workers[place].random = stress_fork(random);
        workers[place].id = started;
        if (pthread_create(&threads[place], NULL, work, &workers[place]) != 0)
            abort();
    }
    for (size_t place = 0; place < THREADS; place++)
        pthread_join(threads[place], NULL);
}

/* ---- pools that end while the threads that used them do ---- */

struct brief {
    struct pool pool;
    pthread_barrier_t used;
};

static void *use_briefly(void *argument)
{
    struct brief *brief = argument;
    void *objects[10];
    for (int i = 0; i < 10; i++)
        objects[i] = pool_alloc(&brief->pool);
    for (int i = 0; i < 10; i++)
        pool_free(&brief->pool, objects[i]);
    pthread_barrier_wait(&brief->used);
    return NULL; /* and here the thread's exit meets pool_fini */
}

static size_t run_briefly(struct allocator *allocator)
{
    static struct brief brief;
    pthread_t threads[THREADS];
    struct pool_options options = {.object_bytes = 100};
    pthread_barrier_init(&brief.used, NULL, THREADS + 1);
    if (pool_init(&brief.pool, allocator, &options) != 0)
        abort();
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, use_briefly, &brief) != 0)
            abort();
    pthread_barrier_wait(&brief.used);
    size_t left = pool_fini(&brief.pool);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&brief.used);
    return left;
}

static size_t clear_up(struct world *world)
{
    size_t left = 0;
    for (size_t which = 0; which < POOLS; which++) {
        for (size_t shelf = 0; shelf < SHELF; shelf++) {
            struct object *object = atomic_exchange(&world->shelves[which][shelf], NULL);
            if (object)
                give(world, which, object);
        }
        left += pool_fini(&world->pools[which]);
    }
    return left;
}

int main(int argc, char **argv)
{
    static struct world world;
    struct stress stress = stress_begin(argc, argv, 0);
    struct allocator_counting counting;
    allocator_counting_init(&counting, allocator_system());
    struct pool_options options = {.object_bytes = sizeof(struct object),
                                   .construct = make,
                                   .destruct = unmake,
                                   .context = &world};
    for (size_t which = 0; which < POOLS; which++) {
        options.checked = which == 0;
        if (pool_init(&world.pools[which], &counting.base, &options) != 0)
            abort();
    }
    run_threads(&world, &stress.random, time(NULL) + SECONDS);
    size_t left = clear_up(&world);
    for (int i = 0; i < BRIEF_POOLS; i++)
        left += run_briefly(&counting.base);
    unsigned long errors = world.errors, constructed = world.constructed;
    size_t live_bytes = allocator_counting_read(&counting).live_bytes;
    printf("errors %lu, left in use %zu, live bytes %zu, constructed %lu, destructed %lu\n", errors,
           left, live_bytes, constructed, (unsigned long)world.destructed);
    return errors || left || live_bytes || constructed != world.destructed;
}
