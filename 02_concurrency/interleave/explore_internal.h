/* explore_internal.h - the search's state, shared by the files that it is made of.
 *
 *     explore.c   choices that are written down, and taken up again
 *     choose.c    the ways in which one event can go
 *     revisit.c   the reads that a later write goes back to
 *     turns.c     decisions on the way, where the search is one of schedules
 *
 * Threads: one. Interface: explorer explore_* revisit_*
 */
#ifndef SYSLAB_INTERLEAVE_EXPLORE_INTERNAL_H
#define SYSLAB_INTERLEAVE_EXPLORE_INTERNAL_H

#include "02_concurrency/interleave/explore.h"

struct choice {
    int place;     /* in coherence order: what to read, or where to stand; for revisits unused */
    int way;       /* see operation.h */
    event_id read; /* for revisits: who reads the write */
};

enum item_kind { ITEM_READ, ITEM_WRITE, ITEM_REVISIT, ITEM_RETURN };

/* Something to come back to. */
struct item {
    enum item_kind kind;
    uint32_t stamp; /* of the event that had the choice */
    event_id event;
    struct event write; /* of a revisit: the write, which is cut away */
    struct choice *choices;
    int count;
    struct graph saved; /* of a return */
};

struct explorer {
    struct explore_settings settings;
    struct graph graph;
    struct item *items;
    int item_count, item_room;
    bool scheduled;
    bool lets_wait;                /* see explore_let_wait */
    bool times_out;                /* see explore_time_out */
    int latest[GRAPH_THREADS_MAX]; /* see explore_read_latest */
    int spurious_count;            /* in the graph */
    const struct choice *forced;   /* a replay's */
    uint64_t random_state;
    /* The choices of one event, before they are written down. */
    struct choice *choices;
    int choice_count, choice_room;
};
extern struct explorer explorer;

uint64_t explore_random(void);

void explore_add_choice(struct choice choice);
/* Write the first so many of the choices down. Returns: the item; NULL when there is none, or nothing comes back. */
struct item *explore_write_down(enum item_kind kind, event_id event, int count);

/* Add a read or a write, one way that is allowed, and write the others down. */
enum added choose_read(int thread, const struct operation *operation);
enum added choose_write(int thread, const struct operation *operation);
/* Place a write that is in the graph already. reader: who reads it, in a revisit; or GRAPH_INITIAL. */
bool choose_place(event_id write, event_id reader);
/* Take another way than before. Returns: whether the model allows it. */
bool choose_again(event_id id, struct choice choice);
/* A search begins. */
void turns_forget(void);
/* A run begins; another one is to be made, or there is none left. */
void turns_begin(void);
bool turns_next(void);
/* How many ways are left on the present path; leave half of them to another process. */
int turns_untried(void);
void turns_keep_half(bool second);
/* The thread took a step. */
void turns_added(int thread, enum event_kind kind);
/* Move the choice that is taken to the end. latest: the place of those that read the latest; wakes: the choice is whom. */
void turns_pick(int latest, bool wakes);

/* Write down the reads that could take their value from this write, though it came after them. */
void revisit_write_down(event_id id);
/* Do one of them: leave of the graph what was there when the read was added, and what the write needs; the read takes its
 * value from the write. Returns: whether there is a place for the write. */
bool revisit_take(struct choice choice, event_id id, const struct event *write);
/* How many events of the graph failed for no reason. */
int revisit_count_spurious(void);

#endif
