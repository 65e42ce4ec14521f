/* par_scope.h - tasks that are found as the work goes on, all done, or called off, when the scope ends.
 *
 * A join knows its two halves, a loop its count. Who walks a tree of folders knows neither: each task finds more. A
 * scope takes tasks from its body and from the tasks themselves, and returns when there is none left.
 *
 *     struct visit { struct par_scope_task task; struct folder *folder; };
 *
 *     static int visit(struct par_scope *scope, struct par_scope_task *task)
 *     {
 *         ... for each folder in it: par_scope_spawn(scope, &found->task, visit);
 *     }
 *     error = par_scope(pool, begin, &root);
 *
 * The first error of a task cancels the scope and is what par_scope returns. A scope that is cancelled, by an error
 * or by par_scope_cancel, begins no more tasks; those that run may ask par_scope_is_cancelled and end early.
 *
 * Invariant: pending counts the body and the tasks that were spawned and are not done; the scope ends when it is 0,
 * which happens once, since only who is counted spawns. A task is called at most once; exactly once if nothing is
 * cancelled.
 *
 *     operation              who                          together with
 *     spawn                  the body and its tasks       all; also of nested scopes
 *     cancel, is_cancelled   anybody while it lasts       all
 *
 * Owns: a task is the caller's and stays in place until the scope ends, called or not: put them into an arena.
 * Errors: those of the tasks. Memory: none. Without a guest's place (02_concurrency/thread_pool.h), or without memory
 * for a longer deque, spawn calls the task at once.
 * Interface: par_scope par_scope_spawn par_scope_cancel par_scope_is_cancelled
 * Source: Robison, Composable Parallel Patterns with Intel Cilk Plus (2013); rayon::scope; Smith, Notes on
 *         Structured Concurrency (2018).
 */
#ifndef SYSLAB_CONCURRENCY_PAR_SCOPE_H
#define SYSLAB_CONCURRENCY_PAR_SCOPE_H

#include "02_concurrency/thread_pool.h"

struct par_scope;
struct par_scope_task;

/* Returns: 0, or an error that cancels the scope. */
typedef int par_scope_fn(struct par_scope *scope, struct par_scope_task *task);

struct par_scope_task {
    struct thread_pool_task task;
    struct par_scope *scope;
    par_scope_fn *function;
};

/* Call body, wait for it and all that is spawned. Returns: 0, or the error that cancelled it. Threads: any.
 * Blocks: yes, and runs other tasks of the pool meanwhile. */
int par_scope(struct thread_pool *pool, int (*body)(struct par_scope *scope, void *argument),
              void *argument);

/* Have function(scope, task) called, by this thread or another one, before the scope ends. */
void par_scope_spawn(struct par_scope *scope, struct par_scope_task *task, par_scope_fn *function);

/* Begin no more tasks; the scope returns the error, not 0, unless there was one before. */
void par_scope_cancel(struct par_scope *scope, int error);

/* Returns: whether a task failed, or somebody cancelled: for a task that can stop half-way. Never blocks. */
bool par_scope_is_cancelled(const struct par_scope *scope);

#endif
