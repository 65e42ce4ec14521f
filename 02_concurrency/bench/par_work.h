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
    size_t filled; /* ours alone: so many of data are random numbers, the rest is not touched yet */
    uint64_t random;
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

/* Room for so many numbers, on huge pages that are not touched yet. */
static inline uint64_t *work_array(size_t count)
{
    return allocator_alloc(pages_allocator(), count * sizeof(uint64_t), 64);
}

/* The first `count` of data are random numbers from now on. Ours runs first, so the peers find them: a smoke test
 * does not fill what it does not use. */
static inline void work_fill(struct bench_work *work, size_t count)
{
    if (!work->random)
        work->random = 88172645463325252;
    if (count > work->count)
        count = work->count;
    for (; work->filled < count; work->filled++)
        work->data[work->filled] = work_random(&work->random);
}

/* What is compared: the length and every 61st element. */
static inline uint64_t work_checksum(const uint64_t *data, size_t count)
{
    uint64_t sum = count;
    for (size_t i = 0; i < count; i += 61)
        sum = sum * 31 + data[i];
    return sum;
}

enum {
    WORK_LARGE = 100 * 1000 * 1000,
    WORK_MIDDLE = 10 * 1000 * 1000,
    WORK_SMALL = 1000,
    WORK_IN_CACHE = 50 * WORK_SMALL
};

/* Numbers to read and as much room to write, made once; the first WORK_MIDDLE of both for most rows. */
static inline void *work_arrays(size_t count, size_t out_count)
{
    static size_t made, made_out;
    struct bench_work *work = work_pools(2);
    if (work && made < count) {
        if (made)
            allocator_free(pages_allocator(), work->data, made * sizeof(*work->data), 64);
        work->data = work_array(made = count);
        work->filled = work->random = 0;
    }
    if (work && made_out < out_count)
        work->out = work_array(made_out = out_count);
    if (!work || !work->data)
        return NULL;
    work->count = count;
    return work;
}

static inline void *work_large(void)
{
    return work_arrays(WORK_LARGE, 0);
}

static inline void *work_middle(void)
{
    return work_arrays(WORK_MIDDLE, WORK_MIDDLE);
}

/* The small rows go round in what fits a cache: else they would measure memory. */
static inline void *work_small(void)
{
    struct bench_work *work = work_arrays(WORK_MIDDLE, WORK_MIDDLE);
    if (work)
        work->count = WORK_IN_CACHE;
    return work;
}

/* Call each with slices of so many elements, until there were as many as operations. */
static inline uint64_t work_in_slices(struct bench_work *work, uint64_t operations, size_t size,
                                      uint64_t (*each)(const struct bench_work *slice))
{
    uint64_t sum = 0;
    work_fill(work, operations);
    for (size_t at = 0; operations > 0; operations -= size) {
        if (size > operations)
            size = operations;
        if (at + size > work->count)
            at = 0;
        struct bench_work slice = {.pool = work->pool, .data = work->data + at, .count = size};
        slice.out = work->out ? work->out + at : NULL;
        sum += each(&slice);
        at += size;
    }
    return sum;
}

#endif
