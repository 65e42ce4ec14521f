/* bench_harness.c - the harness on work that is known: the allocators and the Rust peers load, a
 * peer that does not exist is skipped, and each kind of row (plain, fresh memory, two threads) is
 * taken. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench/allocators.h"
#include "bench/bench.h"

static uint64_t alloc_free(void *context, uint64_t operations)
{
    const struct bench_allocator *allocator = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        uint64_t *block = allocator->malloc(64);
        *block = i;
        bench_keep(block);
        sum += *block;
        allocator->free(block);
    }
    return sum;
}

enum { PAGE_BYTES = 4096 };

static uint64_t touch_pages(void *context, uint64_t operations)
{
    (void)context;
    char *pages = mmap(NULL, operations * PAGE_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        abort();
    for (uint64_t i = 0; i < operations; i++)
        pages[i * PAGE_BYTES] = 1;
    munmap(pages, operations * PAGE_BYTES);
    return operations;
}

/* Two threads take turns: even numbers are the caller's, odd ones the helper's. */
struct turns {
    _Atomic uint64_t next;
    uint64_t count;
};

static void take_turns(struct turns *turns, uint64_t mine)
{
    for (uint64_t turn = mine; turn < turns->count; turn += 2) {
        while (atomic_load(&turns->next) != turn)
            sched_yield();
        atomic_store(&turns->next, turn + 1);
    }
}

static void *helper(void *context)
{
    take_turns(context, 1);
    return NULL;
}

static uint64_t ping_pong(void *context, uint64_t operations)
{
    (void)context;
    struct turns turns = {.count = operations};
    pthread_t thread;
    if (pthread_create(&thread, NULL, helper, &turns) != 0)
        abort();
    take_turns(&turns, 0);
    pthread_join(thread, NULL);
    return atomic_load(&turns.next);
}

static const struct bench_contender allocators[] = {
    BENCH_ALLOCATOR_CONTENDERS(alloc_free),
    {.name = "bumpalo", .symbol = "peer_bumpalo_alloc_reset_64"},
    {.name = "nothing", .symbol = "peer_nothing_at_all"},
    {0},
};

static const struct bench_contender pages[] = {
    {.name = "syslab", .run = touch_pages},
    {.name = "twin", .run = touch_pages},
    {0},
};

static const struct bench_contender threads[] = {
    {.name = "syslab", .run = ping_pong},
    {.name = "twin", .run = ping_pong},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "harness/alloc",
     .work = "64 B, \"quoted\"",
     .operations = 1 << 16,
     .floor = 100,
     .contenders = allocators},
    {.name = "harness/fresh",
     .work = "pages never touched before",
     .operations = 1 << 10,
     .fresh_memory = true,
     .contenders = pages},
    {.name = "harness/two-threads",
     .work = "turns between two threads",
     .operations = 1 << 10,
     .two_threads = true,
     .floor = 0.01,
     .contenders = threads},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
