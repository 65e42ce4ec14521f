/* stress_counter.c - more threads than processors, random additions and subtractions, one that reads all the time.
 *
 *   stress_counter [SEED [ROUNDS]]      about a second; prints the seed
 *
 * Half of the rounds add only what is positive: then what the reader sees may never become less, and never more than
 * what is there in the end. After the joins the sum has to be exact.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/counter.h"
#include "tests/support/stress.h"

enum { ROUNDS = 60, THREADS = 5, EACH = 20000 };

struct round {
    struct counter *counter;
    uint64_t random;
    bool only_positive;
    atomic_uint next_thread;
    atomic_ullong added;
    atomic_uint left; /* threads that still add */
};

static void *add(void *argument)
{
    struct round *round = argument;
    uint64_t random = (round->random + atomic_fetch_add(&round->next_thread, 1)) | 1, added = 0;
    for (int i = 0; i < EACH; i++) {
        int64_t delta = (int64_t)(stress_random(&random) >> (round->only_positive ? 40 : 0));
        if (delta % 16 == 0)
            counter_add_shared(round->counter, delta);
        else
            counter_add(round->counter, delta);
        added += (uint64_t)delta;
    }
    atomic_fetch_add(&round->added, added);
    atomic_fetch_sub(&round->left, 1);
    return NULL;
}

static uint64_t watch(struct round *round)
{
    uint64_t wrong = 0;
    for (int64_t last = 0; atomic_load(&round->left) > 0;) {
        int64_t now = counter_read(round->counter);
        wrong += round->only_positive && now < last;
        last = now;
    }
    return wrong;
}

static uint64_t run_round(uint64_t *random)
{
    pthread_t threads[THREADS];
    struct round round = {.random = stress_random(random),
                          .only_positive = stress_random(random) % 2};
    atomic_store(&round.left, THREADS);
    if (counter_create(&round.counter, allocator_system()) != 0)
        abort();
    if (stress_random(random) % 4 == 0)
        round.counter->restartable = false;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, add, &round) != 0)
            abort();
    uint64_t wrong = watch(&round);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    wrong += (uint64_t)counter_read(round.counter) != atomic_load(&round.added);
    counter_destroy(round.counter);
    return wrong;
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    uint64_t wrong = 0;
    puts(counter_is_restartable() ? "restartable sequences" : "atomic additions alone");
    for (unsigned long i = 0; i < stress.rounds; i++)
        wrong += run_round(&stress.random);
    printf("%lu rounds, %" PRIu64 " wrong\n", stress.rounds, wrong);
    return wrong != 0;
}
