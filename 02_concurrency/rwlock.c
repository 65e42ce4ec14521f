/* rwlock.c - the slow halves of the readers, and the writers.
 *
 * Why readers and a writer are never inside together, and nobody sleeps for ever:
 *
 *  1. WRITER is set by a compare-and-swap that finds it clear, or is handed over while it is set. So one thread owns it.
 *     Readers that count themselves do so by a compare-and-swap that finds it clear, in the same word: after
 *     WRITER is set the count only falls.
 *  2. A reader by slot stores the slot (a) and then loads the state (b); a writer sets WRITER (c) and then loads the slot
 *     (d). All four are sequentially consistent, so they have one order. If d does not see a, then c, d, a, b is
 *     that order, and b sees WRITER: the reader leaves again. The same holds for a row that was never in use:
 *     its owner stores `used` before a, the writer loads it after c.
 *  3. So a slot that the writer has seen without its lock stays harmless until the writer is done: readers come and
 *     go there, but none stays. It looks at each slot once, and waits where the lock stands in it.
 *  4. What a reader read is read before its slot is 0 (release), and what the writer wrote is written after it saw that
 *     (acquire, as part of seq_cst). What the writer wrote is released with WRITER, and b acquires it.
 *  5. A writer that sleeps for a slot adds itself to the sleepers of the column, passes asymmetric_barrier, and
 *     looks at the slot with the queue locked. A reader empties the slot, passes asymmetric_light, and looks for
 *     sleepers. By asymmetric.h one sees the other: either the writer does not sleep, or the reader calls
 *     rwlock_slots_wake, which finds it in the queue, since it joined under the same lock under which it looked.
 *     The last one to leave the count sees WRITER in what it subtracted from, and calls the same.
 *  6. Nobody is parked in the lock's queue without somebody who will wake it: parking needs WRITER and PARKED, seen with the
 *     queue locked; who gives WRITER up then sees PARKED, and wakes the first writer in the queue, if there is any, or else all
 *     readers. A writer that was woken sets WRITER, or finds that another one has: in both cases somebody
 *     will give it up again. Readers may all be gone by then; so wherever readers are woken, the first writer is too.
 *  7. After the step that lets others in, no thread touches the lock: it may be freed. A leaving reader looks at the
 *     table and uses the lock's address as a name; who gives WRITER up does so as its last step.
 */
#define RWLOCK_CHECKED 0 /* that is for the callers */
#include "02_concurrency/rwlock.h"

#include <errno.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/wait_queue.h"
#include "07_unsafe/assert.h"

enum { KIND_READER, KIND_WRITER };
enum { TOKEN_NONE, TOKEN_READERS_HAVE_IT, TOKEN_WRITER_HAS_IT };

#define POLL_NS (1 * DEADLINE_MS) /* only where the kernel took its barrier away */

static uint32_t load(const struct rwlock *lock)
{
    /* relaxed: a guess; what follows from it is done by compare-and-swap, or looked at again */
    return atomic_load_explicit(&lock->state, memory_order_relaxed);
}

/* ---- waiting for WRITER to be given up --------------------------------------------------------*/

static bool is_still_to_wait(void *context)
{
    const uint32_t both = RWLOCK_WRITER | RWLOCK_PARKED;
    return (load(context) & both) == both;
}

/* Returns: 0 and the token, or at once if WRITER is not set. Errors: -ETIMEDOUT. */
static int park(struct rwlock *lock, uintptr_t kind, uint64_t deadline_ns, uintptr_t *token)
{
    struct wait_queue_park how = {.validate = is_still_to_wait, .context = lock, .kind = kind};
    uint32_t state = load(lock);
    *token = TOKEN_NONE;
    if (!(state & RWLOCK_WRITER))
        return 0;
    /* relaxed: the queue's lock orders it */
    if (!(state & RWLOCK_PARKED) &&
        !atomic_compare_exchange_strong_explicit(&lock->state, &state, state | RWLOCK_PARKED,
                                                 memory_order_relaxed, memory_order_relaxed))
        return 0;
    int error = wait_queue_park(lock, &how, deadline_ns, token);
    return error == -EAGAIN ? 0 : error;
}

/* Spin for a while, and then sleep, until WRITER may be clear or the token says more. */
static int wait_for_writer(struct rwlock *lock, uintptr_t kind, uint64_t deadline_ns,
                           uintptr_t *token)
{
    struct backoff backoff = BACKOFF_INIT;
    *token = TOKEN_NONE;
    if (deadline_has_passed(deadline_ns))
        return -ETIMEDOUT;
    while (!backoff_is_completed(&backoff)) {
        backoff_wait(&backoff);
        if (!(load(lock) & RWLOCK_WRITER))
            return 0;
    }
    return park(lock, kind, deadline_ns, token);
}

/* ---- for reading ------------------------------------------------------------------------------*/

/* Returns: whether this thread is one of the readers that are counted now. */
static bool count_reader(struct rwlock *lock)
{
    uint32_t state = load(lock);
    /* acquire: pairs with the release of give_up, what the last writer wrote is seen */
    while (!(state & RWLOCK_WRITER))
        if (atomic_compare_exchange_weak_explicit(&lock->state, &state, state + RWLOCK_READER,
                                                  memory_order_acquire, memory_order_relaxed))
            return true;
    return false;
}

int rwlock_read_slow(struct rwlock *lock, uint64_t deadline_ns)
{
    uintptr_t token;
    rwlock_slots_claim();
    for (;;) {
        if (!(load(lock) & RWLOCK_WRITER) && (rwlock_read_by_slot(lock) || count_reader(lock)))
            return 0;
        int error = wait_for_writer(lock, KIND_READER, deadline_ns, &token);
        if (error)
            return error;
        if (token == TOKEN_READERS_HAVE_IT)
            return 0;
    }
}

void rwlock_read_unlock_counted(struct rwlock *lock)
{
    /* release: pairs with the look at the count in is_held_by_count */
    uint32_t before = atomic_fetch_sub_explicit(&lock->state, RWLOCK_READER, memory_order_release);
    ASSERT(before >= RWLOCK_READER); /* or this thread does not hold it */
    if (before / RWLOCK_READER == 1 && before & RWLOCK_WRITER)
        rwlock_slots_wake(lock);
}

/* ---- waiting for readers to leave -------------------------------------------------------------*/

struct drain {
    const struct rwlock *lock;
    const rwlock_slot *slot; /* NULL: those who are counted */
};

static bool is_held_by_slot(const struct rwlock *lock, const rwlock_slot *slot)
{
    /* seq_cst: argument 2; and acquire: pairs with the release in rwlock_slots_leave */
    return atomic_load_explicit(slot, memory_order_seq_cst) == (uintptr_t)lock;
}

static bool is_held_by_count(const struct rwlock *lock)
{
    /* acquire: pairs with the release in rwlock_read_unlock_counted */
    return atomic_load_explicit(&lock->state, memory_order_acquire) >= RWLOCK_READER;
}

static bool is_held(void *context)
{
    const struct drain *drain = context;
    return drain->slot ? is_held_by_slot(drain->lock, drain->slot) : is_held_by_count(drain->lock);
}

static int sleep_until_left(struct drain *drain, uint64_t deadline_ns)
{
    struct wait_queue_park how = {.validate = is_held, .context = drain};
    _Atomic(uint32_t) *sleepers = &rwlock_slots.sleepers[rwlock_slots_column(drain->lock)];
    int error = 0;
    /* seq_cst: before the barrier, which pairs with asymmetric_light in rwlock_slots_leave. relaxed: set before any slot */
    atomic_fetch_add_explicit(sleepers, 1, memory_order_seq_cst);
    bool will_be_woken =
        asymmetric_barrier(atomic_load_explicit(&rwlock_slots.mode, memory_order_relaxed));
    while (!error && is_held(drain)) {
        uint64_t poll_ns = will_be_woken ? DEADLINE_NEVER : deadline_after_ns(POLL_NS);
        bool polls = poll_ns < deadline_ns;
        error = wait_queue_park((const char *)drain->lock + 1, &how, polls ? poll_ns : deadline_ns,
                                NULL);
        if (error == -EAGAIN || (error == -ETIMEDOUT && polls))
            error = 0;
    }
    /* relaxed: a reader that still sees it wakes nobody */
    atomic_fetch_sub_explicit(sleepers, 1, memory_order_relaxed);
    return error && is_held(drain) ? error : 0;
}

static int wait_until_left(const struct rwlock *lock, const rwlock_slot *slot, uint64_t deadline_ns)
{
    struct drain drain = {lock, slot};
    struct backoff backoff = BACKOFF_INIT;
    while (is_held(&drain)) {
        if (deadline_has_passed(deadline_ns))
            return -ETIMEDOUT;
        if (backoff_is_completed(&backoff))
            return sleep_until_left(&drain, deadline_ns);
        backoff_wait(&backoff);
    }
    return 0;
}

/* lesson: rwlock-drain */
/* The caller owns WRITER: wait until all who read have left. Errors: -ETIMEDOUT. */
static int drain_readers(const struct rwlock *lock, uint64_t deadline_ns)
{
    unsigned column = rwlock_slots_column(lock), used = rwlock_slots_used();
    int error = 0;
    for (unsigned i = 0; !error && i < used; i++) {
        const rwlock_slot *slot = &rwlock_slots.rows[i].slots[column];
        if (is_held_by_slot(lock, slot))
            error = wait_until_left(lock, slot, deadline_ns);
    }
    if (!error && is_held_by_count(lock))
        error = wait_until_left(lock, NULL, deadline_ns);
    return error;
}
/* end lesson */

/* Returns: how many read at this moment. A guess, of use to who would fail: it need not claim the lock for that. */
static uint32_t readers_inside(const struct rwlock *lock)
{
    unsigned column = rwlock_slots_column(lock), used = rwlock_slots_used();
    uint32_t count = load(lock) / RWLOCK_READER;
    for (unsigned i = 0; i < used; i++)
        count += is_held_by_slot(lock, &rwlock_slots.rows[i].slots[column]);
    return count;
}

/* ---- for writing ------------------------------------------------------------------------------*/

struct release {
    struct rwlock *lock;
    uint32_t keep;    /* RWLOCK_READER: the caller goes on as a reader */
    uint32_t readers; /* woken */
    bool writer_is_first, writer_is_woken;
};

/* The oldest is a writer: that one. It is a reader: all readers, and the first writer (argument 6). */
static enum wait_queue_choice choose(uintptr_t kind, void *context)
{
    struct release *release = context;
    if (release->writer_is_first)
        return WAIT_QUEUE_STOP;
    if (kind == KIND_READER) {
        release->readers++;
        return WAIT_QUEUE_WAKE;
    }
    if (release->writer_is_woken)
        return WAIT_QUEUE_SKIP;
    release->writer_is_woken = true;
    release->writer_is_first = release->readers == 0;
    return WAIT_QUEUE_WAKE;
}

/* Give WRITER up, or hand the lock over if it is time to be fair. */
static uintptr_t give_up(const struct wait_queue_result *result, void *context)
{
    struct release *release = context;
    _Atomic(uint32_t) *state = &release->lock->state;
    uint32_t add = release->keep | (result->have_more ? RWLOCK_PARKED : 0),
             before = load(release->lock);
    uintptr_t token = TOKEN_NONE;
    if (result->is_fair && release->writer_is_first) {
        add |= RWLOCK_WRITER;
        token = TOKEN_WRITER_HAS_IT;
    } else if (result->is_fair && release->readers > 0) {
        add += release->readers * RWLOCK_READER;
        token = TOKEN_READERS_HAVE_IT;
    }
    /* The count is not nothing where a writer gives up waiting for readers.
     * release: pairs with the acquire of whoever takes the lock next; those woken get it by the queue too */
    while (!atomic_compare_exchange_weak_explicit(
        state, &before, (before & ~(uint32_t)(RWLOCK_WRITER | RWLOCK_PARKED)) + add,
        memory_order_release, memory_order_relaxed))
        continue;
    return token;
}

static void release_writer(struct rwlock *lock, uint32_t keep)
{
    struct release release = {.lock = lock, .keep = keep};
    struct wait_queue_some some = {.choose = choose, .decide = give_up, .context = &release};
    uint32_t expected = RWLOCK_WRITER;
    /* release: pairs with the acquire of whoever takes the lock next */
    if (!atomic_compare_exchange_strong_explicit(&lock->state, &expected, keep,
                                                 memory_order_release, memory_order_relaxed))
        wait_queue_unpark_some(lock, &some);
}

/* Set WRITER. Returns: whether it was clear. */
static bool claim_writer(struct rwlock *lock)
{
    uint32_t state = load(lock);
    /* seq_cst: argument 2; and acquire: pairs with the release of the writer before */
    while (!(state & RWLOCK_WRITER))
        if (atomic_compare_exchange_weak_explicit(&lock->state, &state, state | RWLOCK_WRITER,
                                                  memory_order_seq_cst, memory_order_relaxed))
            return true;
    return false;
}

static int claim_writer_until(struct rwlock *lock, uint64_t deadline_ns)
{
    uintptr_t token = TOKEN_NONE;
    while (token != TOKEN_WRITER_HAS_IT && !claim_writer(lock)) {
        int error = wait_for_writer(lock, KIND_WRITER, deadline_ns, &token);
        if (error)
            return error;
    }
    return 0;
}

/* lesson: rwlock-write */
int rwlock_write_lock_until(struct rwlock *lock, uint64_t deadline_ns)
{
    if (deadline_ns == 0 && readers_inside(lock) > 0) /* a try that would fail disturbs nobody */
        return -ETIMEDOUT;
    int error = claim_writer_until(lock, deadline_ns);
    if (error)
        return error;
    error = drain_readers(lock, deadline_ns);
    if (error)
        release_writer(lock, 0);
    return error;
}
/* end lesson */

void rwlock_write_unlock(struct rwlock *lock)
{
    ASSERT(load(lock) & RWLOCK_WRITER); /* or this thread does not hold it */
    release_writer(lock, 0);
}

/* ---- from one to the other --------------------------------------------------------------------*/

int rwlock_upgrade_until(struct rwlock *lock, uint64_t deadline_ns)
{
    rwlock_slot *slot = rwlock_slots_find(lock);
    bool has_no_time = deadline_ns == 0 && readers_inside(lock) > 1;
    if (has_no_time && !(load(lock) & RWLOCK_WRITER))
        return -ETIMEDOUT;
    if (!claim_writer(lock))
        return -EDEADLK;
    /* relaxed, all: nobody else asks while this thread owns WRITER */
    if (atomic_load_explicit(slot, memory_order_relaxed) == (uintptr_t)lock)
        atomic_store_explicit(slot, 0, memory_order_relaxed);
    else
        atomic_fetch_sub_explicit(&lock->state, RWLOCK_READER, memory_order_relaxed);
    int error = drain_readers(lock, deadline_ns);
    if (error)
        release_writer(lock, RWLOCK_READER);
    return error;
}

void rwlock_downgrade(struct rwlock *lock)
{
    ASSERT(load(lock) & RWLOCK_WRITER); /* or this thread does not hold it */
    release_writer(lock, RWLOCK_READER);
}
