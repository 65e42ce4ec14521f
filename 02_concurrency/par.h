/* par.h - parallel algorithms over a thread pool: fork and join, loops, reductions.
 *
 *     par_join      two functions, perhaps at once
 *     par_for       a function over ranges of 0 .. count - 1
 *     par_map       one function for each element of an array, into another
 *     par_reduce    values of ranges, combined in order
 *
 *     (02_concurrency/par_scope.h: tasks as they come; par_sort.h; par_scan.h; par_filter.h)
 *
 * par_join offers the second function to whoever is idle, by a push onto this thread's deque, calls the first, and
 * takes the second back to call it itself, unless it was stolen. Then it runs other work until the thief is done.
 * So a join that nobody helps with costs two function calls, a push and a pop: write recursion as it is, without a
 * cut-off.
 *
 *     static int sum(void *argument)
 *     {
 *         ...
 *         return par_join(pool, sum, &left, sum, &right);
 *     }
 *
 * A loop is split when somebody could help, and not before. It begins in the caller alone, in blocks that grow;
 * what is over in some ten microseconds, less than it takes to wake a thread, wakes none. After that, whenever the
 * deque of whoever works on a range is empty, which is so at first and whenever a thief has been, half of the range
 * that is left is put there. One who is not stolen from splits a range of n blocks log n times; one who is, once
 * more for each thief.
 *
 *     [ done | block |            left            ]        deque empty: split
 *     [ done | block |    keep     |    offer     ]        offer: stolen, or taken back later
 *
 * Errors travel. A function returns 0 or an error of its choice, commonly -errno. The first error ends the
 * operation: what has not begun is left out, what runs goes on to its end (a body may ask nothing; its next block
 * does not begin), and when all of it has ended, the error is returned to who started the operation, however many
 * threads and levels lie between. If several fail, it is the error of one of them; of a join, the first function's
 * before the second's. That is cancellation, too: a body that finds itself unwanted returns -ECANCELED.
 *
 * Invariant: an operation returns when all of its functions have returned, in all threads; what they wrote is seen
 * then. Each function and each index is run at most once, and exactly once if there is no error.
 *
 * Threads: any number at once, on one pool. A thread of the pool works in place; one from outside works with the
 * pool as a guest; if there is no guest's place left, or no memory for a longer deque, the work is done by the
 * caller alone. Functions of one operation run at the same time: what they share is theirs to guard. Nesting:
 * freely.
 * Progress: blocks until its functions have returned; lock-free beside that, but where threads sleep or are woken.
 *
 * Do not: hold a lock over an operation, or keep its results in thread-local storage: a thread that waits for a
 * thief runs other tasks meanwhile. They may be deep: a stack has to hold what one of them needs for each level of
 * joins, and more.
 *
 * Memory: none is allocated but for deques that grow. Errors: none of its own.
 * Interface: par_join par_for par_map par_reduce
 * Source: Frigo, Leiserson and Randall, The Implementation of the Cilk-5 Multithreaded Language (PLDI 1998);
 *         Tzannes, Caragea, Barua and Vishkin, Lazy Binary-Splitting (PPoPP 2010); Acar, Chargueraud, Guatto,
 *         Rainey and Sieczkowski, Heartbeat Scheduling (PLDI 2018).
 */
#ifndef SYSLAB_CONCURRENCY_PAR_H
#define SYSLAB_CONCURRENCY_PAR_H

#include "02_concurrency/thread_pool.h"

/* Returns: 0, or an error that ends the operation. */
typedef int par_fn(void *argument);

struct par_job {
    struct thread_pool_task task;
    par_fn *function;
    void *argument;
    int error;
    struct thread_pool_latch latch;
};

/* The task of a job that was stolen. */
void par_job_run(struct thread_pool_task *task);

/* par_join for a thread that is not of the pool. */
int par_join_outside(struct thread_pool *pool, const struct par_job *first,
                     const struct par_job *second);

/* The second half of a join whose job is not the next in the deque. task: what is, or NULL. */
int par_join_finish(struct thread_pool_worker *self, struct par_job *job,
                    struct thread_pool_task *task, int error);

/* lesson: par-join */
/* Call a(a_argument) and b(b_argument), at once if another thread is idle, else a first. If a fails before b has
 * begun, b is not called. Returns: 0, a's error, or b's. Cost: some 7 ns over the calls. */
static inline int par_join(struct thread_pool *pool, par_fn *a, void *a_argument, par_fn *b,
                           void *b_argument)
{
    struct thread_pool_worker *self = thread_pool_current;
    if (__builtin_expect(!self || self->pool != pool, 0))
        return par_join_outside(pool, &(struct par_job){.function = a, .argument = a_argument},
                                &(struct par_job){.function = b, .argument = b_argument});
    struct par_job job;
    job.task.run = par_job_run;
    job.function = b;
    job.argument = b_argument;
    job.latch = (struct thread_pool_latch)THREAD_POOL_LATCH_INIT(self);
    bool offered = thread_pool_push(self, &job.task);
    int error = a(a_argument);
    if (__builtin_expect(offered, 1)) {
        struct thread_pool_task *task = thread_pool_pop(self);
        if (__builtin_expect(task != &job.task, 0))
            return par_join_finish(self, &job, task, error);
    }
    return error ? error : b(b_argument);
}
/* end lesson */

/* ---- loops -----------------------------------------------------------------------------------*/

/* Do what is to be done for the indices from .. to - 1. */
typedef int par_range_fn(void *context, size_t from, size_t to);

/* Call body for ranges that together are 0 .. count - 1. An error from any ends it: see above. */
int par_for(struct thread_pool *pool, size_t count, par_range_fn *body, void *context);

/* out[i] from in[i]: arrays that are the same or do not overlap. For a function that is a few instructions
 * long, par_for with the loop in its body saves a call for each element. */
struct par_map {
    const void *in;
    size_t in_bytes; /* of an element */
    void *out;
    size_t out_bytes;
    int (*function)(void *context, const void *in, void *out);
    void *context;
};

/* Call map->function for each of count elements. Returns: 0, or an error of the function's, which ends it: see above. */
int par_map(struct thread_pool *pool, size_t count, const struct par_map *map);

enum { PAR_VALUE_BYTES = 64 };

/* A value for each range, and how two are put together. combine has to be associative; it need not be
 * commutative: left is always of smaller indices. Which ranges there are differs from run to run, and so may a
 * sum of floating-point numbers in its last bits. */
struct par_reduce {
    size_t value_bytes; /* at most PAR_VALUE_BYTES, aligned as for any type */
    void (*identity)(void *context, void *value);
    int (*fold)(void *context, size_t from, size_t to, void *value); /* the range into the value */
    void (*combine)(void *context, void *left, const void *right);   /* into left */
    void *context;
};

/* *out = the value of 0 .. count - 1; for none, the identity. On an error *out stays as it was.
 * Errors: those of fold; -EINVAL a value is too large. */
int par_reduce(struct thread_pool *pool, size_t count, const struct par_reduce *reduce, void *out);

#endif
