/* broken_lock.h - a readers-writer lock of two words, and what is to be said about it.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: rw_read_lock rw_read_unlock rw_write_lock rw_try_write_lock rw_write_unlock rw_explain;
 *            the course's: rw_sleep rw_wake
 */
#ifndef SYSLAB_EXERCISE_BROKEN_LOCK_H
#define SYSLAB_EXERCISE_BROKEN_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#define RW_WRITER 0x80000000U

/* All zero: nobody has it. */
struct rw {
    atomic_uint state;   /* how many readers have it, or RW_WRITER */
    atomic_uint changes; /* how often it became free: who waits sleeps while this stays as it was */
};

/* ---- the lock: it does not know its threads, and another one than took it may give it back ---- */

/* Take it beside other readers. Blocks: asleep, while a writer has it. */
void rw_read_lock(struct rw *rw);
void rw_read_unlock(struct rw *rw);

/* Take it alone. Blocks: asleep, while anybody has it. */
void rw_write_lock(struct rw *rw);
/* Returns: whether the caller has it now: never beside another, and always if nobody has it or is on the way. */
bool rw_try_write_lock(struct rw *rw);
void rw_write_unlock(struct rw *rw);

/* ---- the kernel's part, futex(2): the course's ---- */

/* Sleep while *word is value: the look at the word and the falling asleep are one step. May wake for nothing. */
void rw_sleep(atomic_uint *word, unsigned value);
/* Wake so many of those that sleep on the word. More than there are is not wrong. */
void rw_wake(atomic_uint *word, int count);

/* ---- the explanation ---- */

/* The operations of the lock as it was given. */
enum rw_place {
    NOT_ANSWERED,
    RL1, /* rw_read_lock: load changes */
    RL2, /*               load state */
    RL3, /*               add 1 to state */
    RL4, /*               sleep */
    RU1, /* rw_read_unlock: subtract 1 from state */
    RU2, /*                 add 1 to changes */
    RU3, /*                 wake */
    WL1, /* rw_write_lock: load changes */
    WL2, /*                sleep */
    WT1, /* rw_try_write_lock, which rw_write_lock calls: compare and exchange state */
    WU1, /* rw_write_unlock: store state */
    WU2, /*                  add 1 to changes */
    WU3, /*                  wake */
};

/* What the four traces show. */
struct rw_explained {
    /* writer_follows_a_reader */
    enum rw_place race_read_from; /* From which operation did WT1 read, when it took the lock? */
    int race_needs;               /* The weakest memory_order which that operation has to have. */

    /* reader_meets_a_writer */
    enum rw_place met_looked;  /* Which operation of the reader decided that no writer is there? */
    enum rw_place met_acted;   /* Which one made it a reader? */
    enum rw_place met_between; /* Which operation of the other thread did that one read from? */

    /* writer_waits_for_a_writer */
    enum rw_place missed_looked; /* Which operation is done too late? */
    enum rw_place missed_before; /* Before which one of the same thread does it have to be done? */
    enum rw_place missed_read_from; /* From which operation did the late one read? */

    /* readers_wait_for_a_writer */
    enum rw_place left_sleeps; /* At which operation is a thread when nothing goes on? */
    enum rw_place left_wakes;  /* Which one should have woken it? */
    int left_asleep;           /* How many threads were in rw_sleep when it was done? */
};

struct rw_explained rw_explain(void);

#endif
