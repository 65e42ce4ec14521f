/* stress_ws_deque.c - an owner and thieves on one deque; each item is taken once, and whole.
 *
 *   stress_ws_deque [SEED [ROUNDS]]      about a second; prints the seed
 *
 * The owner pushes bursts and pops some of them, often down to the last item, where it meets the thieves; it starts with
 * two slots, so that it grows while they read. Each item carries a word that is written just before the push: whoever
 * takes the item marks it, and finds that word or it was not published.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/ws_deque.h"
#include "tests/support/stress.h"

enum { THIEVES = 3, ITEMS = 20000, ROUNDS = 40, BATCH = 8 };

struct item {
    uint64_t word; /* not atomic: the thread sanitizer sees whether it is published */
    atomic_uint taken;
};

static struct ws_deque deque;
static struct item items[ITEMS];
static atomic_ulong errors, stolen_count;
static atomic_bool over;
static uint64_t salt;

static void take(struct item *item)
{
    /* relaxed, as all counts here: read after the joins */
    if (item->word != ((uint64_t)(item - items) ^ salt) ||
        atomic_fetch_add_explicit(&item->taken, 1, memory_order_relaxed) != 0)
        atomic_fetch_add_explicit(&errors, 1, memory_order_relaxed);
}

static void *thieve(void *argument)
{
    uint64_t random = (uint64_t)(uintptr_t)argument * 77 + salt;
    unsigned long count = 0;
    while (!atomic_load_explicit(&over, memory_order_acquire)) {
        void *several[BATCH];
        size_t taken;
        if (stress_random(&random) % 4 == 0)
            taken = ws_deque_steal_batch(&deque, several, BATCH);
        else
            taken = ws_deque_steal(&deque, several) == WS_DEQUE_STOLEN;
        for (size_t i = 0; i < taken; i++)
            take(several[i]);
        count += taken;
    }
    atomic_fetch_add_explicit(&stolen_count, count, memory_order_relaxed);
    return NULL;
}

static void work(uint64_t *random)
{
    size_t next = 0;
    while (next < ITEMS) {
        for (uint64_t burst = stress_random(random) % 64; burst > 0 && next < ITEMS;
             burst--, next++) {
            items[next].word = next ^ salt;
            if (ws_deque_push(&deque, &items[next]) != 0)
                abort();
        }
        for (uint64_t pops = stress_random(random) % 80; pops > 0; pops--) {
            struct item *item = ws_deque_pop(&deque);
            if (!item)
                break;
            take(item);
        }
    }
    for (struct item *item; (item = ws_deque_pop(&deque)) != NULL;)
        take(item);
}

static void run_round(uint64_t *random)
{
    pthread_t threads[THIEVES];
    salt = stress_random(random);
    atomic_store(&over, false);
    for (size_t i = 0; i < ITEMS; i++)
        items[i] = (struct item){0};
    if (ws_deque_init(&deque, allocator_system(), 2) != 0)
        abort();
    for (uintptr_t i = 0; i < THIEVES; i++)
        if (pthread_create(&threads[i], NULL, thieve, (void *)i) != 0)
            abort();
    work(random);
    /* release: pairs with the acquire in thieve */
    atomic_store_explicit(&over, true, memory_order_release);
    for (int i = 0; i < THIEVES; i++)
        pthread_join(threads[i], NULL);
    ws_deque_reclaim(&deque);
    ws_deque_fini(&deque);
    for (size_t i = 0; i < ITEMS; i++)
        if (atomic_load(&items[i].taken) != 1)
            atomic_fetch_add(&errors, 1);
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    for (unsigned long round = 0; round < stress.rounds; round++)
        run_round(&stress.random);
    printf("errors %lu, stolen %lu of %lu\n", atomic_load(&errors), atomic_load(&stolen_count),
           stress.rounds * ITEMS);
    return atomic_load(&errors) != 0;
}
