/* consistency.c - psc of RC11, and sequential consistency, as searches for a cycle. */
#include "02_concurrency/interleave/consistency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room that is kept from check to check: there are millions of them. */
struct scratch {
    void *bytes;
    size_t room;
};
static struct scratch states, alls, scs;

static void *scratch(struct scratch *scratch, size_t bytes)
{
    if (bytes > scratch->room) {
        free(scratch->bytes);
        scratch->room = 2 * bytes;
        scratch->bytes = malloc(scratch->room);
        if (!scratch->bytes) {
            fputs("interleave: out of memory\n", stderr);
            exit(2);
        }
    }
    return scratch->bytes;
}

static bool is_access(const struct event *event)
{
    return event->operation.kind <= EVENT_WRITE;
}

static bool is_fence(const struct event *event)
{
    return event->operation.kind == EVENT_FENCE;
}

static bool same_location(const struct event *a, const struct event *b)
{
    return is_access(a) && is_access(b) && a->operation.location == b->operation.location;
}

static bool happens_before(const struct graph *graph, event_id a, event_id b)
{
    return a != b && clock_has(&graph_event(graph, b)->hb, a);
}

/* ---- SC: every event in one order -------------------------------------------------------------- */

struct walk {
    const struct graph *graph;
    int first[GRAPH_THREADS_MAX]; /* dense numbers: of a thread's first event */
    unsigned char *state;         /* 0 not seen, 1 on the path, 2 done */
    bool cyclic;
};

static void visit(struct walk *walk, event_id id);

/* co and fr lead to the next write: those behind it are reached from there. */
static void visit_next_write(struct walk *walk, const struct event *event, int place)
{
    const struct graph_location *order = &walk->graph->locations[event->operation.location];
    if (place < order->count)
        visit(walk, order->writes[place]);
}

static void visit_readers(struct walk *walk, event_id write)
{
    for (int thread = 0; thread < walk->graph->thread_count; thread++) {
        const struct graph_thread *events = &walk->graph->threads[thread];
        for (int place = 0; place < events->count; place++)
            if (events->events[place].rf == write)
                visit(walk, event_name(thread, place));
    }
}

static void visit(struct walk *walk, event_id id)
{
    const struct graph *graph = walk->graph;
    int thread = event_thread(id), place = event_place(id);
    unsigned char *state = &walk->state[walk->first[thread] + place];
    if (*state != 0 || walk->cyclic) {
        walk->cyclic = walk->cyclic || *state == 1;
        return;
    }
    *state = 1;
    const struct event *event = graph_event(graph, id);
    if (place + 1 < graph->threads[thread].count)
        visit(walk, id + 1);
    if (event->operation.kind == EVENT_READ)
        visit_next_write(walk, event, graph_co(graph, id));
    else if (event->operation.kind == EVENT_WRITE)
        visit_next_write(walk, event, event->co);
    if (event->operation.kind != EVENT_READ)
        visit_readers(walk, id);
    *state = 2;
}

/* A read-modify-write is one event, not two with room between them: nobody else's write can come there,
 * since its place in co is right behind what it read. */
static bool is_sequentially_consistent(const struct graph *graph)
{
    unsigned char *state = scratch(&states, (size_t)graph->event_count + 1);
    struct walk walk = {.graph = graph, .state = state};
    memset(state, 0, (size_t)graph->event_count + 1);
    int count = 0;
    for (int thread = 0; thread < graph->thread_count; thread++) {
        walk.first[thread] = count;
        count += graph->threads[thread].count;
    }
    for (int thread = 0; thread < graph->thread_count && !walk.cyclic; thread++)
        if (graph->threads[thread].count > 0)
            visit(&walk, event_name(thread, 0));
    return !walk.cyclic;
}

/* ---- RC11: psc --------------------------------------------------------------------------------- */

/* From a's thread, the nearest event behind it (or, before b, in front of it) that is not an access of the same
 * location. Returns: GRAPH_INITIAL when there is none. */
static event_id other_location(const struct graph *graph, event_id id, int direction)
{
    const struct event *event = graph_event(graph, id);
    int thread = event_thread(id);
    for (int place = event_place(id) + direction;
         place >= 0 && place < graph->threads[thread].count; place += direction)
        if (!same_location(event, &graph->threads[thread].events[place]))
            return event_name(thread, place);
    return GRAPH_INITIAL;
}

/* lesson: scb */
/* scb: po, hb between accesses of one location, co, fr, and hb that leaves the location on both sides. */
static bool before_in_sc(const struct graph *graph, event_id a, event_id b)
{
    const struct event *first = graph_event(graph, a), *second = graph_event(graph, b);
    if (event_thread(a) == event_thread(b))
        return event_place(a) < event_place(b);
    if (same_location(first, second)) {
        if (clock_has(&second->hb, a))
            return true;
        if (second->operation.kind == EVENT_WRITE && graph_co(graph, a) < second->co)
            return true; /* co when a writes, fr when it reads */
    }
    event_id left = other_location(graph, a, 1), right = other_location(graph, b, -1);
    return left != GRAPH_INITIAL && right != GRAPH_INITIAL && happens_before(graph, left, right);
}
/* end lesson */

/* eco: along one location, from what is overwritten or read to what overwrites or reads it. */
static bool before_in_eco(const struct graph *graph, event_id a, event_id b)
{
    const struct event *first = graph_event(graph, a), *second = graph_event(graph, b);
    if (a == b || !same_location(first, second))
        return false;
    int from = graph_co(graph, a), to = graph_co(graph, b);
    return from < to || (from == to && first->operation.kind == EVENT_WRITE &&
                         second->operation.kind == EVENT_READ);
}

struct nodes {
    const struct graph *graph;
    event_id *all, *sc; /* every event; the sequentially consistent ones */
    int all_count, sc_count;
};

/* hb? towards a fence: from y to s. */
static bool reaches(const struct graph *graph, event_id from, event_id to, bool through_hb)
{
    return from == to || (through_hb && happens_before(graph, from, to));
}

static bool fences_ordered(const struct nodes *nodes, event_id a, event_id b)
{
    const struct graph *graph = nodes->graph;
    if (happens_before(graph, a, b))
        return true;
    for (int i = 0; i < nodes->all_count; i++)
        for (int j = 0; happens_before(graph, a, nodes->all[i]) && j < nodes->all_count; j++)
            if (before_in_eco(graph, nodes->all[i], nodes->all[j]) &&
                happens_before(graph, nodes->all[j], b))
                return true;
    return false;
}

static bool before_in_psc(const struct nodes *nodes, event_id a, event_id b)
{
    const struct graph *graph = nodes->graph;
    bool from_fence = is_fence(graph_event(graph, a)), to_fence = is_fence(graph_event(graph, b));
    if (before_in_sc(graph, a, b))
        return true;
    if (!from_fence && !to_fence)
        return false;
    if (from_fence && to_fence && fences_ordered(nodes, a, b))
        return true;
    for (int i = 0; i < nodes->all_count; i++)
        for (int j = 0; reaches(graph, a, nodes->all[i], from_fence) && j < nodes->all_count; j++)
            if (reaches(graph, nodes->all[j], b, to_fence) && nodes->all[i] != nodes->all[j] &&
                before_in_sc(graph, nodes->all[i], nodes->all[j]))
                return true;
    return false;
}

static bool finds_cycle(const struct nodes *nodes, int node, unsigned char *state)
{
    state[node] = 1;
    for (int next = 0; next < nodes->sc_count; next++) {
        if (next == node || state[next] == 2 ||
            !before_in_psc(nodes, nodes->sc[node], nodes->sc[next]))
            continue;
        if (state[next] == 1 || finds_cycle(nodes, next, state))
            return true;
    }
    state[node] = 2;
    return false;
}

static bool has_one_sc_order(const struct graph *graph)
{
    size_t bytes = ((size_t)graph->event_count + 1) * sizeof(event_id);
    event_id *all = scratch(&alls, bytes), *sc = scratch(&scs, bytes);
    struct nodes nodes = {.graph = graph, .all = all, .sc = sc};
    for (int thread = 0; thread < graph->thread_count; thread++)
        for (int place = 0; place < graph->threads[thread].count; place++) {
            const struct event *event = &graph->threads[thread].events[place];
            all[nodes.all_count++] = event_name(thread, place);
            if (event->operation.kind <= EVENT_FENCE && event->operation.order == __ATOMIC_SEQ_CST)
                sc[nodes.sc_count++] = event_name(thread, place);
        }
    if (nodes.sc_count < 2)
        return true;
    unsigned char *state = scratch(&states, (size_t)nodes.sc_count);
    memset(state, 0, (size_t)nodes.sc_count);
    for (int node = 0; node < nodes.sc_count; node++)
        if (state[node] == 0 && finds_cycle(&nodes, node, state))
            return false;
    return true;
}

bool consistency_holds(const struct graph *graph, enum model model)
{
    return model == MODEL_SC ? is_sequentially_consistent(graph) : has_one_sc_order(graph);
}
