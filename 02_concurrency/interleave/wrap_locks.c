/* wrap_locks.c - mutexes, condition variables, semaphores, call_once and futexes of the explored program.
 *
 * Each is atomic words in the program's own object, so that a mutex that is memory of the program is one here too, and its
 * initialiser, all zeros, means unlocked:
 *
 *     mutex       word 0: 0, or the owner's number + 1        lock waits until it reads 0, and writes its number
 *     condition   word 0: a bit for each thread that waits    signal clears the lowest, broadcast all
 *     rwlock      word 0: how many readers, or all bits set   a writer waits until it reads 0
 *     semaphore   word 0: its value                           wait takes one when there is one
 *     futex       a word of ours for each address: bits, like the condition's
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include <linux/futex.h>

#include "02_concurrency/interleave/machine.h"
#include "02_concurrency/interleave/wrap.h"

static graph_value self_name(void)
{
    return (graph_value)machine_self() + 1;
}

static graph_value self_bit(void)
{
    return (graph_value)1 << machine_self();
}

static graph_value ask(enum update update, int order, graph_value operand, const char *label,
                       void *at)
{
    struct operation operation = {.kind = EVENT_READ,
                                  .update = update,
                                  .order = (uint8_t)order,
                                  .failure_order = __ATOMIC_RELAXED,
                                  .size = 4,
                                  .operand = operand,
                                  .label = label};
    return machine_access(operation, (uintptr_t)at);
}

/* ---- mutexes ----------------------------------------------------------------------------------- */

static void lock(void *mutex)
{
    ask(UPDATE_WAIT, __ATOMIC_ACQUIRE, self_name(), "lock", mutex);
}

static int lock_until(void *mutex)
{
    struct operation operation = {.kind = EVENT_READ,
                                  .update = UPDATE_WAIT,
                                  .order = __ATOMIC_ACQUIRE,
                                  .weak = true,
                                  .size = 4,
                                  .operand = self_name(),
                                  .label = "timedlock"};
    machine_access(operation, (uintptr_t)mutex);
    return machine_wrote() ? 0 : ETIMEDOUT;
}

static int try_lock(void *mutex)
{
    return ask(UPDATE_COMPARE, __ATOMIC_ACQUIRE, self_name(), "trylock", mutex) == 0 ? 0 : EBUSY;
}

static void unlock(void *mutex)
{
    struct operation operation = {
        .kind = EVENT_WRITE, .order = __ATOMIC_RELEASE, .size = 4, .label = "unlock"};
    uint32_t owner;
    /* Only the owner changes it while it is held: what memory has is what the owner wrote. */
    __builtin_memcpy(&owner, mutex, sizeof(owner));
    if (owner == 0)
        machine_fail(FAILURE_MUTEX, "unlocks a mutex that is not locked");
    if (owner != (uint32_t)self_name())
        machine_fail(FAILURE_MUTEX, "unlocks a mutex that thread %u holds", owner - 1);
    machine_access(operation, (uintptr_t)mutex);
}

static void set_up(void *object, size_t bytes, uint32_t value)
{
    machine_touch((uintptr_t)object, bytes, true);
    __builtin_memset(object, 0, bytes);
    __builtin_memcpy(object, &value, sizeof(value));
}

static void tear_down(void *object, size_t bytes, bool is_mutex)
{
    uint32_t owner;
    machine_touch((uintptr_t)object, bytes, true);
    __builtin_memcpy(&owner, object, sizeof(owner));
    if (is_mutex && owner != 0)
        machine_fail(FAILURE_MUTEX, "destroys a mutex that thread %u holds", owner - 1);
}

WRAP(int, pthread_mutex_init, pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    (void)attributes;
    MACHINE_ENTER();
    set_up(mutex, sizeof(*mutex), 0);
    return 0;
}
WRAP(int, pthread_mutex_destroy, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    tear_down(mutex, sizeof(*mutex), true);
    return 0;
}
WRAP(int, pthread_mutex_lock, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    lock(mutex);
    return 0;
}
WRAP(int, pthread_mutex_trylock, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    return try_lock(mutex);
}
WRAP(int, pthread_mutex_timedlock, pthread_mutex_t *mutex, const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    return lock_until(mutex);
}
WRAP(int, pthread_mutex_unlock, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    unlock(mutex);
    return 0;
}
WRAP(int, mtx_init, mtx_t *mutex, int type)
{
    (void)type;
    MACHINE_ENTER();
    set_up(mutex, sizeof(*mutex), 0);
    return thrd_success;
}
WRAP(void, mtx_destroy, mtx_t *mutex)
{
    MACHINE_ENTER();
    tear_down(mutex, sizeof(*mutex), true);
}
WRAP(int, mtx_lock, mtx_t *mutex)
{
    MACHINE_ENTER();
    lock(mutex);
    return thrd_success;
}
WRAP(int, mtx_trylock, mtx_t *mutex)
{
    MACHINE_ENTER();
    return try_lock(mutex) == 0 ? thrd_success : thrd_busy;
}
WRAP(int, mtx_unlock, mtx_t *mutex)
{
    MACHINE_ENTER();
    unlock(mutex);
    return thrd_success;
}

WRAP(int, mtx_timedlock, mtx_t *mutex, const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    return lock_until(mutex) == 0 ? thrd_success : thrd_timedout;
}

/* ---- spinlocks and read-write locks ------------------------------------------------------------ */

WRAP(int, pthread_spin_init, pthread_spinlock_t *spinlock, int shared)
{
    (void)shared;
    MACHINE_ENTER();
    set_up((void *)(uintptr_t)spinlock, sizeof(*spinlock), 0);
    return 0;
}
WRAP(int, pthread_spin_lock, pthread_spinlock_t *spinlock)
{
    MACHINE_ENTER();
    lock((void *)(uintptr_t)spinlock);
    return 0;
}
WRAP(int, pthread_spin_trylock, pthread_spinlock_t *spinlock)
{
    MACHINE_ENTER();
    return try_lock((void *)(uintptr_t)spinlock);
}
WRAP(int, pthread_spin_unlock, pthread_spinlock_t *spinlock)
{
    MACHINE_ENTER();
    unlock((void *)(uintptr_t)spinlock);
    return 0;
}

WRAP(int, pthread_rwlock_init, pthread_rwlock_t *rwlock, const pthread_rwlockattr_t *attributes)
{
    (void)attributes;
    MACHINE_ENTER();
    set_up(rwlock, sizeof(*rwlock), 0);
    return 0;
}
WRAP(int, pthread_rwlock_destroy, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    tear_down(rwlock, sizeof(*rwlock), false);
    return 0;
}
WRAP(int, pthread_rwlock_rdlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    ask(UPDATE_SHARE, __ATOMIC_ACQUIRE, 0, "rdlock", rwlock);
    return 0;
}
WRAP(int, pthread_rwlock_wrlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    ask(UPDATE_WAIT, __ATOMIC_ACQUIRE, UINT32_MAX, "wrlock", rwlock);
    return 0;
}
WRAP(int, pthread_rwlock_trywrlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    return ask(UPDATE_COMPARE, __ATOMIC_ACQUIRE, UINT32_MAX, "trywrlock", rwlock) == 0 ? 0 : EBUSY;
}
WRAP(int, pthread_rwlock_unlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    uint32_t value;
    /* Memory has the latest value: while we hold it, it is a writer's mark, or at least one reader. */
    __builtin_memcpy(&value, rwlock, sizeof(value));
    if (value == 0)
        machine_fail(FAILURE_MUTEX, "unlocks a read-write lock that is not locked");
    if (value == UINT32_MAX)
        ask(UPDATE_EXCHANGE, __ATOMIC_RELEASE, 0, "rwlock unlock", rwlock);
    else
        ask(UPDATE_SUB, __ATOMIC_RELEASE, 1, "rwlock unlock", rwlock);
    return 0;
}

/* ---- waiting until somebody clears our bit ----------------------------------------------------- */

/* Returns: whether somebody did, and not the deadline came. */
static bool wait_for_bit(void *bits, bool deadline)
{
    struct operation operation = {.kind = EVENT_READ,
                                  .order = __ATOMIC_ACQUIRE,
                                  .size = 4,
                                  .weak = deadline,
                                  .wait_mask = self_bit(),
                                  .label = "wait"};
    machine_access(operation, (uintptr_t)bits);
    if (!machine_was_spurious())
        return true;
    graph_value before = ask(UPDATE_AND, __ATOMIC_ACQ_REL, ~self_bit(), "timeout", bits);
    return (before & self_bit()) == 0;
}

static void wake(void *bits, graph_value count, const char *label)
{
    ask(UPDATE_WAKE, __ATOMIC_ACQ_REL, count, label, bits);
}

static int condition_wait(void *condition, void *mutex, bool deadline)
{
    ask(UPDATE_OR, __ATOMIC_ACQ_REL, self_bit(), "cond_wait", condition);
    unlock(mutex);
    bool woken = wait_for_bit(condition, deadline);
    lock(mutex);
    return woken ? 0 : ETIMEDOUT;
}

WRAP(int, pthread_cond_init, pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    (void)attributes;
    MACHINE_ENTER();
    set_up(condition, sizeof(*condition), 0);
    return 0;
}
WRAP(int, pthread_cond_destroy, pthread_cond_t *condition)
{
    MACHINE_ENTER();
    tear_down(condition, sizeof(*condition), false);
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
    wake(condition, 1, "signal");
    return 0;
}
WRAP(int, pthread_cond_broadcast, pthread_cond_t *condition)
{
    MACHINE_ENTER();
    wake(condition, GRAPH_THREADS_MAX, "broadcast");
    return 0;
}
WRAP(int, cnd_init, cnd_t *condition)
{
    MACHINE_ENTER();
    set_up(condition, sizeof(*condition), 0);
    return thrd_success;
}
WRAP(void, cnd_destroy, cnd_t *condition)
{
    MACHINE_ENTER();
    tear_down(condition, sizeof(*condition), false);
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
    wake(condition, 1, "signal");
    return thrd_success;
}
WRAP(int, cnd_broadcast, cnd_t *condition)
{
    MACHINE_ENTER();
    wake(condition, GRAPH_THREADS_MAX, "broadcast");
    return thrd_success;
}

/* ---- semaphores -------------------------------------------------------------------------------- */

WRAP(int, sem_init, sem_t *semaphore, int shared, unsigned value)
{
    (void)shared;
    MACHINE_ENTER();
    set_up(semaphore, sizeof(*semaphore), value);
    return 0;
}
WRAP(int, sem_destroy, sem_t *semaphore)
{
    MACHINE_ENTER();
    tear_down(semaphore, sizeof(*semaphore), false);
    return 0;
}
WRAP(int, sem_wait, sem_t *semaphore)
{
    MACHINE_ENTER();
    ask(UPDATE_TAKE, __ATOMIC_ACQ_REL, 0, "sem_wait", semaphore);
    return 0;
}
WRAP(int, sem_trywait, sem_t *semaphore)
{
    MACHINE_ENTER();
    ask(UPDATE_TRY_TAKE, __ATOMIC_ACQ_REL, 0, "sem_trywait", semaphore);
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
    ask(UPDATE_ADD, __ATOMIC_ACQ_REL, 1, "sem_post", semaphore);
    return 0;
}

/* ---- once -------------------------------------------------------------------------------------- */

/* 0 not begun, 1 under way, 2 done. Who finds it under way waits for 2, which has no bit of 1. */
static void once(void *flag, void (*function)(void))
{
    if (ask(UPDATE_COMPARE, __ATOMIC_ACQUIRE, 1, "once", flag) == 0) {
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

/* ---- futexes ----------------------------------------------------------------------------------- */

enum { FUTEXES_MAX = 64 };

/* The same place for the same address in every execution: never cleared, only the words are, by a version. */
static uintptr_t futex_addresses[FUTEXES_MAX];
static uint32_t futex_bits[FUTEXES_MAX];

static void *bits_of(uintptr_t address)
{
    for (int index = 0; index < FUTEXES_MAX; index++) {
        if (futex_addresses[index] == 0)
            futex_addresses[index] = address;
        if (futex_addresses[index] == address)
            return &futex_bits[index];
    }
    machine_fail(FAILURE_LIMIT, "more than %d futexes", FUTEXES_MAX);
}

void machine_forget_futexes(void)
{
    __builtin_memset(futex_bits, 0, sizeof(futex_bits));
}

/* The kernel checks the value and begins to wait under one lock, which wake takes as well. Here the bit comes first: who wakes
 * either sees it, or did its read-modify-write before ours, and then we see what it wrote before that. */
static long futex_wait(void *address, uint32_t expected, bool deadline)
{
    void *bits = bits_of((uintptr_t)address);
    ask(UPDATE_OR, __ATOMIC_ACQ_REL, self_bit(), "futex_wait", bits);
    struct operation look = {
        .kind = EVENT_READ, .order = __ATOMIC_RELAXED, .size = 4, .label = "futex_wait looks"};
    if ((uint32_t)machine_access(look, (uintptr_t)address) != expected) {
        ask(UPDATE_AND, __ATOMIC_ACQ_REL, ~self_bit(), "futex_wait leaves", bits);
        machine_set_errno(EAGAIN);
        return -1;
    }
    if (wait_for_bit(bits, deadline))
        return 0;
    machine_set_errno(ETIMEDOUT);
    return -1;
}

WRAP(long, syscall, long number, ...)
{
    MACHINE_ENTER();
    va_list arguments;
    va_start(arguments, number);
    uint32_t *address = va_arg(arguments, uint32_t *);
    int command = va_arg(arguments, int) & FUTEX_CMD_MASK;
    uint32_t value = va_arg(arguments, uint32_t);
    const void *timeout = va_arg(arguments, const void *);
    va_end(arguments);
    if (number == SYS_membarrier) { /* as on a kernel without it: programs fall back on fences */
        machine_set_errno(ENOSYS);
        return -1;
    }
    if (number != SYS_futex)
        machine_fail(FAILURE_LIMIT, "system call %ld is not known here", number);
    if (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET)
        return futex_wait(address, value, timeout != NULL);
    if (command != FUTEX_WAKE && command != FUTEX_WAKE_BITSET)
        machine_fail(FAILURE_LIMIT, "futex command %d is not known here", command);
    wake(bits_of((uintptr_t)address), value, "futex_wake");
    return 1;
}

/* ---- what would stop us all: the machine has one thread, and it would wait for another ---------- */

WRAP(int, pthread_barrier_wait, pthread_barrier_t *barrier)
{
    (void)barrier;
    MACHINE_ENTER();
    machine_fail(FAILURE_LIMIT, "pthread_barrier_wait is not known here");
}
WRAP(int, pthread_cancel, pthread_t thread)
{
    (void)thread;
    MACHINE_ENTER();
    machine_fail(FAILURE_LIMIT, "pthread_cancel is not known here");
}
WRAP(pid_t, fork, void)
{
    MACHINE_ENTER();
    machine_fail(FAILURE_LIMIT, "fork is not known here");
}
