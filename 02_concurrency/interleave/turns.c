/* turns.c - searches by schedule: whose turn it is and what it reads is decided as the run goes, and nothing goes back.
 *
 * At random, each decision is thrown; under a bound, decisions are a path through a tree, and the next run takes the
 * path's latest decision that has another way. What costs is a switch away from a thread that could go on, a read of
 * what is not the latest, a write that is put behind another: the deviations from one thread after the other on memory
 * that is never late. So many of them, in all places, is how many programs fail that fail at all.
 */
#include "02_concurrency/interleave/explore_internal.h"
#include "02_concurrency/interleave/operation.h"
#include "02_concurrency/interleave/room.h"

static struct graph *const graph = &explorer.graph;

/* A decision of the path: which of its ways, of how many. */
struct decision {
    int at, count;
};
static struct decision *path;
static int path_count, path_room, path_at;
static int spent;
static bool was_cut;

/* Whose turn it is, until so many events are there. */
static int turn_thread, turn_events, last_thread;

/* Probabilistic concurrency testing: who goes first, and the steps after which that changes. */
static int priorities[GRAPH_THREADS_MAX];
enum { DEPTH_MAX = 16 };
static int changes[DEPTH_MAX], longest = 32, lowest;
static bool looks_back; /* the next read is one of an old value */

static int below(int count)
{
    return (int)(explore_random() % (unsigned)count);
}

void turns_forget(void)
{
    path_count = 0;
    was_cut = false;
}

void turns_begin(void)
{
    spent = path_at = lowest = 0;
    turn_events = turn_thread = last_thread = -1;
    looks_back = false;
    if (!explorer.settings.random)
        return;
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++) { /* a permutation */
        int other = below(thread + 1);
        priorities[thread] = priorities[other];
        priorities[other] = thread + 1;
    }
    for (int change = 0; change + 1 < explorer.settings.depth; change++)
        changes[change] = below(longest) + 1;
}

bool turns_next(void)
{
    longest = graph->event_count > longest ? graph->event_count : longest;
    if (explorer.settings.random)
        return true;
    while (path_count > 0 && path[path_count - 1].at + 1 >= path[path_count - 1].count)
        path_count--;
    if (path_count == 0)
        return false;
    path[path_count - 1].at++;
    return true;
}

bool explore_was_cut(void)
{
    return was_cut;
}

int turns_untried(void)
{
    int count = 0;
    for (int index = 0; index < path_count; index++)
        count += path[index].count - path[index].at - 1;
    return count;
}

/* At the first decision that has something left: the second half of that is the child's, and the rest is the parent's. */
void turns_keep_half(bool second)
{
    for (int index = 0; index < path_count; index++) {
        int left = path[index].count - path[index].at - 1;
        if (left == 0)
            continue;
        int middle = path[index].at + 1 + left / 2;
        if (second) {
            path[index].at = middle - 1;
            path_count = index + 1;
            for (int above = 0; above < index; above++)
                path[above].count = path[above].at + 1;
        } else {
            path[index].count = middle;
        }
        return;
    }
}

/* One of so many ways, of which the first free_count cost nothing. */
static int decide(int free_count, int count)
{
    if (explorer.settings.random)
        return below(count);
    if (spent >= explorer.settings.preemptions && count > free_count) {
        was_cut = true;
        count = free_count;
    }
    int chosen = 0;
    if (count > 1) {
        if (path_at == path_count) {
            path = room_for(path, path_count, &path_room, sizeof(*path));
            path[path_count++] = (struct decision){0, count};
        }
        chosen = path[path_at++].at;
    }
    spent += chosen >= free_count;
    return chosen;
}

/* ---- whose turn -------------------------------------------------------------------------------- */

static int first_by_priority(const struct able *able, int count)
{
    int first = 0;
    for (int index = 1; index < count; index++)
        if (priorities[able[index].thread] > priorities[able[first].thread])
            first = index;
    return able[first].thread;
}

static int choose_turn(struct able *able, int count)
{
    int last = -1;
    for (int index = 0; index < count; index++)
        if (able[index].thread == last_thread)
            last = index;
    /* What nobody else looks at is done at once: by the thread that goes, or, when that cannot, by any. */
    for (int index = 0; index < count; index++)
        if (able[index].goes_on && (last < 0 || index == last))
            return able[index].thread;
    if (explorer.settings.random && explorer.settings.depth > 0)
        return first_by_priority(able, count);
    if (last > 0) { /* it comes first, and costs nothing */
        struct able kept = able[last];
        able[last] = able[0];
        able[0] = kept;
    }
    return able[decide(last >= 0 ? 1 : count, count)].thread;
}

int explore_turn(struct able *able, int count)
{
    if (!explorer.scheduled)
        return able[0].thread;
    for (int index = 0; index < count; index++)
        if (able[index].thread == turn_thread && turn_events == graph->event_count)
            return turn_thread;
    turn_thread = choose_turn(able, count);
    turn_events = graph->event_count;
    return turn_thread;
}

void turns_added(int thread, enum event_kind kind)
{
    if (kind <= EVENT_WRITE || kind == EVENT_BEGIN)
        last_thread = thread;
    for (int change = 0; change + 1 < explorer.settings.depth; change++) {
        if (changes[change] != graph->event_count)
            continue;
        if (explorer.settings.model == MODEL_SC || below(2) == 0)
            priorities[thread] = --lowest;
        else
            looks_back = true;
    }
}

/* ---- what it does ------------------------------------------------------------------------------ */

/* The choices in the order: the latest first, then what else costs nothing, then the rest. Returns: how many are free. */
static int sort_choices(int latest)
{
    int free_count = 0;
    for (int index = explorer.choice_count - 1; index >= free_count;) {
        struct choice choice = explorer.choices[index];
        if (choice.place != latest) {
            index--;
            continue;
        }
        explorer.choices[index] = explorer.choices[free_count];
        explorer.choices[free_count++] = choice;
    }
    return free_count;
}

static int pick_by_depth(int free_count, bool wakes)
{
    if (looks_back && explorer.choice_count > 1) {
        looks_back = false;
        return below(explorer.choice_count);
    }
    /* What is for no reason is seldom; which waiter is woken is anybody's guess. */
    return free_count > 1 && (wakes || below(8) == 0) ? below(free_count) : 0;
}

void turns_pick(int latest, bool wakes)
{
    int free_count = sort_choices(latest), picked = 0;
    if (explorer.settings.random && explorer.settings.depth > 0)
        picked = pick_by_depth(free_count, wakes);
    else
        picked = decide(free_count > 0 ? free_count : 1, explorer.choice_count);
    struct choice choice = explorer.choices[picked];
    explorer.choices[picked] = explorer.choices[explorer.choice_count - 1];
    explorer.choices[explorer.choice_count - 1] = choice;
}
