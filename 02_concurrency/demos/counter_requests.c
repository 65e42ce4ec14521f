/* counter_requests.c - four threads count what they serve; one looks at the sum from time to time.
 *
 * While they count, what is read only grows, and is not exact: the stripes are read one after the other. After the joins
 * it is exact.
 *
 *   counter_requests
 *
 * Expected output:
 *     while they count: it never went down
 *     when they are done: 400000
 */
#include <pthread.h>
#include <stdio.h>

#include "02_concurrency/counter.h"

enum { THREADS = 4, REQUESTS = 100000 };

static struct counter *served;

static void *serve(void *unused)
{
    (void)unused;
    for (int i = 0; i < REQUESTS; i++)
        counter_add(served, 1);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int64_t last = 0, now = 0;
    bool went_down = false;
    if (counter_create(&served, allocator_system()) != 0)
        return 1;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, serve, NULL) != 0)
            return 1;
    for (; now < THREADS * REQUESTS / 2; last = now) {
        now = counter_read(served);
        went_down |= now < last;
    }
    printf("while they count: it %s\n", went_down ? "went down" : "never went down");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("when they are done: %lld\n", (long long)counter_read(served));
    counter_destroy(served);
    return 0;
}
