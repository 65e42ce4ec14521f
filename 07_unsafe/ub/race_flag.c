/* race_flag.c - a flag that two threads share.
 *
 * Two threads use the same object, one of them writes, and nothing orders them: a data race. A
 * program has none, so no other thread changes ready between two reads, and at -O2 one read is
 * enough.
 *
 * Rule: ISO C17 5.1.2.4
 * Expected -O0: both are done
 * Expected -O2: did not end
 * Seen by: thread
 * Repair: an atomic flag
 * Repaired: both are done
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#ifdef REPAIRED
static atomic_int ready;
#else
static int ready;
#endif
static volatile atomic_int waiting; /* the flag is set only when somebody waits */
static volatile int turns;          /* of the loop, for the statistics */

static void *set(void *unused)
{
    while (!atomic_load_explicit(&waiting, memory_order_relaxed))
        ;
    ready = 1;
    return unused;
}

int main(void)
{
    pthread_t setter;
    if (pthread_create(&setter, NULL, set, NULL) != 0)
        return 1;
    if (!ready) {
        atomic_store_explicit(&waiting, 1, memory_order_relaxed);
        while (!ready)
            turns++;
    }
    pthread_join(setter, NULL);
    printf("both are done\n");
    return 0;
}
