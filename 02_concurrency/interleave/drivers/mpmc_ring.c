/* mpmc_ring.c - two threads push one and pop one each, in a ring of two: what goes in comes out, once.
 *
 * Run: 02_concurrency/mpmc_ring.c 03_memory/allocator.c => complete:
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "02_concurrency/mpmc_ring.h"
#include "03_memory/allocator.h"

static struct mpmc_ring *ring;
static int got[2];

static void *run(void *argument)
{
    int me = (int)(intptr_t)argument, number = me + 1;
    bool pushed = mpmc_ring_try_push(ring, &number);
    if (!pushed) /* two places, two pushes */
        abort();
    while (!mpmc_ring_try_pop(ring, &got[me]))
        ;
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    if (mpmc_ring_create(&ring, allocator_system(), 2, sizeof(int)) != 0)
        return 1;
    for (intptr_t thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
    if (got[0] + got[1] != 3 || got[0] == got[1])
        abort();
    mpmc_ring_destroy(ring);
    return 0;
}
