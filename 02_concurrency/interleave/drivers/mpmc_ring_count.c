/* mpmc_ring_count.c - one push, one pop, and a third thread that counts: nothing orders the two counters for it, and yet
 * it never counts more than were ever inside.
 *
 * Run: 02_concurrency/mpmc_ring.c 03_memory/allocator.c => complete:
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/mpmc_ring.h"
#include "03_memory/allocator.h"

static struct mpmc_ring *ring;

static void *push(void *argument)
{
    int number = 1;
    if (!mpmc_ring_try_push(ring, &number))
        abort();
    return argument;
}

static void *pop(void *argument)
{
    int number;
    mpmc_ring_try_pop(ring, &number);
    return argument;
}

static void *count(void *argument)
{
    if (mpmc_ring_count(ring) > 1)
        abort();
    return argument;
}

int main(void)
{
    void *(*const work[])(void *) = {push, pop, count};
    pthread_t threads[3];
    if (mpmc_ring_create(&ring, allocator_system(), 2, sizeof(int)) != 0)
        return 1;
    for (int thread = 0; thread < 3; thread++)
        pthread_create(&threads[thread], NULL, work[thread], NULL);
    for (int thread = 0; thread < 3; thread++)
        pthread_join(threads[thread], NULL);
    mpmc_ring_destroy(ring);
    return 0;
}
