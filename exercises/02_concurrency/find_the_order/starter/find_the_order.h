/* find_the_order.h - four small things that threads share: a ring, a lock, a count, a choice.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: ring_push ring_pop lock_take lock_give count_take count_drop choice_ask
 */
#ifndef SYSLAB_EXERCISE_FIND_THE_ORDER_H
#define SYSLAB_EXERCISE_FIND_THE_ORDER_H

#include <stdatomic.h>
#include <stdbool.h>

enum { RING_SLOTS = 2 };

/* From one thread to one other. All zero: empty. Slot n % RING_SLOTS has item number n. */
struct ring {
    atomic_uint popped, pushed; /* how many, in all */
    int slots[RING_SLOTS];
};

/* Returns: false when it is full. Threads: the producer. */
bool ring_push(struct ring *ring, int item);
/* Returns: false when it is empty. What the producer wrote before its push is there. Threads: the consumer. */
bool ring_pop(struct ring *ring, int *item);

/* All zero: nobody has it. */
struct lock {
    atomic_bool taken;
};

/* What the one before wrote under the lock is there. */
void lock_take(struct lock *lock);
void lock_give(struct lock *lock);

/* How many have a reference to an object. Begins as 1. */
struct count {
    atomic_int references;
};

/* One more; the caller has one already. */
void count_take(struct count *count);
/* One less. Returns: whether it was the last: then what all others wrote to the object before they dropped theirs is
 * there, and the object may be freed. */
bool count_drop(struct count *count);

/* Two threads, numbers 0 and 1, ask once each. All zero: nobody has. */
struct choice {
    atomic_int asked; /* how often, for who counts it when both are done */
    atomic_int here[2];
};

/* Returns: whether the caller was alone when it asked. It is never true for both, and never false for one that nobody
 * else was there beside. It says nothing about anything else that they wrote. */
bool choice_ask(struct choice *choice, int number);

#endif
