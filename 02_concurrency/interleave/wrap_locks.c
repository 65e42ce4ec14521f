/* wrap_locks.c - mutexes, spinlocks and read-write locks of the explored program.
 *
 * Each is atomic words in the program's own object, so that a mutex that is memory of the program is one here too, and its
 * initialiser, all zeros, means unlocked:
 *
 *     mutex       word 0: 0, or the owner's number + 1        lock waits until it reads 0, and writes its number
 *     rwlock      word 0: how many readers, or all bits set   a writer waits until it reads 0
 */
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "02_concurrency/interleave/wrap.h"

static graph_value self_name(void)
{
    return (graph_value)machine_self() + 1;
}

graph_value wrap_ask(enum update update, int order, graph_value operand, const char *label,
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

void wrap_lock(void *mutex)
{
    wrap_ask(UPDATE_WAIT, __ATOMIC_ACQUIRE, self_name(), "lock", mutex);
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
    return wrap_ask(UPDATE_COMPARE, __ATOMIC_ACQUIRE, self_name(), "trylock", mutex) == 0 ? 0
                                                                                          : EBUSY;
}

void wrap_unlock(void *mutex)
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

void wrap_set_up(void *object, size_t bytes, uint32_t value)
{
    machine_touch((uintptr_t)object, bytes, true);
    __builtin_memset(object, 0, bytes);
    __builtin_memcpy(object, &value, sizeof(value));
}

void wrap_tear_down(void *object, size_t bytes, bool is_mutex)
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
    wrap_set_up(mutex, sizeof(*mutex), 0);
    return 0;
}
WRAP(int, pthread_mutex_destroy, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    wrap_tear_down(mutex, sizeof(*mutex), true);
    return 0;
}
WRAP(int, pthread_mutex_lock, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    wrap_lock(mutex);
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
    wrap_unlock(mutex);
    return 0;
}
WRAP(int, mtx_init, mtx_t *mutex, int type)
{
    (void)type;
    MACHINE_ENTER();
    wrap_set_up(mutex, sizeof(*mutex), 0);
    return thrd_success;
}
WRAP(void, mtx_destroy, mtx_t *mutex)
{
    MACHINE_ENTER();
    wrap_tear_down(mutex, sizeof(*mutex), true);
}
WRAP(int, mtx_lock, mtx_t *mutex)
{
    MACHINE_ENTER();
    wrap_lock(mutex);
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
    wrap_unlock(mutex);
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
    wrap_set_up((void *)(uintptr_t)spinlock, sizeof(*spinlock), 0);
    return 0;
}
WRAP(int, pthread_spin_lock, pthread_spinlock_t *spinlock)
{
    MACHINE_ENTER();
    wrap_lock((void *)(uintptr_t)spinlock);
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
    wrap_unlock((void *)(uintptr_t)spinlock);
    return 0;
}

WRAP(int, pthread_rwlock_init, pthread_rwlock_t *rwlock, const pthread_rwlockattr_t *attributes)
{
    (void)attributes;
    MACHINE_ENTER();
    wrap_set_up(rwlock, sizeof(*rwlock), 0);
    return 0;
}
WRAP(int, pthread_rwlock_destroy, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    wrap_tear_down(rwlock, sizeof(*rwlock), false);
    return 0;
}
WRAP(int, pthread_rwlock_rdlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_SHARE, __ATOMIC_ACQUIRE, 0, "rdlock", rwlock);
    return 0;
}
WRAP(int, pthread_rwlock_wrlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_WAIT, __ATOMIC_ACQUIRE, UINT32_MAX, "wrlock", rwlock);
    return 0;
}
WRAP(int, pthread_rwlock_trywrlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    return wrap_ask(UPDATE_COMPARE, __ATOMIC_ACQUIRE, UINT32_MAX, "trywrlock", rwlock) == 0 ? 0
                                                                                            : EBUSY;
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
        wrap_ask(UPDATE_EXCHANGE, __ATOMIC_RELEASE, 0, "rwlock unlock", rwlock);
    else
        wrap_ask(UPDATE_SUB, __ATOMIC_RELEASE, 1, "rwlock unlock", rwlock);
    return 0;
}
