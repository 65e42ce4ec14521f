/* once.h - done by the first who needs it, and finished for all who come after.
 *
 *     NEW --(one caller)--> RUNNING --the function returned 0--> DONE
 *      ^                       |
 *      +-----it failed---------+         the next caller may try again: a file may be there later, or memory
 *
 *     static struct once tables;
 *     static int make_tables(void *context) { ... return 0, or -errno and nothing made ... }
 *
 *     int error = once_run(&tables, make_tables, NULL);        at each use: one load when it is done
 *
 * Other than call_once and pthread_once it takes an argument, and the function may fail. Who waits while another one's
 * function fails does not get that error: it runs its own.
 *
 * Invariant: the function runs in one thread at a time, and never again after it returned 0. What it wrote is seen by
 * everybody to whom once_run returns 0.
 *
 * Why:
 *  1. NEW becomes RUNNING by a compare-and-swap, so by one thread. Only that one leaves RUNNING, by an exchange.
 *  2. The exchange for DONE releases, and each look that finds DONE acquires it.
 *  3. Who finds RUNNING sets WAITED by a compare-and-swap that finds it still running, and sleeps while the word is that.
 *     The exchange sees WAITED, and wakes all. If it failed they compete again, and one of them runs.
 *
 *     pair of operations             together from two threads
 *     once_run, once_is_done         yes, any number
 *
 * Do not: call once_run of the same once inside of the function: it would wait for itself (a debug build stops there). Leave
 * the function by longjmp, or end the thread in it.
 *
 * Progress: wait-free when it is done; it blocks while the function runs elsewhere. Signal-safe: once_is_done.
 * Errors: what the function returns, and of _until -ETIMEDOUT: it runs elsewhere still. A function that has begun is not
 * ended by the deadline. Memory: 8 bytes, none is allocated; all zeros is NEW; nothing to undo.
 * Units: deadlines: 02_concurrency/deadline.h.
 * Interface: once_run once_run_until once_is_done
 * Source: pthread_once(3p); Go, sync.Once; Rust, once_cell's get_or_try_init (the function that may fail).
 */
#ifndef SYSLAB_CONCURRENCY_ONCE_H
#define SYSLAB_CONCURRENCY_ONCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/deadline.h"

enum { ONCE_NEW = 0, ONCE_RUNNING, ONCE_WAITED, ONCE_DONE };

struct once {
    _Atomic(uint32_t) state;
    _Atomic(uint32_t)
        runner; /* the kernel's number of the thread that runs the function; 0: none */
};

/* Returns: 0: done, for good. Anything else: nothing is done, and it may be tried again. */
typedef int (*once_fn)(void *context);

/* once_run_until where it is not done yet. Internal. */
int once_run_slow(struct once *once, once_fn run, void *context, uint64_t deadline_ns);

/* Whether it is done, and what it wrote may be read. Never blocks. */
static inline bool once_is_done(const struct once *once)
{
    /* acquire: pairs with the release at the end of once_run_slow */
    return atomic_load_explicit(&once->state, memory_order_acquire) == ONCE_DONE;
}

/* See that it is done; wait at most until the deadline for another thread that is about it.
 * Errors: the function's own; -ETIMEDOUT. */
static inline int once_run_until(struct once *once, once_fn run, void *context,
                                 uint64_t deadline_ns)
{
    return once_is_done(once) ? 0 : once_run_slow(once, run, context, deadline_ns);
}

/* Errors: the function's own. Blocks: while another thread runs it. */
static inline int once_run(struct once *once, once_fn run, void *context)
{
    return once_run_until(once, run, context, DEADLINE_NEVER);
}

#endif
