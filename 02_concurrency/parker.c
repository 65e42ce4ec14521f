/* parker.c - one word and a futex.
 *
 * Why no wake-up is lost:
 *
 *  1. Every unpark exchanges the state for PERMIT. Every park begins with one compare-and-swap, which moves EMPTY to
 *     PARKED or finds the PERMIT. Both change one word, so one of the two comes first.
 *  2. If unpark comes first, park finds the PERMIT and does not sleep.
 *  3. If park comes first, unpark finds PARKED, and calls futex_wake after it has stored PERMIT. If the sleeper is in
 *     the kernel, it is woken; if it is not there yet, futex_wait finds PERMIT where it expects PARKED and returns.
 *  4. Park ends by one exchange for EMPTY, which says whether it took a PERMIT: also one that arrived in the moment
 *     after the deadline passed. So none is lost, and none is taken twice.
 *  5. Two unparks: the second finds PERMIT and has nobody to wake; the first did that, or does. Both are
 *     read-modify-writes, so the first one's release reaches through the second to the park's acquire: the owner sees
 *     what both wrote before.
 */
#include "02_concurrency/parker.h"

#include "02_concurrency/futex.h"
#include "07_unsafe/assert.h"

/* lesson: parker */
void parker_unpark(struct parker *parker)
{
    /* release: pairs with the acquire of the park that takes the permit */
    if (atomic_exchange_explicit(&parker->state, PARKER_PERMIT, memory_order_release) ==
        PARKER_PARKED)
        futex_wake(&parker->state, 1);
}

static void sleep_until(struct parker *parker, uint64_t deadline_ns)
{
    /* relaxed: the exchange that takes the permit acquires */
    while (atomic_load_explicit(&parker->state, memory_order_relaxed) == PARKER_PARKED)
        if (futex_wait_until(&parker->state, PARKER_PARKED, deadline_ns) == -ETIMEDOUT)
            return;
}

bool parker_park_until(struct parker *parker, uint64_t deadline_ns)
{
    uint32_t seen = PARKER_EMPTY;
    /* relaxed: nothing is received yet */
    if (atomic_compare_exchange_strong_explicit(&parker->state, &seen, PARKER_PARKED,
                                                memory_order_relaxed, memory_order_relaxed))
        sleep_until(parker, deadline_ns);
    else
        ASSERT(seen == PARKER_PERMIT); /* or it has two owners */
    /* acquire: pairs with the release in unpark */
    return atomic_exchange_explicit(&parker->state, PARKER_EMPTY, memory_order_acquire) ==
           PARKER_PERMIT;
}
/* end lesson */

void parker_park(struct parker *parker)
{
    parker_park_until(parker, DEADLINE_NEVER);
}
