/* spsc_ring.c - one thread pushes three, one pops three, in a ring of two: each number comes once, in order.
 *
 * Run: 02_concurrency/spsc_ring.c 03_memory/allocator.c => complete:
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/spsc_ring.h"
#include "03_memory/allocator.h"

enum { NUMBERS = 3 };

static struct spsc_ring *ring;

static void *push(void *argument)
{
    for (int number = 1; number <= NUMBERS; number++)
        while (!spsc_ring_try_push(ring, &number))
            ;
    return argument;
}

static void *pop(void *argument)
{
    int number;
    for (int wanted = 1; wanted <= NUMBERS; wanted++) {
        while (!spsc_ring_try_pop(ring, &number))
            ;
        if (number != wanted)
            abort();
    }
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    if (spsc_ring_create(&ring, allocator_system(), 2, sizeof(int)) != 0)
        return 1;
    pthread_create(&threads[0], NULL, push, NULL);
    pthread_create(&threads[1], NULL, pop, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    spsc_ring_destroy(ring);
    return 0;
}
