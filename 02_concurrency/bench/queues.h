/* queues.h - the same loops for every queue that is measured, ours and theirs.
 *
 * A contender says how one value is pushed and popped. Here is how many threads do it, and how they wait
 * when the queue is full or empty: all in the same way, by backoff_wait. Values are numbered from 0, so that
 * the sum of what was popped is known, whatever the order.
 *
 *     QUEUES_LOOPS(ck_ring)       from ck_ring_push and ck_ring_pop makes ck_ring_push_all, ck_ring_pop_all,
 *                                 ck_ring_alone, ck_ring_1p1c, ck_ring_2p1c and ck_ring_2p2c, the last four
 *                                 of bench_run_fn
 *
 * Interface: QUEUES_INLINE QUEUES_CAPACITY QUEUES_LOOPS queues_across queues_sides queues_push_fn queues_pop_fn
 */
#ifndef SYSLAB_CONCURRENCY_BENCH_QUEUES_H
#define SYSLAB_CONCURRENCY_BENCH_QUEUES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/backoff.h"

#define QUEUES_INLINE __attribute__((always_inline)) static inline

enum { QUEUES_CAPACITY = 1024, QUEUES_SIDE_MAX = 2 };

typedef bool (*queues_push_fn)(void *queue, uint64_t value);
typedef bool (*queues_pop_fn)(void *queue, uint64_t *value);
typedef void (*queues_push_all_fn)(void *queue, uint64_t first, uint64_t count);
typedef uint64_t (*queues_pop_all_fn)(void *queue, uint64_t count);

QUEUES_INLINE void queues_push_each(void *queue, uint64_t first, uint64_t count,
                                    queues_push_fn push)
{
    for (uint64_t value = first; value != first + count; value++) {
        struct backoff backoff = BACKOFF_INIT;
        while (!push(queue, value))
            backoff_wait(&backoff);
    }
}

QUEUES_INLINE uint64_t queues_pop_each(void *queue, uint64_t count, queues_pop_fn pop)
{
    uint64_t sum = 0, value;
    for (uint64_t i = 0; i < count; i++) {
        struct backoff backoff = BACKOFF_INIT;
        while (!pop(queue, &value))
            backoff_wait(&backoff);
        sum += value;
    }
    return sum;
}

QUEUES_INLINE uint64_t queues_one_thread(void *queue, uint64_t operations, queues_push_fn push,
                                         queues_pop_fn pop)
{
    uint64_t sum = 0, value = 0;
    for (uint64_t i = 0; i < operations; i++) {
        if (!push(queue, i) || !pop(queue, &value))
            return 0;
        sum += value;
    }
    return sum;
}

struct queues_share {
    void *queue;
    uint64_t first, count, sum;
    queues_push_all_fn push_all;
    queues_pop_all_fn pop_all;
    pthread_t thread;
};

static inline void *queues_produce(void *argument)
{
    struct queues_share *share = argument;
    share->push_all(share->queue, share->first, share->count);
    return NULL;
}

static inline void *queues_consume(void *argument)
{
    struct queues_share *share = argument;
    share->sum = share->pop_all(share->queue, share->count);
    return NULL;
}

struct queues_sides {
    unsigned producers, consumers;
};

/* Divide the values 0 to operations - 1 among the threads of each side; the caller is the first producer.
 * Returns: the sum of what was popped. */
static inline uint64_t queues_across(void *queue, uint64_t operations, struct queues_sides sides,
                                     queues_push_all_fn push_all, queues_pop_all_fn pop_all)
{
    struct queues_share push[QUEUES_SIDE_MAX], pop[QUEUES_SIDE_MAX];
    uint64_t sum = 0;
    for (unsigned i = 0; i < sides.consumers; i++) {
        uint64_t first = operations * i / sides.consumers;
        uint64_t end = operations * (i + 1) / sides.consumers;
        pop[i] = (struct queues_share){.queue = queue, .count = end - first, .pop_all = pop_all};
        if (pthread_create(&pop[i].thread, NULL, queues_consume, &pop[i]) != 0)
            return 0;
    }
    for (unsigned i = sides.producers; i-- > 0;) {
        uint64_t first = operations * i / sides.producers;
        uint64_t end = operations * (i + 1) / sides.producers;
        push[i] = (struct queues_share){
            .queue = queue, .first = first, .count = end - first, .push_all = push_all};
        if (i > 0 && pthread_create(&push[i].thread, NULL, queues_produce, &push[i]) != 0)
            return 0;
    }
    queues_produce(&push[0]);
    for (unsigned i = 1; i < sides.producers; i++)
        pthread_join(push[i].thread, NULL);
    for (unsigned i = 0; i < sides.consumers; i++) {
        pthread_join(pop[i].thread, NULL);
        sum += pop[i].sum;
    }
    return sum;
}

#define QUEUES_LOOPS(name)                                                                         \
    static void name##_push_all(void *queue, uint64_t first, uint64_t count)                       \
    {                                                                                              \
        queues_push_each(queue, first, count, name##_push);                                        \
    }                                                                                              \
    static uint64_t name##_pop_all(void *queue, uint64_t count)                                    \
    {                                                                                              \
        return queues_pop_each(queue, count, name##_pop);                                          \
    }                                                                                              \
    __attribute__((unused)) static uint64_t name##_alone(void *queue, uint64_t operations)         \
    {                                                                                              \
        return queues_one_thread(queue, operations, name##_push, name##_pop);                      \
    }                                                                                              \
    __attribute__((unused)) static uint64_t name##_1p1c(void *queue, uint64_t operations)          \
    {                                                                                              \
        return queues_across(queue, operations, (struct queues_sides){1, 1}, name##_push_all,      \
                             name##_pop_all);                                                      \
    }                                                                                              \
    __attribute__((unused)) static uint64_t name##_2p1c(void *queue, uint64_t operations)          \
    {                                                                                              \
        return queues_across(queue, operations, (struct queues_sides){2, 1}, name##_push_all,      \
                             name##_pop_all);                                                      \
    }                                                                                              \
    __attribute__((unused)) static uint64_t name##_2p2c(void *queue, uint64_t operations)          \
    {                                                                                              \
        return queues_across(queue, operations, (struct queues_sides){2, 2}, name##_push_all,      \
                             name##_pop_all);                                                      \
    }

#endif
