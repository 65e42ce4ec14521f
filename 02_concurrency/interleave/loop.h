/* loop.h - recognising a loop that waits: a thread that is where it was, with nothing changed in between.
 *
 * All of a thread's own state, at an entry from the program, is its stack from that frame up: the entry keeps every register
 * that the program can rely on in its frame. If a read is come to twice with the same stack, and the events since then
 * changed nothing (reads, fences, read-modify-writes that write what they read), and plain memory outside of the stack
 * has what it had (a cached index may have been written again, with the same value), then the thread will do the same again, until one of those reads gives another value.
 *
 * Invariant: a loop is found only if it is one; a state that is not equal byte for byte is not found.
 * Source: the idea of collapsing spin loops is GenMC's (Kokologiannakis, Ren and Vafeiadis, FMCAD 2021); comparing the machine
 * state is ours, since there is no intermediate code to analyse.
 */
#ifndef SYSLAB_INTERLEAVE_LOOP_H
#define SYSLAB_INTERLEAVE_LOOP_H

#include "02_concurrency/interleave/graph.h"

enum { LOOP_MARKS = 16, LOOP_WRITES = 32 };

struct loop_mark {
    const void *code;
    const char *label; /* one entry may do several operations */
    uint64_t state;
    unsigned writes, changes;
    int place;
};

/* A plain write outside of the stack, and what was there before. */
struct loop_write {
    const void *address;
    uint64_t before;
    unsigned bytes;
};

struct loop {
    uint64_t state;
    struct loop_mark marks[LOOP_MARKS];
    unsigned count;
    struct loop_write log[LOOP_WRITES]; /* a ring of the last ones */
    unsigned writes;                    /* how many there were */
    unsigned changes;                   /* that could not be logged: allocations, large copies */
};

/* The thread is about to write there. */
void loop_write(struct loop *loop, const void *address, size_t bytes);
/* It does something else that counts as a change. */
void loop_change(struct loop *loop);

/* The thread is at an entry; its stack goes from that frame to top. */
void loop_note(struct loop *loop, const void *frame, const void *top);

/* Before the thread's event number next, a read.
 * Returns: how many events the loop has that the thread would begin again; 0: it is no loop. */
int loop_length(struct loop *loop, const struct graph_thread *events, int next,
                const struct operation *read);

#endif
