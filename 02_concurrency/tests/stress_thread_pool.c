/* stress_thread_pool.c - tasks from all sides, joins inside of them, and pools that come and go; each runs once.
 *
 *   stress_thread_pool [SEED [ROUNDS]]      about a second; prints the seed
 *
 * A round makes a pool of one to eight threads. Threads from outside spawn tasks and join as guests, with pauses in which
 * the pool falls asleep; tasks spawn tasks and join. In the end destroy must have run every task once. A lost wake-up is
 * a hang, and the alarm ends it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "02_concurrency/par.h"
#include "tests/support/stress.h"

enum { OUTSIDERS = 3, TASKS = 400, ROUNDS = 150, HANG_S = 200 };

struct job {
    struct thread_pool_task task;
    struct job *children;
    unsigned child_count;
    atomic_uint runs;
};

static struct thread_pool *pool;
static struct job jobs[OUTSIDERS][TASKS];
static atomic_ulong errors;

struct sum {
    unsigned from, to;
    uint64_t result;
};

static int sum(void *argument)
{
    struct sum *self = argument;
    if (self->to - self->from == 1) {
        self->result = self->from;
        return 0;
    }
    unsigned middle = self->from + (self->to - self->from) / 2;
    struct sum left = {.from = self->from, .to = middle}, right = {.from = middle, .to = self->to};
    int error = par_join(pool, sum, &left, sum, &right);
    self->result = left.result + right.result;
    return error;
}

static void check_sum(unsigned count)
{
    struct sum whole = {.to = count};
    if (sum(&whole) != 0 || whole.result != (uint64_t)count * (count - 1) / 2)
        atomic_fetch_add(&errors, 1);
}

static void run(struct thread_pool_task *task)
{
    struct job *job = container_of(task, struct job, task);
    if (atomic_fetch_add(&job->runs, 1) != 0)
        atomic_fetch_add(&errors, 1);
    for (unsigned i = 0; i < job->child_count; i++)
        thread_pool_spawn(pool, &job->children[i].task);
    if (job->child_count % 2)
        check_sum(16 + job->child_count);
}

struct outsider {
    struct job *jobs;
    uint64_t random;
};

static void *come_from_outside(void *argument)
{
    struct outsider *self = argument;
    struct job *mine = self->jobs;
    uint64_t random = self->random;
    for (unsigned next = 0; next < TASKS;) {
        struct job *job = &mine[next++];
        job->children = &mine[next];
        job->child_count = (unsigned)(stress_random(&random) >> 40) % 8;
        if (job->child_count > TASKS - next)
            job->child_count = TASKS - next;
        next += job->child_count;
        thread_pool_spawn(pool, &job->task);
        uint64_t dice = stress_random(&random) >> 40;
        if (dice % 16 == 0)
            check_sum(64);
        if (dice % 32 == 1)
            nanosleep(&(struct timespec){.tv_nsec = (long)(dice % 60000)}, NULL);
    }
    return NULL;
}

static void run_round(uint64_t *random)
{
    pthread_t threads[OUTSIDERS];
    struct outsider outsiders[OUTSIDERS];
    struct thread_pool_options options = {.thread_count =
                                              1 + (unsigned)(stress_random(random) >> 40) % 8};
    if (thread_pool_create(&pool, allocator_system(), &options) != 0)
        abort();
    for (int i = 0; i < OUTSIDERS; i++)
        for (int j = 0; j < TASKS; j++)
            jobs[i][j] = (struct job){.task.run = run};
    for (int i = 0; i < OUTSIDERS; i++) {
        outsiders[i] = (struct outsider){jobs[i], stress_random(random)};
        if (pthread_create(&threads[i], NULL, come_from_outside, &outsiders[i]) != 0)
            abort();
    }
    for (int i = 0; i < OUTSIDERS; i++)
        pthread_join(threads[i], NULL);
    thread_pool_destroy(pool);
    for (int i = 0; i < OUTSIDERS; i++)
        for (int j = 0; j < TASKS; j++)
            if (atomic_load(&jobs[i][j].runs) != 1)
                atomic_fetch_add(&errors, 1);
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    for (unsigned long round = 0; round < stress.rounds; round++) {
        alarm(HANG_S);
        run_round(&stress.random);
    }
    printf("errors %lu, tasks %lu\n", atomic_load(&errors), stress.rounds * OUTSIDERS * TASKS);
    return atomic_load(&errors) != 0;
}
