/* condvar.c - a queue, and the way from it to the mutex's queue.
 *
 * Why no wake-up is lost:
 *
 *  1. A waiter stores its mutex in the condvar and joins the queue in one step, with the queue locked, while it holds
 *     the mutex. It gives the mutex back after that. So who takes the mutex later, changes the state and signals, finds
 *     the condvar's mutex set, and the waiter in the queue unless another waker took it out.
 *  2. The condvar's mutex goes back to NULL only with the queue locked, by who sees that nobody is left there. A fork
 *     empties the child's queues and leaves the condvars' mutexes as they were: where nobody waits, it means nothing.
 *  3. Of those that are moved, none is forgotten in the mutex's queue (mutex.c has the words). If the mutex is held, it
 *     is announced and the barrier run; then, with both queues locked, a look whether it is held still, and announced.
 *     If so it is as if each had joined by itself: (a). If not, one is woken instead of moved, as an heir, with the
 *     token MORE if others were moved: (c).
 *  4. Who comes back from the mutex's queue has that queue's token, and goes on as any waiter of the mutex does. Who
 *     comes from the condvar's queue has the token 0, or MORE of 3. Who left a queue by its deadline owes nothing.
 *     But who was moved took a wake-up with it, which nobody else gets: it says that it was woken, even if its deadline
 *     passed in the mutex's queue.
 *  5. The mutex that a waker looks at exists: it has seen a waiter in the queue, who has to take it again.
 */
#define MUTEX_CHECKED 0 /* that is for the callers */
#include "02_concurrency/condvar.h"

#include <errno.h>

#include "02_concurrency/mutex_internal.h"
#include "02_concurrency/wait_queue.h"

struct wait {
    struct condvar *condvar;
    struct mutex *mutex;
    bool has_timed_out; /* in the condvar's queue: nobody woke it, nor moved it */
};

/* relaxed, in both: changed with the queue locked; who looks without does so under the mutex, see condvar_signal */
static struct mutex *mutex_of(const struct condvar *condvar)
{
    return atomic_load_explicit(&condvar->mutex, memory_order_relaxed);
}

static void set_mutex(struct condvar *condvar, struct mutex *mutex)
{
    atomic_store_explicit(&condvar->mutex, mutex, memory_order_relaxed);
}

/* ---- waiting ---- */

static bool begin(void *context)
{
    struct wait *wait = context;
    ASSERT(mutex_of(wait->condvar) == wait->mutex || !wait_queue_is_awaited_locked(wait->condvar));
    set_mutex(wait->condvar, wait->mutex);
    return true;
}

static void give_mutex_back(void *context)
{
    mutex_unlock(((struct wait *)context)->mutex);
}

static void leave(void *context, bool was_last)
{
    struct wait *wait = context;
    wait->has_timed_out = true;
    if (was_last)
        set_mutex(wait->condvar, NULL);
}

/* lesson: condvar-park */
bool condvar_park(struct condvar *condvar, struct mutex *mutex, uint64_t deadline_ns)
{
    struct wait wait = {condvar, mutex, false};
    struct wait_queue_park how = {
        .validate = begin, .before_sleep = give_mutex_back, .timed_out = leave, .context = &wait};
    uintptr_t token = 0;
    wait_queue_park(condvar, &how, deadline_ns, &token);
    mutex_lock_as_heir(mutex, token);
    return !wait.has_timed_out;
}
/* end lesson */

/* ---- waking: the callbacks run with the queues locked ---- */

struct move {
    struct condvar *condvar;
    struct mutex *mutex;
    size_t count;
    bool is_announced;  /* and the barrier was run */
    bool needs_barrier; /* out: nothing was done for want of it */
    bool was_refused;   /* the barrier, by the kernel: then nobody can be moved */
};

/* lesson: condvar-move */
static struct wait_queue_plan wake_or_move(void *context)
{
    struct move *move = context;
    /* all were woken meanwhile, or are in the parent process */
    if (mutex_of(move->condvar) != move->mutex || !wait_queue_is_awaited_locked(move->condvar))
        return (struct wait_queue_plan){0};
    if (move->was_refused)
        return (struct wait_queue_plan){.wake_count = move->count};
    bool is_held = mutex_is_locked(move->mutex);
    move->needs_barrier = is_held && !move->is_announced;
    if (move->needs_barrier)
        return (struct wait_queue_plan){0};
    if (is_held && wait_queue_is_announced(move->mutex)) /* an unlock will look for them */
        return (struct wait_queue_plan){.requeue_count = move->count};
    return (struct wait_queue_plan){.wake_count = 1, .requeue_count = move->count - 1};
}
/* end lesson */

static uintptr_t leave_the_moved_to_the_heir(const struct wait_queue_result *result, void *context)
{
    const struct move *move = context;
    if (!result->have_more && mutex_of(move->condvar) == move->mutex)
        set_mutex(move->condvar, NULL);
    return result->requeued_count > 0 ? MUTEX_MORE : 0;
}

void condvar_move(struct condvar *condvar, struct mutex *mutex, size_t count)
{
    struct move move = {.condvar = condvar, .mutex = mutex, .count = count};
    struct wait_queue_requeue requeue = {.plan = wake_or_move,
                                         .decide = leave_the_moved_to_the_heir,
                                         .context = &move,
                                         .moved_are_announced = true};
    wait_queue_requeue(condvar, mutex, &requeue);
    if (!move.needs_barrier)
        return;
    wait_queue_announce(mutex);
    /* pairs with asymmetric_light in mutex_unlock */
    move.was_refused = !asymmetric_barrier(mutex_mode);
    move.is_announced = true;
    wait_queue_requeue(condvar, mutex, &requeue);
}
