/* stress_reclaim.c - readers and writers of shared links, with each scheme and each barrier.
 *
 *   stress_reclaim [SEED [ROUNDS]]      about a second; prints the seed
 *
 * Writers replace nodes and retire them; a node's destructor overwrites it before the memory goes back. A
 * reader that protects a node finds it whole, however long it holds it. Threads quit, join again and end
 * inside sections. In the end all memory is back.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/reclaim.h"
#include "tests/support/stress.h"

enum { THREADS = 4, LINKS = 16, LIVES = 3, OPERATIONS = 40000 };

struct node {
    struct reclaim_node reclaim;
    uint64_t value, check; /* check == ~value while it is alive */
};

struct world {
    struct reclaim_domain *domain;
    _Atomic(uintptr_t) links[LINKS];
    atomic_ulong errors, reads, replaced;
};

struct worker {
    struct world *world;
    struct reclaim_thread *me;
    uint64_t random;
    unsigned long rounds;
};

static void node_free(struct reclaim_node *reclaim, struct allocator *allocator)
{
    struct node *node = container_of(reclaim, struct node, reclaim);
    node->check = node->value; /* wrong for whoever still reads it */
    allocator_free(allocator, node, sizeof(*node), 16);
}

static void replace(struct worker *worker, _Atomic(uintptr_t) *link)
{
    struct node *node = allocator_alloc(reclaim_allocator(worker->me), sizeof(*node), 16);
    if (!node)
        abort();
    node->value = stress_random(&worker->random);
    node->check = ~node->value;
    /* release: pairs with the acquire in reclaim_protect; acquire: with this release, of who put it there */
    uintptr_t old = atomic_exchange_explicit(link, (uintptr_t)node, memory_order_acq_rel);
    if (old)
        reclaim_retire(worker->me, &((struct node *)old)->reclaim, node_free);
    /* relaxed, as all counts here: read after the joins */
    atomic_fetch_add_explicit(&worker->world->replaced, 1, memory_order_relaxed);
}

static void look_at(struct worker *worker, unsigned slot, _Atomic(uintptr_t) *link)
{
    struct node *node = (struct node *)reclaim_protect(worker->me, slot, link, 0);
    if (!node)
        return;
    if (stress_random(&worker->random) % 256 == 0)
        sched_yield(); /* stalled, with a node in hand */
    if (node->check != ~node->value)
        atomic_fetch_add_explicit(&worker->world->errors, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&worker->world->reads, 1, memory_order_relaxed);
}

static void join(struct worker *worker)
{
    if (reclaim_join(worker->world->domain, &worker->me) != 0)
        abort();
}

static void work_once(struct worker *worker)
{
    uint64_t dice = stress_random(&worker->random);
    _Atomic(uintptr_t) *links = worker->world->links;
    unsigned action = (unsigned)(dice >> 32) % 1000;
    if (action < 300) {
        replace(worker, &links[dice % LINKS]);
    } else if (action == 300) {
        reclaim_quit(worker->me);
        join(worker);
    } else if (action < 304) {
        reclaim_collect(worker->me);
    } else {
        uint64_t outside = reclaim_enter(worker->me);
        look_at(worker, 0, &links[dice % LINKS]);
        uint64_t outer = reclaim_enter(worker->me); /* nested, in another slot */
        look_at(worker, 1, &links[dice / LINKS % LINKS]);
        reclaim_leave(worker->me, outer);
        reclaim_leave(worker->me, outside);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    join(worker);
    for (unsigned i = 0; i < worker->rounds * OPERATIONS; i++)
        work_once(worker);
    reclaim_enter(worker->me);
    look_at(worker, 0, &worker->world->links[0]);
    return NULL; /* inside a section, and without quitting */
}

static void run_threads(struct world *world, uint64_t *random, unsigned long rounds)
{
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){world, NULL, stress_fork(random), rounds};
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* Returns: whether something was wrong. */
static bool run(enum reclaim_kind kind, enum asymmetric_mode mode, uint64_t *random,
                unsigned long rounds)
{
    struct allocator_counting counting;
    struct epoch epoch;
    struct hazard hazard;
    struct world world = {.domain = kind == RECLAIM_EPOCH ? &epoch.domain : &hazard.domain};
    allocator_counting_init(&counting, allocator_system());
    epoch_init(&epoch, &counting.base, mode);
    hazard_init(&hazard, &counting.base, mode);
    for (unsigned life = 0; life < LIVES; life++)
        run_threads(&world, random, rounds);
    struct worker last = {&world, NULL, stress_fork(random), 1};
    join(&last);
    for (unsigned i = 0; i < LINKS; i++) {
        uintptr_t node = atomic_exchange(&world.links[i], 0);
        if (node)
            reclaim_retire(last.me, &((struct node *)node)->reclaim, node_free);
    }
    size_t peak = allocator_counting_read(&counting).peak_bytes;
    epoch_fini(&epoch);
    hazard_fini(&hazard);
    size_t left = allocator_counting_read(&counting).live_bytes;
    printf("%s, %s: reads %lu, replaced %lu, peak %zu bytes, errors %lu, bytes left %zu\n",
           kind == RECLAIM_EPOCH ? "epoch" : "hazard",
           mode == ASYMMETRIC_KERNEL ? "kernel" : "fences", world.reads, world.replaced, peak,
           world.errors, left);
    return world.errors || left;
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, 1);
    bool wrong = false;
    for (int kind = RECLAIM_EPOCH; kind <= RECLAIM_HAZARD; kind++) {
        wrong |= run((enum reclaim_kind)kind, ASYMMETRIC_FENCES, &stress.random, stress.rounds);
        wrong |= run((enum reclaim_kind)kind, asymmetric_best(), &stress.random, stress.rounds);
    }
    return wrong;
}
