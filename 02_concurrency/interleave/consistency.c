/* consistency.c - psc of RC11, and sequential consistency, as searches for a cycle. */
#include "02_concurrency/interleave/consistency.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room that is kept from check to check: there are millions of them. */
struct scratch {
    void *bytes;
    size_t room;
};
static struct scratch states, alls, accesses, fences, rows;

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

/* eco, along one location, leads from what is overwritten or read to what overwrites or reads it: first a write, then those
 * that read it, then the next write. So it is an order of numbers. */
static int eco_key(const struct graph *graph, event_id id)
{
    bool reads = graph_event(graph, id)->operation.kind == EVENT_READ;
    return 2 * graph_co(graph, id) + reads;
}

/* What is behind a sequentially consistent fence, and what is in front of it, for each location. */
struct fence {
    event_id id;
    int *first;      /* the least key of an access that the fence happens before */
    int *last;       /* the greatest of one that happens before the fence */
    int *last_write; /* the same of writes */
};

struct nodes {
    const struct graph *graph;
    event_id *all, *accesses; /* every event; the sequentially consistent accesses */
    struct fence *fences;
    int all_count, access_count, fence_count;
};

static void view_from_fence(const struct nodes *nodes, struct fence *fence, int *room)
{
    const struct graph *graph = nodes->graph;
    int locations = graph->location_count;
    fence->first = room;
    fence->last = room + locations;
    fence->last_write = room + 2 * locations;
    for (int location = 0; location < locations; location++) {
        fence->first[location] = INT_MAX;
        fence->last[location] = fence->last_write[location] = -1;
    }
    for (int index = 0; index < nodes->all_count; index++) {
        event_id id = nodes->all[index];
        const struct event *event = graph_event(graph, id);
        if (!is_access(event))
            continue;
        int location = event->operation.location, key = eco_key(graph, id);
        if (clock_has(&event->hb, fence->id) && key < fence->first[location])
            fence->first[location] = key;
        if (!clock_has(&graph_event(graph, fence->id)->hb, id))
            continue;
        fence->last[location] = key > fence->last[location] ? key : fence->last[location];
        if (event->operation.kind == EVENT_WRITE && key > fence->last_write[location])
            fence->last_write[location] = key;
    }
}

/* psc between fences: hb, or hb and eco and hb. */
static bool fence_before_fence(const struct nodes *nodes, const struct fence *a,
                               const struct fence *b)
{
    if (happens_before(nodes->graph, a->id, b->id))
        return true;
    for (int location = 0; location < nodes->graph->location_count; location++)
        if (a->first[location] < b->last[location])
            return true;
    return false;
}

/* From a fence by hb and then scb: what of scb is not hb itself is co and fr, towards writes. */
static bool fence_before_access(const struct nodes *nodes, const struct fence *a, event_id b)
{
    const struct event *event = graph_event(nodes->graph, b);
    if (happens_before(nodes->graph, a->id, b))
        return true;
    return event->operation.kind == EVENT_WRITE &&
           a->first[event->operation.location] < eco_key(nodes->graph, b);
}

/* To a fence by scb and then hb. */
static bool access_before_fence(const struct nodes *nodes, event_id a, const struct fence *b)
{
    const struct graph *graph = nodes->graph;
    const struct event *event = graph_event(graph, a), *fence = graph_event(graph, b->id);
    if (fence->hb.count[event_thread(a)] > event_place(a) + 1 ||
        eco_key(graph, a) < b->last_write[event->operation.location] ||
        before_in_sc(graph, a, b->id))
        return true;
    for (int index = 0; index < nodes->all_count; index++)
        if (happens_before(graph, nodes->all[index], b->id) && nodes->all[index] != a &&
            before_in_sc(graph, a, nodes->all[index]))
            return true;
    return false;
}

/* Nodes are numbered: first the fences, then the accesses. */
static bool before_in_psc(const struct nodes *nodes, int a, int b)
{
    int count = nodes->fence_count;
    if (a < count && b < count)
        return fence_before_fence(nodes, &nodes->fences[a], &nodes->fences[b]);
    if (a < count)
        return fence_before_access(nodes, &nodes->fences[a], nodes->accesses[b - count]);
    if (b < count)
        return access_before_fence(nodes, nodes->accesses[a - count], &nodes->fences[b]);
    return before_in_sc(nodes->graph, nodes->accesses[a - count], nodes->accesses[b - count]);
}

static bool finds_cycle(const struct nodes *nodes, int node, unsigned char *state)
{
    state[node] = 1;
    for (int next = 0; next < nodes->fence_count + nodes->access_count; next++) {
        if (next == node || state[next] == 2 || !before_in_psc(nodes, node, next))
            continue;
        if (state[next] == 1 || finds_cycle(nodes, next, state))
            return true;
    }
    state[node] = 2;
    return false;
}

static void find_nodes(struct nodes *nodes)
{
    const struct graph *graph = nodes->graph;
    for (int thread = 0; thread < graph->thread_count; thread++)
        for (int place = 0; place < graph->threads[thread].count; place++) {
            const struct event *event = &graph->threads[thread].events[place];
            event_id id = event_name(thread, place);
            nodes->all[nodes->all_count++] = id;
            if (event->operation.order != __ATOMIC_SEQ_CST)
                continue;
            if (is_fence(event))
                nodes->fences[nodes->fence_count++].id = id;
            else if (is_access(event))
                nodes->accesses[nodes->access_count++] = id;
        }
}

static bool has_one_sc_order(const struct graph *graph)
{
    size_t count = (size_t)graph->event_count + 1;
    struct nodes nodes = {.graph = graph,
                          .all = scratch(&alls, count * sizeof(event_id)),
                          .accesses = scratch(&accesses, count * sizeof(event_id)),
                          .fences = scratch(&fences, count * sizeof(struct fence))};
    find_nodes(&nodes);
    size_t sc_count = (size_t)(nodes.fence_count + nodes.access_count);
    if (sc_count < 2)
        return true;
    size_t row = 3 * (size_t)graph->location_count;
    int *room = scratch(&rows, (size_t)nodes.fence_count * row * sizeof(int) + 1);
    for (int fence = 0; fence < nodes.fence_count; fence++)
        view_from_fence(&nodes, &nodes.fences[fence], room + (size_t)fence * row);
    unsigned char *state = scratch(&states, sc_count);
    memset(state, 0, sc_count);
    for (int node = 0; node < (int)sc_count; node++)
        if (state[node] == 0 && finds_cycle(&nodes, node, state))
            return false;
    return true;
}

bool consistency_holds(const struct graph *graph, enum model model)
{
    return model == MODEL_SC ? is_sequentially_consistent(graph) : has_one_sc_order(graph);
}
