/* store_buffering.c - both threads may read the old value: a store waits in a buffer while the load behind it is done.
 *
 * Run: => complete: 3 executions
 * Run: --model sc => complete: 3 executions
 * Run: -- -DORDER=memory_order_relaxed => complete: 4 executions
 * Run: --model sc -- -DORDER=memory_order_relaxed => complete: 3 executions
 */
#include <pthread.h>
#include <stdatomic.h>

#ifndef ORDER
#define ORDER memory_order_seq_cst
#endif

static atomic_int x, y;

static void *first(void *argument)
{
    atomic_store_explicit(&x, 1, ORDER);
    (void)atomic_load_explicit(&y, ORDER);
    return argument;
}

static void *second(void *argument)
{
    atomic_store_explicit(&y, 1, ORDER);
    (void)atomic_load_explicit(&x, ORDER);
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, first, NULL);
    pthread_create(&threads[1], NULL, second, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
