/* aba.c - Treiber's stack of the places of an array, whose nodes are used again: with a counter in the top, and without.
 * One thread pops. Meanwhile the other pops two, and gives back the first. Without the counter the first thread finds
 * the top as it was, and puts a node on top that somebody has.
 *
 * Run: -- -DCOUNTER => complete:
 * Run: => assertion
 * Run: -- -DCOUNTER -DSWAP=memory_order_relaxed => data race
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef SWAP
#define SWAP memory_order_acq_rel
#endif

enum { NODES = 2, PLACE_MASK = 0xff, CHANGE = 0x100 };

/* Place 0 is nobody, so node n is at place n + 1. */
static _Atomic(uint32_t) top;
static _Atomic(uint32_t) next[NODES + 1]; /* who is late may read it while it is written */
static int value[NODES + 1];              /* plain: belongs to whoever has the node */
static atomic_bool is_had[NODES + 1];

static uint32_t with_change(uint32_t seen, uint32_t place)
{
#ifdef COUNTER
    return place | ((seen & ~(uint32_t)PLACE_MASK) + CHANGE);
#else
    (void)seen;
    return place;
#endif
}

static void push(uint32_t place)
{
    uint32_t seen = atomic_load_explicit(&top, memory_order_relaxed);
    do
        atomic_store_explicit(&next[place], seen & PLACE_MASK, memory_order_relaxed);
    while (!atomic_compare_exchange_strong_explicit(&top, &seen, with_change(seen, place), SWAP,
                                                    memory_order_relaxed));
}

static uint32_t pop(void)
{
    uint32_t seen = atomic_load_explicit(&top, memory_order_acquire), after;
    do {
        if ((seen & PLACE_MASK) == 0)
            return 0;
        after = atomic_load_explicit(&next[seen & PLACE_MASK], memory_order_relaxed);
    } while (!atomic_compare_exchange_strong_explicit(&top, &seen, with_change(seen, after), SWAP,
                                                      memory_order_acquire));
    return seen & PLACE_MASK;
}

static void have(uint32_t place)
{
    if (place == 0)
        return;
    assert(!atomic_exchange_explicit(&is_had[place], true, memory_order_relaxed));
    value[place]++;
}

static void give_back(uint32_t place)
{
    atomic_store_explicit(&is_had[place], false, memory_order_relaxed);
    push(place);
}

static void *pop_one(void *argument)
{
    have(pop());
    return argument;
}

static void *pop_two_and_give_back_one(void *argument)
{
    uint32_t first = pop(), second = pop();
    have(first);
    have(second);
    if (first)
        give_back(first);
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    for (uint32_t place = NODES; place > 0; place--)
        push(place);
    pthread_create(&threads[0], NULL, pop_one, NULL);
    pthread_create(&threads[1], NULL, pop_two_and_give_back_one, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    have(pop());
    return 0;
}
