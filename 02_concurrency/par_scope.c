#include "02_concurrency/par_scope.h"

#include "07_unsafe/list.h"

struct par_scope {
    bool alone; /* the caller is no worker: tasks are called where they are spawned */
    _Atomic(size_t) pending;
    _Atomic(int) error;
    struct thread_pool_latch latch;
};

bool par_scope_is_cancelled(const struct par_scope *scope)
{
    /* relaxed: a hint to end early; the last look is ordered by pending */
    return atomic_load_explicit(&scope->error, memory_order_relaxed) != 0;
}

void par_scope_cancel(struct par_scope *scope, int error)
{
    int none = 0;
    /* relaxed: as above */
    atomic_compare_exchange_strong_explicit(&scope->error, &none, error, memory_order_relaxed,
                                            memory_order_relaxed);
}

/* Returns: whether it was the last. acq_rel: each subtraction pairs with the later ones, so that who is last sees what
 * all others wrote. */
static bool finish_one(struct par_scope *scope)
{
    return atomic_fetch_sub_explicit(&scope->pending, 1, memory_order_acq_rel) == 1;
}

static void call(struct par_scope *scope, struct par_scope_task *task)
{
    int error = par_scope_is_cancelled(scope) ? 0 : task->function(scope, task);
    if (error)
        par_scope_cancel(scope, error);
}

static void run(struct thread_pool_task *node)
{
    struct par_scope_task *task = container_of(node, struct par_scope_task, task);
    struct par_scope *scope = task->scope;
    call(scope, task);
    if (finish_one(scope))
        thread_pool_latch_set(&scope->latch); /* the scope may be gone now */
}

void par_scope_spawn(struct par_scope *scope, struct par_scope_task *task, par_scope_fn *function)
{
    task->task.run = run;
    task->scope = scope;
    task->function = function;
    /* relaxed: the spawner is counted itself, so this is never from 0 */
    atomic_fetch_add_explicit(&scope->pending, 1, memory_order_relaxed);
    if (!scope->alone && thread_pool_push(thread_pool_current, &task->task))
        return;
    call(scope, task);
    finish_one(scope); /* not the last, for the spawner is counted */
}

int par_scope(struct thread_pool *pool, int (*body)(struct par_scope *scope, void *argument),
              void *argument)
{
    struct thread_pool_worker *self = thread_pool_current, *guest = NULL;
    if (!self || self->pool != pool)
        self = guest = thread_pool_enter(pool);
    struct par_scope scope = {.alone = !self, .pending = 1, .latch = THREAD_POOL_LATCH_INIT(self)};
    int error = body(&scope, argument);
    if (error)
        par_scope_cancel(&scope, error);
    if (!finish_one(&scope))
        thread_pool_wait(self, &scope.latch);
    if (guest)
        thread_pool_leave(guest);
    return atomic_load_explicit(&scope.error, memory_order_relaxed); /* after all of them */
}
