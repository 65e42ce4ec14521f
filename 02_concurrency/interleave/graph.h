/* graph.h - an execution as a graph: what each thread did, and where each read took its value from.
 *
 * A run of a concurrent program is not a sequence. It is, for each thread, the events that it did (program
 * order, po), for each read the write that it reads from (rf), and for each location the order in which its
 * writes took effect (coherence order, co). All else follows: what happens before what (hb), and whether the
 * memory model allows it.
 *
 *     thread 0            thread 1
 *     W x 1               R y = 1 ----rf----+
 *       | po                | po            |
 *     W y 1  <--------------+---------------+
 *                         R x = 0   <- reads the initial value, though W x 1 happens before it if the
 *                                      write of y releases and the read acquires: not consistent
 *
 * An event is named by its thread and its place in it: (2, 5). Names outlive additions and cuts. A stamp says
 * when it was added; along po stamps grow. hb is kept as a vector clock in each event: a's thread counts n in
 * b's clock exactly when a's first n events happen before b (or are b). So is porf, the transitive closure of po
 * and rf: what b needs in order to happen at all.
 *
 * Invariant: rf of a kept event is kept, or GRAPH_INITIAL; co of a location lists exactly its writes.
 * Threads: one. Errors: out of memory ends the process, with a message.
 * Interface: graph_* event_*
 * Source: Lahav, Vafeiadis, Kang, Hur and Dreyer, Repairing Sequential Consistency in C/C++11 (PLDI 2017), 3.
 */
#ifndef SYSLAB_INTERLEAVE_GRAPH_H
#define SYSLAB_INTERLEAVE_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GRAPH_THREADS_MAX = 16, GRAPH_EVENTS_MAX = 65535 };

__extension__ typedef unsigned __int128 graph_value;

typedef int32_t event_id; /* thread << 16 | place in it */
enum { GRAPH_INITIAL = -1 };

struct clock {
    uint16_t count[GRAPH_THREADS_MAX];
};

enum event_kind {
    EVENT_READ,
    EVENT_WRITE,
    EVENT_FENCE,
    EVENT_CREATE, /* value: the thread that it makes */
    EVENT_BEGIN,  /* rf: the creation */
    EVENT_JOIN,   /* rf: the end of the thread that was waited for */
    EVENT_END,
};

/* What a read-modify-write makes of the value that it read. */
enum update {
    UPDATE_NONE, /* a plain load or store */
    UPDATE_EXCHANGE,
    UPDATE_ADD,
    UPDATE_SUB,
    UPDATE_AND,
    UPDATE_OR,
    UPDATE_XOR,
    UPDATE_NAND,
    UPDATE_COMPARE,   /* writes the operand if it read what was expected */
    UPDATE_WAIT,      /* as UPDATE_COMPARE, and does not go on before that: a lock */
    UPDATE_TAKE,      /* waits until it reads more than nothing, and takes one: a semaphore */
    UPDATE_TRY_TAKE,  /* takes one if there is one */
    UPDATE_SHARE,     /* waits until no writer has it (all bits set), and adds a reader */
    UPDATE_TRY_SHARE, /* adds a reader if no writer has it */
    UPDATE_WAKE,      /* clears that many bits, any of them: threads that wait are bits */
};

struct operation {
    enum event_kind kind;
    enum update update;
    uint8_t order;                        /* what it came to: __ATOMIC_RELAXED and so on */
    uint8_t success_order, failure_order; /* what was asked for */
    uint8_t size;                         /* bytes: 1, 2, 4, 8 or 16 */
    uint8_t ways;  /* that it may go for no reason, besides the usual one: see operation.h */
    bool deadline; /* a wait that ends; its last way */
    int location;
    graph_value operand, expected;
    graph_value wait_mask; /* a load that goes on only when these bits are clear */
    const char *label;     /* for the trace: "lock", "load" */
    const void *code;      /* where the program asked for it */
};

struct event {
    struct operation operation;
    graph_value value; /* read or written */
    event_id rf;       /* of a read, a beginning, a join */
    uint32_t stamp;
    int co;         /* of a write: its place in the coherence order of its location, from 1 */
    bool exclusive; /* the read of a read-modify-write that writes */
    uint8_t way;    /* that it went; 0: the usual one */
    bool blocked; /* its thread waits here: for a lock, or in a loop that waits for another value */
    uint16_t loop; /* how many events that loop has, this one the last */
    struct clock hb, porf;
    struct clock acquire; /* what an acquire fence after it would acquire */
    struct clock
        release; /* what a relaxed write after it publishes: hb at the last release fence */
    struct clock
        own; /* of a write: what its thread published there, by it and by its earlier writes */
    struct clock
        message; /* of a write: what who acquires it learns; own, and what it replaced had */
};

struct graph_thread {
    struct event *events;
    int count, room;
};

struct graph_location {
    event_id *writes; /* in coherence order, without the initial one, which is place 0 */
    int count, room;
};

struct graph {
    struct graph_thread threads[GRAPH_THREADS_MAX];
    int thread_count;
    struct graph_location *locations;
    int location_count, location_room;
    uint32_t stamp;
    int event_count;
};

static inline event_id event_name(int thread, int place)
{
    return thread << 16 | place;
}
static inline int event_thread(event_id id)
{
    return id >> 16;
}
static inline int event_place(event_id id)
{
    return id & 0xffff;
}

static inline struct event *graph_event(const struct graph *graph, event_id id)
{
    return &graph->threads[event_thread(id)].events[event_place(id)];
}

static inline bool event_acquires(const struct event *event)
{
    return event->operation.order != __ATOMIC_RELAXED && event->operation.order != __ATOMIC_RELEASE;
}
static inline bool event_releases(const struct event *event)
{
    return event->operation.order >= __ATOMIC_RELEASE;
}
static inline bool clock_has(const struct clock *clock, event_id id)
{
    return clock->count[event_thread(id)] > event_place(id);
}
void clock_join(struct clock *clock, const struct clock *other);

void graph_clear(struct graph *graph);
void graph_fini(struct graph *graph);
/* *out: a copy that shares nothing. */
void graph_copy(const struct graph *graph, struct graph *out);

/* A new last event of the thread; its clocks are those of the one before until event_settle.
 * The pointer is good until the next addition to that thread. */
struct event *graph_add(struct graph *graph, int thread, const struct operation *operation);
/* Take back the last addition to this thread. */
void graph_drop(struct graph *graph, int thread);
/* Take back every event that is newer than the stamp. */
void graph_cut(struct graph *graph, uint32_t stamp);
/* Keep of each thread that many events. */
void graph_keep(struct graph *graph, const int *counts);

/* The clocks of an event, from those before it and from what it reads. Writes: after a read-modify-write's
 * read. */
void event_settle(struct graph *graph, event_id id);

/* Put a write into its location's coherence order, so that it has this place; or take it out. */
void graph_order(struct graph *graph, event_id write, int place);
void graph_unorder(struct graph *graph, event_id write);
struct graph_location *graph_location(struct graph *graph, int location);

/* The place in the coherence order of what this event read or wrote. */
int graph_co(const struct graph *graph, event_id id);
/* The write at that place. */
event_id graph_at(const struct graph *graph, int location, int place);
/* The lowest place that the thread's next read of the location may read: what it knows, by hb, of its past. */
int graph_floor(const struct graph *graph, int location, const struct clock *hb);
/* Who reads this write (at that place of that location) and replaces it: an exclusive read, other than `but`.
 * Returns: its name, or GRAPH_INITIAL when there is none. */
event_id graph_replacer(const struct graph *graph, int location, event_id write, event_id but);

#endif
