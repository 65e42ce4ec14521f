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
 * Invariant: a waiter is in one queue, that of its address, from the moment that validate said yes until
 * somebody takes it out: a waker, or the waiter itself, whose deadline passed. Whoever takes it out wakes it.
 *
 *     pair of operations                    together from two threads
 *     park, unpark_*, requeue               yes, any pair, on any addresses
 *     an operation inside before_sleep      yes
 *     an operation inside another callback  no: a queue is locked
 *
 * Progress: blocking; a queue is locked for as long as one scan of it and the callback take. Allocates nothing: a waiter
 * is on the stack of the thread that waits. Memory: 32 KiB for the process, none in the object.
 * Cancel: not a cancellation point. Signal-safe: no. After fork: in the child all queues are empty.
 * Units: deadlines as in 02_concurrency/deadline.h.
 * Interface: wait_queue_park wait_queue_unpark_one wait_queue_unpark_all wait_queue_unpark_some wait_queue_requeue
 * Source: Pizlo, Locking in WebKit (2016: ParkingLot); parking_lot_core, Rust (the validation and requeue protocol).
 */
#ifndef SYSLAB_CONCURRENCY_WAIT_QUEUE_H
#define SYSLAB_CONCURRENCY_WAIT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "02_concurrency/deadline.h"

/* What to do around a sleep. Each may be NULL. */
struct wait_queue_park {
    bool (*validate)(void *context);     /* queue locked: is there still something to wait for? */
    void (*before_sleep)(void *context); /* queued, nothing locked: a condvar unlocks its mutex */
    void (*timed_out)(void *context, bool was_last); /* queue locked, and this thread has left */
    void *context;
    uintptr_t kind; /* what unpark_some chooses by: reader or writer, how many */
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
};

/* Wake some that wait at `from`, and let others wait at `to` instead, without waking them. A waiter's deadline stays.
 * Returns: how many were woken. from == to: nobody is moved. */
size_t wait_queue_requeue(const void *from, const void *to,
                          const struct wait_queue_requeue *requeue);

#endif
