/* parker.h - one thread sleeps until another one lets it go on.
 *
 * A parker holds at most one permit. parker_park takes it, and sleeps until there is one; parker_unpark gives it. An
 * unpark that comes first is kept, so it does not matter who is faster: no wake-up is lost, and no lock is needed
 * around the decision to sleep.
 *
 *     waiter                               waker
 *     publish(&parker);                    parker = whom_to_wake();
 *     while (!happened())                  make_it_happen();
 *         parker_park(&parker);            parker_unpark(parker);
 *
 *     EMPTY --park--> PARKED --unpark--> PERMIT --(the waiter wakes)--> EMPTY
 *       +----unpark-----------------------> ^ +----park, at once--------> ^
 *
 * Two unparks before a park are one permit. So a permit may be one that was given for something that is over: look
 * again in a loop, as above, or have one unpark for each park. A park never ends without a permit or its deadline:
 * signals and stray wake-ups of the kernel are dealt with inside.
 *
 * Invariant: PARKED only while the owner is inside of a park. What was written before an unpark is seen after the park
 * that takes its permit.
 *
 *     pair of operations             together from two threads
 *     unpark with unpark or park     yes, from any number of threads
 *     park with park                 no: one thread owns the waiting side at a time
 *     init with anything             no
 *
 * Progress: unpark is wait-free but for the kernel's part; park blocks. Signal-safe: unpark. Memory: 4 bytes, none is
 * allocated, nothing to undo. The parker may be gone as soon as its park has returned, also while the unpark is still
 * on its way out: after it gave the permit it uses the address as a name only.
 * Errors: none. Units: deadlines as in 02_concurrency/deadline.h.
 * Interface: PARKER_INIT parker_init parker_park parker_park_until parker_unpark
 * Source: Drepper, Futexes Are Tricky (2011); java.util.concurrent.locks.LockSupport (the permit).
 */
#ifndef SYSLAB_CONCURRENCY_PARKER_H
#define SYSLAB_CONCURRENCY_PARKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/deadline.h"

enum { PARKER_EMPTY = 0, PARKER_PERMIT = 1, PARKER_PARKED = 2 };

struct parker {
    _Atomic(uint32_t) state;
};

#define PARKER_INIT                                                                                \
    {                                                                                              \
        PARKER_EMPTY                                                                               \
    }

/* No permit. Threads: nobody else uses the parker yet. */
static inline void parker_init(struct parker *parker)
{
    /* relaxed: the owner hands the address out by something stronger */
    atomic_store_explicit(&parker->state, PARKER_EMPTY, memory_order_relaxed);
}

/* Take the permit; sleep until there is one. Blocks: yes. Threads: the owner. */
void parker_park(struct parker *parker);

/* The same, at most until the deadline. A permit that is there is taken even if the deadline has passed.
 * Returns: whether a permit was taken; false: the deadline passed and there is none. */
bool parker_park_until(struct parker *parker, uint64_t deadline_ns);

/* Give the permit, and wake the owner if it is parked. Threads: any, also the owner. Never blocks.
 * Cost: one atomic exchange; a system call only where the owner is parked. */
void parker_unpark(struct parker *parker);

#endif
