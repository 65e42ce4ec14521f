/* bench_harness.c - the harness on work that is known: allocators and the Rust peers load, and stay
 * apart from the program's own malloc. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const struct bench_contender allocators[] = {
    BENCH_ALLOCATOR_CONTENDERS(alloc_free),
    {.name = "bumpalo", .symbol = "peer_bumpalo_alloc_reset_64"},
    {.name = "slab", .symbol = "peer_slab_insert_remove"},
    {.name = "nothing", .symbol = "peer_nothing"},
    {NULL},
};

static const struct bench_row rows[] = {
    {.name = "harness/alloc", .work = "64 B", .operations = 1 << 20, .contenders = allocators},
    {NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
