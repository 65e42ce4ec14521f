/* lock_order.h - who holds which locks, and in which order they were ever taken: a debug aid of the locks.
 *
 *     thread 1: lock(a) lock(b)          thread 2: lock(b) lock(a)
 *
 * One after the other these two work, today and in every test. One day they meet, each with one lock in its hands and
 * waiting for the other one's, for ever. But the orders alone show it: once b was taken while a was held, anywhere, it
 * is a fault to want a while b is held, whether or not anybody is in the way at that moment. So it is reported before
 * the thread waits, with both source lines of each order.
 *
 *     a --(held at x.c:10, wanted at x.c:11)--> b         the graph: an edge for each order seen
 *     b --(held at y.c:20, wanted at y.c:21)--> a         would close a cycle: reported
 *
 * Cycles through more locks are found the same way, by a search from the wanted lock to the held ones. Each is
 * reported once. A third lock around both orders makes a cycle harmless; it is reported all the same.
 *
 * Reported too: a thread that locks what it holds (it would wait for itself), that unlocks what it does not hold, or
 * that ends while it holds something (which nobody can take any more).
 *
 * A lock is an address. The locks call this module themselves, in files compiled without NDEBUG: see mutex_checked.h.
 *
 *     kind of lock                         calls
 *     waits, one holder                    before, acquired; released
 *     try: cannot wait, so no deadlock     acquired; released
 *
 * Invariant: the edges that were not reported form no cycle. A thread's list of held locks is its own.
 * Threads: all functions, any number at once. Progress: blocking, on one lock of its own.
 * Memory: 1 MiB for the process, where it is used, and none is allocated: LOCK_ORDER_LOCKS and LOCK_ORDER_EDGES bound
 * what is remembered, LOCK_ORDER_HELD how many locks of one thread are followed. What is over is left out, and counted:
 * no false report comes of it. Cost: some ns for a lock that is held alone; some 100 ns for each lock that is held
 * already; a search for each new pair.
 * Signal-safe: nothing here. After fork: the child has the graph, and what its one thread held.
 * Interface: lock_order_before lock_order_acquired lock_order_released lock_order_forget lock_order_is_held
 *            lock_order_set_report lock_order_print lock_order_left_out LOCK_ORDER_SITE
 * Source: Linux, Documentation/locking/lockdep-design.rst; Havelund, Using Runtime Analysis to Guide Model Checking of
 *         Java Programs (SPIN 2000).
 */
#ifndef SYSLAB_CONCURRENCY_LOCK_ORDER_H
#define SYSLAB_CONCURRENCY_LOCK_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { LOCK_ORDER_LOCKS = 4096, LOCK_ORDER_EDGES = 16384, LOCK_ORDER_HELD = 64 };

/* "file.c:12", of the line that it is written on. */
#define LOCK_ORDER_SITE        __FILE__ ":" LOCK_ORDER_TEXT(__LINE__)
#define LOCK_ORDER_TEXT(line)  LOCK_ORDER_TEXT_(line)
#define LOCK_ORDER_TEXT_(line) #line

enum lock_order_fault {
    LOCK_ORDER_CYCLE, /* a possible deadlock: steps, of which the last is the one about to be made */
    LOCK_ORDER_TWICE,        /* one step: wanted is held */
    LOCK_ORDER_NOT_HELD,     /* one step: wanted_site unlocks what this thread does not hold */
    LOCK_ORDER_DIED_HOLDING, /* one step: held, by a thread that is ending */
};

/* While `held` was held, since held_site, `wanted` was locked at wanted_site. */
struct lock_order_step {
    const void *held, *wanted;
    const char *held_site, *wanted_site;
};

struct lock_order_report {
    enum lock_order_fault fault;
    const struct lock_order_step *steps; /* of a cycle: each one's wanted is the next one's held */
    size_t step_count;
};

/* Called on the thread that is at fault; may use no lock that is checked. When it returns the thread goes on. */
typedef void (*lock_order_report_fn)(const struct lock_order_report *report, void *context);

/* In place of the standard report, which prints to stderr and stops the program like a failed ASSERT. NULL: that. */
void lock_order_set_report(lock_order_report_fn report, void *context);

/* A few lines of text. */
void lock_order_print(const struct lock_order_report *report, FILE *stream);

/* This thread is about to wait for the lock. Sites are strings that are never freed. */
void lock_order_before(const void *lock, const char *site);
/* It has it now. */
void lock_order_acquired(const void *lock, const char *site);
/* It is about to give it back. Returns: whether it held it. */
bool lock_order_released(const void *lock, const char *site);
/* The lock is at the end, or at the beginning, of its use: the address may have been another lock's. */
void lock_order_forget(const void *lock);

/* Whether this thread holds it. */
bool lock_order_is_held(const void *lock);

/* How many locks, edges and holdings were not followed for want of room. */
size_t lock_order_left_out(void);

#endif
