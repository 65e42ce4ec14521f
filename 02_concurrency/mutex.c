/* mutex.c - spinning, parking, waking.
 *
 * Words: a mutex is announced while wait_queue_is_announced says so. An heir is a thread that was woken out of the
 * queue and has not taken the mutex since.
 *
 * Why there is one holder at a time, who sees what the one before wrote:
 *
 *  1. held goes from 0 to 1 by an atomic exchange that returned 0: who got that 0 is the holder. It goes to 0 by the
 *     holder's store. Or it stays at 1, and the right passes to one thread through its token HANDOFF.
 *  2. The store is a release and the exchange an acquire. With HANDOFF, the lock of the queue and the permit of the
 *     parker order the two.
 *
 * Why no waiter is forgotten. While the queue is not empty, one of these holds:
 *     (a) it is held and announced;  (b) a thread that stored held = 0 has yet to look whether it is announced, or
 *     into the queue;  (c) there is an heir.
 *
 *  3. A thread joins the queue only if it finds, with the queue locked, held at 1 and the mutex announced: (a). Before
 *     that it announced it, and ran the barrier.
 *  4. The holder ends (a) by its unlock. If it sees the announcement before it gives the mutex up, mutex_unlock_held
 *     wakes one: (c). If not, it stores held = 0 and looks again. By the barrier's invariant either this second look
 *     sees the announcement, which is (b) until it has woken one; or the waiter sees held = 0 and does not join.
 *  5. The announcement is withdrawn only with the queue locked. Then the oldest waiter was taken out: (c); or there is
 *     none. Who has announced itself and has not joined finds it withdrawn, and begins anew.
 *  6. An heir ends (c) in one of two ways. It takes the mutex: its token MORE says whether others were left in the
 *     queue, and then it announces them as the holder: (a), and its own unlock sees that without a barrier. Or it
 *     joins again: (a), by 3. It cannot give up in between: only a sleep in the queue tells it that a deadline passed.
 *
 * Why each waiter gets its turn. Every wake-up takes out the oldest. There is one again and again, by the above, and
 * one in each millisecond is a fair one, which hands the mutex over. An heir that finds the mutex taken joins at the
 * end, behind all who wait. So after at most as many fair moments as there are waiters, each has had it.
 *
 * Why the mutex may be freed as soon as its last holder has given it back:
 *
 *  7. After its store of held = 0 an unlock reads and writes only the bucket, which is not in the mutex, and compares
 *     addresses. In mutex_unlock_held that store is made with the queue locked, and is the last touch.
 *  8. Should there be another mutex at the address by then, an heir is woken who was not to be: it finds its mutex
 *     taken, and joins again. Waiters of other kinds are not announced, and are left alone.
 */
#define MUTEX_CHECKED 0 /* that is for the callers */
#include "02_concurrency/mutex.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "02_concurrency/mutex_internal.h"
#include "02_concurrency/wait_queue.h"
#include "07_unsafe/bits.h"

/* A round of spinning is up to 64 hints of the processor, one or two microseconds; going to sleep and being woken
 * costs about SPIN_ROUNDS of those. Who spins that long at most pays twice the best, whatever the holder does. */
enum { SPIN_ROUNDS = 20, SPIN_ROUNDS_MIN = 6, SPIN_SHIFT_MAX = 6 };
enum { IMPATIENCE_MAX = SPIN_ROUNDS - SPIN_ROUNDS_MIN };
enum { REFUSED_NAP_NS = 1000000 };

enum asymmetric_mode mutex_mode = ASYMMETRIC_FENCES;
static bool can_spin;

__attribute__((constructor)) static void look_around(void)
{
    cpu_set_t cores;
    mutex_mode = asymmetric_best();
    can_spin = sched_getaffinity(0, sizeof(cores), &cores) != 0 || CPU_COUNT(&cores) > 1;
}

/* ---- spinning ---- */

/* Lost updates do no harm to an estimate: relaxed. */
static void remember(struct mutex *mutex, unsigned impatience)
{
    atomic_store_explicit(wait_queue_impatience(mutex), (uint8_t)impatience, memory_order_relaxed);
}

static bool spin(struct mutex *mutex, unsigned rounds_max)
{
    unsigned impatience = atomic_load_explicit(wait_queue_impatience(mutex), memory_order_relaxed);
    unsigned rounds = can_spin ? SPIN_ROUNDS - impatience : 1;
    for (unsigned round = 0; round < rounds && round < rounds_max; round++) {
        if (mutex_try_lock(mutex)) {
            if (impatience > 0)
                remember(mutex, impatience / 2);
            return true;
        }
        unsigned shift = round < SPIN_SHIFT_MAX ? round : SPIN_SHIFT_MAX;
        for (unsigned hints = 1u << shift; hints > 0; hints--)
            bits_spin_hint();
    }
    if (impatience < IMPATIENCE_MAX)
        remember(mutex, impatience + (IMPATIENCE_MAX - impatience + 3) / 4);
    return false;
}

/* ---- parking ---- */

static bool is_held(void *mutex)
{
    return mutex_is_locked(mutex);
}

/* As wait_queue_park. */
static int park(struct mutex *mutex, uint64_t deadline_ns, uintptr_t *token)
{
    struct wait_queue_park how = {.validate = is_held, .context = mutex, .is_announced = true};
    wait_queue_announce(mutex);
    /* pairs with asymmetric_light in mutex_unlock */
    if (asymmetric_barrier(mutex_mode))
        return wait_queue_park(mutex, &how, deadline_ns, token);
    /* The kernel, which had promised it, refuses: an unlock may not have seen this waiter. So it looks by itself. */
    uint64_t nap_ns = deadline_after_ns(REFUSED_NAP_NS);
    if (nap_ns > deadline_ns)
        return wait_queue_park(mutex, &how, deadline_ns, token);
    int result = wait_queue_park(mutex, &how, nap_ns, token);
    return result == -ETIMEDOUT ? -EAGAIN : result;
}

/* lesson: mutex-lock-slowly */
static bool lock_with(struct mutex *mutex, uintptr_t token, uint64_t deadline_ns, unsigned rounds)
{
    while (!(token & MUTEX_HANDOFF) && !spin(mutex, rounds)) {
        if (park(mutex, deadline_ns, &token) == -ETIMEDOUT)
            return false;
        rounds = SPIN_ROUNDS;
    }
    if (token & MUTEX_MORE)
        wait_queue_announce(mutex); /* for its own unlock to see */
    return true;
}
/* end lesson */

bool mutex_lock_slowly(struct mutex *mutex, uint64_t deadline_ns)
{
    return !deadline_has_passed(deadline_ns) && lock_with(mutex, 0, deadline_ns, SPIN_ROUNDS);
}

void mutex_lock_as_heir(struct mutex *mutex, uintptr_t token)
{
    /* Who woke it may have the mutex still, and may have been put aside for this thread: no use to spin for long. */
    lock_with(mutex, token, DEADLINE_NEVER, SPIN_ROUNDS_MIN);
}

/* ---- waking ---- */

/* With the queue locked, by the holder. */
static uintptr_t hand_over_or_free(const struct wait_queue_result *result, void *context)
{
    struct mutex *mutex = context;
    uintptr_t more = result->have_more ? MUTEX_MORE : 0;
    if (result->is_fair)
        return more | MUTEX_HANDOFF;
    /* release: pairs with the acquire of whoever takes it next */
    atomic_store_explicit(&mutex->held, 0, memory_order_release);
    return more;
}

/* With the queue locked, by who held it: the mutex may be gone, so there is no handing over. */
static uintptr_t say_whether_more(const struct wait_queue_result *result, void *context)
{
    (void)context;
    return result->have_more ? MUTEX_MORE : 0;
}

void mutex_unlock_held(struct mutex *mutex)
{
    wait_queue_unpark_announced(mutex, hand_over_or_free, mutex);
}

void mutex_unlock_late(const void *address)
{
    wait_queue_unpark_announced(address, say_whether_more, NULL);
}
