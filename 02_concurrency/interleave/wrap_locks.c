/* wrap_locks.c - mutexes, spinlocks and read-write locks of the explored program.
 *
 * Each is an atomic word, the first in the program's own object, so that a mutex that is memory of the program is one here
 * too, and its initialiser, all zeros, means unlocked:
 *
 *     mutex, spinlock   0, or the owner's number + 1        lock waits until it reads 0, and writes its number
 *     rwlock            how many readers, or all bits set   a writer waits until it reads 0
 *
 * Beside them, for what is misused: who holds what, as it is in this run. It is each thread's own business, so it needs
 * no events.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <threads.h>

#include "02_concurrency/interleave/wrap.h"

/* ---- who holds what ---------------------------------------------------------------------------- */

enum { LOCKS_MAX = 256 };

static struct lock {
    uintptr_t address;
    const char *what;
    const void *code; /* where it was taken last */
    uint8_t held[GRAPH_THREADS_MAX];
} locks[LOCKS_MAX];
static int lock_count;

void machine_forget_locks(void)
{
    memset(locks, 0, (size_t)lock_count * sizeof(*locks));
    lock_count = 0;
}

static struct lock *find(const void *object)
{
    for (int index = 0; index < lock_count; index++)
        if (locks[index].address == (uintptr_t)object)
            return &locks[index];
    if (lock_count == LOCKS_MAX)
        machine_fail(FAILURE_LIMIT, "more than %d locks", LOCKS_MAX);
    locks[lock_count].address = (uintptr_t)object;
    return &locks[lock_count++];
}

static int holder(const struct lock *lock)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        if (lock->held[thread] > 0)
            return thread;
    return -1;
}

static void forget(struct lock *lock)
{
    *lock = locks[--lock_count];
    locks[lock_count] = (struct lock){0};
}

/* Returns: whether this thread holds it. */
static bool is_held(const void *object)
{
    return find(object)->held[machine_self()] > 0;
}

static void take(const void *object, const char *what)
{
    struct lock *lock = find(object);
    lock->what = what;
    lock->code = machine_code();
    lock->held[machine_self()]++;
}

/* Fails the execution when another thread holds it, or nobody does. */
static void let_go(const void *object, const char *what)
{
    struct lock *lock = find(object);
    int by = holder(lock);
    if (by < 0)
        machine_fail(FAILURE_MUTEX, "unlocks a %s that is not locked", what);
    if (lock->held[machine_self()] == 0)
        machine_fail(FAILURE_MUTEX, "unlocks a %s that thread %d holds", what, by);
    lock->held[machine_self()]--;
}

void machine_check_locks(uintptr_t address, size_t size)
{
    for (int index = lock_count - 1; index >= 0; index--) {
        struct lock *lock = &locks[index];
        if (lock->address - address >= size)
            continue;
        if (holder(lock) >= 0)
            machine_fail(FAILURE_MUTEX, "gives back the memory of a %s that thread %d holds",
                         lock->what, holder(lock));
        forget(lock);
    }
}

const char *machine_held_lock(int *thread, uintptr_t *address, const void **code)
{
    for (int index = 0; index < lock_count; index++) {
        *thread = holder(&locks[index]);
        *address = locks[index].address;
        *code = locks[index].code;
        if (*thread >= 0 && machine_has_ended(*thread))
            return locks[index].what;
    }
    return NULL;
}

/* ---- words ------------------------------------------------------------------------------------- */

static struct operation operation_on(enum update update, int order, graph_value operand,
                                     const char *label)
{
    return (struct operation){.kind = EVENT_READ,
                              .update = update,
                              .order = (uint8_t)order,
                              .failure_order = __ATOMIC_RELAXED,
                              .size = 4,
                              .operand = operand,
                              .label = label};
}

graph_value wrap_ask(enum update update, int order, graph_value operand, const char *label,
                     void *at)
{
    return machine_access(operation_on(update, order, operand, label), (uintptr_t)at);
}

bool wrap_ask_until(enum update update, graph_value operand, const char *label, void *at)
{
    struct operation operation = operation_on(update, __ATOMIC_ACQUIRE, operand, label);
    operation.ways = 1;
    operation.deadline = true;
    machine_access(operation, (uintptr_t)at);
    return machine_wrote();
}

void wrap_set_up(void *object, size_t bytes, uint32_t value)
{
    wrap_tear_down(object, bytes); /* who makes one anew unmakes what was there */
    memset(object, 0, bytes);
    memcpy(object, &value, sizeof(value));
}

void wrap_tear_down(void *object, size_t bytes)
{
    machine_touch((uintptr_t)object, bytes, true);
    for (int index = 0; index < lock_count; index++)
        if (locks[index].address == (uintptr_t)object && holder(&locks[index]) >= 0)
            machine_fail(FAILURE_MUTEX, "destroys a %s that thread %d holds", locks[index].what,
                         holder(&locks[index]));
}

/* ---- mutexes ----------------------------------------------------------------------------------- */

static graph_value self_name(void)
{
    return (graph_value)machine_self() + 1;
}

/* Where glibc has it, so that its initialisers and attributes are understood. */
static int kind_of(const void *mutex)
{
    return ((const pthread_mutex_t *)mutex)->__data.__kind & 3;
}

static void set_kind(void *mutex, int kind)
{
    ((pthread_mutex_t *)mutex)->__data.__kind = kind;
}

/* Whether it is ours already, and its kind knows what to do then. *result: that. */
static bool is_locked_again(void *mutex, int *result)
{
    int kind = kind_of(mutex);
    if ((kind != PTHREAD_MUTEX_RECURSIVE && kind != PTHREAD_MUTEX_ERRORCHECK) || !is_held(mutex))
        return false;
    *result = kind == PTHREAD_MUTEX_RECURSIVE ? 0 : EDEADLK;
    if (kind == PTHREAD_MUTEX_RECURSIVE)
        take(mutex, "mutex");
    return true;
}

static void lock_word(void *word, const char *what)
{
    wrap_ask(UPDATE_WAIT, __ATOMIC_ACQUIRE, self_name(), "lock", word);
    take(word, what);
}

static int try_lock_word(void *word, const char *what)
{
    if (wrap_ask(UPDATE_COMPARE, __ATOMIC_ACQUIRE, self_name(), "trylock", word) != 0)
        return EBUSY;
    take(word, what);
    return 0;
}

static void unlock_word(void *word, const char *what)
{
    struct operation operation = {
        .kind = EVENT_WRITE, .order = __ATOMIC_RELEASE, .size = 4, .label = "unlock"};
    let_go(word, what);
    machine_access(operation, (uintptr_t)word);
}

static int lock(void *mutex)
{
    int result = 0;
    if (!is_locked_again(mutex, &result))
        lock_word(mutex, "mutex");
    return result;
}

static int lock_until(void *mutex)
{
    int result = 0;
    if (is_locked_again(mutex, &result))
        return result;
    if (!wrap_ask_until(UPDATE_WAIT, self_name(), "timedlock", mutex))
        return ETIMEDOUT;
    take(mutex, "mutex");
    return 0;
}

static int try_lock(void *mutex)
{
    int result = 0;
    if (is_locked_again(mutex, &result))
        return result == EDEADLK ? EBUSY : result;
    return try_lock_word(mutex, "mutex");
}

static int unlock(void *mutex)
{
    if (kind_of(mutex) == PTHREAD_MUTEX_ERRORCHECK && !is_held(mutex))
        return EPERM;
    if (find(mutex)->held[machine_self()] > 1)
        let_go(mutex, "mutex");
    else
        unlock_word(mutex, "mutex");
    return 0;
}

void wrap_lock_mutex(void *mutex)
{
    lock_word(mutex, "mutex");
}

void wrap_unlock_mutex(void *mutex)
{
    unlock_word(mutex, "mutex");
}

WRAP(int, pthread_mutex_init, pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    int kind = PTHREAD_MUTEX_DEFAULT;
    MACHINE_ENTER();
    wrap_set_up(mutex, sizeof(*mutex), 0);
    if (attributes)
        pthread_mutexattr_gettype(attributes, &kind);
    set_kind(mutex, kind);
    return 0;
}
WRAP(int, pthread_mutex_destroy, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    wrap_tear_down(mutex, sizeof(*mutex));
    return 0;
}
WRAP(int, pthread_mutex_lock, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    return lock(mutex);
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
WRAP(int, pthread_mutex_clocklock, pthread_mutex_t *mutex, clockid_t clock,
     const struct timespec *until)
{
    (void)clock, (void)until;
    MACHINE_ENTER();
    return lock_until(mutex);
}
WRAP(int, pthread_mutex_unlock, pthread_mutex_t *mutex)
{
    MACHINE_ENTER();
    return unlock(mutex);
}
WRAP(int, mtx_init, mtx_t *mutex, int type)
{
    MACHINE_ENTER();
    wrap_set_up(mutex, sizeof(*mutex), 0);
    set_kind(mutex, type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    return thrd_success;
}
WRAP(void, mtx_destroy, mtx_t *mutex)
{
    MACHINE_ENTER();
    wrap_tear_down(mutex, sizeof(*mutex));
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
WRAP(int, mtx_timedlock, mtx_t *mutex, const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    return lock_until(mutex) == 0 ? thrd_success : thrd_timedout;
}
WRAP(int, mtx_unlock, mtx_t *mutex)
{
    MACHINE_ENTER();
    unlock(mutex);
    return thrd_success;
}

/* ---- spinlocks --------------------------------------------------------------------------------- */

WRAP(int, pthread_spin_init, pthread_spinlock_t *spinlock, int shared)
{
    (void)shared;
    MACHINE_ENTER();
    wrap_set_up((void *)(uintptr_t)spinlock, sizeof(*spinlock), 0);
    return 0;
}
WRAP(int, pthread_spin_destroy, pthread_spinlock_t *spinlock)
{
    MACHINE_ENTER();
    wrap_tear_down((void *)(uintptr_t)spinlock, sizeof(*spinlock));
    return 0;
}
WRAP(int, pthread_spin_lock, pthread_spinlock_t *spinlock)
{
    MACHINE_ENTER();
    lock_word((void *)(uintptr_t)spinlock, "spinlock");
    return 0;
}
WRAP(int, pthread_spin_trylock, pthread_spinlock_t *spinlock)
{
    MACHINE_ENTER();
    return try_lock_word((void *)(uintptr_t)spinlock, "spinlock");
}
WRAP(int, pthread_spin_unlock, pthread_spinlock_t *spinlock)
{
    MACHINE_ENTER();
    unlock_word((void *)(uintptr_t)spinlock, "spinlock");
    return 0;
}

/* ---- read-write locks -------------------------------------------------------------------------- */

static const char rwlock_name[] = "read-write lock";

static int taken(void *rwlock, bool got, int otherwise)
{
    if (got)
        take(rwlock, rwlock_name);
    return got ? 0 : otherwise;
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
    wrap_tear_down(rwlock, sizeof(*rwlock));
    return 0;
}
WRAP(int, pthread_rwlock_rdlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_SHARE, __ATOMIC_ACQUIRE, 0, "rdlock", rwlock);
    return taken(rwlock, true, 0);
}
WRAP(int, pthread_rwlock_tryrdlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_TRY_SHARE, __ATOMIC_ACQUIRE, 0, "tryrdlock", rwlock);
    return taken(rwlock, machine_wrote(), EBUSY);
}
WRAP(int, pthread_rwlock_timedrdlock, pthread_rwlock_t *rwlock, const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    return taken(rwlock, wrap_ask_until(UPDATE_SHARE, 0, "timedrdlock", rwlock), ETIMEDOUT);
}
WRAP(int, pthread_rwlock_wrlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_WAIT, __ATOMIC_ACQUIRE, UINT32_MAX, "wrlock", rwlock);
    return taken(rwlock, true, 0);
}
WRAP(int, pthread_rwlock_trywrlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    wrap_ask(UPDATE_COMPARE, __ATOMIC_ACQUIRE, UINT32_MAX, "trywrlock", rwlock);
    return taken(rwlock, machine_wrote(), EBUSY);
}
WRAP(int, pthread_rwlock_timedwrlock, pthread_rwlock_t *rwlock, const struct timespec *until)
{
    (void)until;
    MACHINE_ENTER();
    return taken(rwlock, wrap_ask_until(UPDATE_WAIT, UINT32_MAX, "timedwrlock", rwlock), ETIMEDOUT);
}
WRAP(int, pthread_rwlock_unlock, pthread_rwlock_t *rwlock)
{
    MACHINE_ENTER();
    let_go(rwlock, rwlock_name);
    uint32_t value;
    /* Memory has the latest value: while we held it, it is a writer's mark, or at least one reader. */
    memcpy(&value, rwlock, sizeof(value));
    if (value == UINT32_MAX)
        wrap_ask(UPDATE_EXCHANGE, __ATOMIC_RELEASE, 0, "rwlock unlock", rwlock);
    else
        wrap_ask(UPDATE_SUB, __ATOMIC_RELEASE, 1, "rwlock unlock", rwlock);
    return 0;
}
