/* graph.c - additions, cuts, clocks. The memory model's rules that need more than a clock are in consistency.c. */
#include "02_concurrency/interleave/graph.h"

#include <stdlib.h>
#include <string.h>

#include "02_concurrency/interleave/room.h"

void clock_join(struct clock *clock, const struct clock *other)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        if (clock->count[thread] < other->count[thread])
            clock->count[thread] = other->count[thread];
}

void graph_clear(struct graph *graph)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        graph->threads[thread].count = 0;
    for (int location = 0; location < graph->location_count; location++)
        graph->locations[location].count = 0;
    graph->thread_count = 0;
    graph->stamp = 0;
    graph->event_count = 0;
}

void graph_fini(struct graph *graph)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        free(graph->threads[thread].events);
    for (int location = 0; location < graph->location_count; location++)
        free(graph->locations[location].writes);
    free(graph->locations);
    memset(graph, 0, sizeof(*graph));
}

void graph_copy(const struct graph *graph, struct graph *out)
{
    *out = *graph;
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++) {
        struct graph_thread *into = &out->threads[thread];
        into->events = room_copy(into->events, (size_t)into->count * sizeof(*into->events));
        into->room = into->count;
    }
    out->locations =
        room_copy(graph->locations, (size_t)graph->location_count * sizeof(*graph->locations));
    out->location_room = out->location_count;
    for (int location = 0; location < out->location_count; location++) {
        struct graph_location *into = &out->locations[location];
        into->writes = room_copy(into->writes, (size_t)into->count * sizeof(*into->writes));
        into->room = into->count;
    }
}

struct event *graph_add(struct graph *graph, int thread, const struct operation *operation)
{
    struct graph_thread *events = &graph->threads[thread];
    events->events =
        room_for(events->events, events->count, &events->room, sizeof(*events->events));
    struct event *event = &events->events[events->count];
    memset(event, 0, sizeof(*event));
    event->operation = *operation;
    event->rf = GRAPH_INITIAL;
    event->stamp = ++graph->stamp;
    events->count++;
    graph->event_count++;
    if (thread >= graph->thread_count)
        graph->thread_count = thread + 1;
    return event;
}

void graph_drop(struct graph *graph, int thread)
{
    struct graph_thread *events = &graph->threads[thread];
    struct event *last = &events->events[--events->count];
    if (last->operation.kind == EVENT_WRITE && last->co > 0)
        graph_unorder(graph, event_name(thread, events->count));
    graph->event_count--;
}

void graph_cut(struct graph *graph, uint32_t stamp)
{
    for (int thread = 0; thread < graph->thread_count; thread++)
        while (graph->threads[thread].count > 0 &&
               graph->threads[thread].events[graph->threads[thread].count - 1].stamp > stamp)
            graph_drop(graph, thread);
    graph->stamp = stamp;
    while (graph->thread_count > 0 && graph->threads[graph->thread_count - 1].count == 0)
        graph->thread_count--;
}

void graph_keep(struct graph *graph, const int *counts)
{
    for (int thread = 0; thread < graph->thread_count; thread++)
        while (graph->threads[thread].count > counts[thread])
            graph_drop(graph, thread);
    while (graph->thread_count > 0 && graph->threads[graph->thread_count - 1].count == 0)
        graph->thread_count--;
}

/* A release sequence goes on through later writes of the same thread to the same location. */
static void inherit_own(struct graph *graph, int thread, int place, struct event *event)
{
    const struct event *events = graph->threads[thread].events;
    for (int earlier = place - 1; earlier >= 0; earlier--)
        if (events[earlier].operation.kind == EVENT_WRITE &&
            events[earlier].operation.location == event->operation.location) {
            clock_join(&event->own, &events[earlier].own);
            return;
        }
}

static void settle_read(struct graph *graph, struct event *event)
{
    if (event->rf == GRAPH_INITIAL)
        return;
    const struct event *source = graph_event(graph, event->rf);
    clock_join(&event->porf, &source->porf);
    if (event->operation.kind != EVENT_READ) { /* a thread's beginning, or a join */
        clock_join(&event->hb, &source->hb);
        return;
    }
    clock_join(&event->acquire, &source->message);
    if (event_acquires(event))
        clock_join(&event->hb, &source->message);
}

/* lesson: clocks */
void event_settle(struct graph *graph, event_id id)
{
    int thread = event_thread(id), place = event_place(id);
    struct event *event = graph_event(graph, id);
    const struct event *before = place > 0 ? event - 1 : NULL;
    static const struct event none;
    before = before ? before : &none;
    event->hb = before->hb;
    event->porf = before->porf;
    event->acquire = before->acquire;
    event->release = before->release;
    event->hb.count[thread] = event->porf.count[thread] = (uint16_t)(place + 1);
    if (event->operation.kind == EVENT_FENCE) {
        if (event_acquires(event))
            clock_join(&event->hb, &event->acquire);
        if (event_releases(event))
            event->release = event->hb;
    } else if (event->operation.kind == EVENT_WRITE) {
        event->own = event_releases(event) ? event->hb : event->release;
        inherit_own(graph, thread, place, event);
        event->message = event->own;
        if (before->exclusive && before->rf != GRAPH_INITIAL) /* and through read-modify-writes */
            clock_join(&event->message, &graph_event(graph, before->rf)->message);
    } else {
        settle_read(graph, event);
    }
}
/* end lesson */

struct graph_location *graph_location(struct graph *graph, int location)
{
    static const struct graph_location none;
    while (location >= graph->location_count) {
        graph->locations =
            room_for(graph->locations, graph->location_count, &graph->location_room, sizeof(none));
        graph->locations[graph->location_count++] = none;
    }
    return &graph->locations[location];
}

static void renumber(struct graph *graph, const struct graph_location *order, int from)
{
    for (int index = from; index < order->count; index++)
        graph_event(graph, order->writes[index])->co = index + 1;
}

void graph_order(struct graph *graph, event_id write, int place)
{
    struct graph_location *order =
        graph_location(graph, graph_event(graph, write)->operation.location);
    order->writes = room_for(order->writes, order->count, &order->room, sizeof(*order->writes));
    memmove(order->writes + place, order->writes + place - 1,
            (size_t)(order->count - (place - 1)) * sizeof(*order->writes));
    order->writes[place - 1] = write;
    order->count++;
    renumber(graph, order, place - 1);
}

void graph_unorder(struct graph *graph, event_id write)
{
    struct event *event = graph_event(graph, write);
    struct graph_location *order = graph_location(graph, event->operation.location);
    int index = event->co - 1;
    memmove(order->writes + index, order->writes + index + 1,
            (size_t)(order->count - index - 1) * sizeof(*order->writes));
    order->count--;
    event->co = 0;
    renumber(graph, order, index);
}

int graph_co(const struct graph *graph, event_id id)
{
    if (id == GRAPH_INITIAL)
        return 0;
    const struct event *event = graph_event(graph, id);
    if (event->operation.kind == EVENT_WRITE)
        return event->co;
    return event->rf == GRAPH_INITIAL ? 0 : graph_event(graph, event->rf)->co;
}

event_id graph_at(const struct graph *graph, int location, int place)
{
    return place == 0 ? GRAPH_INITIAL : graph->locations[location].writes[place - 1];
}

int graph_floor(const struct graph *graph, int location, const struct clock *hb)
{
    int floor = 0;
    for (int thread = 0; thread < graph->thread_count; thread++) {
        const struct graph_thread *events = &graph->threads[thread];
        int known = hb->count[thread] < events->count ? hb->count[thread] : events->count;
        for (int place = known - 1; place >= 0; place--) {
            const struct event *event = &events->events[place];
            if (event->operation.kind > EVENT_WRITE || event->operation.location != location)
                continue;
            int co = graph_co(graph, event_name(thread, place));
            floor = co > floor ? co : floor;
            break; /* along po, co does not go back */
        }
    }
    return floor;
}

event_id graph_replacer(const struct graph *graph, int location, event_id write, event_id but)
{
    for (int thread = 0; thread < graph->thread_count; thread++) {
        const struct graph_thread *events = &graph->threads[thread];
        for (int place = 0; place < events->count; place++) {
            const struct event *event = &events->events[place];
            if (event->exclusive && event->operation.location == location && event->rf == write &&
                event_name(thread, place) != but)
                return event_name(thread, place);
        }
    }
    return GRAPH_INITIAL;
}
