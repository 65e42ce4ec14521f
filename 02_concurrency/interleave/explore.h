/* explore.h - every execution of a program, each once.
 *
 * The program is run; where an event could have gone another way (a read could take its value from another write,
 * a write could stand elsewhere in its location's order), the other ways are written down. When the run is over, the
 * latest of them is taken up: the graph is cut back to that event, the event goes the other way, and the program is
 * run again along the graph and beyond it. One thing cannot be foreseen: a read may take its value from a write that
 * is added only later. So an added write goes back to the reads that were there before it (revisits), and
 * takes away what was added since then but for what the write itself needs. That can reach one execution along
 * several ways; it is done only when all that is taken away was added in the one way that counts: each read from
 * the then latest write. So no execution is seen twice, none is missed, and what is kept in memory is one graph
 * and one more for each revisit that is under way.
 *
 * Threads: one. Interface: explore_*
 * Source: Kokologiannakis, Marmanis, Gladstein and Vafeiadis, Truly Stateless, Optimal Dynamic Partial Order
 * Reduction (POPL 2022), algorithm 1.
 */
#ifndef SYSLAB_INTERLEAVE_EXPLORE_H
#define SYSLAB_INTERLEAVE_EXPLORE_H

#include "02_concurrency/interleave/consistency.h"

struct explore_settings {
    enum model model;
    int spurious_max; /* how many weak compare-and-exchanges of an execution may fail for no reason */
    bool random;      /* choose at random instead, and write nothing down */
    uint64_t seed;
    int depth; /* at random: by priorities that change this often less one; 0: each step for itself */
    bool bounded; /* every schedule with at most so many preemptions: see turns.c */
    int preemptions;
    bool
        symmetric; /* by schedule: threads that were created alike begin in the order of their creation */
};

/* NULL: with the settings of the last time. */
void explore_begin(const struct explore_settings *settings);
void explore_end(void);

/* The graph that the coming, or present, run follows and adds to. */
struct graph *explore_graph(void);
/* How many choices are written down, each the root of a part of the search. */
int explore_choices(void);
/* Leave out every second of them; second: the others. */
void explore_keep_half(bool second);
/* Prepare the next run. Returns: false when there is none left. */
bool explore_next(void);

/* Whether the search is one of schedules: at random, or under a bound. A wait that is in vain then adds no event, but is
 * tried again when somebody has written. */
bool explore_is_scheduled(void);
/* Whether the bound left something out. */
bool explore_was_cut(void);

/* A thread that can take a step. */
struct able {
    int thread;
    bool goes_on; /* nobody can tell whether another one goes first */
};
/* Which of them does: the first; in a search of schedules, by decision, and the same one until an event is added. */
int explore_turn(struct able *able, int count);

enum added {
    ADDED,
    ADDED_NONE,  /* no way of it is allowed: this run has no end, and is given up */
    ADDED_WAITS, /* it would only wait */
};
/* Add the thread's next event, one way that is allowed, and write the others down. */
enum added explore_add(int thread, const struct operation *operation);
/* In a search of schedules: for the rest of this run, who waits in vain does so as an event. */
void explore_let_wait(void);
bool explore_lets_wait(void);
/* The deadline of the next wait that has one comes. Returns: whether one more thing may happen for no reason. */
bool explore_time_out(void);
/* The thread's next so many reads read the latest. */
void explore_read_latest(int thread, int reads);
bool explore_is_symmetric(void);
/* The same in the way that is given: the place in coherence order; -1 the latest. */
enum added explore_add_forced(int thread, const struct operation *operation, int place, int way);

/* What the event reads from the source that it has; sets exclusive and order. Source: the value there. */
void explore_evaluate(struct event *event);
/* A read that must wait: the lock was taken, the semaphore was empty. */
bool explore_waits(const struct event *event);

#endif
