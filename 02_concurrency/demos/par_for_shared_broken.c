/* par_for_shared_broken.c - broken: the ranges of a loop add to one variable. par_for_shared_fixed.c is its repair.
 *
 *   par_for_shared_broken
 *
 * The functions of one loop run at the same time. found += 1 reads, adds and writes: two threads that read the same
 * number write the same number, and one is lost. Often, but not always, so it is here to be run under the thread
 * sanitizer, which sees it in any case.
 *
 * Needs: thread
 * Expected output:
 *     ==================
 *     WARNING: ThreadSanitizer: data race ...
 *     ...
 * Exit status: 66
 */
#include <stdio.h>

#include "02_concurrency/par.h"

static unsigned long found; /* the mistake: everybody's */

static int look(void *context, size_t from, size_t to)
{
    (void)context;
    for (size_t i = from; i < to; i++)
        if (i % 3 == 0)
            found += 1;
    return 0;
}

int main(void)
{
    struct thread_pool *pool;
    struct thread_pool_options options = {.thread_count = 3};
    if (thread_pool_create(&pool, allocator_system(), &options) != 0)
        return 1;
    for (int round = 0; round < 20;
         round++) /* on a busy machine one thread may do a whole loop alone */
        par_for(pool, 3000000, look, NULL);
    printf("found %lu\n", found);
    thread_pool_destroy(pool);
    return 0;
}
