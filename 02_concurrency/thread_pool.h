/* thread_pool.h - threads that run tasks, take work from each other, and sleep when there is none.
 *
 * A task is a function and a place for the pool's pointer, in storage of the caller's: spawning allocates nothing and
 * cannot fail. Each worker keeps the tasks that its own tasks spawn in a deque of its own
 * (02_concurrency/ws_deque.h), newest first. Tasks from outside queue up in one list. Who has nothing looks into
 * its deque, the list, and then the other deques, oldest first; finds nothing for some ten microseconds; and
 * sleeps.
 *
 *     spawn from outside --> [ injected, oldest first ] ----+
 *                                                           v
 *     worker 0  [deque] <--steal-- worker 1  [deque] <--- both look here when their own deque is empty
 *          push, pop: no lock            push, pop
 *
 *     struct hello { struct thread_pool_task task; int number; };
 *     static void greet(struct thread_pool_task *task) { ... container_of(task, struct hello, task) ... }
 *
 *     thread_pool_create(&pool, allocator_system(), NULL);
 *     hello->task.run = greet;
 *     thread_pool_spawn(pool, &hello->task);
 *     thread_pool_destroy(pool);                       runs what is left, then ends the threads
 *
 * Guests. A thread from outside that runs a parallel algorithm (02_concurrency/par.h) does its part itself: it
 * enters, gets a deque that others can steal from, and leaves. While guests are in, as many workers fewer are woken
 * for their sake: about thread_count threads are busy, not one more for each guest.
 *
 * Invariant: a spawned task is in one place, a deque or the list, until one thread takes it and runs it, once. While
 * there is a task in sight fewer than thread_count threads are awake only for the moment that a wake-up takes: no
 * wake-up is lost. The numbered argument is in thread_pool.c.
 *
 *     operation                 who                     together with              progress
 *     create, destroy           one thread              nothing else               block
 *     spawn                     any thread              all but destroy; from a    lock-free inside but where somebody
 *                                                       task also with destroy     has to be woken; outside, a lock
 *     push, pop, wait           a worker, for itself    all but destroy            push, pop lock-free, wait blocks
 *     enter, leave              a thread from outside   all but destroy            take a lock
 *     latch_set                 any, once               wait on the same latch     wait-free but for the wake-up
 *
 * What was written before a spawn or push is seen by the task, and what was written before latch_set after the wait.
 *
 * Do not: block in a task on something that only a later task will do (with par_join the pool knows that you wait;
 * with a lock or a pipe it does not); hold a lock over a wait (the waiting thread runs other tasks, which may want
 * the same one); destroy from within; use it in the child of a fork, which has none of the threads.
 *
 * Errors: of create alone. Cancel: tasks are not cancelled; see 02_concurrency/par_scope.h. Memory: all from the
 * allocator at create, but for growing deques and the C library's stacks.
 * Interface: thread_pool_create thread_pool_destroy thread_pool_spawn thread_pool_thread_count
 *            for algorithms: thread_pool_current thread_pool_enter thread_pool_leave thread_pool_push thread_pool_pop
 *            thread_pool_wait thread_pool_is_waiting THREAD_POOL_LATCH_INIT thread_pool_latch_set
 *            thread_pool_latch_is_set
 * Source: Blumofe and Leiserson, Scheduling Multithreaded Computations by Work Stealing (JACM 1999); Arora, Blumofe
 *         and Plaxton (SPAA 1998); the sleeping of Go's scheduler (proc.go) and of rayon-core (sleep/README.md).
 */
#ifndef SYSLAB_CONCURRENCY_THREAD_POOL_H
#define SYSLAB_CONCURRENCY_THREAD_POOL_H

#include "02_concurrency/asymmetric.h"
#include "02_concurrency/parker.h"
#include "02_concurrency/ws_deque.h"

struct thread_pool_task {
    void (*run)(struct thread_pool_task *task); /* the task is the function's to reuse or free */
    struct thread_pool_task *next;              /* the pool's */
};

struct thread_pool_options {
    unsigned thread_count; /* 0: as many as can run at once, 02_concurrency/cpu_limit.h */
    size_t stack_bytes;    /* 0: the C library's default */
};

enum { THREAD_POOL_THREADS_MAX = 4096 };

struct thread_pool;

/* Start the threads. options may be NULL for defaults.
 * Errors: -ENOMEM; -EINVAL more than THREAD_POOL_THREADS_MAX, or a stack smaller than the system's least; -EAGAIN
 * the system gives no more threads. Then there are none. */
int thread_pool_create(struct thread_pool **out, struct allocator *allocator,
                       const struct thread_pool_options *options);

/* Run all that was spawned, and what it spawns, then end the threads and free everything. NULL is ignored.
 * Threads: not a task; no thread outside uses the pool any more. Blocks: until all tasks have run. */
void thread_pool_destroy(struct thread_pool *pool);

/* Have task->run called, once, in some thread of the pool. From a task of the pool: next, by the same thread, unless
 * another one is idle. From elsewhere: in the order of spawning, beside other tasks. Never blocks on tasks. */
void thread_pool_spawn(struct thread_pool *pool, struct thread_pool_task *task);

/* Returns: how many threads the pool has, without guests. */
unsigned thread_pool_thread_count(const struct thread_pool *pool);

/* ---- for algorithms: what par.h is built on --------------------------------------------------------------------*/

/* A thread of the pool, or a guest's place in it. Do not touch. */
struct thread_pool_worker {
    struct ws_deque deque;
    struct thread_pool *pool;
    const _Atomic(uint32_t) *wakeable; /* of the pool: somebody could be woken for a push */
    enum asymmetric_mode mode;
    struct thread_pool_worker *outer; /* a guest's thread_pool_current before it entered */
    uint64_t random;
    unsigned ticks;
    unsigned waits; /* how many thread_pool_wait it is in */
    /* by the pool's lock */
    struct list_node sleeping;
    bool listed;
    /* any thread */
    struct parker parker;
};

/* The worker that this thread is, or NULL. */
extern _Thread_local struct thread_pool_worker *thread_pool_current;

/* Become a guest. Returns: the worker that this thread now is; NULL if all places are taken: then do the work without
 * the pool. Whoever gets one leaves again, in the same thread. */
struct thread_pool_worker *thread_pool_enter(struct thread_pool *pool);
void thread_pool_leave(struct thread_pool_worker *guest);

/* Wake a thread for tasks that are in sight, if one sleeps and fewer than thread_count are awake. */
void thread_pool_notify(struct thread_pool *pool);

/* lesson: thread-pool-push */
/* Put a task where this worker or an idle one finds it. Returns: false if the deque could not grow; the caller has
 * it. */
static inline bool thread_pool_push(struct thread_pool_worker *self, struct thread_pool_task *task)
{
    if (__builtin_expect(ws_deque_push(&self->deque, task) != 0, 0))
        return false;
    /* The push is not made after the look: argument 2 in thread_pool.c. Without a kernel's barrier this is a full
     * fence */
    asymmetric_light(self->mode);
    /* relaxed: pairs with the barrier of who is about to sleep, and not by an order of its own */
    if (__builtin_expect(atomic_load_explicit(self->wakeable, memory_order_relaxed), 0))
        thread_pool_notify(self->pool);
    return true;
}
/* end lesson */

/* Take back what this worker pushed last. Returns: NULL if there is nothing left. */
static inline struct thread_pool_task *thread_pool_pop(struct thread_pool_worker *self)
{
    return ws_deque_pop(&self->deque);
}

/* A one-time event that one worker waits for. */
struct thread_pool_latch {
    _Atomic(uint32_t) state;
    struct thread_pool_worker *waiter;
};

enum { THREAD_POOL_LATCH_PENDING, THREAD_POOL_LATCH_WAITING, THREAD_POOL_LATCH_SET };

#define THREAD_POOL_LATCH_INIT(worker)                                                             \
    {                                                                                              \
        THREAD_POOL_LATCH_PENDING, (worker)                                                        \
    }

/* Returns: whether it is set; then what was written before that is seen. */
static inline bool thread_pool_latch_is_set(const struct thread_pool_latch *latch)
{
    /* acquire: pairs with the exchange in thread_pool_latch_set */
    return atomic_load_explicit(&latch->state, memory_order_acquire) == THREAD_POOL_LATCH_SET;
}

/* Set it, and wake the waiter. The latch may be gone when this returns. */
void thread_pool_latch_set(struct thread_pool_latch *latch);

/* Returns: whether the task that asks is run by a wait of this worker, on top of another that is not done. */
static inline bool thread_pool_is_waiting(const struct thread_pool_worker *self)
{
    return self->waits > 0;
}

/* Run tasks of the pool's deques until the latch is set; sleep when there are none. Threads: the latch's worker. */
void thread_pool_wait(struct thread_pool_worker *self, struct thread_pool_latch *latch);

#endif
