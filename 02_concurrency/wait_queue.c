/* wait_queue.c - a table of buckets, each a lock and a list of waiters.
 *
 * Why no wake-up is lost, and no waiter is touched after it left:
 *
 *  1. A bucket's list, and next, address, is_queued and token of each waiter in it, are read and written with the
 *     bucket locked. address alone is atomic: a waiter that wants to leave reads it first, to know what to lock (5).
 *  2. validate runs with the bucket locked, and if it says yes the waiter is in the list before the lock is let go. A
 *     waker changes the object first and then locks the bucket. If it comes before validate, validate sees the change
 *     (the lock orders them); if it comes after, it finds the waiter. Whether it comes at all is the caller's to
 *     prove, about the bit in the object.
 *  3. Who takes a waiter out of the list, holding the lock, is the only one who unparks it, once. The waiter returns
 *     after it took that permit, or after it took itself out.
 *  4. A waiter lives on a stack. A waker reads what it needs of it, the next one to wake included, before it unparks
 *     it, and nothing of it after; parker_unpark allows that the parker is gone by then.
 *  5. When a deadline passes, the waiter locks the bucket of its address. A requeue may move it meanwhile: that holds
 *     the locks of both buckets, so if the address is still the same once the lock is taken, it stays so. If is_queued
 *     is still set the waiter takes itself out and its deadline counts. If not, a waker is about to unpark it: it
 *     waits for that.
 *  6. is_announced of a bucket goes from 1 to 0 only in wait_queue_unpark_announced, with the bucket locked: then the
 *     oldest announced waiter of the address was taken out, or there is none, and none of another address is left. Who
 *     has announced itself and not yet joined finds 0 once it has the lock, and is refused.
 *  7. Two buckets are locked in the order of the table; nobody locks a second one otherwise: so there is no deadlock.
 */
#include "02_concurrency/wait_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/futex.h"
#include "02_concurrency/parker.h"

struct wait_queue_waiter {
    struct wait_queue_waiter *next;
    _Atomic(const void *) address;
    uintptr_t kind, token;
    bool is_queued, is_announced;
    struct parker parker;
};

enum { LOCK_FREE = 0, LOCK_HELD = 1, LOCK_CONTENDED = 2 };

enum { FAIR_SHIFT = 12 }; /* of 32 random bits: 20 are left, nanoseconds up to a millisecond */
struct wait_queue_bucket wait_queue_buckets[1 << WAIT_QUEUE_BITS];

/* ---- the lock of a bucket: it cannot wait in a queue of its own making ---- */

static void lock_bucket_slowly(struct wait_queue_bucket *bucket)
{
    struct backoff backoff = BACKOFF_INIT;
    do {
        uint32_t free = LOCK_FREE;
        /* acquire: pairs with the release in unlock_bucket */
        if (atomic_compare_exchange_weak_explicit(&bucket->lock, &free, LOCK_HELD,
                                                  memory_order_acquire, memory_order_relaxed))
            return;
        backoff_wait(&backoff);
    } while (!backoff_is_completed(&backoff));
    /* acquire: as above. Who slept cannot know whether others do: it leaves CONTENDED. */
    while (atomic_exchange_explicit(&bucket->lock, LOCK_CONTENDED, memory_order_acquire) !=
           LOCK_FREE)
        futex_wait(&bucket->lock, LOCK_CONTENDED);
}

static void lock_bucket(struct wait_queue_bucket *bucket)
{
    uint32_t free = LOCK_FREE;
    /* acquire: pairs with the release in unlock_bucket */
    if (!atomic_compare_exchange_strong_explicit(&bucket->lock, &free, LOCK_HELD,
                                                 memory_order_acquire, memory_order_relaxed))
        lock_bucket_slowly(bucket);
}

static void unlock_bucket(struct wait_queue_bucket *bucket)
{
    /* release: pairs with the acquires above */
    if (atomic_exchange_explicit(&bucket->lock, LOCK_FREE, memory_order_release) == LOCK_CONTENDED)
        futex_wake(&bucket->lock, 1);
}

static void lock_both(struct wait_queue_bucket *one, struct wait_queue_bucket *other)
{
    lock_bucket(one < other ? one : other);
    if (one != other)
        lock_bucket(one < other ? other : one);
}

static void unlock_both(struct wait_queue_bucket *one, struct wait_queue_bucket *other)
{
    unlock_bucket(one);
    if (one != other)
        unlock_bucket(other);
}

/* ---- the list of a bucket, which is locked ---- */

static const void *address_of(const struct wait_queue_waiter *waiter)
{
    /* relaxed: the bucket's lock orders it, or the reader looks again */
    return atomic_load_explicit(&waiter->address, memory_order_relaxed);
}

static void append(struct wait_queue_bucket *bucket, struct wait_queue_waiter *waiter)
{
    waiter->next = NULL;
    *(bucket->last ? &bucket->last->next : &bucket->first) = waiter;
    bucket->last = waiter;
}

/* Take out the one behind previous, or the first. Returns: it. */
static struct wait_queue_waiter *take_out(struct wait_queue_bucket *bucket,
                                          struct wait_queue_waiter *previous)
{
    struct wait_queue_waiter **link = previous ? &previous->next : &bucket->first;
    struct wait_queue_waiter *waiter = *link;
    *link = waiter->next;
    if (bucket->last == waiter)
        bucket->last = previous;
    waiter->next = NULL;
    return waiter;
}

static bool is_awaited(const struct wait_queue_bucket *bucket, const void *address)
{
    for (const struct wait_queue_waiter *waiter = bucket->first; waiter; waiter = waiter->next)
        if (address_of(waiter) == address)
            return true;
    return false;
}

bool wait_queue_is_awaited_locked(const void *address)
{
    return is_awaited(wait_queue_bucket_of(address), address);
}

bool wait_queue_is_awaited(const void *address)
{
    struct wait_queue_bucket *bucket = wait_queue_bucket_of(address);
    lock_bucket(bucket);
    bool somebody_waits = is_awaited(bucket, address);
    unlock_bucket(bucket);
    return somebody_waits;
}

static bool is_time_to_be_fair(struct wait_queue_bucket *bucket)
{
    uint64_t now_ns = deadline_now_ns();
    if (now_ns < bucket->fair_at_ns)
        return false;
    bucket->random = bucket->random * 1664525 + 1013904223; /* Knuth's and Lewis's generator */
    bucket->fair_at_ns = now_ns + (bucket->random >> FAIR_SHIFT);
    return true;
}

/* ---- parking ---- */

static struct wait_queue_bucket *lock_bucket_of(const struct wait_queue_waiter *waiter)
{
    for (;;) {
        const void *address = address_of(waiter);
        struct wait_queue_bucket *bucket = wait_queue_bucket_of(address);
        lock_bucket(bucket);
        if (address_of(waiter) == address)
            return bucket;
        unlock_bucket(bucket);
    }
}

/* The deadline passed. Returns: whether the waiter left by itself; false: a waker was faster. */
static bool leave(struct wait_queue_waiter *waiter, const struct wait_queue_park *how,
                  const void *joined)
{
    struct wait_queue_bucket *bucket = lock_bucket_of(waiter);
    bool was_queued = waiter->is_queued;
    if (was_queued) {
        struct wait_queue_waiter *previous = NULL;
        for (struct wait_queue_waiter *at = bucket->first; at != waiter; at = at->next)
            previous = at;
        take_out(bucket, previous);
        if (how->timed_out && address_of(waiter) == joined)
            how->timed_out(how->context, !is_awaited(bucket, joined));
    }
    unlock_bucket(bucket);
    return was_queued;
}

/* lesson: wait-queue-park */
int wait_queue_park(const void *address, const struct wait_queue_park *how, uint64_t deadline_ns,
                    uintptr_t *token)
{
    struct wait_queue_waiter waiter = {.address = address,
                                       .kind = how->kind,
                                       .is_queued = true,
                                       .is_announced = how->is_announced};
    struct wait_queue_bucket *bucket = wait_queue_bucket_of(address);
    lock_bucket(bucket);
    if ((how->is_announced && !wait_queue_is_announced(address)) ||
        (how->validate && !how->validate(how->context))) {
        unlock_bucket(bucket);
        return -EAGAIN;
    }
    append(bucket, &waiter);
    unlock_bucket(bucket);
    if (how->before_sleep)
        how->before_sleep(how->context);
    if (!parker_park_until(&waiter.parker, deadline_ns)) {
        if (leave(&waiter, how, address))
            return -ETIMEDOUT;
        parker_park(&waiter.parker);
    }
    if (token)
        *token = waiter.token;
    return 0;
}
/* end lesson */

/* ---- waking ---- */

/* Those that were taken out, and are woken when nothing is locked anymore. */
struct batch {
    struct wait_queue_waiter *first, **end;
    size_t count;
};

static void add(struct batch *batch, struct wait_queue_waiter *waiter)
{
    waiter->is_queued = false;
    *batch->end = waiter;
    batch->end = &waiter->next;
    batch->count++;
}

static void give_token(struct batch *batch, uintptr_t token)
{
    for (struct wait_queue_waiter *waiter = batch->first; waiter; waiter = waiter->next)
        waiter->token = token;
}

static size_t wake(const struct batch *batch)
{
    for (struct wait_queue_waiter *waiter = batch->first, *next; waiter; waiter = next) {
        next = waiter->next; /* once it is unparked there may be no waiter */
        parker_unpark(&waiter->parker);
    }
    return batch->count;
}

/* Nothing more is taken out of the bucket: the caller of the queue may decide. */
static void decide(struct wait_queue_bucket *bucket, const void *address, struct batch *batch,
                   const struct wait_queue_some *some)
{
    struct wait_queue_result result = {
        .unparked_count = batch->count,
        .have_more = is_awaited(bucket, address),
        .is_fair = batch->count > 0 && is_time_to_be_fair(bucket),
    };
    if (some->decide)
        give_token(batch, some->decide(&result, some->context));
}

size_t wait_queue_unpark_some(const void *address, const struct wait_queue_some *some)
{
    struct wait_queue_bucket *bucket = wait_queue_bucket_of(address);
    struct batch batch = {.end = &batch.first};
    lock_bucket(bucket);
    struct wait_queue_waiter *previous = NULL, *waiter = bucket->first;
    while (waiter) {
        struct wait_queue_waiter *next = waiter->next;
        enum wait_queue_choice choice = WAIT_QUEUE_SKIP;
        if (address_of(waiter) == address)
            choice = some->choose(waiter->kind, some->context);
        if (choice == WAIT_QUEUE_STOP)
            break;
        if (choice == WAIT_QUEUE_WAKE)
            add(&batch, take_out(bucket, previous));
        else
            previous = waiter;
        waiter = next;
    }
    decide(bucket, address, &batch, some);
    unlock_bucket(bucket);
    return wake(&batch);
}

/* Take out up to count, oldest first. */
static void take_oldest(struct wait_queue_bucket *bucket, const void *address, size_t count,
                        struct batch *batch)
{
    struct wait_queue_waiter *previous = NULL, *waiter = bucket->first;
    while (waiter && count > 0) {
        struct wait_queue_waiter *next = waiter->next;
        if (address_of(waiter) == address) {
            add(batch, take_out(bucket, previous));
            count--;
        } else {
            previous = waiter;
        }
        waiter = next;
    }
}

/* Take out the oldest announced one. Returns: whether there are announced ones of other addresses. */
static bool take_announced(struct wait_queue_bucket *bucket, const void *address,
                           struct batch *batch)
{
    bool has_others = false;
    struct wait_queue_waiter *previous = NULL, *waiter = bucket->first;
    while (waiter) {
        struct wait_queue_waiter *next = waiter->next;
        bool is_here = address_of(waiter) == address;
        has_others |= waiter->is_announced && !is_here;
        if (waiter->is_announced && is_here && batch->count == 0)
            add(batch, take_out(bucket, previous));
        else
            previous = waiter;
        waiter = next;
    }
    return has_others;
}

/* lesson: wait-queue-unpark */
size_t wait_queue_unpark_one(const void *address, wait_queue_decide_fn decide_one, void *context)
{
    struct wait_queue_bucket *bucket = wait_queue_bucket_of(address);
    struct batch batch = {.end = &batch.first};
    struct wait_queue_some some = {.decide = decide_one, .context = context};
    lock_bucket(bucket);
    take_oldest(bucket, address, 1, &batch);
    decide(bucket, address, &batch, &some);
    unlock_bucket(bucket);
    return wake(&batch);
}
/* end lesson */

size_t wait_queue_unpark_announced(const void *address, wait_queue_decide_fn decide_one,
                                   void *context)
{
    struct wait_queue_bucket *bucket = wait_queue_bucket_of(address);
    struct batch batch = {.end = &batch.first};
    struct wait_queue_some some = {.decide = decide_one, .context = context};
    lock_bucket(bucket);
    bool has_others = take_announced(bucket, address, &batch);
    /* relaxed: who announced and has not joined yet finds this with the queue locked */
    atomic_store_explicit(&bucket->is_announced, has_others, memory_order_relaxed);
    decide(bucket, address, &batch, &some);
    unlock_bucket(bucket);
    return wake(&batch);
}

size_t wait_queue_unpark_all(const void *address, uintptr_t token)
{
    struct wait_queue_bucket *bucket = wait_queue_bucket_of(address);
    struct batch batch = {.end = &batch.first};
    lock_bucket(bucket);
    take_oldest(bucket, address, SIZE_MAX, &batch);
    give_token(&batch, token);
    unlock_bucket(bucket);
    return wake(&batch);
}

static void move_to(struct wait_queue_bucket *bucket, const void *address,
                    const struct batch *moved, bool are_announced)
{
    for (struct wait_queue_waiter *waiter = moved->first, *next; waiter; waiter = next) {
        next = waiter->next;
        waiter->is_queued = true;
        waiter->is_announced = are_announced;
        /* relaxed: the locks of both buckets order it */
        atomic_store_explicit(&waiter->address, address, memory_order_relaxed);
        append(bucket, waiter);
    }
}

size_t wait_queue_requeue(const void *from, const void *to,
                          const struct wait_queue_requeue *requeue)
{
    struct wait_queue_bucket *source = wait_queue_bucket_of(from),
                             *target = wait_queue_bucket_of(to);
    struct batch woken = {.end = &woken.first}, moved = {.end = &moved.first};
    lock_both(source, target);
    struct wait_queue_plan plan = requeue->plan(requeue->context);
    take_oldest(source, from, plan.wake_count, &woken);
    if (from != to)
        take_oldest(source, from, plan.requeue_count, &moved);
    move_to(target, to, &moved, requeue->moved_are_announced);
    struct wait_queue_result result = {
        .unparked_count = woken.count,
        .requeued_count = moved.count,
        .have_more = is_awaited(source, from),
        .is_fair = woken.count > 0 && is_time_to_be_fair(source),
    };
    if (requeue->decide)
        give_token(&woken, requeue->decide(&result, requeue->context));
    unlock_both(source, target);
    return wake(&woken);
}

/* ---- fork ---- */

/* The child has one thread, which waits for nothing: the waiters are on stacks that nobody runs on, and a bucket's
 * lock may have been held by a thread that is not there. */
static void forget_all(void)
{
    memset(wait_queue_buckets, 0, sizeof(wait_queue_buckets));
}

__attribute__((constructor)) static void at_fork(void)
{
    pthread_atfork(NULL, NULL, forget_all);
}
