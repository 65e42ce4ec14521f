/* once.c - a state and a futex; the argument is in once.h. */
#include "02_concurrency/once.h"

#include "02_concurrency/futex.h"
#include "07_unsafe/assert.h"

/* Who runs it is asked by an ASSERT alone, and costs a system call: where those are off, nobody is noted. */
static uint32_t this_thread(void)
{
#ifdef NDEBUG
    return 0;
#else
    return (uint32_t)syscall(SYS_gettid);
#endif
}

/* lesson: once */
/* The state is RUNNING, by this thread. */
static int run_now(struct once *once, once_fn run, void *context)
{
    /* relaxed: a thread only looks for its own number */
    atomic_store_explicit(&once->runner, this_thread(), memory_order_relaxed);
    int error = run(context);
    atomic_store_explicit(&once->runner, 0, memory_order_relaxed);
    /* release: pairs with the acquire in once_is_done, and, of what a failed run left, with the next runner's */
    if (atomic_exchange_explicit(&once->state, error ? ONCE_NEW : ONCE_DONE,
                                 memory_order_release) == ONCE_WAITED)
        futex_wake(&once->state, FUTEX_ALL);
    return error;
}

/* Another thread runs it: sleep until that is over. Errors: -ETIMEDOUT. */
static int wait_for_runner(struct once *once, uint32_t state, uint64_t deadline_ns)
{
    /* relaxed: see above */
    ASSERT(atomic_load_explicit(&once->runner, memory_order_relaxed) != this_thread());
    /* relaxed, all: who goes on looks again, and acquires then */
    if (state == ONCE_RUNNING &&
        !atomic_compare_exchange_strong_explicit(&once->state, &state, ONCE_WAITED,
                                                 memory_order_relaxed, memory_order_relaxed) &&
        state != ONCE_WAITED)
        return 0;
    return futex_wait_until(&once->state, ONCE_WAITED, deadline_ns) == -ETIMEDOUT ? -ETIMEDOUT : 0;
}

int once_run_slow(struct once *once, once_fn run, void *context, uint64_t deadline_ns)
{
    while (!once_is_done(once)) {
        uint32_t state = ONCE_NEW;
        /* acquire: pairs with the release of a run that failed. relaxed: looked at again */
        if (atomic_compare_exchange_strong_explicit(&once->state, &state, ONCE_RUNNING,
                                                    memory_order_acquire, memory_order_relaxed))
            return run_now(once, run, context);
        if (state == ONCE_DONE)
            continue;
        int error = wait_for_runner(once, state, deadline_ns);
        if (error)
            return once_is_done(once) ? 0 : error;
    }
    return 0;
}
/* end lesson */
