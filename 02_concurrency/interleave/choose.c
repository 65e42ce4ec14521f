/* choose.c - one event: what a read can read, where a write can stand. */
#include "02_concurrency/interleave/explore_internal.h"
#include "02_concurrency/interleave/memory.h"
#include "02_concurrency/interleave/operation.h"

static struct graph *const graph = &explorer.graph;

static graph_value value_of(event_id source, int location)
{
    return source == GRAPH_INITIAL ? memory_initial(location) : graph_event(graph, source)->value;
}

void explore_evaluate(struct event *event)
{
    struct operation *operation = &event->operation;
    if (operation->kind != EVENT_READ)
        return;
    event->value = value_of(event->rf, operation->location);
    event->exclusive = operation_writes(operation, event->value, event->way);
    bool failed = operation->update == UPDATE_COMPARE && !event->exclusive;
    operation->order = failed ? operation->failure_order : operation->success_order;
}

bool explore_waits(const struct event *event)
{
    return event->way == 0 && operation_waits(&event->operation, event->value);
}

/* What is added last, and reads the latest write or is it, has nothing behind it in any order: it closes no cycle, and need
 * not be checked. */
static bool try_read(event_id id, struct choice choice)
{
    struct event *event = graph_event(graph, id);
    event->rf = graph_at(graph, event->operation.location, choice.place);
    event->way = (uint8_t)choice.way;
    explore_evaluate(event);
    event_settle(graph, id);
    int last = graph->locations[event->operation.location].count;
    if (explore_waits(event) && choice.place != last)
        return false; /* who waits in vain looks at the latest value; the others are read by choice */
    if (event->exclusive) {
        event_id other = graph_replacer(graph, event->operation.location, event->rf, id);
        /* Both cannot replace the same write. Ours may make the other read again, unless ours needs it. */
        if (other != GRAPH_INITIAL && (explorer.scheduled || clock_has(&event->porf, other)))
            return false;
    }
    return choice.place == last || consistency_holds(graph, explorer.settings.model);
}

/* Keep of the choices those that the model allows. */
static void keep_allowed(event_id id, bool (*try)(event_id, struct choice))
{
    int kept = 0;
    for (int index = 0; index < explorer.choice_count; index++)
        if (try(id, explorer.choices[index]))
            explorer.choices[kept++] = explorer.choices[index];
    explorer.choice_count = kept;
}

/* Move the choice that is to be taken to the end. Returns: false when the forced one is not among them. */
static bool take(int latest, bool wakes)
{
    if (explorer.forced) {
        int place = explorer.forced->place,
            last = explorer.choices[explorer.choice_count - 1].place;
        while (explorer.choice_count > 0 &&
               (explorer.choices[explorer.choice_count - 1].place != (place < 0 ? last : place) ||
                explorer.choices[explorer.choice_count - 1].way != explorer.forced->way))
            explorer.choice_count--;
        return explorer.choice_count > 0;
    }
    if (explorer.scheduled && explorer.choice_count > 1)
        turns_pick(latest, wakes);
    return true;
}

/* In a search of schedules, what is no matter of choice: time passes when nothing else does; a thread that went round in a loop
 * looks at the latest. That is the last choice. */
static void choose_for(int thread, const struct operation *operation)
{
    int kept = -1;
    if (operation->deadline && explorer.times_out) {
        explorer.times_out = false;
        for (int index = 0; index < explorer.choice_count; index++)
            kept = explorer.choices[index].way == operation->ways ? index : kept;
    } else if (explorer.lets_wait || explorer.latest[thread] > 0) {
        explorer.latest[thread] -= explorer.latest[thread] > 0;
        kept = explorer.choice_count - 1;
    }
    if (kept < 0)
        return;
    explorer.choices[0] = explorer.choices[kept];
    explorer.choice_count = 1;
}

enum added choose_read(int thread, const struct operation *operation)
{
    event_id id = event_name(thread, graph->threads[thread].count);
    graph_location(graph, operation->location);
    struct event *event = graph_add(graph, thread, operation);
    event->operation.success_order = operation->order;
    event_settle(graph, id);
    int floor = graph_floor(graph, operation->location, &event[-1].hb); /* 0 is its beginning */
    explorer.choice_count = 0;
    for (int place = floor; place <= graph->locations[operation->location].count; place++) {
        graph_value value =
            value_of(graph_at(graph, operation->location, place), operation->location);
        for (int way = operation_ways(operation, value) - 1; way >= 0; way--)
            if (!operation_is_spurious(operation, way) ||
                explorer.spurious_count < explorer.settings.spurious_max)
                explore_add_choice((struct choice){.place = place, .way = way});
    }
    keep_allowed(id, try_read);
    if (explorer.scheduled)
        choose_for(thread, operation);
    int latest = graph->locations[operation->location].count;
    if (explorer.choice_count == 0 || !take(latest, operation->update == UPDATE_WAKE))
        return ADDED_NONE;
    explore_write_down(ITEM_READ, id, explorer.choice_count - 1);
    try_read(id, explorer.choices[explorer.choice_count - 1]);
    explorer.spurious_count +=
        operation_is_spurious(operation, explorer.choices[explorer.choice_count - 1].way);
    if (explorer.scheduled && !explorer.forced && !explorer.lets_wait &&
        explore_waits(graph_event(graph, id))) {
        graph_drop(graph, thread);
        return ADDED_WAITS;
    }
    return ADDED;
}

static bool try_write(event_id id, struct choice choice)
{
    struct event *event = graph_event(graph, id);
    if (event->co != 0)
        graph_unorder(graph, id);
    graph_order(graph, id, choice.place);
    int last = graph->locations[event->operation.location].count;
    return choice.place == last || consistency_holds(graph, explorer.settings.model);
}

/* Where the new write may stand: behind what its thread knows, and, in a revisit, behind what its reader knows; not
 * between a read-modify-write's read and its write. Its own place, if it is one of those, is right behind what it
 * read. */
static void find_places(event_id id, event_id reader)
{
    struct event *event = graph_event(graph, id);
    int location = event->operation.location;
    bool replaces = event_place(id) > 0 && event[-1].exclusive;
    event_id own = replaces ? id - 1 : GRAPH_INITIAL;
    int first = graph_floor(graph, location, &event[-1].hb) + 1;
    int last = graph->locations[location].count + 1;
    if (reader != GRAPH_INITIAL) {
        int known = graph_floor(graph, location, &graph_event(graph, reader)[-1].hb) + 1;
        first = known > first ? known : first;
    }
    if (replaces && graph_co(graph, own) + 1 < first)
        first = last + 1;
    else if (replaces)
        first = last = graph_co(graph, own) + 1;
    explorer.choice_count = 0;
    for (int place = first; place <= last; place++)
        if (graph_replacer(graph, location, graph_at(graph, location, place - 1), own) ==
            GRAPH_INITIAL)
            explore_add_choice((struct choice){.place = place});
    keep_allowed(id, try_write);
}

bool choose_place(event_id id, event_id reader)
{
    find_places(id, reader);
    struct event *event = graph_event(graph, id);
    if (explorer.choice_count == 0 ||
        !take(graph->locations[event->operation.location].count, false)) {
        if (event->co != 0)
            graph_unorder(graph, id);
        return false;
    }
    explore_write_down(ITEM_WRITE, id, explorer.choice_count - 1);
    try_write(id, explorer.choices[explorer.choice_count - 1]);
    return true;
}

enum added choose_write(int thread, const struct operation *operation)
{
    event_id id = event_name(thread, graph->threads[thread].count);
    graph_location(graph, operation->location);
    graph_add(graph, thread, operation)->value = operation->operand;
    event_settle(graph, id);
    if (!explorer.scheduled)
        revisit_write_down(id);
    return choose_place(id, GRAPH_INITIAL) ? ADDED : ADDED_NONE;
}

bool choose_again(event_id id, struct choice choice)
{
    if (graph_event(graph, id)->operation.kind == EVENT_WRITE)
        return try_write(id, choice);
    try_read(id, choice); /* it was allowed when it was written down */
    graph_event(graph, id)->blocked = false;
    return true;
}
