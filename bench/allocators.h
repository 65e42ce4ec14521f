/* allocators.h - the general allocators as peers: the C library's malloc, jemalloc, mimalloc.
 *
 * The last two are loaded at run time and privately: the program's own malloc stays glibc's, and
 * all three are called through a pointer, so that none has an advantage.
 *
 *     static uint64_t with_allocator(void *context, uint64_t operations)
 *     {
 *         const struct bench_allocator *a = context;
 *         ...  a->malloc(64) ... a->free(block)
 *     }
 *     static const struct bench_contender contenders[] = {
 *         {.name = "syslab", .run = ours, ...},
 *         BENCH_ALLOCATOR_CONTENDERS(with_allocator),
 *         {0},
 *     };
 *
 * Do not: free a block through another allocator than the one that made it.
 *
 * Interface: bench_allocator BENCH_ALLOCATOR_CONTENDERS
 *            bench_allocator_malloc bench_allocator_jemalloc bench_allocator_mimalloc
 */
#ifndef SYSLAB_BENCH_ALLOCATORS_H
#define SYSLAB_BENCH_ALLOCATORS_H

#include <stddef.h>

struct bench_allocator {
    void *(*malloc)(size_t size_bytes);
    void (*free)(void *block);
    void *(*aligned_alloc)(size_t align, size_t size_bytes);
    void *(*realloc)(void *block, size_t size_bytes);
};

/* A contender's `setup`, which hands the allocator to `run` as its context.
 * Returns: a `const struct bench_allocator *` that is never freed, or NULL: not installed.
 * A bench with a context of its own may call these from its own setup. */
void *bench_allocator_malloc(void);
void *bench_allocator_jemalloc(void);
void *bench_allocator_mimalloc(void);

#define BENCH_ALLOCATOR_CONTENDERS(function)                                                       \
    {.name = "malloc", .run = (function), .setup = bench_allocator_malloc},                        \
        {.name = "jemalloc", .run = (function), .setup = bench_allocator_jemalloc},                \
    {                                                                                              \
        .name = "mimalloc", .run = (function), .setup = bench_allocator_mimalloc                   \
    }

#endif
