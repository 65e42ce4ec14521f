/* par_work.h - what the benches of the parallel algorithms have in common with their peers in Rust and C++: two pools of
 * the same number of threads, and arrays of random numbers. */
#ifndef SYSLAB_CONCURRENCY_BENCH_PAR_WORK_H
#define SYSLAB_CONCURRENCY_BENCH_PAR_WORK_H

#include <stdlib.h>
#include <string.h>

#include "02_concurrency/thread_pool.h"
#include "03_memory/pages.h"
#include "bench/bench.h"

/* Laid out as bench/peers/src/parallel.rs and bench/peers/parallel.cpp have it. */
struct bench_work {
    void *rayon;
    struct thread_pool *pool;
    uint64_t *data, *out;
    size_t count;
};

enum { WORK_THREADS_MAX = 2 };

/* The pools of so many threads, started on first use and kept. */
static inline struct bench_work *work_pools(unsigned threads)
{
    static struct bench_work works[WORK_THREADS_MAX + 1];
    struct bench_work *work = &works[threads];
    struct thread_pool_options options = {.thread_count = threads};
    if (!work->pool && thread_pool_create(&work->pool, allocator_system(), &options) != 0)
        return NULL;
    void *symbol = bench_symbol(bench_peers(), "peer_rayon_pool");
    if (!work->rayon && symbol) {
        void *(*start)(size_t threads);
        memcpy(&start, &symbol, sizeof(start)); /* see bench/allocators.c */
        work->rayon = start(threads);
    }
    return work;
}

/* xorshift64*: Vigna 2016. */
static inline uint64_t work_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* An array of random numbers, on huge pages, made on first use and kept. */
static inline uint64_t *work_random_array(size_t count)
{
    uint64_t *array = allocator_alloc(pages_allocator(), count * sizeof(*array), 64);
    uint64_t state = 88172645463325252;
    for (size_t i = 0; array && i < count; i++)
        array[i] = work_random(&state);
    return array;
}

/* What is compared: the length and every 61st element. */
static inline uint64_t work_checksum(const uint64_t *data, size_t count)
{
    uint64_t sum = count;
    for (size_t i = 0; i < count; i += 61)
        sum = sum * 31 + data[i];
    return sum;
}

#endif
