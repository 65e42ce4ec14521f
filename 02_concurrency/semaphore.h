/* semaphore.h - a number of permits; who takes one when there is none sleeps until somebody gives one.
 *
 *     struct semaphore slots;  semaphore_init(&slots, 3);        at most three downloads at a time
 *     semaphore_wait(&slots);  download(url);  semaphore_post(&slots);
 *
 *     +---------------------------------+---------+
 *     | permits, 31 bits                | waiting |        one word; the queue is in 02_concurrency/wait_queue.h
 *     +---------------------------------+---------+
 *
 * A post while somebody waits hands its permit to the one that has waited longest, and the number stays 0: nobody who
 * comes by can take it. So the order is that of arrival. (A mutex is different: it is free while its next holder
 * wakes, and faster for that. Use it where the same thread gives back what it took.)
 *
 * Invariant: waiting is set exactly while somebody is in the queue; then there is no permit. It changes with the queue
 * locked.
 *
 *     pair of operations       together from two threads
 *     wait, try, until, post   yes, any pair; any thread may post
 *     init with anything       no
 *
 * It may be freed, by who got the last permit, although the post that gave it may still be on its way out.
 * Progress: try_wait and a post without waiters are lock-free; the rest blocks. First come, first served.
 * Memory: 4 bytes, none allocated. Cancel: no cancellation point. Signal-safe: nothing here (but sem_post(3) is).
 * After fork: in the child the count is as it was and nobody waits; a set waiting bit is cleared by the next post.
 *
 * Interface: SEMAPHORE_MAX SEMAPHORE_INIT semaphore_init semaphore_wait semaphore_wait_until semaphore_try_wait
 *            semaphore_post semaphore_count
 * Source: Dijkstra, Cooperating Sequential Processes (EWD 123, 1965: P and V); sem_overview(7).
 */
#ifndef SYSLAB_CONCURRENCY_SEMAPHORE_H
#define SYSLAB_CONCURRENCY_SEMAPHORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/deadline.h"

#define SEMAPHORE_MAX INT32_MAX

enum { SEMAPHORE_WAITING = 1, SEMAPHORE_ONE = 2 }; /* the bit, and a permit, in the word */

struct semaphore {
    _Atomic(uint32_t) word;
};

#define SEMAPHORE_INIT(permits)                                                                    \
    {                                                                                              \
        (uint32_t)(permits) * SEMAPHORE_ONE                                                        \
    }

/* Returns: 0. Errors: -EINVAL more than SEMAPHORE_MAX permits. Threads: nobody else uses it yet. */
int semaphore_init(struct semaphore *semaphore, uint32_t permits);

/* The slow paths of what follows. */
bool semaphore_wait_slowly(struct semaphore *semaphore, uint64_t deadline_ns);
int semaphore_post_slowly(struct semaphore *semaphore);

/* Take a permit if there is one. Returns: whether there was. Never blocks. */
static inline bool semaphore_try_wait(struct semaphore *semaphore)
{
    /* relaxed: the exchange decides */
    uint32_t word = atomic_load_explicit(&semaphore->word, memory_order_relaxed);
    while (word >= SEMAPHORE_ONE)
        /* acquire: pairs with the release of the post that gave the permit */
        if (atomic_compare_exchange_weak_explicit(&semaphore->word, &word, word - SEMAPHORE_ONE,
                                                  memory_order_acquire, memory_order_relaxed))
            return true;
    return false;
}

/* Take a permit; sleep until there is one. Blocks: yes. */
static inline void semaphore_wait(struct semaphore *semaphore)
{
    if (!semaphore_try_wait(semaphore))
        semaphore_wait_slowly(semaphore, DEADLINE_NEVER);
}

/* The same, at most until the deadline. A permit that is there is taken even after it.
 * Returns: whether one was taken. */
static inline bool semaphore_wait_until(struct semaphore *semaphore, uint64_t deadline_ns)
{
    return semaphore_try_wait(semaphore) || semaphore_wait_slowly(semaphore, deadline_ns);
}

/* Give a permit, to the one that has waited longest if anybody waits. Never blocks for long.
 * Returns: 0. Errors: -EOVERFLOW there are SEMAPHORE_MAX already, and it stays at that. */
static inline int semaphore_post(struct semaphore *semaphore)
{
    uint32_t word = atomic_load_explicit(&semaphore->word, memory_order_relaxed);
    while (!(word & SEMAPHORE_WAITING) && word < (uint32_t)SEMAPHORE_MAX * SEMAPHORE_ONE)
        /* release: pairs with the acquire of the wait that takes this permit, or one given later */
        if (atomic_compare_exchange_weak_explicit(&semaphore->word, &word, word + SEMAPHORE_ONE,
                                                  memory_order_release, memory_order_relaxed))
            return 0;
    return semaphore_post_slowly(semaphore);
}

/* How many permits there were at some moment during the call. */
static inline uint32_t semaphore_count(const struct semaphore *semaphore)
{
    return atomic_load_explicit(&semaphore->word, memory_order_relaxed) / SEMAPHORE_ONE;
}

#endif
