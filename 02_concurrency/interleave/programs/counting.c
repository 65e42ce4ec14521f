/* counting.c - how many executions there are: N! for N threads that each add one to the same word, which can come in any
 * order; and one for N threads that each write a word of their own, which no order can tell apart.
 *
 * Run: -- -DN=1 => complete: 1 executions
 * Run: -- -DN=2 => complete: 2 executions
 * Run: -- -DN=3 => complete: 6 executions
 * Run: -- -DN=4 => complete: 24 executions
 * Run: -- -DN=6 => complete: 720 executions
 * Run: -- -DN=7 => complete: 5040 executions
 * Run: -- -DN=2 -DOWN => complete: 1 executions
 * Run: -- -DN=8 -DOWN => complete: 1 executions
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

static atomic_int words[N];

static void *run(void *argument)
{
#ifdef OWN
    atomic_store_explicit(&words[(intptr_t)argument], 1, memory_order_relaxed);
#else
    atomic_fetch_add_explicit(&words[0], 1, memory_order_relaxed);
#endif
    return argument;
}

int main(void)
{
    pthread_t threads[N];
    for (intptr_t thread = 0; thread < N; thread++)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
    for (int thread = 0; thread < N; thread++)
        pthread_join(threads[thread], NULL);
    return 0;
}
