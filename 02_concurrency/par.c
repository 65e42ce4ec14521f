/* par.c - the slow halves of a join, and loops that are split when somebody could help.
 *
 * Why a loop runs each index once, and returns after the last:
 *
 *  1. A range is one thread's. Splitting gives its upper half to a job, before the job is pushed; a job's range is
 *     run by whoever has the job, which the deque gives out once.
 *  2. The function that splits does not return before its job is done: it took the job back and ran it, or waited for
 *     its latch. The job and its value lie in that function's frame until then.
 *  3. A job's value is read after its latch, which was set after the value was written: release and acquire.
 *  4. The first error is kept by a compare-and-swap on loop->error. It is read, relaxed, before each block, as a
 *     hint to stop early; and after the last latch, when all that ran is before.
 *  5. Depth. Each split halves the range, so frames nest at most log2(count) deep for one loop.
 */
#include "02_concurrency/par.h"

#include <errno.h>
#include <string.h>

#include "02_concurrency/par_internal.h"
#include "07_unsafe/bits.h"
#include "07_unsafe/list.h"

void par_job_run(struct thread_pool_task *task)
{
    struct par_job *job = container_of(task, struct par_job, task);
    job->error = job->function(job->argument);
    thread_pool_latch_set(&job->latch); /* the job may be gone now */
}

int par_join_finish(struct thread_pool_worker *self, struct par_job *job,
                    struct thread_pool_task *task, int error)
{
    /* a spawned tasks of the pool, newer than our job: they are run, as any worker would. */
    for (; task; task = thread_pool_pop(self)) {
        if (task == &job->task)
            return error ? error : job->function(job->argument);
        task->run(task);
    }
    thread_pool_wait(self, &job->latch);
    return error ? error : job->error;
}

int par_join_outside(struct thread_pool *pool, const struct par_job *first,
                     const struct par_job *second)
{
    struct thread_pool_worker *guest = thread_pool_enter(pool);
    int error;
    if (guest) {
        error =
            par_join(pool, first->function, first->argument, second->function, second->argument);
        thread_pool_leave(guest);
    } else {
        error = first->function(first->argument);
        if (!error)
            error = second->function(second->argument);
    }
    return error;
}

/* ---- loops ---- */

struct loop {
    par_range_fn *body; /* one of these two */
    const struct par_reduce *reduce;
    void *context;
    _Atomic(int) error;
};

struct range {
    size_t from, to;
    size_t grain; /* of the next block */
};

struct value {
    _Alignas(max_align_t) unsigned char bytes[PAR_VALUE_BYTES];
};

/* The upper half of a range that was split. */
struct half {
    struct par_job job;
    struct loop *loop;
    struct range range;
    struct value value;
};

static bool has_failed(struct loop *loop)
{
    /* relaxed: argument 4 */
    return atomic_load_explicit(&loop->error, memory_order_relaxed) != 0;
}

static void run_indices(struct loop *loop, size_t from, size_t to, struct value *value)
{
    int error, none = 0;
    if (loop->body)
        error = loop->body(loop->context, from, to);
    else
        error = loop->reduce->fold(loop->context, from, to, value->bytes);
    if (error) /* relaxed: the latches order it before the last look */
        atomic_compare_exchange_strong_explicit(&loop->error, &none, error, memory_order_relaxed,
                                                memory_order_relaxed);
}

/* One block, and from the time it took how large the next one is to be. before: the time now. Returns: the time then;
 * it is not looked up when nothing is left. */
static uint64_t run_block(struct loop *loop, struct range *range, size_t growth, uint64_t before,
                          struct value *value)
{
    size_t left = range->to - range->from;
    size_t length = range->grain < left ? range->grain : left;
    run_indices(loop, range->from, range->from + length, value);
    range->from += length;
    if (length == left)
        return before;
    uint64_t now = bits_cycles();
    if (now - before < par_ticks(PAR_BLOCK_US) / growth)
        range->grain = length < left / growth ? length * growth : left;
    else if (now - before > 2 * par_ticks(PAR_BLOCK_US) && length > 1)
        range->grain = length / 2;
    return now;
}

static void run_range(struct thread_pool_worker *self, struct loop *loop, struct range range,
                      struct value *value);

static int run_half(void *argument)
{
    struct half *half = argument;
    if (half->loop->reduce)
        half->loop->reduce->identity(half->loop->context, half->value.bytes);
    run_range(thread_pool_current, half->loop, half->range, &half->value);
    return 0;
}

/* lesson: par-for-split */
/* Offer the upper half, run the lower, then the upper if nobody took it. */
static void split(struct thread_pool_worker *self, struct loop *loop, struct range range,
                  struct value *value)
{
    size_t middle = range.from + (range.to - range.from) / 2;
    struct half half;
    half.job = (struct par_job){.task.run = par_job_run,
                                .function = run_half,
                                .argument = &half,
                                .latch = THREAD_POOL_LATCH_INIT(self)};
    half.loop = loop;
    half.range = (struct range){middle, range.to, range.grain};
    bool offered = thread_pool_push(self, &half.job.task);
    run_range(self, loop, (struct range){range.from, middle, range.grain}, value);
    if (offered)
        par_join_finish(self, &half.job, thread_pool_pop(self), 0);
    else
        run_half(&half);
    if (loop->reduce)
        loop->reduce->combine(loop->context, value->bytes, half.value.bytes);
}

/* Block by block; when nothing of ours is left for a thief, split. */
static void run_range(struct thread_pool_worker *self, struct loop *loop, struct range range,
                      struct value *value)
{
    while (range.from < range.to && !has_failed(loop)) {
        if (range.to - range.from > range.grain && ws_deque_is_empty(&self->deque)) {
            split(self, loop, range, value);
            return;
        }
        run_block(loop, &range, 2, bits_cycles(), value);
    }
}
/* end lesson */

/* Begin alone. Returns: whether there is more to do than is worth doing alone. */
static bool run_alone(struct loop *loop, struct range *range, struct value *value)
{
    uint64_t begin = bits_cycles(), now = begin;
    while (range->from < range->to && !has_failed(loop)) {
        if (now - begin > par_ticks(PAR_ALONE_US))
            return true;
        now = run_block(loop, range, PAR_FIRST_GROWTH, now, value);
    }
    return false;
}

static void run_rest(struct thread_pool *pool, struct loop *loop, struct range range,
                     struct value *value)
{
    struct thread_pool_worker *self = thread_pool_current, *guest = NULL;
    if (!self || self->pool != pool)
        self = guest = thread_pool_enter(pool);
    if (self)
        run_range(self, loop, range, value);
    else
        while (range.from < range.to && !has_failed(loop))
            run_block(loop, &range, 2, bits_cycles(), value);
    if (guest)
        thread_pool_leave(guest);
}

static int run_loop(struct thread_pool *pool, size_t count, struct loop *loop, struct value *value)
{
    struct range range = {0, count, par_first_block(count)};
    if (run_alone(loop, &range, value))
        run_rest(pool, loop, range, value);
    return atomic_load_explicit(&loop->error, memory_order_relaxed); /* argument 4 */
}

int par_for(struct thread_pool *pool, size_t count, par_range_fn *body, void *context)
{
    struct loop loop = {.body = body, .context = context};
    return run_loop(pool, count, &loop, NULL);
}

static int map_range(void *context, size_t from, size_t to)
{
    const struct par_map *map = context;
    const unsigned char *in = (const unsigned char *)map->in + from * map->in_bytes;
    unsigned char *out = (unsigned char *)map->out + from * map->out_bytes;
    int error = 0;
    for (size_t i = from; i < to && !error; i++) {
        error = map->function(map->context, in, out);
        in += map->in_bytes;
        out += map->out_bytes;
    }
    return error;
}

int par_map(struct thread_pool *pool, size_t count, const struct par_map *map)
{
    struct par_map copy = *map;
    return par_for(pool, count, map_range, &copy);
}

int par_reduce(struct thread_pool *pool, size_t count, const struct par_reduce *reduce, void *out)
{
    if (reduce->value_bytes > PAR_VALUE_BYTES)
        return -EINVAL;
    struct loop loop = {.reduce = reduce, .context = reduce->context};
    struct value value;
    reduce->identity(reduce->context, value.bytes);
    int error = run_loop(pool, count, &loop, &value);
    if (!error)
        memcpy(out, value.bytes, reduce->value_bytes);
    return error;
}
