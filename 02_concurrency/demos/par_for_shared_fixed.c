/* par_for_shared_fixed.c - each range counts for itself, and the counts are put together: a reduction.
 *
 *   par_for_shared_fixed
 *
 * Expected output:
 *     found 1000000
 */
#include <stdio.h>

#include "02_concurrency/par.h"

static void none(void *context, void *value)
{
    (void)context;
    *(unsigned long *)value = 0;
}

static void add(void *context, void *left, const void *right)
{
    (void)context;
    *(unsigned long *)left += *(const unsigned long *)right;
}

static int look(void *context, size_t from, size_t to, void *value)
{
    (void)context;
    for (size_t i = from; i < to; i++)
        if (i % 3 == 0)
            *(unsigned long *)value += 1;
    return 0;
}

int main(void)
{
    struct thread_pool *pool;
    struct thread_pool_options options = {.thread_count = 3};
    struct par_reduce count = {sizeof(unsigned long), none, look, add, NULL};
    unsigned long found;
    if (thread_pool_create(&pool, allocator_system(), &options) != 0)
        return 1;
    if (par_reduce(pool, 3000000, &count, &found) == 0)
        printf("found %lu\n", found);
    thread_pool_destroy(pool);
    return 0;
}
