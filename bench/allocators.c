#include "bench/allocators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

/* POSIX promises that a function pointer survives the way through dlsym's void *; ISO C does not
 * know it, hence the copy instead of a cast. */
static bool find(void *library, const char *prefix, const char *name, void *pointer)
{
    char symbol[64];
    snprintf(symbol, sizeof(symbol), "%s%s", prefix, name);
    void *found = bench_symbol(library, symbol);
    memcpy(pointer, &found, sizeof(found));
    return found != NULL;
}

static void *load(struct bench_allocator *allocator, const char *soname, const char *prefix)
{
    if (allocator->malloc)
        return allocator;
    void *library = bench_library(soname);
    bool found = find(library, prefix, "free", &allocator->free) &&
                 find(library, prefix, "aligned_alloc", &allocator->aligned_alloc) &&
                 find(library, prefix, "realloc", &allocator->realloc) &&
                 find(library, prefix, "malloc", &allocator->malloc);
    return found ? allocator : NULL;
}

void *bench_allocator_malloc(void)
{
    static struct bench_allocator allocator = {malloc, free, aligned_alloc, realloc};
    return &allocator;
}

void *bench_allocator_jemalloc(void)
{
    static struct bench_allocator allocator;
    return load(&allocator, "libjemalloc.so.2", "");
}

/* mimalloc's malloc is an alias of mi_malloc, but its own names cannot be taken by anyone else. */
void *bench_allocator_mimalloc(void)
{
    static struct bench_allocator allocator;
    void *found = load(&allocator, "libmimalloc.so.2", "mi_");
    return found ? found : load(&allocator, "libmimalloc.so.3", "mi_");
}
