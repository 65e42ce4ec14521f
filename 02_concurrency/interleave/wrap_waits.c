/* wrap_waits.c - condition variables, semaphores and call_once of the explored program: words in its own objects.
 *
 *     condition   word 0: a bit for each thread that waits    signal clears the lowest, broadcast all
 *     semaphore   word 0: its value                           wait takes one when there is one
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

#include "02_concurrency/interleave/wrap.h"

/* ---- waiting until somebody clears our bit ----------------------------------------------------- */

bool wrap_wait_for_bit(void *bits, bool deadline)
{
    struct operation operation = {.kind = EVENT_READ,
                                  .order = __ATOMIC_ACQUIRE,
                                  .size = 4,
                                  .weak = deadline,
                                  .wait_mask = wrap_self_bit(),
                                  .label = "wait"};
    machine_access(operation, (uintptr_t)bits);
    if (!machine_was_spurious())
        return true;
    graph_value before = wrap_ask(UPDATE_AND, __ATOMIC_ACQ_REL, ~wrap_self_bit(), "timeout", bits);
    return (before & wrap_self_bit()) == 0;
}

void wrap_wake(void *bits, graph_value count, const char *label)
{
    wrap_ask(UPDATE_WAKE, __ATOMIC_ACQ_REL, count, label, bits);
}

static int condition_wait(void *condition, void *mutex, bool deadline)
{
    wrap_ask(UPDATE_OR, __ATOMIC_ACQ_REL, wrap_self_bit(), "cond_wait", condition);
    wrap_unlock(mutex);
    bool woken = wrap_wait_for_bit(condition, deadline);
    wrap_lock(mutex);
    return woken ? 0 : ETIMEDOUT;
}

WRAP(int, pthread_cond_init, pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    (void)attributes;
    MACHINE_ENTER();
    wrap_set_up(condition, sizeof(*condition), 0);
    return 0;
}
WRAP(int, pthread_cond_destroy, pthread_cond_t *condition)
{
    MACHINE_ENTER();
    wrap_tear_down(condition, sizeof(*condition), false);
    return 0;
}
WRAP(int, pthread_cond_wait, pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    return condition_wait(condition, mutex, false);
}
WRAP(int, pthread_cond_timedwait, pthread_cond_t *condition, pthread_mutex_t *mutex,
     const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    return condition_wait(condition, mutex, true);
}
WRAP(int, pthread_cond_clockwait, pthread_cond_t *condition, pthread_mutex_t *mutex,
     clockid_t clock, const struct timespec *until)
{
    (void)clock, (void)until;
    MACHINE_ENTER();
    return condition_wait(condition, mutex, true);
}
WRAP(int, cnd_timedwait, cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    return condition_wait(condition, mutex, true) == 0 ? thrd_success : thrd_timedout;
}
WRAP(int, pthread_cond_signal, pthread_cond_t *condition)
{
    MACHINE_ENTER();
    wrap_wake(condition, 1, "signal");
    return 0;
}
WRAP(int, pthread_cond_broadcast, pthread_cond_t *condition)
{
    MACHINE_ENTER();
    wrap_wake(condition, GRAPH_THREADS_MAX, "broadcast");
    return 0;
}
WRAP(int, cnd_init, cnd_t *condition)
{
    MACHINE_ENTER();
    wrap_set_up(condition, sizeof(*condition), 0);
    return thrd_success;
}
WRAP(void, cnd_destroy, cnd_t *condition)
{
    MACHINE_ENTER();
    wrap_tear_down(condition, sizeof(*condition), false);
}
WRAP(int, cnd_wait, cnd_t *condition, mtx_t *mutex)
{
    MACHINE_ENTER();
    condition_wait(condition, mutex, false);
    return thrd_success;
}
WRAP(int, cnd_signal, cnd_t *condition)
{
    MACHINE_ENTER();
    wrap_wake(condition, 1, "signal");
    return thrd_success;
}
WRAP(int, cnd_broadcast, cnd_t *condition)
{
    MACHINE_ENTER();
    wrap_wake(condition, GRAPH_THREADS_MAX, "broadcast");
    return thrd_success;
}

/* ---- semaphores -------------------------------------------------------------------------------- */

WRAP(int, sem_init, sem_t *semaphore, int shared, unsigned value)
{
    (void)shared;
    MACHINE_ENTER();
    wrap_set_up(semaphore, sizeof(*semaphore), value);
    return 0;
}
WRAP(int, sem_destroy, sem_t *semaphore)
{
    MACHINE_ENTER();
    wrap_tear_down(semaphore, sizeof(*semaphore), false);
    return 0;
}
WRAP(int, sem_wait, sem_t *semaphore)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_TAKE, __ATOMIC_ACQ_REL, 0, "sem_wait", semaphore);
    return 0;
}
WRAP(int, sem_trywait, sem_t *semaphore)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_TRY_TAKE, __ATOMIC_ACQ_REL, 0, "sem_trywait", semaphore);
    if (machine_wrote())
        return 0;
    machine_set_errno(EAGAIN);
    return -1;
}
WRAP(int, sem_timedwait, sem_t *semaphore, const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    struct operation take = {.kind = EVENT_READ,
                             .update = UPDATE_TAKE,
                             .order = __ATOMIC_ACQ_REL,
                             .weak = true,
                             .size = 4,
                             .label = "sem_timedwait"};
    machine_access(take, (uintptr_t)semaphore);
    if (machine_wrote())
        return 0;
    machine_set_errno(ETIMEDOUT);
    return -1;
}
WRAP(int, sem_post, sem_t *semaphore)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_ADD, __ATOMIC_ACQ_REL, 1, "sem_post", semaphore);
    return 0;
}

/* ---- once -------------------------------------------------------------------------------------- */

/* 0 not begun, 1 under way, 2 done. Who finds it under way waits for 2, which has no bit of 1. */
static void once(void *flag, void (*function)(void))
{
    if (wrap_ask(UPDATE_COMPARE, __ATOMIC_ACQUIRE, 1, "once", flag) == 0) {
        function();
        struct operation done = {.kind = EVENT_WRITE,
                                 .order = __ATOMIC_RELEASE,
                                 .size = 4,
                                 .operand = 2,
                                 .label = "once done"};
        machine_access(done, (uintptr_t)flag);
        return;
    }
    struct operation wait = {.kind = EVENT_READ,
                             .order = __ATOMIC_ACQUIRE,
                             .size = 4,
                             .wait_mask = 1,
                             .label = "once wait"};
    machine_access(wait, (uintptr_t)flag);
}

WRAP(int, pthread_once, pthread_once_t *flag, void (*function)(void))
{
    MACHINE_ENTER();
    once(flag, function);
    return 0;
}
WRAP(void, call_once, once_flag *flag, void (*function)(void))
{
    MACHINE_ENTER();
    once(flag, function);
}
