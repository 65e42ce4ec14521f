/* barrier.c - two threads, two rounds: behind the barrier each sees what the other wrote before it, and one of them was the last.
 *
 * Run: 02_concurrency/barrier.c -- -DNDEBUG => complete:
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "02_concurrency/barrier.h"

enum { ROUNDS = 2 };

static struct barrier barrier;
static int words[ROUNDS][2]; /* plain: the barrier orders them */
static atomic_int last_count;

static void *run(void *argument)
{
    int me = (int)(intptr_t)argument;
    for (int round = 0; round < ROUNDS; round++) {
        words[round][me] = 7;
        if (barrier_wait(&barrier) == 1)
            atomic_fetch_add_explicit(&last_count, 1, memory_order_relaxed);
        if (words[round][!me] != 7)
            abort();
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    if (barrier_init(&barrier, 2) != 0)
        abort();
    for (intptr_t thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
    if (atomic_load_explicit(&last_count, memory_order_relaxed) != ROUNDS)
        abort();
    return 0;
}
