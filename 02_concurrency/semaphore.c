/* semaphore.c - joining the queue, and handing over.
 *
 * Why no permit is lost, and none is made:
 *
 *  1. The word changes by compare-and-swap only, and each change is one of these: a permit more, a permit less, or the
 *     waiting bit alone. The bit changes with the queue locked.
 *  2. A waiter joins the queue only if it set the bit in a word without permits, or found it set there, with the queue
 *     locked. A post that comes later does not add to a word with the bit: it locks the queue, and finds the waiter.
 *  3. There it takes out the oldest, whose return from the queue is the permit: the number stays. If nobody is there
 *     (all gave up meanwhile), it clears the bit and adds the permit. Either is one permit for one post.
 *  4. A waiter that gives up leaves with the queue locked. Either it was still there, and got nothing; or a post took
 *     it out before, and then it has the permit and returns true, however late.
 *  5. The last one to leave clears the bit, so posts are fast again.
 *  6. After the change of the word that gives the permit, or with the queue locked before the waiter runs, a post does
 *     not touch the semaphore anymore: who got the permit may free it.
 */
#include "02_concurrency/semaphore.h"

#include <errno.h>

#include "02_concurrency/wait_queue.h"

int semaphore_init(struct semaphore *semaphore, uint32_t permits)
{
    if (permits > SEMAPHORE_MAX)
        return -EINVAL;
    /* relaxed: the owner hands the address out by something stronger */
    atomic_store_explicit(&semaphore->word, permits * SEMAPHORE_ONE, memory_order_relaxed);
    return 0;
}

/* ---- waiting: the callbacks run with the queue locked ---- */

static bool set_waiting(void *context)
{
    struct semaphore *semaphore = context;
    uint32_t word = 0;
    /* relaxed: what a post publishes comes by the permit */
    return atomic_compare_exchange_strong_explicit(&semaphore->word, &word, SEMAPHORE_WAITING,
                                                   memory_order_relaxed, memory_order_relaxed) ||
           word == SEMAPHORE_WAITING;
}

static void clear_if_last(void *context, bool was_last)
{
    struct semaphore *semaphore = context;
    if (was_last) /* relaxed: as above */
        atomic_fetch_and_explicit(&semaphore->word, ~(uint32_t)SEMAPHORE_WAITING,
                                  memory_order_relaxed);
}

/* lesson: semaphore-wait */
bool semaphore_wait_slowly(struct semaphore *semaphore, uint64_t deadline_ns)
{
    struct wait_queue_park how = {
        .validate = set_waiting, .timed_out = clear_if_last, .context = semaphore};
    int result;
    /* No spinning: who counts slots waits for what takes long. Refused: there is a permit after all. */
    while ((result = wait_queue_park(semaphore, &how, deadline_ns, NULL)) == -EAGAIN)
        if (semaphore_try_wait(semaphore))
            return true;
    return result == 0;
}
/* end lesson */

/* ---- posting ---- */

struct post {
    struct semaphore *semaphore;
    int result;
};

static bool add_permit(struct semaphore *semaphore)
{
    /* relaxed: as above; the bit is not set by others while the queue is locked */
    uint32_t word = atomic_load_explicit(&semaphore->word, memory_order_relaxed);
    uint32_t more;
    do {
        more = (word & ~(uint32_t)SEMAPHORE_WAITING) + SEMAPHORE_ONE;
        if (word / SEMAPHORE_ONE >= SEMAPHORE_MAX)
            return false;
        /* release: pairs with the acquire in semaphore_try_wait */
    } while (!atomic_compare_exchange_weak_explicit(&semaphore->word, &word, more,
                                                    memory_order_release, memory_order_relaxed));
    return true;
}

static uintptr_t hand_over_or_add(const struct wait_queue_result *result, void *context)
{
    struct post *post = context;
    if (result->unparked_count == 0)
        post->result = add_permit(post->semaphore) ? 0 : -EOVERFLOW;
    else if (!result->have_more)
        clear_if_last(post->semaphore, true);
    return 0;
}

int semaphore_post_slowly(struct semaphore *semaphore)
{
    struct post post = {semaphore, 0};
    wait_queue_unpark_one(semaphore, hand_over_or_add, &post);
    return post.result;
}
