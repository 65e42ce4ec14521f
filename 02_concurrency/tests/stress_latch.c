/* stress_latch.c - latches that are freed as soon as a wait has returned, by whichever waiter is the last.
 *
 *   stress_latch [SEED [ROUNDS]]      about a second; prints the seed
 *
 * In each round some threads prepare a plain word each and count down, and others wait, some of them with deadlines that
 * pass, and then look at all the words. The latch is in a page that is taken away when the last waiter has come out,
 * while whoever counted down last may still be waking: it must use the address as a name only.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "02_concurrency/latch.h"
#include "tests/support/stress.h"

enum { COUNTERS = 4, WAITERS = 3, ROUNDS = 6000, HANG_S = 200, PAGE_BYTES = 4096 };

/* One round; lies in a page of its own. */
struct round {
    struct latch latch;
    atomic_uint waiters_left;
    uint64_t words[COUNTERS]; /* plain: the latch orders them */
};

static struct round *_Atomic current;
static pthread_barrier_t round_begins;
static unsigned long rounds;
static atomic_ulong errors, gave_up, freed;

struct worker {
    pthread_t thread;
    unsigned id;
    uint64_t random;
};

static void *count_down(void *argument)
{
    struct worker *worker = argument;
    for (unsigned long number = 0; number < rounds; number++) {
        pthread_barrier_wait(&round_begins);
        struct round *round = atomic_load(&current);
        for (uint64_t spins = stress_random(&worker->random) % 512; spins > 0; spins--)
            atomic_signal_fence(memory_order_seq_cst);
        round->words[worker->id] = number + worker->id;
        latch_count_down(&round->latch); /* from here on the round may be gone */
        pthread_barrier_wait(&round_begins);
    }
    return NULL;
}

static void wait_somehow(struct worker *worker, struct latch *latch)
{
    while (stress_random(&worker->random) % 2 == 0) {
        uint64_t patience_ns = stress_random(&worker->random) % (20 * DEADLINE_US);
        if (latch_wait_until(latch, deadline_after_ns(patience_ns)) == 0)
            return;
        atomic_fetch_add(&gave_up, 1);
    }
    latch_wait(latch);
}

static void *wait_for_all(void *argument)
{
    struct worker *worker = argument;
    for (unsigned long number = 0; number < rounds; number++) {
        pthread_barrier_wait(&round_begins);
        struct round *round = atomic_load(&current);
        wait_somehow(worker, &round->latch);
        for (unsigned i = 0; i < COUNTERS; i++)
            if (round->words[i] != number + i)
                atomic_fetch_add(&errors, 1);
        if (atomic_fetch_sub(&round->waiters_left, 1) == 1 && munmap(round, PAGE_BYTES) == 0)
            atomic_fetch_add(&freed, 1);
        pthread_barrier_wait(&round_begins);
    }
    return NULL;
}

static struct round *make_round(void)
{
    struct round *round =
        mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (round == MAP_FAILED)
        abort();
    latch_init(&round->latch, COUNTERS);
    atomic_init(&round->waiters_left, WAITERS);
    return round;
}

int main(int argc, char **argv)
{
    static struct worker workers[COUNTERS + WAITERS];
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    rounds = stress.rounds;
    alarm(HANG_S);
    pthread_barrier_init(&round_begins, NULL, COUNTERS + WAITERS + 1);
    for (unsigned i = 0; i < COUNTERS + WAITERS; i++) {
        workers[i].id = i;
        workers[i].random = stress_fork(&stress.random);
        if (pthread_create(&workers[i].thread, NULL, i < COUNTERS ? count_down : wait_for_all,
                           &workers[i]) != 0)
            abort();
    }
    for (unsigned long number = 0; number < rounds; number++) {
        atomic_store(&current, make_round());
        pthread_barrier_wait(&round_begins);
        pthread_barrier_wait(&round_begins); /* all are through */
    }
    for (unsigned i = 0; i < COUNTERS + WAITERS; i++)
        pthread_join(workers[i].thread, NULL);
    printf("%lu rounds, %lu gave up, %lu freed, %lu errors\n", rounds, atomic_load(&gave_up),
           atomic_load(&freed), atomic_load(&errors));
    return atomic_load(&errors) != 0 || atomic_load(&freed) != rounds;
}
