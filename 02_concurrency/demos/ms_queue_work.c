/* ms_queue_work.c - two producers, two consumers, and a queue that grows as long as it has to.
 *
 * The producers push the numbers up to 100,000 between them. Each number arrives once, and the memory that the
 * queue needed at its longest is given back.
 *
 * Usage: demo_ms_queue_work
 * Expected output:
 *     sum of what was popped: 5000050000
 *     memory at its longest: ... KB
 *     bytes left: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/ms_queue.h"

enum { NUMBERS = 100000 };

static struct epoch epoch;
static struct ms_queue queue;
static atomic_uint popped;
static atomic_ullong sum;

static void *produce(void *first)
{
    struct reclaim_thread *me;
    if (reclaim_join(&epoch.domain, &me) != 0)
        abort();
    for (uint64_t number = *(uint64_t *)first; number <= NUMBERS; number += 2)
        if (ms_queue_push(&queue, me, number) != 0)
            abort();
    return NULL; /* a thread that ends has quit */
}

static void *consume(void *argument)
{
    struct reclaim_thread *me;
    struct backoff backoff = BACKOFF_INIT;
    uint64_t number;
    (void)argument;
    if (reclaim_join(&epoch.domain, &me) != 0)
        abort();
    while (atomic_load(&popped) < NUMBERS) {
        if (!ms_queue_pop(&queue, me, &number)) {
            backoff_wait(&backoff);
            continue;
        }
        atomic_fetch_add(&sum, number);
        atomic_fetch_add(&popped, 1);
        backoff_reset(&backoff);
    }
    return NULL;
}

int main(void)
{
    struct allocator_counting counting;
    pthread_t threads[4];
    uint64_t first[2] = {1, 2};
    allocator_counting_init(&counting, allocator_system());
    epoch_init(&epoch, &counting.base, asymmetric_best());
    if (ms_queue_init(&queue, &epoch.domain) != 0)
        return 1;
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, i < 2 ? produce : consume, &first[i % 2]) != 0)
            return 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("sum of what was popped: %llu\n", atomic_load(&sum));
    printf("memory at its longest: %zu KB\n", allocator_counting_read(&counting).peak_bytes / 1024);
    ms_queue_fini(&queue);
    epoch_fini(&epoch);
    printf("bytes left: %zu\n", allocator_counting_read(&counting).live_bytes);
    return 0;
}
