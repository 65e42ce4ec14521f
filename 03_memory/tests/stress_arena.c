/* stress_arena.c - an arena a thread, all on one allocator: requests of random size with nested
 * scopes, each block filled with its thread's mark and looked at again before it goes.
 *
 * Usage: stress_arena [SEED]. Prints the seed. Exit: 0, or 1 and what was found.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "03_memory/arena.h"

enum { THREADS = 4, BLOCKS = 64, DEPTH = 6, RUN_MS = 1500 };

struct worker {
    pthread_t thread;
    uint64_t random;
    unsigned char mark;
    struct arena arena;
    uint64_t blocks;
};

static struct allocator_counting counting;
static atomic_bool stop, broken;

static size_t random_below(struct worker *worker, size_t limit)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (size_t)(worker->random % limit);
}

static void complain(const char *what, size_t size)
{
    fprintf(stderr, "%s, a block of %zu bytes\n", what, size);
    /* Relaxed: a flag that is looked at, and read for good after the threads are joined. */
    atomic_store_explicit(&broken, true, memory_order_relaxed);
    atomic_store_explicit(&stop, true, memory_order_relaxed);
}

static bool filled(const unsigned char *block, size_t size, unsigned char mark)
{
    for (size_t at = 0; at < size; at++)
        if (block[at] != mark)
            return false;
    return true;
}

/* A scope: some blocks, scopes within it, a look at the blocks, and back. */
static void scope(struct worker *worker, int depth)
{
    struct arena_mark mark = arena_mark(&worker->arena);
    unsigned char *blocks[BLOCKS];
    size_t sizes[BLOCKS], count = random_below(worker, BLOCKS);
    for (size_t i = 0; i < count; i++) {
        sizes[i] =
            random_below(worker, 50) ? random_below(worker, 200) : random_below(worker, 30000);
        size_t align = (size_t)1 << random_below(worker, 8);
        blocks[i] = arena_alloc(&worker->arena, sizes[i], align);
        if (!blocks[i] || (uintptr_t)blocks[i] % align != 0) {
            complain("refused or misaligned", sizes[i]);
            return;
        }
        memset(blocks[i], worker->mark, sizes[i]);
        if (depth > 0 && random_below(worker, 20) == 0)
            scope(worker, depth - 1);
    }
    for (size_t i = 0; i < count; i++)
        if (!filled(blocks[i], sizes[i], worker->mark))
            complain("overwritten", sizes[i]);
    worker->blocks += count;
    arena_rewind(&worker->arena, mark);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    arena_init(&worker->arena, &counting.base, 1 + random_below(worker, 10000));
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        scope(worker, DEPTH);
        if (random_below(worker, 10) == 0)
            arena_reset(&worker->arena);
        if (!arena_check(&worker->arena))
            complain("the invariant is broken after", 0);
    }
    arena_fini(&worker->arena);
    return NULL;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    allocator_counting_init(&counting, allocator_system());
    static struct worker workers[THREADS];
    int started = 0;
    for (; started < THREADS; started++) {
        struct worker *worker = &workers[started];
        worker->random = (seed + (uint64_t)started) * 2654435761u | 1;
        worker->mark = (unsigned char)(0x10 + started);
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            break;
    }
    struct timespec time = {.tv_sec = RUN_MS / 1000, .tv_nsec = RUN_MS % 1000 * 1000000L};
    nanosleep(&time, NULL);
    atomic_store_explicit(&stop, true, memory_order_relaxed);
    uint64_t blocks = 0;
    for (int i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        blocks += workers[i].blocks;
    }
    struct allocator_counts counts = allocator_counting_read(&counting);
    printf("%d threads, %llu blocks from %zu chunks\n", started, (unsigned long long)blocks,
           counts.alloc_calls);
    if (counts.live_bytes)
        fprintf(stderr, "%zu bytes leaked\n", counts.live_bytes);
    return started < THREADS || atomic_load(&broken) || counts.live_bytes || !blocks;
}
