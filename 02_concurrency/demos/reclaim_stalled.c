/* reclaim_stalled.c - how much garbage there is, with readers that leave and with one that stalls.
 *
 * One thread replaces a shared item of 64 bytes 100,000 times and retires the old ones. A second thread
 * reads it, and either leaves at once or stalls with it in hand until the end. What waits to be freed is counted after
 * each step.
 *
 * Usage: demo_reclaim_stalled
 * Expected output:
 *     scheme  reader   most garbage, items  bytes
 *     epoch   leaves                   1023    65472
 *     epoch   stalls                 100000  6400000
 *     hazard  leaves                    287    18368
 *     hazard  stalls                    287    18368
 *     bytes left: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "02_concurrency/reclaim.h"

enum { REPLACED = 100000 };

struct item {
    struct reclaim_node node; /* 16 bytes, and the rest is the item's */
    char contents[48];
};

static struct allocator_counting counting;
static _Atomic(uintptr_t) shared;
static pthread_barrier_t reading, finished;

struct reader {
    struct reclaim_domain *domain;
    bool stalls;
};

static void item_free(struct reclaim_node *node, struct allocator *allocator)
{
    allocator_free(allocator, node, sizeof(struct item), _Alignof(struct item));
}

static void *read_it(void *argument)
{
    struct reader *reader = argument;
    struct reclaim_thread *me;
    if (reclaim_join(reader->domain, &me) != 0)
        abort();
    uint64_t outer = reclaim_enter(me);
    reclaim_protect(me, 0, &shared, 0);
    if (!reader->stalls)
        reclaim_leave(me, outer);
    pthread_barrier_wait(&reading);
    pthread_barrier_wait(&finished);
    return NULL; /* a thread that ends has left, and has quit */
}

static uintptr_t item_make(void)
{
    void *item = allocator_alloc_zeroed(&counting.base, sizeof(struct item), _Alignof(struct item));
    if (!item)
        abort();
    return (uintptr_t)item;
}

/* Returns: the most that waited at a time. */
static size_t replace_often(struct reclaim_thread *me)
{
    size_t before = allocator_counting_read(&counting).live_blocks, most = 0;
    for (int i = 0; i < REPLACED; i++) {
        uintptr_t old = atomic_exchange(&shared, item_make());
        reclaim_retire(me, &((struct item *)old)->node, item_free);
        size_t garbage = allocator_counting_read(&counting).live_blocks - before;
        most = garbage > most ? garbage : most;
    }
    return most;
}

static void measure(const char *name, struct reclaim_domain *domain, bool stalls)
{
    struct reader reader = {domain, stalls};
    struct reclaim_thread *me;
    pthread_t thread;
    atomic_store(&shared, item_make());
    if (reclaim_join(domain, &me) != 0 || pthread_create(&thread, NULL, read_it, &reader) != 0)
        abort();
    pthread_barrier_wait(&reading);
    size_t most = replace_often(me);
    pthread_barrier_wait(&finished);
    pthread_join(thread, NULL);
    printf("%-7s %-6s %22zu %8zu\n", name, stalls ? "stalls" : "leaves", most,
           most * sizeof(struct item));
    reclaim_retire(me, &((struct item *)atomic_load(&shared))->node, item_free);
}

int main(void)
{
    pthread_barrier_init(&reading, NULL, 2);
    pthread_barrier_init(&finished, NULL, 2);
    allocator_counting_init(&counting, allocator_system());
    printf("scheme  reader   most garbage, items  bytes\n");
    for (int stalls = 0; stalls < 2; stalls++) {
        struct epoch epoch;
        epoch_init(&epoch, &counting.base, asymmetric_best());
        measure("epoch", &epoch.domain, stalls);
        epoch_fini(&epoch);
    }
    for (int stalls = 0; stalls < 2; stalls++) {
        struct hazard hazard;
        hazard_init(&hazard, &counting.base, asymmetric_best());
        measure("hazard", &hazard.domain, stalls);
        hazard_fini(&hazard);
    }
    printf("bytes left: %zu\n", allocator_counting_read(&counting).live_bytes);
    return 0;
}
