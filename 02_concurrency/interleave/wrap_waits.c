/* wrap_waits.c - condition variables, barriers, semaphores and call_once of the explored program.
 *
 *     semaphore   a word in the program's own object: its value; wait takes one when there is one
 *     once        the same: 0 not begun, 1 under way, 2 done
 *     condition   a word of ours: a bit for each thread that waits; a signal clears any one, a broadcast all
 *     barrier     the same; who comes last clears all
 *
 * The bits are not in the object: a condition variable may be destroyed as soon as nobody waits on it any more, when those
 * that were woken have not looked at their bits yet.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <threads.h>

#include "02_concurrency/interleave/wrap.h"

/* ---- waiting until somebody clears our bit ----------------------------------------------------- */

enum { WAITING_MAX = 256 };

/* The same place for the same address in every execution: never cleared, only the words are. */
static uintptr_t waiting_on[WAITING_MAX];
static uint32_t waiting_bits[WAITING_MAX];

void machine_forget_waiting(void)
{
    memset(waiting_bits, 0, sizeof(waiting_bits));
}

uintptr_t machine_waited_on(uintptr_t word)
{
    uintptr_t offset = word - (uintptr_t)waiting_bits;
    return offset < sizeof(waiting_bits) ? waiting_on[offset / sizeof(*waiting_bits)] : 0;
}

void *wrap_waiting(const void *object)
{
    for (int index = 0; index < WAITING_MAX; index++) {
        if (waiting_on[index] == 0)
            waiting_on[index] = (uintptr_t)object;
        if (waiting_on[index] == (uintptr_t)object)
            return &waiting_bits[index];
    }
    machine_fail(FAILURE_LIMIT, "more than %d places to wait", WAITING_MAX);
}

int wrap_wait_for_bit(void *bits, int ways, bool deadline)
{
    struct operation operation = {.kind = EVENT_READ,
                                  .order = __ATOMIC_ACQUIRE,
                                  .size = 4,
                                  .ways = (uint8_t)ways,
                                  .deadline = deadline,
                                  .wait_mask = wrap_self_bit(),
                                  .label = "wait"};
    machine_access(operation, (uintptr_t)bits);
    int way = machine_way();
    if (way == 0)
        return 0;
    graph_value before =
        wrap_ask(UPDATE_AND, __ATOMIC_ACQ_REL, ~wrap_self_bit(), "stops waiting", bits);
    return before & wrap_self_bit() ? way : 0; /* woken after all, in between */
}

void wrap_wake(void *bits, graph_value count, const char *label)
{
    wrap_ask(UPDATE_WAKE, __ATOMIC_ACQ_REL, count, label, bits);
}

/* ---- condition variables ----------------------------------------------------------------------- */

/* The word of its bits. The object itself is only looked at: it must have been made, and not be unmade. */
static void *bits_of(void *condition)
{
    machine_use((uintptr_t)condition, sizeof(uint32_t));
    return wrap_waiting(condition);
}

enum { FOR_NOTHING = 1, DEADLINE = 2 };

static int condition_wait(void *condition, void *mutex, bool deadline)
{
    void *bits = bits_of(condition);
    wrap_ask(UPDATE_OR, __ATOMIC_ACQ_REL, wrap_self_bit(), "cond_wait", bits);
    wrap_unlock_mutex(mutex);
    int way = wrap_wait_for_bit(bits, deadline ? DEADLINE : FOR_NOTHING, deadline);
    wrap_lock_mutex(mutex);
    return way == DEADLINE ? ETIMEDOUT : 0;
}

static void destroy_condition(void *condition, size_t bytes)
{
    uint32_t bits;
    memcpy(&bits, wrap_waiting(condition), sizeof(bits));
    wrap_tear_down(condition, bytes);
    if (bits != 0)
        machine_fail(FAILURE_MUTEX, "destroys a condition variable on which thread %d waits",
                     __builtin_ctz(bits));
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
    destroy_condition(condition, sizeof(*condition));
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
WRAP(int, pthread_cond_signal, pthread_cond_t *condition)
{
    MACHINE_ENTER();
    wrap_wake(bits_of(condition), 1, "signal");
    return 0;
}
WRAP(int, pthread_cond_broadcast, pthread_cond_t *condition)
{
    MACHINE_ENTER();
    wrap_wake(bits_of(condition), GRAPH_THREADS_MAX, "broadcast");
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
    destroy_condition(condition, sizeof(*condition));
}
WRAP(int, cnd_wait, cnd_t *condition, mtx_t *mutex)
{
    MACHINE_ENTER();
    condition_wait(condition, mutex, false);
    return thrd_success;
}
WRAP(int, cnd_timedwait, cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    return condition_wait(condition, mutex, true) == 0 ? thrd_success : thrd_timedout;
}
WRAP(int, cnd_signal, cnd_t *condition)
{
    MACHINE_ENTER();
    wrap_wake(bits_of(condition), 1, "signal");
    return thrd_success;
}
WRAP(int, cnd_broadcast, cnd_t *condition)
{
    MACHINE_ENTER();
    wrap_wake(bits_of(condition), GRAPH_THREADS_MAX, "broadcast");
    return thrd_success;
}

/* ---- barriers ---------------------------------------------------------------------------------- */

/* The object has how many it waits for; who has come is a bit, and the last one clears them all. */
WRAP(int, pthread_barrier_init, pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes,
     unsigned count)
{
    (void)attributes;
    MACHINE_ENTER();
    if (count == 0)
        return EINVAL;
    wrap_set_up(barrier, sizeof(*barrier), count);
    return 0;
}
WRAP(int, pthread_barrier_destroy, pthread_barrier_t *barrier)
{
    MACHINE_ENTER();
    destroy_condition(barrier, sizeof(*barrier));
    return 0;
}
WRAP(int, pthread_barrier_wait, pthread_barrier_t *barrier)
{
    MACHINE_ENTER();
    uint32_t count;
    void *bits = bits_of(barrier);
    memcpy(&count, barrier, sizeof(count));
    graph_value before =
        wrap_ask(UPDATE_OR, __ATOMIC_ACQ_REL, wrap_self_bit(), "barrier_wait", bits);
    if ((uint32_t)__builtin_popcount((uint32_t)before) + 1 == count) {
        wrap_wake(bits, GRAPH_THREADS_MAX, "barrier opens");
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    wrap_wait_for_bit(bits, 0, false);
    return 0;
}

/* ---- semaphores -------------------------------------------------------------------------------- */

static int take_until(sem_t *semaphore)
{
    if (wrap_ask_until(UPDATE_TAKE, 0, "sem_timedwait", semaphore))
        return 0;
    machine_set_errno(ETIMEDOUT);
    return -1;
}

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
    wrap_tear_down(semaphore, sizeof(*semaphore));
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
    return take_until(semaphore);
}
WRAP(int, sem_clockwait, sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
    (void)clock, (void)until;
    MACHINE_ENTER();
    return take_until(semaphore);
}
WRAP(int, sem_post, sem_t *semaphore)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_ADD, __ATOMIC_ACQ_REL, 1, "sem_post", semaphore);
    return 0;
}
WRAP(int, sem_getvalue, sem_t *semaphore, int *value)
{
    MACHINE_ENTER();
    struct operation load = {
        .kind = EVENT_READ, .order = __ATOMIC_ACQUIRE, .size = 4, .label = "sem_getvalue"};
    int got = (int)machine_access(load, (uintptr_t)semaphore);
    machine_touch((uintptr_t)value, sizeof(*value), true);
    *value = got;
    return 0;
}

/* ---- once -------------------------------------------------------------------------------------- */

/* Who finds it under way waits for 2, which has no bit of 1. */
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
