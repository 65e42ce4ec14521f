/* machine.h - the explored program's threads, as contexts that run one at a time, in the order that we choose.
 *
 * A thread runs until its next visible operation: an atomic access, a fence, a lock, a creation, a join. If the graph has
 * an event there already, the operation happens as the graph says, once what it reads from has happened. When all
 * of the graph has happened, the first thread that can go on adds an event. When none can, the execution is over.
 *
 * A loop that waits adds no events for ever: when a thread comes to a read with the same stack, the same registers and
 * nothing written since it was there before, then it goes round in a circle, and only another value can let it out.
 * It is left to wait at its last event; a revisit of one of the circle's reads sets it free.
 *
 * Threads: one. Interface: machine_*
 */
#ifndef SYSLAB_INTERLEAVE_MACHINE_H
#define SYSLAB_INTERLEAVE_MACHINE_H

#include "02_concurrency/interleave/explore.h"
#include "02_concurrency/interleave/memory.h"

enum outcome {
    OUTCOME_COMPLETE, /* every thread ended */
    OUTCOME_BLOCKED,  /* some wait for a value that is there in other executions */
    OUTCOME_PRUNED,   /* not an execution: given up on the way */
    OUTCOME_FAILED,   /* machine_failure says why */
};

enum failure {
    FAILURE_NONE,
    FAILURE_ASSERTION,
    FAILURE_ABORT,
    FAILURE_EXIT,   /* the process was to end, with a status or at once */
    FAILURE_MEMORY, /* memory_last_report */
    FAILURE_DEADLOCK,
    FAILURE_ENDLESS, /* a loop that no fair schedule ends */
    FAILURE_MUTEX,   /* misused: unlocked by a stranger, locked again, in use at the end */
    FAILURE_LEAK,
    FAILURE_SIGNAL, /* the program crashed */
    FAILURE_UNSTABLE,
    FAILURE_LIMIT,
};

struct machine_failure {
    enum failure kind;
    int thread;
    const void *code;
    char text[512];
};

/* A schedule to follow, as machine_schedule wrote it; NULL: explore. */
void machine_begin(void (*program)(void *), void *argument, const char *schedule);
/* One execution, along explore_graph(). */
enum outcome machine_run(void);
const struct machine_failure *machine_failure(void);
/* The last run's events in the order in which they happened. Returns: how many. */
int machine_order(const event_id **order);
/* The last run as a schedule. Returns: a string that the caller frees. */
char *machine_schedule(void);
/* Where the program has atomic operations and fences, by their code. Of all runs so far. Returns: how many. */
struct machine_site {
    const void *code;
    const char *label;
    enum event_kind kind;
    bool updates;
    int order;
};
int machine_sites(const struct machine_site **sites);
/* From now on the operation at that code has that order. */
void machine_weaken(const void *code, int order);
/* Whether the schedule that was followed named more than the program did. */
bool machine_schedule_left(void);
/* How many visible operations there were in all runs. */
uint64_t machine_operations(void);

/* ---- what the program's calls become ----------------------------------------------------------- */

/* The calling function is an entry from the program: keep all registers in its frame, so that the stack from there
 * up is all of the thread's state. */
#define MACHINE_ENTER()                                                                            \
    do {                                                                                           \
        __builtin_unwind_init();                                                                   \
        machine_enter(__builtin_frame_address(0), __builtin_return_address(0));                    \
    } while (0)
void machine_enter(const void *frame, const void *code);

/* An atomic access of memory, by the operation. Returns: the value read, or written. */
graph_value machine_access(struct operation operation, uintptr_t address);
/* Whether the last access of this thread wrote, if it was a compare-and-exchange or a wait. */
bool machine_wrote(void);
/* The way that its last operation, one that did not write, went: 0 the usual one; see operation.h. */
int machine_way(void);
void machine_fence(int order);
/* Plain accesses: of memory that is copied or written, and of a value that is used, so that somebody must have written it. */
void machine_touch(uintptr_t address, size_t size, bool writes);
void machine_use(uintptr_t address, size_t size);
/* From now on what the program writes has to be memory of its own: our tables and the C library's variables are not. */
void machine_keep_writes(void);
/* Fails the execution if it is not. machine_touch asks it, machine_access does not: our own waiting lists are none of the
 * program's memory. */
void machine_check_write(uintptr_t address, size_t size);
/* Where the program called from. */
const void *machine_code(void);

int machine_self(void);
bool machine_has_ended(int thread);
/* Returns: the thread's number. */
int machine_create(void *(*entry)(void *), void *argument);
/* Waits. Returns: what the thread's function returned. */
void *machine_join(int thread);
_Noreturn void machine_exit(void *result);
/* The same by exit(): the thread's stack is not given back. */
_Noreturn void machine_quit(void);

void *machine_allocate(size_t size, size_t align, bool zero);
void machine_free(void *block);

/* What the wrapped calls keep of an execution. In wrap_threads.c, wrap_locks.c and wrap_waits.c. */
void machine_forget_keys(void);
void machine_forget_locks(void);
void machine_forget_waiting(void);
void machine_forget_random(void);
/* The program gives this memory back. Fails the execution when a lock in it is held, or waited on. */
void machine_check_locks(uintptr_t address, size_t size);
/* A lock that a thread held when it ended. Returns: what kind of thing it is, or NULL: there is none. */
const char *machine_held_lock(int *thread, uintptr_t *address, const void **code);
/* The object whose waiting threads are the bits of this word, or 0. */
uintptr_t machine_waited_on(uintptr_t word);
/* The program's errno. */
void machine_set_errno(int number);
bool machine_is_errno(uintptr_t address);
/* The thread ends: the destructors of its specific values. */
void machine_destroy_specific(void);

/* This execution is not to be looked at further. */
_Noreturn void machine_give_up(void);

/* Signals: a crash of the program is a failure like others; a timer asks whether it still comes by. Of each process. */
void machine_watch(void);

/* The execution ends here. */
_Noreturn void machine_fail(enum failure kind, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
