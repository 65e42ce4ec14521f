/* parallel.c - a search that is shared by two processes: what fails in one order of 5040 is found by whichever has that order.
 *
 * Run: --jobs 2 => complete: 5040 executions
 * Run: --jobs 2 -- -DENDLESS => goes on without an operation that others can see
 * Run: --jobs 2 -- -DFAILS => assertion failed
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { THREADS = 7 };

static atomic_int next;
static intptr_t order[THREADS];

static void *run(void *argument)
{
    order[atomic_fetch_add_explicit(&next, 1, memory_order_relaxed)] = (intptr_t)argument;
    return argument;
}

/* The order as digits: one of 5040, which the first process gives away. */
static int digits(void)
{
    int number = 0;
    for (int place = 0; place < THREADS; place++)
        number = 10 * number + (int)order[place];
    return number;
}

#ifndef ORDER
#define ORDER 2345601
#endif

int main(void)
{
    pthread_t threads[THREADS];
    for (intptr_t thread = 0; thread < THREADS; thread++)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
    for (int thread = 0; thread < THREADS; thread++)
        pthread_join(threads[thread], NULL);
#if defined(ENDLESS)
    volatile int stop = 0;
    while (digits() == ORDER && !stop)
        ;
#elif defined(FAILS)
    assert(digits() != ORDER);
#else
    assert(digits() != 0);
#endif
    return 0;
}
