/* rwlock_slots.c - who has which row.
 *
 * Rows are given out lowest first, so that a writer has few to look at, and are given back by a destructor of
 * thread-specific data when their thread ends.
 */
#include "02_concurrency/rwlock_slots.h"

#include <pthread.h>

#include "02_concurrency/wait_queue.h"
#include "07_unsafe/assert.h"

struct rwlock_slots rwlock_slots;

/* Every slot is in use, for no lock: who has this row always takes the other way. */
#define FOUR(value)  (value), (value), (value), (value)
#define EIGHT(value) FOUR(value), FOUR(value)
static struct rwlock_slots_row no_row = {{EIGHT(1), EIGHT(1), EIGHT(1), EIGHT(1)}};

_Thread_local struct rwlock_slots_row *rwlock_slots_mine = &no_row;
static _Thread_local bool has_asked;

static struct {
    pthread_mutex_t lock;
    bool taken[RWLOCK_SLOTS_ROWS];
    bool is_ready;
    pthread_key_t key;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_empty(const struct rwlock_slots_row *row)
{
    /* relaxed: the thread's own */
    for (unsigned i = 0; i < RWLOCK_SLOTS_COLUMNS; i++)
        if (atomic_load_explicit(&row->slots[i], memory_order_relaxed) != 0)
            return false;
    return true;
}

/* The destructor: the thread ends. Destructors that still follow take the other way. */
static void give_back(void *row)
{
    bool left_nothing = is_empty(row);
    rwlock_slots_mine = &no_row;
    ASSERT(left_nothing); /* or the thread ends while it holds a lock for reading */
    if (!left_nothing)
        return; /* the lock stays held, and the row is not for others */
    pthread_mutex_lock(&registry.lock);
    registry.taken[(struct rwlock_slots_row *)row - rwlock_slots.rows] = false;
    pthread_mutex_unlock(&registry.lock);
}

static bool get_ready_locked(void)
{
    if (!registry.is_ready && pthread_key_create(&registry.key, give_back) == 0) {
        /* relaxed: handed on by the mutex to whoever gets a row */
        atomic_store_explicit(&rwlock_slots.mode, asymmetric_best(), memory_order_relaxed);
        registry.is_ready = true;
    }
    return registry.is_ready;
}

static struct rwlock_slots_row *take_row_locked(void)
{
    for (unsigned i = 0; i < RWLOCK_SLOTS_ROWS; i++) {
        if (registry.taken[i])
            continue;
        if (pthread_setspecific(registry.key, &rwlock_slots.rows[i]) != 0)
            return NULL;
        registry.taken[i] = true;
        /* relaxed: written under the mutex only. seq_cst: pairs with rwlock_slots_used, see rwlock.c, argument 2 */
        if (atomic_load_explicit(&rwlock_slots.used, memory_order_relaxed) <= i)
            atomic_store_explicit(&rwlock_slots.used, i + 1, memory_order_seq_cst);
        return &rwlock_slots.rows[i];
    }
    return NULL;
}

bool rwlock_slots_claim(void)
{
    if (has_asked)
        return false;
    has_asked = true;
    pthread_mutex_lock(&registry.lock);
    struct rwlock_slots_row *row = get_ready_locked() ? take_row_locked() : NULL;
    pthread_mutex_unlock(&registry.lock);
    if (row)
        rwlock_slots_mine = row;
    return row != NULL;
}

void rwlock_slots_wake(const void *lock)
{
    wait_queue_unpark_one((const char *)lock + 1, NULL, NULL);
}
