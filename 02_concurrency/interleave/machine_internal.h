/* machine_internal.h - the machine's state, shared by the files that it is made of.
 *
 *     machine.c    whose turn it is; a step; a run
 *     access.c     atomic operations and plain accesses of memory
 *     threads.c    creation, join, end
 *     ending.c     what it means that nobody can go on
 *     schedule.c   executions as strings
 *     sites.c      the operations by their code, and the orders that they are given
 *     watch.c      crashes, and loops without a visible operation
 *
 * Threads: one. Interface: machine, machine_step, and what else is below
 */
#ifndef SYSLAB_INTERLEAVE_MACHINE_INTERNAL_H
#define SYSLAB_INTERLEAVE_MACHINE_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>

#include "02_concurrency/interleave/loop.h"
#include "02_concurrency/interleave/machine.h"
#include "07_unsafe/context.h"

enum { MACHINE_STACK_BYTES = 256 << 10 };

enum thread_state { THREAD_NONE, THREAD_GOES, THREAD_WAITS, THREAD_ENDED };

struct thread {
    struct context context;
    enum thread_state state;
    int next; /* how many of its events have happened */
    void *(*entry)(void *);
    void *argument, *result;
    event_id creation; /* its own, by another thread */
    int joins;         /* the thread that it waits for, plus 1 */
    struct loop loop;
    const void *code, *frame;
    enum event_kind pending; /* what its next step is */
    int parked;        /* by schedule: it waits until there are more writes than this, less 1 */
    bool has_deadline; /* what it is parked at */
    bool wrote;        /* its last compare-and-exchange */
    bool given_up;     /* its assumption does not hold */
    bool quit;         /* it called exit: its stack stays */
};

struct machine {
    struct thread threads[GRAPH_THREADS_MAX];
    int current;
    bool runs; /* a thread of the program has the processor */
    bool over, main_returned;
    enum outcome outcome;
    struct machine_failure failure;
    sigjmp_buf before_run;
    event_id *order; /* of the events as they happened */
    int order_count, order_room;
    int write_count;          /* of those */
    uint64_t operation_count; /* in all runs */
};
extern struct machine machine;

static inline struct thread *machine_thread(void)
{
    return &machine.threads[machine.current];
}
/* The lowest address of a thread's stack. */
char *machine_stack(int thread);

/* The thread's next operation happens, when its turn comes. Returns: its event; good until the next step. */
struct event *machine_step(const struct operation *operation);
/* It is the turn of the thread that runs, and what stands in the graph ahead of it has happened. */
void machine_wait_for_turn(void);
/* Another thread may go on. Returns: when it is this thread's turn again. */
void machine_leave(void);
_Noreturn void machine_leave_as(enum thread_state state);
/* Set the context of a new thread. */
void machine_start(int thread, void *(*entry)(void *), void *argument, event_id creation);

/* By --symmetry: a thread created just before this one, with the same function and argument, has not begun either. */
bool machine_has_twin_ahead(int thread);

/* Nothing is newer than what this event read, but for its own write. */
bool machine_reads_latest(const struct event *event);

/* The one place that fills in the failure. */
void machine_note_failure(enum failure kind, int thread, const void *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The thread ends, and its variables with it: whoever was on its stack must have been there before, for sure. */
void machine_check_guests(void);
void machine_forget_guests(void);

/* Note where the operation is. Returns: the order that it is given. */
uint8_t machine_order_at_site(const struct operation *operation);

/* Nobody can go on. Returns: what that makes of the run. */
enum outcome machine_judge(void);

#endif
