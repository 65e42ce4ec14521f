/* explore.c - the search: choices that are written down, and taken up again, the latest first. */
#include "02_concurrency/interleave/explore.h"

#include <stdlib.h>
#include <string.h>

#include "02_concurrency/interleave/memory.h"
#include "02_concurrency/interleave/room.h"

struct choice {
    int place; /* in coherence order: what to read, or where to stand; for revisits unused */
    bool spurious;
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

static struct explore_settings settings;
static struct graph graph;
static struct item *items;
static int item_count, item_room;
static bool first_run;
static int spurious_count;
static uint64_t random_state;
static const struct choice *forced; /* a replay's */

/* The choices of one event, before they are written down. */
static struct choice *choices;
static int choice_count, choice_room;

static struct item *push(enum item_kind kind, event_id event)
{
    items = room_for(items, item_count, &item_room, sizeof(*items));
    struct item *item = &items[item_count++];
    memset(item, 0, sizeof(*item));
    item->kind = kind;
    item->event = event;
    return item;
}

static void add_choice(struct choice choice)
{
    choices = room_for(choices, choice_count, &choice_room, sizeof(*choices));
    choices[choice_count++] = choice;
}

/* Write the choices down but for the one that is taken now, which is the last. */
static void write_down(enum item_kind kind, event_id event, int count)
{
    if (settings.random || forced || count <= 0)
        return;
    struct item *item = push(kind, event);
    item->stamp = graph_event(&graph, event)->stamp;
    item->count = count;
    item->choices = room_copy(choices, (size_t)count * sizeof(*choices));
}

static uint64_t random_number(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33;
}

void explore_begin(const struct explore_settings *given)
{
    settings = given ? *given : settings;
    first_run = true;
    random_state = settings.seed * 2 + 1;
    graph_clear(&graph);
}

static void pop(void)
{
    struct item *item = &items[--item_count];
    free(item->choices);
    if (item->kind == ITEM_RETURN)
        graph_fini(&item->saved);
}

void explore_end(void)
{
    while (item_count > 0)
        pop();
    free(items);
    free(choices);
    items = NULL, choices = NULL;
    item_room = choice_room = choice_count = 0;
    graph_fini(&graph);
}

struct graph *explore_graph(void)
{
    return &graph;
}

/* ---- one event --------------------------------------------------------------------------------- */

static bool writes_after(const struct event *event)
{
    const struct operation *operation = &event->operation;
    switch (operation->update) {
    case UPDATE_NONE:
        return false;
    case UPDATE_COMPARE:
    case UPDATE_WAIT:
        return event->value == operation->expected && !event->spurious;
    case UPDATE_TAKE:
        return event->value > 0 && !event->spurious;
    case UPDATE_TRY_TAKE:
        return event->value > 0;
    case UPDATE_SHARE:
        return event->value != UINT32_MAX && !event->spurious;
    default:
        return true;
    }
}

void explore_evaluate(struct event *event)
{
    struct operation *operation = &event->operation;
    if (operation->kind != EVENT_READ)
        return;
    event->value = event->rf == GRAPH_INITIAL ? memory_initial(operation->location)
                                              : graph_event(&graph, event->rf)->value;
    event->exclusive = writes_after(event);
    bool failed = operation->update == UPDATE_COMPARE && !event->exclusive;
    operation->order = failed ? operation->failure_order : operation->success_order;
}

bool explore_waits(const struct event *event)
{
    const struct operation *operation = &event->operation;
    if (operation->kind != EVENT_READ || event->spurious)
        return false;
    if (operation->update == UPDATE_WAIT || operation->update == UPDATE_TAKE ||
        operation->update == UPDATE_SHARE)
        return !event->exclusive;
    return (event->value & operation->wait_mask) != 0;
}

/* Whether the event, as it reads now, would otherwise have gone the other way. */
static bool may_be_spurious(struct event *event)
{
    event->spurious = false;
    explore_evaluate(event);
    bool may = event->operation.update == UPDATE_COMPARE ? event->exclusive : explore_waits(event);
    event->spurious = true;
    explore_evaluate(event);
    return may;
}

/* What is added last, and reads the latest write or is it, has nothing behind it in any order: it closes no cycle, and need
 * not be checked. */
static bool try_read(event_id id, struct choice choice)
{
    struct event *event = graph_event(&graph, id);
    event->rf = graph_at(&graph, event->operation.location, choice.place);
    event->spurious = choice.spurious;
    explore_evaluate(event);
    event_settle(&graph, id);
    if (choice.spurious && !may_be_spurious(event))
        return false;
    int last = graph.locations[event->operation.location].count;
    if (explore_waits(event) && choice.place != last)
        return false; /* who waits in vain looks at the latest value; the others are read by choice */
    if (event->exclusive) {
        event_id other = graph_replacer(&graph, event->operation.location, event->rf, id);
        /* Both cannot replace the same write. Ours may make the other read again, unless ours needs it. */
        if (other != GRAPH_INITIAL && clock_has(&event->porf, other))
            return false;
    }
    return choice.place == last || consistency_holds(&graph, settings.model);
}

static void set_read(event_id id, struct choice choice)
{
    try_read(id, choice);
    graph_event(&graph, id)->blocked = false;
}

/* Keep of the choices those that the model allows. */
static void keep_allowed(event_id id, bool (*try)(event_id, struct choice))
{
    int kept = 0;
    for (int index = 0; index < choice_count; index++)
        if (try(id, choices[index]))
            choices[kept++] = choices[index];
    choice_count = kept;
}

/* Move the choice that is to be taken to the end. Returns: false when the forced one is not among them. */
static bool take(void)
{
    if (forced) {
        int place = forced->place, last = choices[choice_count - 1].place;
        while (choice_count > 0 && (choices[choice_count - 1].place != (place < 0 ? last : place) ||
                                    choices[choice_count - 1].spurious != forced->spurious))
            choice_count--;
        return choice_count > 0;
    }
    if (settings.random && choice_count > 1) {
        int chosen = (int)(random_number() % (unsigned)choice_count);
        choices[choice_count - 1] = choices[chosen];
    }
    return true;
}

static bool add_read(int thread, const struct operation *operation)
{
    event_id id = event_name(thread, graph.threads[thread].count);
    graph_location(&graph, operation->location);
    struct event *event = graph_add(&graph, thread, operation);
    event->operation.success_order = operation->order;
    event_settle(&graph, id);
    int floor = graph_floor(&graph, operation->location, &event[-1].hb); /* 0 is its beginning */
    choice_count = 0;
    for (int place = floor; place <= graph.locations[operation->location].count; place++) {
        if (operation->weak && spurious_count < settings.spurious_max)
            add_choice((struct choice){.place = place, .spurious = true});
        add_choice((struct choice){.place = place});
    }
    keep_allowed(id, try_read);
    if (choice_count == 0 || !take())
        return false;
    write_down(ITEM_READ, id, choice_count - 1);
    set_read(id, choices[choice_count - 1]);
    spurious_count += choices[choice_count - 1].spurious;
    return true;
}

static bool try_write(event_id id, struct choice choice)
{
    struct event *event = graph_event(&graph, id);
    if (event->co != 0)
        graph_unorder(&graph, id);
    graph_order(&graph, id, choice.place);
    int last = graph.locations[event->operation.location].count;
    return choice.place == last || consistency_holds(&graph, settings.model);
}

/* Where the new write may stand: behind what its thread knows, and, in a revisit, behind what its reader knows; not
 * between a read-modify-write's read and its write. Its own place, if it is one of those, is right behind what it
 * read. */
static void find_places(event_id id, event_id reader)
{
    struct event *event = graph_event(&graph, id);
    int location = event->operation.location;
    bool replaces = event_place(id) > 0 && event[-1].exclusive;
    event_id own = replaces ? id - 1 : GRAPH_INITIAL;
    int first = graph_floor(&graph, location, &event[-1].hb) + 1;
    int last = graph.locations[location].count + 1;
    if (reader != GRAPH_INITIAL) {
        int known = graph_floor(&graph, location, &graph_event(&graph, reader)[-1].hb) + 1;
        first = known > first ? known : first;
    }
    if (replaces && graph_co(&graph, own) + 1 < first)
        first = last + 1;
    else if (replaces)
        first = last = graph_co(&graph, own) + 1;
    choice_count = 0;
    for (int place = first; place <= last; place++)
        if (graph_replacer(&graph, location, graph_at(&graph, location, place - 1), own) ==
            GRAPH_INITIAL)
            add_choice((struct choice){.place = place});
    keep_allowed(id, try_write);
}

static bool place_write(event_id id, event_id reader)
{
    find_places(id, reader);
    struct event *event = graph_event(&graph, id);
    if (choice_count == 0 || !take()) {
        if (event->co != 0)
            graph_unorder(&graph, id);
        return false;
    }
    write_down(ITEM_WRITE, id, choice_count - 1);
    try_write(id, choices[choice_count - 1]);
    return true;
}

/* ---- revisits ---------------------------------------------------------------------------------- */

/* Whether, of all that was there when e was added and that the write needs, e was the latest choice: a write that
 * stands last and that nobody had read yet, or a read of the write that stands last. */
static bool is_latest_among(event_id id, const struct event *write, uint32_t stamp)
{
    const struct event *event = graph_event(&graph, id);
    event_id source = event->operation.kind == EVENT_READ ? event->rf : id;
    int place = graph_co(&graph, source);
    bool found = source == GRAPH_INITIAL;
    for (int thread = 0; thread < graph.thread_count; thread++) {
        const struct graph_thread *events = &graph.threads[thread];
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
    const struct event *event = graph_event(&graph, id);
    if (event->operation.kind > EVENT_WRITE)
        return true;
    return !event->spurious && is_latest_among(id, write, event->stamp);
}

/* All that a revisit of the read takes away, and the read itself. */
static bool may_revisit(event_id read, const struct event *write)
{
    uint32_t stamp = graph_event(&graph, read)->stamp;
    for (int thread = 0; thread < graph.thread_count; thread++) {
        const struct graph_thread *events = &graph.threads[thread];
        for (int place = write->porf.count[thread]; place < events->count; place++)
            if (events->events[place].stamp >= stamp &&
                !was_added_latest(event_name(thread, place), write))
                return false;
    }
    return true;
}

/* The reads that could take their value from this write, though it came after them. */
static void write_revisits_down(event_id id)
{
    const struct event *write = graph_event(&graph, id);
    choice_count = 0;
    for (int thread = 0; thread < graph.thread_count; thread++) {
        const struct graph_thread *events = &graph.threads[thread];
        for (int place = write->porf.count[thread]; place < events->count; place++) {
            const struct event *event = &events->events[place];
            if (event->operation.kind == EVENT_READ &&
                event->operation.location == write->operation.location &&
                may_revisit(event_name(thread, place), write)) {
                if (event->operation.weak)
                    add_choice(
                        (struct choice){.read = event_name(thread, place), .spurious = true});
                add_choice((struct choice){.read = event_name(thread, place)});
            }
        }
    }
    if (choice_count == 0 || settings.random || forced)
        return;
    write_down(ITEM_REVISIT, id, choice_count);
    items[item_count - 1].write = *write;
}

static bool add_write(int thread, const struct operation *operation)
{
    event_id id = event_name(thread, graph.threads[thread].count);
    graph_location(&graph, operation->location);
    graph_add(&graph, thread, operation)->value = operation->operand;
    event_settle(&graph, id);
    write_revisits_down(id);
    return place_write(id, GRAPH_INITIAL);
}

static int count_spurious(void)
{
    int count = 0;
    for (int thread = 0; thread < graph.thread_count; thread++)
        for (int place = 0; place < graph.threads[thread].count; place++)
            count += graph.threads[thread].events[place].spurious;
    return count;
}

/* Leave of the graph what was there when the read was added, and what the write needs; the read takes its value from
 * the write. Returns: whether there is a place for the write. */
static bool revisit(struct choice choice, event_id id, const struct event *write)
{
    event_id read = choice.read;
    int counts[GRAPH_THREADS_MAX];
    uint32_t stamp = graph_event(&graph, read)->stamp;
    for (int thread = 0; thread < graph.thread_count; thread++) {
        const struct graph_thread *events = &graph.threads[thread];
        int count = write->porf.count[thread];
        count = thread == event_thread(id) ? event_place(id) : count;
        while (count < events->count && events->events[count].stamp <= stamp)
            count++;
        counts[thread] = count;
    }
    graph_keep(&graph, counts);
    struct event *added = graph_add(&graph, event_thread(id), &write->operation);
    added->value = write->value;
    event_settle(&graph, id);
    struct event *reader = graph_event(&graph, read);
    reader->rf = id;
    reader->spurious = reader->blocked = false;
    reader->loop = 0;
    if (choice.spurious && (count_spurious() >= settings.spurious_max || !may_be_spurious(reader)))
        return false;
    explore_evaluate(reader);
    event_settle(&graph, read);
    return place_write(id, read);
}

/* ---- the search -------------------------------------------------------------------------------- */

int explore_turn(int count)
{
    return settings.random ? (int)((random_state >> 33) * 31 % (unsigned)count) : 0;
}

bool explore_add(int thread, const struct operation *operation)
{
    if (settings.random)
        random_number();
    event_id id = event_name(thread, graph.threads[thread].count);
    if (operation->kind == EVENT_READ)
        return add_read(thread, operation);
    if (operation->kind == EVENT_WRITE)
        return add_write(thread, operation);
    struct event *event = graph_add(&graph, thread, operation);
    event->value = operation->operand;
    if (operation->kind == EVENT_BEGIN || operation->kind == EVENT_JOIN)
        event->rf = (event_id)operation->operand;
    event_settle(&graph, id);
    return true;
}

bool explore_add_forced(int thread, const struct operation *operation, int place, bool spurious)
{
    struct choice choice = {.place = place, .spurious = spurious};
    forced = &choice;
    bool added = explore_add(thread, operation);
    forced = NULL;
    return added;
}

/* Take up the latest item's next choice. Returns: whether there is a run to be made of it. */
static bool take_up(void)
{
    struct item *item = &items[item_count - 1];
    struct choice choice = item->choices[--item->count];
    event_id id = item->event;
    if (item->kind == ITEM_READ) {
        graph_cut(&graph, item->stamp);
        set_read(id, choice);
        return true;
    }
    if (item->kind == ITEM_WRITE) {
        graph_cut(&graph, item->stamp);
        return try_write(id, choice);
    }
    graph_cut(&graph, item->stamp - 1);
    struct event write = item->write;
    struct item *back = push(ITEM_RETURN, id);
    graph_copy(&graph, &back->saved);
    return revisit(choice, id, &write);
}

bool explore_next(void)
{
    if (first_run || settings.random) {
        first_run = false;
        graph_clear(&graph);
        spurious_count = 0;
        return true;
    }
    while (item_count > 0) {
        struct item *item = &items[item_count - 1];
        if (item->kind == ITEM_RETURN) {
            struct graph old = graph;
            graph = item->saved;
            item->saved = old;
            pop();
        } else if (item->count == 0) {
            pop();
        } else if (take_up()) {
            spurious_count = count_spurious();
            return true;
        }
    }
    return false;
}

int explore_choices(void)
{
    int count = 0;
    for (int index = 0; index < item_count; index++)
        count += items[index].count;
    return count;
}

void explore_keep_half(bool second)
{
    unsigned number = 0;
    for (int index = 0; index < item_count; index++) {
        struct item *item = &items[index];
        int kept = 0;
        for (int choice = 0; choice < item->count; choice++)
            if ((number++ % 2 == 1) == second)
                item->choices[kept++] = item->choices[choice];
        item->count = kept;
    }
}
