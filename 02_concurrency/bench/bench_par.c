/* bench_par.c - joins and loops beside rayon's, TBB's and the serial loop.
 *
 *   join-1, join-2       fib(35) by one and two threads, a join at every call, no cut-off; an operation is a join
 *   sum-100M             beside two threads that do nothing but read: the bandwidth of this machine, now
 *   map-reduce, map      10 million elements, two threads
 *   ...-small            1000 elements at a time: the work of a microsecond
 *
 * The serial peer is what one would write without a library. An operation of these is an element.
 */
#include <pthread.h>

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

/* ---- sums ---- */

typedef uint64_t vector __attribute__((vector_size(16), aligned(8), may_alias));

/* By vectors, four at a time: -O2 would not do so by itself, the peers' compilers do. */
static uint64_t sum_serial(const uint64_t *data, size_t count)
{
    vector a = {0}, b = {0}, c = {0}, d = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const vector *next = (const vector *)(data + i);
        a += next[0];
        b += next[1];
        c += next[2];
        d += next[3];
    }
    a += b + (c + d);
    uint64_t sum = a[0] + a[1];
    for (; i < count; i++)
        sum += data[i];
    return sum;
}

static void zero(void *context, void *value)
{
    (void)context;
    *(uint64_t *)value = 0;
}

static void add(void *context, void *left, const void *right)
{
    (void)context;
    *(uint64_t *)left += *(const uint64_t *)right;
}

static int fold_sum(void *context, size_t from, size_t to, void *value)
{
    const struct bench_work *work = context;
    *(uint64_t *)value += sum_serial(work->data + from, to - from);
    return 0;
}

static uint64_t sum_slice(const struct bench_work *slice)
{
    struct bench_work copy = *slice;
    struct par_reduce reduce = {sizeof(uint64_t), zero, fold_sum, add, &copy};
    uint64_t sum = 0;
    par_reduce(slice->pool, slice->count, &reduce, &sum);
    return sum;
}

static uint64_t sum_slice_serial(const struct bench_work *slice)
{
    return sum_serial(slice->data, slice->count);
}

struct reader {
    const uint64_t *data;
    size_t count;
    uint64_t sum;
};

static void *read_part(void *argument)
{
    struct reader *reader = argument;
    reader->sum = sum_serial(reader->data, reader->count);
    return NULL;
}

/* The bandwidth: each thread reads its half, from one end to the other, and there is nothing else. */
static uint64_t sum_by_readers(const struct bench_work *slice)
{
    size_t half = slice->count / 2;
    struct reader first = {slice->data, half, 0};
    struct reader second = {slice->data + half, slice->count - half, 0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_part, &first) != 0)
        return 0;
    read_part(&second);
    pthread_join(thread, NULL);
    return first.sum + second.sum;
}

/* ---- map and reduce ---- */

static inline uint64_t squared(uint64_t x)
{
    return x * x >> 7;
}

static uint64_t map_reduce_serial(const uint64_t *data, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum ^= squared(data[i]);
    return sum;
}

static void exclusive_or(void *context, void *left, const void *right)
{
    (void)context;
    *(uint64_t *)left ^= *(const uint64_t *)right;
}

static int fold_squares(void *context, size_t from, size_t to, void *value)
{
    const struct bench_work *work = context;
    *(uint64_t *)value ^= map_reduce_serial(work->data + from, to - from);
    return 0;
}

static uint64_t map_reduce_slice(const struct bench_work *slice)
{
    struct bench_work copy = *slice;
    struct par_reduce reduce = {sizeof(uint64_t), zero, fold_squares, exclusive_or, &copy};
    uint64_t sum = 0;
    par_reduce(slice->pool, slice->count, &reduce, &sum);
    return sum;
}

static uint64_t map_reduce_slice_serial(const struct bench_work *slice)
{
    return map_reduce_serial(slice->data, slice->count);
}

static int map_range(void *context, size_t from, size_t to)
{
    const struct bench_work *work = context;
    for (size_t i = from; i < to; i++)
        work->out[i] = squared(work->data[i]);
    return 0;
}

static uint64_t map_slice(const struct bench_work *slice)
{
    struct bench_work copy = *slice;
    par_for(slice->pool, slice->count, map_range, &copy);
    return work_checksum(slice->out, slice->count);
}

static uint64_t map_slice_serial(const struct bench_work *slice)
{
    struct bench_work copy = *slice;
    map_range(&copy, 0, slice->count);
    return work_checksum(slice->out, slice->count);
}

/* ---- rows -------------------------------------------------------------------------------------------------------*/

#define RUN(name, each, size)                                                                      \
    static uint64_t name(void *context, uint64_t operations)                                       \
    {                                                                                              \
        return work_in_slices(context, operations, size, each);                                    \
    }
RUN(ours_sum, sum_slice, WORK_LARGE)
RUN(readers_sum, sum_by_readers, WORK_LARGE)
RUN(ours_sum_small, sum_slice, WORK_SMALL)
RUN(serial_sum_small, sum_slice_serial, WORK_SMALL)
RUN(ours_map_reduce, map_reduce_slice, WORK_MIDDLE)
RUN(serial_map_reduce, map_reduce_slice_serial, WORK_MIDDLE)
RUN(ours_map_reduce_small, map_reduce_slice, WORK_SMALL)
RUN(serial_map_reduce_small, map_reduce_slice_serial, WORK_SMALL)
RUN(ours_map, map_slice, WORK_MIDDLE)
RUN(serial_map, map_slice_serial, WORK_MIDDLE)
RUN(ours_map_small, map_slice, WORK_SMALL)
RUN(serial_map_small, map_slice_serial, WORK_SMALL)

static void *setup_1(void)
{
    return work_pools(1);
}

static void *setup_2(void)
{
    return work_pools(2);
}

#define OURS(function, before)                                                                     \
    {                                                                                              \
        .name = "syslab", .run = function, .setup = before                                         \
    }
#define OTHER(called, function, before)                                                            \
    {                                                                                              \
        .name = called, .run = function, .setup = before                                           \
    }
#define RAYON(peer, before)                                                                        \
    {                                                                                              \
        .name = "rayon", .symbol = peer, .setup = before, .package = "librust-rayon-dev"           \
    }

static const struct bench_contender join_1[] = {
    OURS(ours_join, setup_1), RAYON("peer_rayon_join", setup_1), {.name = NULL}};
static const struct bench_contender join_2[] = {
    OURS(ours_join, setup_2), RAYON("peer_rayon_join", setup_2), {.name = NULL}};
static const struct bench_contender sum[] = {
    OURS(ours_sum, work_large),
    OTHER("bandwidth", readers_sum, work_large),
    RAYON("peer_rayon_sum", work_large),
    {.name = "tbb", .symbol = "peer_tbb_sum", .setup = work_large, .package = "libtbb-dev"},
    {.name = NULL}};
static const struct bench_contender sum_small[] = {OURS(ours_sum_small, work_small),
                                                   OTHER("serial", serial_sum_small, work_small),
                                                   RAYON("peer_rayon_sum_small", work_small),
                                                   {.name = NULL}};
static const struct bench_contender map_reduce[] = {OURS(ours_map_reduce, work_middle),
                                                    OTHER("serial", serial_map_reduce, work_middle),
                                                    RAYON("peer_rayon_map_reduce", work_middle),
                                                    {.name = NULL}};
static const struct bench_contender map_reduce_small[] = {
    OURS(ours_map_reduce_small, work_small),
    OTHER("serial", serial_map_reduce_small, work_small),
    RAYON("peer_rayon_map_reduce_small", work_small),
    {.name = NULL}};
static const struct bench_contender map[] = {OURS(ours_map, work_middle),
                                             OTHER("serial", serial_map, work_middle),
                                             RAYON("peer_rayon_map", work_middle),
                                             {.name = NULL}};
static const struct bench_contender map_small[] = {OURS(ours_map_small, work_small),
                                                   OTHER("serial", serial_map_small, work_small),
                                                   RAYON("peer_rayon_map_small", work_small),
                                                   {.name = NULL}};

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
    {.name = "par/sum-100M",
     .work = "100 million u64 by two threads, beside two that only read; a number",
     .operations = WORK_LARGE,
     .floor = 1 / 0.95,
     .two_threads = true,
     .contenders = sum},
    {.name = "par/sum-small",
     .work = "1000 u64 at a time, two threads in the pool; a number",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = sum_small},
    {.name = "par/map-reduce-10M",
     .work = "squares of 10 million u64, combined by exclusive or, two threads; a number",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = map_reduce},
    {.name = "par/map-reduce-small",
     .work = "the same, 1000 at a time",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = map_reduce_small},
    {.name = "par/map-10M",
     .work = "squares of 10 million u64 into another array, two threads; a number",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = map},
    {.name = "par/map-small",
     .work = "the same, 1000 at a time",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = map_small},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
