/* stress_wait_group.c - trees of work that grow while they are waited for, one group used again and again.
 *
 *   stress_wait_group [SEED [ROUNDS]]      about a second; prints the seed
 *
 * A job begins jobs of its own before it is done, up to a depth, and adds each to the group before it hands it out. When
 * a wait returns, all of the round's jobs have to be done: none has been let go too early, and what they wrote is seen.
 * Several threads wait, some of them with deadlines that pass.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "02_concurrency/wait_group.h"
#include "tests/support/stress.h"

enum {
    WORKERS = 3,
    WAITERS = 2,
    DEPTH = 4,
    CHILDREN_MAX = 4,
    JOBS_MAX = 1 << 12,
    ROUNDS = 6000,
    HANG_S = 200
};

struct job {
    unsigned depth;
    uint64_t random;
    bool is_done; /* plain: the group orders it */
};

static struct wait_group group;
static struct job jobs[JOBS_MAX];    /* job n is at n % JOBS_MAX; a round has at most 341 */
static atomic_ulong shown[JOBS_MAX]; /* n + 1: job n can be taken */
static atomic_ulong jobs_begun, jobs_taken,
    round_first; /* they only grow: a late look at them does no harm */
static atomic_bool is_over;
static atomic_ulong errors, gave_up, done_count;
static pthread_barrier_t round_begins;
static unsigned long rounds;

static void begin_job(unsigned depth, uint64_t random)
{
    unsigned long number = atomic_fetch_add(&jobs_begun, 1);
    jobs[number % JOBS_MAX] = (struct job){depth, random, false};
    atomic_store(&shown[number % JOBS_MAX], number + 1);
}

static void do_job(struct job *job)
{
    uint64_t random = job->random;
    unsigned children =
        job->depth == 0 ? 0 : (unsigned)(stress_random(&random) >> 40) % (CHILDREN_MAX + 1);
    wait_group_add(&group, children);
    for (unsigned i = 0; i < children; i++)
        begin_job(job->depth - 1, stress_fork(&random));
    job->is_done = true;
    atomic_fetch_add(&done_count, 1);
    wait_group_done(&group);
}

static void *work(void *argument)
{
    (void)argument;
    while (!atomic_load(&is_over)) {
        unsigned long number = atomic_load(&jobs_taken);
        if (atomic_load(&shown[number % JOBS_MAX]) == number + 1 &&
            atomic_compare_exchange_strong(&jobs_taken, &number, number + 1))
            do_job(&jobs[number % JOBS_MAX]);
        else
            usleep(1);
    }
    return NULL;
}

static void check_all_done(unsigned long first)
{
    for (unsigned long number = first; number < atomic_load(&jobs_begun); number++)
        if (!jobs[number % JOBS_MAX].is_done)
            atomic_fetch_add(&errors, 1);
}

static void *wait_for_rounds(void *argument)
{
    uint64_t random = *(uint64_t *)argument;
    for (unsigned long round = 0; round < rounds; round++) {
        pthread_barrier_wait(&round_begins);
        unsigned long first = atomic_load(&round_first);
        while (stress_random(&random) % 2 == 0 &&
               wait_group_wait_until(
                   &group, deadline_after_ns(stress_random(&random) % (50 * DEADLINE_US))) != 0)
            atomic_fetch_add(&gave_up, 1);
        wait_group_wait(&group);
        check_all_done(first);
        pthread_barrier_wait(&round_begins);
    }
    return NULL;
}

static void run_round(uint64_t *random)
{
    unsigned long first = atomic_load(&jobs_begun);
    atomic_store(&round_first, first);
    wait_group_add(&group, 1);
    begin_job(DEPTH, stress_fork(random));
    pthread_barrier_wait(&round_begins);
    wait_group_wait(&group);
    check_all_done(first);
    pthread_barrier_wait(&round_begins); /* nobody looks at this round's jobs any more */
}

int main(int argc, char **argv)
{
    pthread_t threads[WORKERS + WAITERS];
    uint64_t randoms[WAITERS];
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    rounds = stress.rounds;
    alarm(HANG_S);
    pthread_barrier_init(&round_begins, NULL, WAITERS + 1);
    for (unsigned i = 0; i < WORKERS + WAITERS; i++) {
        if (i < WAITERS)
            randoms[i] = stress_fork(&stress.random);
        if (pthread_create(&threads[i], NULL, i < WAITERS ? wait_for_rounds : work,
                           i < WAITERS ? &randoms[i] : NULL) != 0)
            abort();
    }
    for (unsigned long round = 0; round < rounds; round++)
        run_round(&stress.random);
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < WORKERS + WAITERS; i++)
        pthread_join(threads[i], NULL);
    printf("%lu rounds, %lu jobs, %lu gave up, %lu errors\n", rounds, atomic_load(&done_count),
           atomic_load(&gave_up), atomic_load(&errors));
    return atomic_load(&errors) != 0;
}
