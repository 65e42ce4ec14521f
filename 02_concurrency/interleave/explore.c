/* explore.c - the search: choices that are written down, and taken up again, the latest first. */
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/interleave/explore_internal.h"
#include "02_concurrency/interleave/room.h"

struct explorer explorer;

static struct graph *const graph = &explorer.graph;
static bool first_run;

static struct item *push(enum item_kind kind, event_id event)
{
    explorer.items =
        room_for(explorer.items, explorer.item_count, &explorer.item_room, sizeof(*explorer.items));
    struct item *item = &explorer.items[explorer.item_count++];
    memset(item, 0, sizeof(*item));
    item->kind = kind;
    item->event = event;
    return item;
}

void explore_add_choice(struct choice choice)
{
    explorer.choices = room_for(explorer.choices, explorer.choice_count, &explorer.choice_room,
                                sizeof(*explorer.choices));
    explorer.choices[explorer.choice_count++] = choice;
}

struct item *explore_write_down(enum item_kind kind, event_id event, int count)
{
    if (explorer.scheduled || explorer.forced || count <= 0)
        return NULL;
    struct item *item = push(kind, event);
    item->stamp = graph_event(graph, event)->stamp;
    item->count = count;
    item->choices = room_copy(explorer.choices, (size_t)count * sizeof(*explorer.choices));
    return item;
}

uint64_t explore_random(void)
{
    explorer.random_state = explorer.random_state * 6364136223846793005u + 1442695040888963407u;
    return explorer.random_state >> 33;
}

void explore_begin(const struct explore_settings *given)
{
    explorer.settings = given ? *given : explorer.settings;
    first_run = true;
    turns_forget();
    explorer.scheduled = explorer.settings.random || explorer.settings.bounded;
    explorer.random_state = explorer.settings.seed * 2 + 1;
    graph_clear(graph);
}

static void pop(void)
{
    struct item *item = &explorer.items[--explorer.item_count];
    free(item->choices);
    if (item->kind == ITEM_RETURN)
        graph_fini(&item->saved);
}

void explore_end(void)
{
    while (explorer.item_count > 0)
        pop();
    free(explorer.items);
    free(explorer.choices);
    explorer.items = NULL, explorer.choices = NULL;
    explorer.item_room = explorer.choice_room = explorer.choice_count = 0;
    graph_fini(graph);
}

struct graph *explore_graph(void)
{
    return graph;
}

bool explore_is_scheduled(void)
{
    return explorer.scheduled;
}

void explore_let_wait(void)
{
    explorer.lets_wait = true;
}

bool explore_lets_wait(void)
{
    return explorer.lets_wait;
}

bool explore_is_symmetric(void)
{
    return explorer.scheduled && explorer.settings.symmetric;
}

void explore_read_latest(int thread, int reads)
{
    explorer.latest[thread] = reads;
}

bool explore_time_out(void)
{
    explorer.times_out = explorer.spurious_count < explorer.settings.spurious_max;
    return explorer.times_out;
}

static enum added add(int thread, const struct operation *operation)
{
    event_id id = event_name(thread, graph->threads[thread].count);
    if (operation->kind == EVENT_READ)
        return choose_read(thread, operation);
    if (operation->kind == EVENT_WRITE)
        return choose_write(thread, operation);
    struct event *event = graph_add(graph, thread, operation);
    event->value = operation->operand;
    if (operation->kind == EVENT_BEGIN || operation->kind == EVENT_JOIN)
        event->rf = (event_id)operation->operand;
    event_settle(graph, id);
    return ADDED;
}

enum added explore_add(int thread, const struct operation *operation)
{
    enum added added = add(thread, operation);
    if (explorer.scheduled && added == ADDED)
        turns_added(thread, operation->kind);
    return added;
}

enum added explore_add_forced(int thread, const struct operation *operation, int place, int way)
{
    struct choice choice = {.place = place, .way = way};
    explorer.forced = &choice;
    enum added added = explore_add(thread, operation);
    explorer.forced = NULL;
    return added;
}

/* Take up the latest item's next choice. Returns: whether there is a run to be made of it. */
static bool take_up(void)
{
    struct item *item = &explorer.items[explorer.item_count - 1];
    struct choice choice = item->choices[--item->count];
    event_id id = item->event;
    if (item->kind != ITEM_REVISIT) {
        graph_cut(graph, item->stamp);
        return choose_again(id, choice);
    }
    graph_cut(graph, item->stamp - 1);
    struct event write = item->write;
    struct item *back = push(ITEM_RETURN, id);
    graph_copy(graph, &back->saved);
    return revisit_take(choice, id, &write);
}

bool explore_next(void)
{
    if (!first_run && explorer.scheduled && !turns_next())
        return false;
    if (first_run || explorer.scheduled) {
        first_run = explorer.lets_wait = explorer.times_out = false;
        explorer.spurious_count = 0;
        memset(explorer.latest, 0, sizeof(explorer.latest));
        graph_clear(graph);
        turns_begin();
        return true;
    }
    while (explorer.item_count > 0) {
        struct item *item = &explorer.items[explorer.item_count - 1];
        if (item->kind == ITEM_RETURN) {
            struct graph old = *graph;
            *graph = item->saved;
            item->saved = old;
            pop();
        } else if (item->count == 0) {
            pop();
        } else if (take_up()) {
            explorer.spurious_count = revisit_count_spurious();
            return true;
        }
    }
    return false;
}

int explore_choices(void)
{
    int count = turns_untried();
    for (int index = 0; index < explorer.item_count; index++)
        count += explorer.items[index].count;
    return count;
}

void explore_keep_half(bool second)
{
    unsigned number = 0;
    turns_keep_half(second);
    for (int index = 0; index < explorer.item_count; index++) {
        struct item *item = &explorer.items[index];
        int kept = 0;
        for (int choice = 0; choice < item->count; choice++)
            if ((number++ % 2 == 1) == second)
                item->choices[kept++] = item->choices[choice];
        item->count = kept;
    }
}
