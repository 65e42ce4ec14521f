/* stress_par.c - loops, scans, sorts, filters, joins and scopes, nested in one another, from several threads at once.
 *
 *   stress_par [SEED [ROUNDS]]      about a second; prints the seed
 *
 * Each operation knows its answer. Some bodies fail on purpose, in the middle: the error must arrive, and nothing may run
 * after its operation has returned: each body finds the word of its operation, which is on the stack of who started it.
 * A wake-up that is lost is a hang, and the alarm ends it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "02_concurrency/par_radix.h"
#include "02_concurrency/par_scan.h"
#include "02_concurrency/par_scope.h"

#define PAR_SORT_NAME       sort_u64
#define PAR_SORT_TYPE       uint64_t
#define PAR_SORT_LESS(a, b) ((a) < (b))
#include "02_concurrency/par_sort_template.h"

#define PAR_FILTER_NAME    keep_odd
#define PAR_FILTER_TYPE    uint64_t
#define PAR_FILTER_KEEP(x) ((x) % 2 == 1)
#include "02_concurrency/par_filter_template.h"
#include "tests/support/stress.h"

enum { OUTSIDERS = 3, ROUNDS = 40, COUNT_MAX = 20000, FAILED = -77, HANG_S = 200 };
#define ALIVE UINT64_C(0x616c697665)

static struct thread_pool *threads;
static atomic_ulong errors, operations;

static void check(bool good)
{
    if (!good)
        atomic_fetch_add(&errors, 1);
}

static void operate(uint64_t random, unsigned depth);

struct loop {
    uint64_t alive;
    size_t bad; /* index that fails */
    uint64_t random;
    unsigned depth;
    atomic_size_t sum;
};

static int body(void *context, size_t from, size_t to)
{
    struct loop *loop = context;
    size_t sum = 0;
    check(loop->alive == ALIVE);
    for (size_t i = from; i < to; i++) {
        if (i == loop->bad)
            return FAILED;
        if (loop->depth > 0 && i % 4096 == 77)
            operate(loop->random + i, loop->depth - 1);
        sum += i;
    }
    atomic_fetch_add(&loop->sum, sum);
    return 0;
}

static void run_loop(uint64_t random, unsigned depth)
{
    size_t count = (random >> 8) % COUNT_MAX;
    bool fails = count > 0 && random % 3 == 0;
    struct loop loop = {
        .alive = ALIVE, .random = random, .depth = depth, .bad = fails ? random % count : SIZE_MAX};
    int error = par_for(threads, count, body, &loop);
    check(error == (fails ? FAILED : 0));
    check(fails || loop.sum == (count ? count * (count - 1) / 2 : 0));
    loop.alive = 0; /* whoever still runs finds it */
}

static void run_sort(uint64_t random)
{
    size_t count = (random >> 8) % COUNT_MAX, wrong = 0;
    uint64_t *data = malloc((count + 1) * sizeof(*data)), sum = 0;
    if (!data)
        abort();
    for (size_t i = 0; i < count; i++)
        sum += data[i] = stress_random(&random) >> random % 64;
    if (random % 3 == 0)
        sort_u64(threads, data, count, NULL);
    else if (random % 3 == 1)
        check(sort_u64_stable(threads, allocator_system(), data, count, NULL) == 0);
    else
        par_radix_u64(threads, allocator_system(), data, count);
    for (size_t i = 0; i < count; i++) {
        sum -= data[i];
        wrong += i > 0 && data[i - 1] > data[i];
    }
    check(wrong == 0 && sum == 0);
    free(data);
}

static void run_filter(uint64_t random)
{
    size_t count = (random >> 8) % COUNT_MAX, expected = 0;
    uint64_t *in = malloc((count + 1) * 2 * sizeof(*in));
    if (!in)
        abort();
    uint64_t *out = in + count;
    for (size_t i = 0; i < count; i++)
        in[i] = stress_random(&random) >> 7;
    size_t kept = keep_odd(threads, in, count, out, NULL);
    for (size_t i = 0; i < count; i++)
        if (in[i] % 2 == 1)
            check(out[expected++] == in[i]);
    check(kept == expected);
    free(in);
}

struct node {
    struct par_scope_task task;
    uint64_t *alive;
    struct node *all;
    atomic_uint *visits;
    size_t number, count, bad;
};

static int visit(struct par_scope *scope, struct par_scope_task *task)
{
    struct node *node = container_of(task, struct node, task);
    check(*node->alive == ALIVE);
    atomic_fetch_add(node->visits, 1);
    for (size_t found = 2 * node->number + 1; found <= 2 * node->number + 2 && found < node->count;
         found++) {
        node->all[found] = *node;
        node->all[found].number = found;
        par_scope_spawn(scope, &node->all[found].task, visit);
    }
    return node->number == node->bad ? FAILED : 0;
}

static int begin(struct par_scope *scope, void *root)
{
    par_scope_spawn(scope, &((struct node *)root)->task, visit);
    return 0;
}

static void run_scope(uint64_t random)
{
    size_t count = 1 + (random >> 8) % 500;
    bool fails = random % 2 == 0;
    uint64_t alive = ALIVE;
    atomic_uint visits = 0;
    struct node *all = calloc(count, sizeof(*all));
    if (!all)
        abort();
    all[0] = (struct node){.alive = &alive,
                           .all = all,
                           .visits = &visits,
                           .count = count,
                           .bad = fails ? 0 : SIZE_MAX};
    int error = par_scope(threads, begin, all);
    check(error == (fails ? FAILED : 0));
    check(fails ? visits <= count : visits == count);
    alive = 0;
    free(all);
}

static void operate(uint64_t random, unsigned depth)
{
    atomic_fetch_add(&operations, 1);
    switch (stress_random(&random) >> 62) {
    case 0:
        run_loop(random, depth);
        break;
    case 1:
        run_sort(random);
        break;
    case 2:
        run_filter(random);
        break;
    default:
        run_scope(random);
    }
}

static void *come_from_outside(void *argument)
{
    uint64_t random = *(uint64_t *)argument;
    for (int i = 0; i < 8; i++)
        operate(stress_fork(&random), 2);
    return NULL;
}

static void run_round(uint64_t *random)
{
    pthread_t outsiders[OUTSIDERS];
    uint64_t seeds[OUTSIDERS];
    struct thread_pool_options options = {.thread_count =
                                              1 + (unsigned)(stress_random(random) >> 40) % 6};
    if (thread_pool_create(&threads, allocator_system(), &options) != 0)
        abort();
    for (int i = 0; i < OUTSIDERS; i++) {
        seeds[i] = stress_fork(random);
        if (pthread_create(&outsiders[i], NULL, come_from_outside, &seeds[i]) != 0)
            abort();
    }
    for (int i = 0; i < OUTSIDERS; i++)
        pthread_join(outsiders[i], NULL);
    thread_pool_destroy(threads);
}

int main(int argc, char **argv)
{
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    for (unsigned long round = 0; round < stress.rounds; round++) {
        alarm(HANG_S);
        run_round(&stress.random);
    }
    printf("errors %lu, operations %lu\n", atomic_load(&errors), atomic_load(&operations));
    return atomic_load(&errors) != 0;
}
