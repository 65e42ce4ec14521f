/* revisit.c - a write that came later goes back to the reads that were there before it. */
#include "02_concurrency/interleave/explore_internal.h"
#include "02_concurrency/interleave/operation.h"

static struct graph *const graph = &explorer.graph;

/* Whether, of all that was there when e was added and that the write needs, e was the latest choice: a write that
 * stands last and that nobody had read yet, or a read of the write that stands last. */
static bool is_latest_among(event_id id, const struct event *write, uint32_t stamp)
{
    const struct event *event = graph_event(graph, id);
    event_id source = event->operation.kind == EVENT_READ ? event->rf : id;
    int place = graph_co(graph, source);
    bool found = source == GRAPH_INITIAL;
    for (int thread = 0; thread < graph->thread_count; thread++) {
        const struct graph_thread *events = &graph->threads[thread];
        for (int index = 0; index < events->count; index++) {
            const struct event *other = &events->events[index];
            event_id name = event_name(thread, index);
            if (other->stamp > stamp && write->porf.count[thread] <= index)
                break; /* later in this thread: not there either */
            if (other->operation.kind == EVENT_READ && other->rf == id)
                return false;
            if (other->operation.kind == EVENT_WRITE &&
                other->operation.location == event->operation.location && other->co > place)
                return false;
            found = found || name == source;
        }
    }
    return found;
}

static bool was_added_latest(event_id id, const struct event *write)
{
    const struct event *event = graph_event(graph, id);
    if (event->operation.kind > EVENT_WRITE)
        return true;
    return event->way == 0 && is_latest_among(id, write, event->stamp);
}

/* All that a revisit of the read takes away, and the read itself. */
static bool may_revisit(event_id read, const struct event *write)
{
    uint32_t stamp = graph_event(graph, read)->stamp;
    for (int thread = 0; thread < graph->thread_count; thread++) {
        const struct graph_thread *events = &graph->threads[thread];
        for (int place = write->porf.count[thread]; place < events->count; place++)
            if (events->events[place].stamp >= stamp &&
                !was_added_latest(event_name(thread, place), write))
                return false;
    }
    return true;
}

/* The reads that could take their value from this write, though it came after them. */
void revisit_write_down(event_id id)
{
    const struct event *write = graph_event(graph, id);
    explorer.choice_count = 0;
    for (int thread = 0; thread < graph->thread_count; thread++) {
        const struct graph_thread *events = &graph->threads[thread];
        for (int place = write->porf.count[thread]; place < events->count; place++) {
            const struct event *event = &events->events[place];
            if (event->operation.kind == EVENT_READ &&
                event->operation.location == write->operation.location &&
                may_revisit(event_name(thread, place), write)) {
                int ways = operation_ways(&event->operation, write->value);
                for (int way = ways - 1; way >= 0; way--)
                    explore_add_choice(
                        (struct choice){.read = event_name(thread, place), .way = way});
            }
        }
    }
    struct item *item = explore_write_down(ITEM_REVISIT, id, explorer.choice_count);
    if (item)
        item->write = *write;
}

int revisit_count_spurious(void)
{
    int count = 0;
    for (int thread = 0; thread < graph->thread_count; thread++)
        for (int place = 0; place < graph->threads[thread].count; place++) {
            const struct event *event = &graph->threads[thread].events[place];
            count += operation_is_spurious(&event->operation, event->way);
        }
    return count;
}

bool revisit_take(struct choice choice, event_id id, const struct event *write)
{
    event_id read = choice.read;
    int counts[GRAPH_THREADS_MAX];
    uint32_t stamp = graph_event(graph, read)->stamp;
    for (int thread = 0; thread < graph->thread_count; thread++) {
        const struct graph_thread *events = &graph->threads[thread];
        int count = write->porf.count[thread];
        count = thread == event_thread(id) ? event_place(id) : count;
        while (count < events->count && events->events[count].stamp <= stamp)
            count++;
        counts[thread] = count;
    }
    graph_keep(graph, counts);
    struct event *added = graph_add(graph, event_thread(id), &write->operation);
    added->value = write->value;
    event_settle(graph, id);
    struct event *reader = graph_event(graph, read);
    reader->rf = id;
    reader->way = (uint8_t)choice.way;
    reader->blocked = false;
    reader->loop = 0;
    if (revisit_count_spurious() > explorer.settings.spurious_max)
        return false;
    explore_evaluate(reader);
    event_settle(graph, read);
    return choose_place(id, read);
}
