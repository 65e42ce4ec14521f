#include "02_concurrency/par.h"

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
