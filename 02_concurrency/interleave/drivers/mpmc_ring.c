/* mpmc_ring.c - two threads push one and pop one each, in a ring of two: what goes in comes out, once.
 *
 * With -DLAPS one pushes three and the other pops three: a place is used again.
 *
 * Run: 02_concurrency/mpmc_ring.c 03_memory/allocator.c => complete:
 * Run: 02_concurrency/mpmc_ring.c 03_memory/allocator.c -- -DLAPS => complete:
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "02_concurrency/mpmc_ring.h"
#include "03_memory/allocator.h"

static struct mpmc_ring *ring;
#ifdef LAPS
enum { LAPS_COUNT = 3 };

static void *run(void *argument)
{
    bool pushes = (intptr_t)argument == 0;
    for (int number = 0; number < LAPS_COUNT; number++) {
        int got;
        if (pushes)
            while (!mpmc_ring_try_push(ring, &number))
                ;
        else {
            while (!mpmc_ring_try_pop(ring, &got))
                ;
            if (got != number)
                abort();
        }
    }
    return NULL;
}
#else
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
#endif

int main(void)
{
    pthread_t threads[2];
    if (mpmc_ring_create(&ring, allocator_system(), 2, sizeof(int)) != 0)
        return 1;
    for (intptr_t thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
#ifndef LAPS
    if (got[0] + got[1] != 3 || got[0] == got[1])
        abort();
#endif
    mpmc_ring_destroy(ring);
    return 0;
}
