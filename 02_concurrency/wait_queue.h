/* wait_queue.h - queues of sleeping threads, kept apart from what they wait for.
 *
 * A lock that nobody waits for needs no queue, and of a program's locks hardly any is waited for at any moment. So
 * the queues are not in the locks: one table for the whole process finds the queue of an address when there is one.
 * A lock is then as small as what it must remember, down to a bit in a byte: that somebody may be parked.
 *
 *     one lock       hash     table of buckets               the waiters' own stacks
 *     [held,parked] -----> [ lock | first | last | fair ] -> [waiter] -> [waiter] -> ...     oldest first
 *                                                            of this address, or of another in the bucket
 *
 *     waiter                                         waker
 *     set "parked" in the object                     change the object
 *     wait_queue_park(address, how, ...)             if "parked" was set:
 *         with the queue locked: still to wait?          wait_queue_unpark_one(address, decide, ...)
 *         join the queue, unlock it, sleep                   with the queue locked: clear or keep "parked"
 *
 * validate (still to wait?) and decide (who was woken?) are called with the queue locked. So a waiter that was told to
 * wait is in the queue before any waker looks into it: no wake-up is lost. A waiter is woken by being taken out of the
 * queue, and is given a token: what it means is between the lock's waiter and waker.
 *
 * Fairness: who is woken first waited longest. But who runs already gets a free lock first, and a waiter may find it
 * taken again each time it wakes. So about every half millisecond a queue tells the waker to be fair: to hand what it
 * gives up to the woken thread, and not to whoever comes first. The moments are random, so that no pattern of a program
 * escapes them for ever.
 *
 * Announced waits are for locks that are given back by a plain store, and may be freed as soon as they are: the bit
 * "somebody may be parked" is then not in the object but in the bucket, where it may be read when the object is gone.
 * The price: the bit is shared by all addresses of the bucket, so it may be set for another one.
 *
 * Invariant: a waiter is in one queue, that of its address, from the moment that validate said yes until
 * somebody takes it out: a waker, or the waiter itself, whose deadline passed. Whoever takes it out wakes it.
 *
 *     pair of operations                    together from two threads
 *     park, unpark_*, requeue, *announce*,
 *     is_awaited                            yes, any pair, on any addresses
 *     an operation inside before_sleep      yes
 *     an operation inside another callback  no: a queue is locked; but is_awaited_locked
 *
 * Progress: blocking; a queue is locked for as long as one scan and the callback take. Allocates nothing: a waiter
 * is on the stack of the thread that waits. Memory: 32 KiB for the process, none in the object.
 * Cancel: not a cancellation point. Signal-safe: no. After fork: in the child all queues are empty.
 * Units: deadlines as in 02_concurrency/deadline.h.
 * Interface: wait_queue_park wait_queue_unpark_one wait_queue_unpark_all wait_queue_unpark_some wait_queue_requeue
 *            wait_queue_is_awaited wait_queue_is_awaited_locked
 *            wait_queue_announce wait_queue_is_announced wait_queue_unpark_announced wait_queue_impatience
 * Source: Pizlo, Locking in WebKit (2016: ParkingLot); parking_lot_core, Rust (the validation and requeue protocol).
 */
#ifndef SYSLAB_CONCURRENCY_WAIT_QUEUE_H
#define SYSLAB_CONCURRENCY_WAIT_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "02_concurrency/cache_line.h"
#include "02_concurrency/deadline.h"

/* What to do around a sleep. Each may be NULL. */
struct wait_queue_park {
    bool (*validate)(void *context);     /* queue locked: is there still something to wait for? */
    void (*before_sleep)(void *context); /* queued, nothing locked: a condvar unlocks its mutex */
    /* Queue locked, and this thread has left it. was_last: nobody waits at the address now. Not called in a thread
     * that was moved to another address: it left that one's queue. */
    void (*timed_out)(void *context, bool was_last);
    void *context;
    uintptr_t kind;    /* what unpark_some chooses by: reader or writer, how many */
    bool is_announced; /* refused, as if by validate, where the announcement was withdrawn since */
};

/* Sleep in the queue of the address until somebody takes this thread out, at most until the deadline.
 * The address is only compared. Which object it belongs to, and whether it still exists, is the caller's affair.
 * Returns: 0, and *token (which may be NULL) as the waker gave it. Errors: -EAGAIN validate said no; -ETIMEDOUT.
 * A thread that is woken while its deadline passes is woken: it got the token, and has to do what goes with it. */
int wait_queue_park(const void *address, const struct wait_queue_park *how, uint64_t deadline_ns,
                    uintptr_t *token);

/* What a waker did, for its decision. */
struct wait_queue_result {
    size_t unparked_count; /* taken out, and woken as soon as the queue is unlocked */
    size_t requeued_count;
    bool have_more; /* others wait at the address still */
    bool is_fair;   /* it is time to hand over to the one that is woken */
};

/* With the queue locked, also where nobody waited. Returns: the token of all that are woken. */
typedef uintptr_t (*wait_queue_decide_fn)(const struct wait_queue_result *result, void *context);

/* Wake the thread that has waited longest at the address. decide may be NULL: the token is 0.
 * Returns: how many: 0 or 1. */
size_t wait_queue_unpark_one(const void *address, wait_queue_decide_fn decide, void *context);

/* Wake all that wait at the address. Returns: how many. */
size_t wait_queue_unpark_all(const void *address, uintptr_t token);

enum wait_queue_choice { WAIT_QUEUE_WAKE, WAIT_QUEUE_SKIP, WAIT_QUEUE_STOP };

/* Of a waiter's kind; oldest first, until STOP. */
typedef enum wait_queue_choice (*wait_queue_choose_fn)(uintptr_t kind, void *context);

struct wait_queue_some {
    wait_queue_choose_fn choose;
    wait_queue_decide_fn decide; /* may be NULL: the token is 0 */
    void *context;
};

/* Wake those that choose picks. Returns: how many. */
size_t wait_queue_unpark_some(const void *address, const struct wait_queue_some *some);

struct wait_queue_plan {
    size_t wake_count;    /* so many are woken, oldest first */
    size_t requeue_count; /* so many after them move to the end of the other queue */
};

struct wait_queue_requeue {
    struct wait_queue_plan (*plan)(void *context); /* both queues locked; may change the objects */
    wait_queue_decide_fn decide;                   /* both queues locked; may be NULL */
    void *context;
    bool moved_are_announced; /* at the other address, from now on: see below */
};

/* Wake some that wait at `from`, and let others wait at `to` instead, without waking them. A waiter's deadline stays.
 * Returns: how many were woken. from == to: nobody is moved. */
size_t wait_queue_requeue(const void *from, const void *to,
                          const struct wait_queue_requeue *requeue);

/* Returns: whether somebody waits at the address. */
bool wait_queue_is_awaited(const void *address);

/* The same, for a callback that runs with the queue of the address locked. */
bool wait_queue_is_awaited_locked(const void *address);

/* ---- announced waits ---- */

struct wait_queue_waiter;

/* The addresses of a bucket share it. Private, but for what the functions below say. */
struct wait_queue_bucket {
    _Alignas(CACHE_LINE_BYTES) _Atomic(uint8_t) is_announced;
    _Atomic(uint8_t) impatience;
    _Atomic(uint32_t) lock;
    uint32_t random;
    struct wait_queue_waiter *first, *last;
    uint64_t fair_at_ns; /* the next wake-up after this moment is a fair one */
};

enum { WAIT_QUEUE_BITS = 9 };
extern struct wait_queue_bucket wait_queue_buckets[1 << WAIT_QUEUE_BITS];

/* The bucket in which who waits for the address is queued. Internal. */
static inline struct wait_queue_bucket *wait_queue_bucket_of(const void *address)
{
    /* Fibonacci hashing: neighbours, and multiples of a power of two, end far apart. */
    uint64_t hash = (uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);
    return &wait_queue_buckets[hash >> (64 - WAIT_QUEUE_BITS)];
}

/* Before an announced wait: have the next one who asks wait_queue_is_announced look into the queue.
 * relaxed: the caller orders it before its look at the object, see mutex.c. */
static inline void wait_queue_announce(const void *address)
{
    atomic_store_explicit(&wait_queue_bucket_of(address)->is_announced, 1, memory_order_relaxed);
}

/* Whether to call wait_queue_unpark_announced. Cost: a multiplication and a load.
 * relaxed: the caller orders it behind its change of the object; what it leads to is done with the queue locked. */
static inline bool wait_queue_is_announced(const void *address)
{
    const struct wait_queue_bucket *bucket = wait_queue_bucket_of(address);
    return atomic_load_explicit(&bucket->is_announced, memory_order_relaxed) != 0;
}

/* As wait_queue_unpark_one, of the announced waiters only. Withdraws the announcement, unless it is needed for another
 * address. If result->have_more says that others are left, whoever is woken has to announce them again. */
size_t wait_queue_unpark_announced(const void *address, wait_queue_decide_fn decide, void *context);

/* A byte for locks to remember how their waits went: an estimate, shared by the addresses of the bucket. */
static inline _Atomic(uint8_t) *wait_queue_impatience(const void *address)
{
    return &wait_queue_bucket_of(address)->impatience;
}

#endif
