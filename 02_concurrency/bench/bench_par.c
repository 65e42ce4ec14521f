/* bench_par.c - joins beside rayon's.
 *
 *   join-1, join-2    fib(35) by one and two threads, a join at every call, no cut-off; an operation is a join
 */
#include "02_concurrency/bench/par_work.h"
#include "02_concurrency/par.h"

/* ---- joins ------------------------------------------------------------------------------------------------------*/

struct fib {
    struct thread_pool *pool;
    uint64_t n, result;
};

static int fib(void *argument)
{
    struct fib *self = argument;
    if (self->n < 2) {
        self->result = self->n;
        return 0;
    }
    struct fib left = {self->pool, self->n - 1, 0}, right = {self->pool, self->n - 2, 0};
    int error = par_join(self->pool, fib, &left, fib, &right);
    self->result = left.result + right.result;
    return error;
}

/* fib of n joins fib(n + 1) - 1 times. Returns: the n of the most joins, no more than *joins, which becomes how many. */
static uint64_t largest_fib(uint64_t *joins)
{
    uint64_t n = 2, this = 2, next = 3;
    for (; next - 1 <= *joins; n++) {
        uint64_t sum = this + next;
        this = next;
        next = sum;
    }
    *joins = this - 1;
    return n;
}

static uint64_t ours_join(void *context, uint64_t operations)
{
    struct bench_work *work = context;
    uint64_t sum = 0;
    while (operations > 0) {
        uint64_t joins = operations;
        struct fib whole = {work->pool, largest_fib(&joins), 0};
        fib(&whole);
        sum += whole.result;
        operations -= joins;
    }
    return sum;
}

static void *setup_1(void)
{
    return work_pools(1);
}

static void *setup_2(void)
{
    return work_pools(2);
}

#define CONTENDERS(function, peer, before)                                                         \
    {                                                                                              \
        {.name = "syslab", .run = function, .setup = before},                                      \
            {.name = "rayon", .symbol = peer, .setup = before, .package = "librust-rayon-dev"},    \
            {.name = NULL},                                                                        \
    }

static const struct bench_contender join_1[] = CONTENDERS(ours_join, "peer_rayon_join", setup_1);
static const struct bench_contender join_2[] = CONTENDERS(ours_join, "peer_rayon_join", setup_2);

static const struct bench_row rows[] = {
    {.name = "par/join-1",
     .work = "fib(35), a join at every call, one thread; a join",
     .operations = 14930351,
     .floor = 1.0,
     .contenders = join_1},
    {.name = "par/join-2",
     .work = "the same, two threads",
     .operations = 14930351,
     .floor = 1.0,
     .two_threads = true,
     .contenders = join_2},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
