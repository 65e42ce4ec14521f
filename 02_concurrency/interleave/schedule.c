/* schedule.c - an execution as a string: who goes, and what it chose where that is not the latest. */
#include <stdio.h>
#include <stdlib.h>

#include "02_concurrency/interleave/machine_internal.h"

/* Among the writes of the location that have happened by then, counted from the first. */
static int place_among(const bool *done, const struct graph *graph, int location, int place)
{
    int among = 0;
    for (int index = 0; index < place; index++) {
        event_id write = graph->locations[location].writes[index];
        among += done[event_thread(write) * GRAPH_EVENTS_MAX + event_place(write)];
    }
    return among;
}

char *machine_schedule(void)
{
    const struct graph *graph = explore_graph();
    bool *done = calloc((size_t)GRAPH_THREADS_MAX * GRAPH_EVENTS_MAX, 1);
    char *text = malloc((size_t)machine.order_count * 12 + 1), *end = text;
    if (!done || !text)
        exit(2);
    for (int index = 0; index < machine.order_count; index++) {
        const struct event *event = graph_event(graph, machine.order[index]);
        *end++ = (char)('a' + event_thread(machine.order[index]));
        if (event->operation.kind <= EVENT_WRITE) {
            int location = event->operation.location;
            int latest = place_among(done, graph, location, graph->locations[location].count);
            bool writes = event->operation.kind == EVENT_WRITE;
            int place = graph_co(graph, machine.order[index]) - writes;
            place = place_among(done, graph, location, place) + writes;
            if (place != latest + writes)
                end += sprintf(end, "%d", place);
            if (event->way > 0)
                end += sprintf(end, "!%d", event->way);
        }
        done[event_thread(machine.order[index]) * GRAPH_EVENTS_MAX +
             event_place(machine.order[index])] = true;
    }
    *end = '\0';
    free(done);
    return text;
}
