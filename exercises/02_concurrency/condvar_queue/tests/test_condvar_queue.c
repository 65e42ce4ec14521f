/* test_condvar_queue.c - the graded tests of 02_concurrency/condvar_queue: what the handout promises.
 *
 * In the plain build the threads are actors, of which one runs at a time (exercises/support/stage.h), and the
 * functions of pthreads are played (exercises/support/monitor.h): they wake for nothing, in any order, and the clock is
 * the test's. So each test gives the same verdict every time. The last test has threads that nobody directs.
 */
#include "condvar_queue.h"
#include "monitor.h"
#include "stage.h"
#include "subject.h"
#include "subject_door.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NEVER CONDVAR_QUEUE_NEVER
#define S     UINT64_C(1000000000)

/* ---- the queue, its memory, its items ---- */

enum { VALUES = 64, ACTIONS = 8, PLAYERS = 4 };

static struct allocator_tracking tracking;
static struct allocator_counting counting;
static struct allocator_failing failing;
static struct condvar_queue *queue;
static size_t capacity;
static int values[VALUES]; /* of each item, how often it went in without coming out */
static size_t values_used; /* by pushes that may yet succeed */
static bool is_closed;

static void prepare_memory(size_t allowed)
{
    allocator_tracking_init(&tracking, allocator_system());
    allocator_counting_init(&counting, &tracking.base);
    allocator_failing_init(&failing, &counting.base, allowed);
}

static struct condvar_queue *create(size_t wanted)
{
    return condvar_queue_create(subject_door(&failing.base), wanted);
}

static void make_queue(size_t wanted)
{
    monitor_open();
    prepare_memory(SIZE_MAX);
    memset(values, 0, sizeof(values));
    values_used = 0;
    is_closed = false;
    capacity = wanted;
    queue = create(wanted);
    expect_not_null(queue, "condvar_queue_create(allocator, %zu) makes a queue", wanted);
}

static void destroy_queue(void)
{
    struct allocator_fault fault;
    condvar_queue_destroy(queue);
    if (allocator_tracking_check(&tracking) > 0 && allocator_tracking_fault(&tracking, 0, &fault))
        subject_expect(false, SUBJECT_HERE, "no fault", allocator_fault_name(fault.kind),
                       "the queue uses only memory that it has from the allocator, and gives each "
                       "block back once, with the size and alignment that it was asked for with");
    expect_no_leak(allocator_counting_read(&counting).live_bytes,
                   "condvar_queue_destroy gives all memory back");
}

static int *new_value(void)
{
    return &values[values_used++ % VALUES];
}

static void expect_push(int *value, uint64_t deadline_ns, int wanted, const char *words)
{
    expect_int(condvar_queue_push(queue, value, deadline_ns), wanted, "condvar_queue_push %s",
               words);
}

/* wanted: NULL if it fails. */
static void expect_pop(uint64_t deadline_ns, int wanted_result, const int *wanted,
                       const char *words)
{
    int untouched;
    void *item = &untouched;
    int result = condvar_queue_pop(queue, &item, deadline_ns);
    expect_int(result, wanted_result, "condvar_queue_pop %s", words);
    if (wanted_result == 0)
        expect_pointer(item, wanted, "items come out in the order in which they went in");
    else
        expect_true(item == &untouched, "a condvar_queue_pop that fails leaves *item as it was");
}

/* ---- one thread ---- */

static void first_in_first_out(void)
{
    static const size_t capacities[] = {1, 2, 3, 8};
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        size_t in = 0, out = 0;
        make_queue(capacities[i]);
        for (int round = 0; round < 5; round++) {
            while (in - out < capacity) {
                expect_size(condvar_queue_count(queue), in - out, "items that are in are counted");
                expect_push(&values[in % VALUES], in % 2 ? 0 : NEVER, 0,
                            "of an item for which there is room gives 0");
                in++;
            }
            expect_push(&values[63], 0, -ETIMEDOUT, "to a full queue gives -ETIMEDOUT");
            expect_size(condvar_queue_count(queue), capacity, "a full queue has its capacity");
            for (size_t n = 0; n < (capacity + 1) / 2 || (round == 4 && out < in); n++, out++)
                expect_pop(n % 2 ? 0 : NEVER, 0, &values[out % VALUES], "of a queue with items");
        }
        expect_pop(0, -ETIMEDOUT, NULL, "from an empty queue gives -ETIMEDOUT");
        expect_push(NULL, 0, 0, "of NULL, which is an item like others, gives 0");
        expect_pop(0, 0, NULL, "of a queue with items");
        destroy_queue();
    }
    subject_done();
}

static void memory_is_given_back(void)
{
    struct condvar_queue *other;
    make_queue(5);
    size_t requests = allocator_counting_read(&counting).alloc_calls;
    for (int i = 0; i < 3; i++)
        expect_push(new_value(), 0, 0, "of an item for which there is room gives 0");
    other = create(2);
    expect_not_null(other, "there may be two queues");
    expect_int(condvar_queue_push(other, &values[9], 0), 0, "one queue knows nothing of another");
    condvar_queue_close(other);
    condvar_queue_destroy(other);
    expect_pop(0, 0, &values[0], "of a queue with items, after another was closed and destroyed");
    destroy_queue();
    expect_true(requests > 0, "the queue's memory comes from the allocator");
    for (size_t allowed = 0; allowed < requests; allowed++) {
        prepare_memory(allowed);
        expect_null(create(5),
                    "condvar_queue_create gives NULL when the allocator gives NULL for "
                    "request %zu",
                    allowed + 1);
        expect_no_leak(allocator_counting_read(&counting).live_bytes,
                       "condvar_queue_create that fails leaves nothing allocated");
    }
    prepare_memory(SIZE_MAX);
    static const size_t huge[] = {SIZE_MAX, SIZE_MAX / 8, SIZE_MAX / 8 + 1, SIZE_MAX / 8 - 1,
                                  SIZE_MAX / 16};
    for (size_t i = 0; i < sizeof(huge) / sizeof(huge[0]); i++)
        expect_null(create(huge[i]), "condvar_queue_create gives NULL for a capacity that is too "
                                     "large for memory, or to compute with");
    condvar_queue_destroy(NULL);
    subject_done();
}

static void closed_queue_is_drained(void)
{
    make_queue(4);
    for (int i = 0; i < 3; i++)
        expect_push(&values[i], 0, 0, "of an item for which there is room gives 0");
    condvar_queue_close(queue);
    expect_push(&values[3], 0, -EPIPE, "to a closed queue gives -EPIPE, though there is room");
    expect_push(&values[3], NEVER, -EPIPE, "to a closed queue gives -EPIPE, and does not wait");
    expect_size(condvar_queue_count(queue), 3, "what is in a closed queue is in it");
    for (int i = 0; i < 3; i++) {
        expect_pop(i % 2 ? 0 : NEVER, 0, &values[i], "of a closed queue with items gives them");
        condvar_queue_close(queue); /* again */
    }
    expect_pop(NEVER, -EPIPE, NULL,
               "from a closed and empty queue gives -EPIPE, and does not wait");
    expect_pop(0, -EPIPE, NULL, "from a closed and empty queue gives -EPIPE, not -ETIMEDOUT");
    destroy_queue();
    make_queue(1);
    expect_push(&values[0], 0, 0, "of an item for which there is room gives 0");
    condvar_queue_close(queue);
    expect_push(&values[1], 0, -EPIPE, "to a closed and full queue gives -EPIPE, not -ETIMEDOUT");
    destroy_queue();
    subject_done();
}

/* ---- players ---- */

/* What an actor does: '+' pushes, '-' pops, 'x' closes; one after the other, with one deadline. */
struct player {
    const char *actions;
    uint64_t deadline_ns;
    int results[ACTIONS];
    void *items[ACTIONS];
    size_t done;
};

static struct player players[PLAYERS]; /* each is the actor of that number */
static char story[400];

static void expect_known(const int *value)
{
    expect_true(value >= values && value < values + VALUES, "what is popped was pushed. So far: %s",
                story);
}

static void act(struct player *player, char action)
{
    size_t i = player->done;
    player->items[i] = action == '+' ? new_value() : NULL;
    if (action == 'x') {
        is_closed = true;
        condvar_queue_close(queue);
    } else if (action == '+') {
        int *value = player->items[i];
        player->results[i] = condvar_queue_push(queue, value, player->deadline_ns);
        *value += player->results[i] == 0;
    } else {
        player->results[i] = condvar_queue_pop(queue, &player->items[i], player->deadline_ns);
        if (player->results[i] != 0)
            return;
        expect_known(player->items[i]);
        *(int *)player->items[i] -= 1;
    }
}

static void play(void *argument)
{
    struct player *player = argument;
    for (const char *action = player->actions; *action; action++) {
        act(player, *action);
        player->done++;
    }
}

static char current(int player)
{
    return players[player].actions ? players[player].actions[players[player].done] : '\0';
}

static const char *action_in_words(char action)
{
    return action == '+' ? "push" : action == '-' ? "pop" : "close";
}

static void tell(const char *words)
{
    size_t length = strlen(story);
    snprintf(story + length, sizeof(story) - length, "%s%s", length ? ", " : "", words);
}

/* "B pops and pushes" */
static void tell_actions(int player, const char *actions)
{
    char words[100] = "";
    for (const char *at = actions; *at; at++)
        snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%s%s",
                 at > actions ? " and " : "", action_in_words(*at), *at == '+' ? "es" : "s");
    tell(subject_format("%c %s", 'A' + player, words));
}

static void start(int player, const char *actions, uint64_t deadline_ns, size_t steps)
{
    players[player] = (struct player){.actions = actions, .deadline_ns = deadline_ns};
    tell_actions(player, actions);
    stage_start(player, play, &players[player], steps);
    subject_expect(stage_state(player) != STAGE_SPINS, SUBJECT_HERE, "it returns or sleeps",
                   "1000 instructions, and it runs on", "nobody waits by running. So far: %s",
                   story);
}

static void stage_queue(size_t wanted, size_t filled)
{
    make_queue(wanted);
    memset(players, 0, sizeof(players));
    snprintf(story, sizeof(story), "the queue has room for %zu and holds %zu", wanted, filled);
    for (size_t i = 0; i < filled; i++)
        expect_push(&values[values_used++], 0, 0, "of an item for which there is room gives 0");
    for (size_t i = 0; i < filled; i++)
        values[i] = 1;
}

static void expect_asleep(int player)
{
    subject_expect(monitor_waits(player), SUBJECT_HERE, "it waits for the condition",
                   stage_state(player) == STAGE_DONE     ? "it has returned"
                   : stage_state(player) == STAGE_ASLEEP ? "it waits for the mutex"
                                                         : "it runs",
                   "who finds nothing to do waits until there is. So far: %s. Then %c, in its %s",
                   story, 'A' + player, action_in_words(current(player)));
}

static void expect_result(int player, size_t action, int wanted)
{
    expect_int(stage_state(player), STAGE_DONE, "so far: %s. Then %c is done", story, 'A' + player);
    expect_int(players[player].results[action], wanted, "so far: %s. What the %s of %c gives",
               story, action_in_words(players[player].actions[action]), 'A' + player);
}

/* Whoever can go on has gone on. */
static void expect_nobody_waits_in_vain(void)
{
    size_t count = condvar_queue_count(queue);
    for (int i = 0; i < PLAYERS; i++) {
        if (stage_state(i) != STAGE_ASLEEP)
            continue;
        char action = current(i);
        bool goes_on = is_closed || (action == '-' ? count > 0 : count < capacity);
        subject_expect(!goes_on && action != 'x', SUBJECT_HERE, "it goes on",
                       monitor_waits(i) ? "it waits for the condition" : "it waits for the mutex",
                       "so far: %s. Then %zu are in it%s, and %c is in its %s", story, count,
                       is_closed ? ", it is closed" : "", 'A' + i, action_in_words(action));
    }
}

/* Each item that went in came out once, or is in it. A last close lets all go home. */
static void end(void)
{
    void *item;
    expect_nobody_waits_in_vain();
    is_closed = true;
    condvar_queue_close(queue);
    stage_settle();
    tell("it is closed");
    expect_nobody_waits_in_vain();
    while (condvar_queue_pop(queue, &item, 0) == 0) {
        expect_known(item);
        *(int *)item -= 1;
    }
    for (size_t i = 0; i < values_used; i++)
        expect_int(values[i], 0, "each item comes out as often as it went in. So far: %s", story);
    destroy_queue();
}

/* ---- waiting ---- */

static void pop_waits_for_an_item(void)
{
    stage_queue(2, 0);
    start(0, "-", NEVER, STAGE_WATCHED);
    expect_asleep(0);
    start(1, "+", NEVER, STAGE_WATCHED);
    stage_join(1); /* a wake-up that does not come is a deadlock */
    stage_join(0);
    expect_result(0, 0, 0);
    expect_pointer(players[0].items[0], players[1].items[0], "what one pushes the other one pops");
    start(0, "-", 0, STAGE_WATCHED);
    stage_join(0);
    expect_result(0, 0, -ETIMEDOUT);
    start(1, "+-", NEVER, STAGE_WATCHED);
    stage_join(1);
    end();
    subject_done();
}

static void push_waits_for_room(void)
{
    stage_queue(2, 2);
    start(0, "+", NEVER, STAGE_WATCHED);
    expect_asleep(0);
    expect_size(condvar_queue_count(queue), 2, "a full queue has its capacity");
    start(1, "-", NEVER, STAGE_WATCHED);
    stage_join(1);
    stage_join(0);
    expect_result(0, 0, 0);
    expect_pointer(players[1].items[0], &values[0], "the first one in is the first one out");
    start(0, "+", 0, STAGE_WATCHED);
    stage_join(0);
    expect_result(0, 0, -ETIMEDOUT);
    start(1, "---", NEVER, STAGE_FREELY);
    expect_pointer(players[1].items[0], &values[1], "the first one in is the first one out");
    expect_pointer(players[1].items[1], &values[2], "the first one in is the first one out");
    expect_asleep(1);
    end();
    subject_done();
}

static void close_ends_all_waits(void)
{
    for (int way = 0; way < 2; way++) {
        const char *waits = way ? "+" : "-";
        stage_queue(2, way ? 2 : 0);
        for (int i = 0; i < 3; i++) {
            start(i, waits, i == 1 ? 1000 * S : NEVER, STAGE_WATCHED);
            expect_asleep(i);
        }
        start(3, "x", 0, STAGE_WATCHED);
        stage_join(3);
        for (int i = 0; i < 3; i++) {
            stage_join(i);
            expect_result(i, 0, -EPIPE);
        }
        if (!way)
            expect_true(!players[0].items[0],
                        "a condvar_queue_pop that fails leaves *item as it was");
        expect_size(condvar_queue_count(queue), way ? 2 : 0,
                    "who waits for room in a queue that is closed puts nothing in");
        for (int i = 0; way && i < 2; i++)
            expect_pop(NEVER, 0, &values[i], "of a closed queue with items gives them");
        expect_pop(NEVER, -EPIPE, NULL, "from a closed and empty queue gives -EPIPE");
        destroy_queue();
    }
    subject_done();
}

static void wake_for_nothing(int player)
{
    for (int i = 0; i < 3; i++) {
        monitor_wake_for_nothing(player);
        stage_settle();
        tell(subject_format("%c is woken for nothing", 'A' + player));
        expect_asleep(player);
    }
}

/* Two wait, and C's second action is one more of the same; there is enough for one of the three. Whose turn it is, is
 * not said. */
static void expect_one_served(size_t second)
{
    int served = 0;
    for (int i = 0; i < 3; i++) {
        bool is_done = players[i].done > (i == 2 ? second : 0);
        if (!is_done)
            expect_asleep(i);
        served += is_done;
    }
    expect_int(served, 1, "so far: %s. Of the three who want the same, so many had it", story);
}

static void woken_looks_again(void)
{
    stage_queue(1, 0);
    start(0, "-", NEVER, STAGE_WATCHED);
    start(1, "-", 1000 * S, STAGE_WATCHED);
    wake_for_nothing(0);
    wake_for_nothing(1);
    start(2, "+-", NEVER, STAGE_FREELY); /* who was woken comes too late, or was given the item */
    expect_one_served(1);
    start(3, "++", NEVER, STAGE_FREELY);
    end();

    stage_queue(1, 1);
    start(0, "+", NEVER, STAGE_WATCHED);
    start(1, "+", 1000 * S, STAGE_WATCHED);
    wake_for_nothing(0);
    wake_for_nothing(1);
    start(2, "-+", NEVER, STAGE_FREELY);
    expect_one_served(1);
    end();
    subject_done();
}

/* Nobody could stop the others' running if they waited by it. */
static void expect_sleep(void)
{
    stage_queue(1, 0);
    start(0, "-", NEVER, STAGE_WATCHED);
    expect_asleep(0);
    start(1, "+++", NEVER, STAGE_WATCHED);
    expect_asleep(1);
    end();
}

/* Three at once, before any of those who were woken runs. */
static void every_waiter_is_woken(void)
{
    expect_sleep();
    for (int newest = 0; newest < 2; newest++) {
        stage_queue(4, 0);
        stage_find_newest(newest);
        for (int i = 0; i < 3; i++)
            start(i, "-", NEVER, STAGE_FREELY);
        start(3, "+++", NEVER, STAGE_FREELY);
        for (int i = 0; i < 3; i++)
            expect_result(i, 0, 0);
        end();

        stage_queue(3, 3);
        stage_find_newest(newest);
        for (int i = 0; i < 3; i++)
            start(i, "+", NEVER, STAGE_FREELY);
        start(3, "---", NEVER, STAGE_FREELY);
        for (int i = 0; i < 3; i++)
            expect_result(i, 0, 0);
        end();
    }
    subject_done();
}

/* Some wait for room and others for items: each is told of what it waits for. */
static void the_right_one_is_woken(void)
{
    expect_sleep();
    for (int newest = 0; newest < 2; newest++) {
        stage_queue(1, 1);
        stage_find_newest(newest);
        start(0, "+", NEVER, STAGE_FREELY);
        start(1, "+", NEVER, STAGE_FREELY);
        start(2, "--", NEVER, STAGE_FREELY); /* it waits itself, before those whom it woke run */
        expect_result(2, 1, 0);
        end();

        stage_queue(1, 0);
        stage_find_newest(newest);
        start(0, "-", NEVER, STAGE_FREELY);
        start(1, "-", NEVER, STAGE_FREELY);
        start(2, "++", NEVER, STAGE_FREELY);
        expect_result(2, 1, 0);
        end();
    }
    subject_done();
}

/* ---- deadlines ---- */

static void pass_time(uint64_t now_ns)
{
    monitor_set_time(now_ns);
    stage_settle();
    tell(subject_format("%llu ns have passed", (unsigned long long)now_ns));
}

/* Both wait, and give up at that moment and not before. */
static void give_up_at(uint64_t deadline_ns)
{
    for (int way = 0; way < 2; way++) {
        stage_queue(1, way ? 1 : 0);
        start(0, way ? "+" : "-", deadline_ns, STAGE_WATCHED);
        expect_asleep(0);
        start(1, way ? "+" : "-", NEVER, STAGE_WATCHED);
        pass_time(deadline_ns / 2);
        expect_asleep(0);
        monitor_wake_for_nothing(0);
        stage_settle();
        pass_time(deadline_ns - 1);
        expect_asleep(0);
        pass_time(deadline_ns);
        expect_result(0, 0, -ETIMEDOUT);
        pass_time(deadline_ns + UINT64_C(100) * 365 * 86400 * S);
        expect_asleep(1);
        expect_size(condvar_queue_count(queue), way ? 1 : 0,
                    "a wait that ended at its deadline changes nothing");
        start(2, way ? "-" : "+", 1, STAGE_WATCHED); /* passed, and nothing to wait for */
        expect_result(2, 0, 0);
        expect_result(1, 0, 0);
        end();
    }
}

/* The deadline passes, and before the thread runs again there is what it waited for. Both answers are right, if what is in
 * the queue goes with them. */
static void at_the_same_moment(void)
{
    for (int way = 0; way < 2; way++) {
        int *value;
        void *item;
        stage_queue(1, way ? 1 : 0);
        start(0, way ? "+" : "-", 8 * S, STAGE_WATCHED);
        start(1, way ? "+" : "-", NEVER, STAGE_WATCHED);
        monitor_set_time(8 * S);
        if (way) {
            expect_int(condvar_queue_pop(queue, &item, 0), 0, "a full queue has an item");
            expect_known(item);
            *(int *)item -= 1;
        } else {
            expect_push(value = new_value(), 0, 0, "of an item for which there is room gives 0");
            *value = 1;
        }
        tell("A's deadline passes, and at the same moment there is what it waits for");
        stage_settle();
        expect_int(stage_state(0), STAGE_DONE, "so far: %s. Then A is done", story);
        end();
    }
}

static void deadlines_are_kept(void)
{
    give_up_at(1000);
    give_up_at(4 * S - 1);
    give_up_at(4 * S);
    give_up_at(90000 * S + 5);
    stage_queue(1, 0);
    monitor_set_time(7 * S);
    start(0, "-", 6 * S, STAGE_WATCHED);
    expect_result(0, 0, -ETIMEDOUT);
    end();
    at_the_same_moment();
    subject_done();
}

/* ---- an operation that is stopped at each of its instructions ---- */

struct scene {
    size_t room, filled;
    const char *script; /* "B- !+ C-": B pops, A's push is stopped, C pops, A goes on */
};

static bool perform(const struct scene *scene, size_t steps)
{
    static char actions[PLAYERS][2];
    stage_queue(scene->room, scene->filled);
    for (const char *at = scene->script; *at; at += at[2] ? 3 : 2) {
        int player = at[0] == '!' ? 0 : at[0] - 'A';
        if (stage_state(player) != STAGE_DONE)
            continue;
        actions[player][0] = at[1];
        if (at[0] == '!')
            tell(subject_format("A is stopped after %zu instructions in what comes next", steps));
        start(player, actions[player], NEVER, at[0] == '!' ? steps : STAGE_FREELY);
    }
    while (stage_state(0) == STAGE_STOPPED)
        stage_go_on(0);
    tell("A goes on");
    expect_nobody_waits_in_vain();
    is_closed = true;
    start(3, "x", NEVER, STAGE_FREELY);
    while (stage_state(0) == STAGE_STOPPED)
        stage_go_on(0); /* it had slept */
    bool was_stopped = stage_was_stopped(0);
    end();
    return was_stopped;
}

static void stopped_anywhere(void)
{
    static const struct scene scenes[] = {
        {1, 0, "!- B+"}, {1, 1, "!+ B-"}, {1, 0, "B- !+ C-"}, {1, 1, "B+ !- C+"},
        {1, 0, "!- Bx"}, {1, 1, "!+ Bx"}, {1, 0, "B- !x C+"},
    };
    expect_sleep();
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        stage_begin_series();
        for (size_t steps = 0; perform(&scenes[i], steps); steps += steps < 50 ? 1 : 1 + steps / 25)
            ;
    }
    subject_done();
}

/* ---- threads that nobody directs ---- */

enum { PRODUCERS = 2, CONSUMERS = 2, EACH = 400 };

static int numbers[PRODUCERS][EACH];

struct worker {
    int (*item)[EACH];
    size_t wrong, taken;
};

/* Sometimes soon, so that deadlines pass; sometimes at once. */
static uint64_t some_deadline(size_t turn)
{
    struct timespec now;
    if (turn % 8 == 4)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return turn % 8 ? NEVER : (uint64_t)now.tv_sec * S + (uint64_t)now.tv_nsec + 20000;
}

static void *produce(void *argument)
{
    struct worker *worker = argument;
    for (size_t i = 0; i < EACH; i++) {
        int result;
        (*worker->item)[i] = (int)i + 1;
        for (size_t turn = i; (result = condvar_queue_push(queue, &(*worker->item)[i],
                                                           some_deadline(turn))) == -ETIMEDOUT;)
            turn++;
        worker->wrong += result != 0;
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct worker *worker = argument;
    for (size_t turn = 0;; turn++) {
        void *item = NULL;
        int result = condvar_queue_pop(queue, &item, some_deadline(turn));
        if (result == -ETIMEDOUT)
            continue;
        if (result != 0)
            break;
        worker->taken += (size_t)(*(int *)item > 0);
        *(int *)item = -1;
    }
    return NULL;
}

static void threads_overlap(void)
{
    static struct worker workers[PRODUCERS + CONSUMERS];
    pthread_t threads[PRODUCERS + CONSUMERS];
    size_t taken = 0;
    expect_true(!monitor_is_played(), "threads that nobody directs have the C library's pthreads: "
                                      "this test is for the thread sanitizer's build");
    make_queue(3);
    expect_push(&values[0], 0, 0, "of an item for which there is room gives 0");
    expect_pop(0, 0, &values[0], "of a queue with items");
    for (size_t i = 0; i < PRODUCERS + CONSUMERS; i++) {
        workers[i] = (struct worker){.item = i < PRODUCERS ? &numbers[i] : NULL};
        expect_int(
            pthread_create(&threads[i], NULL, i < PRODUCERS ? produce : consume, &workers[i]), 0,
            "a thread starts");
    }
    for (int i = 0; i < 100; i++) {
        expect_at_most(condvar_queue_count(queue), 3, "there are never more than the capacity");
        sched_yield();
    }
    for (size_t i = 0; i < PRODUCERS + CONSUMERS; i++) {
        if (i == PRODUCERS)
            condvar_queue_close(queue);
        pthread_join(threads[i], NULL);
        expect_size(workers[i].wrong, 0, "every push to an open queue succeeds in the end");
        taken += workers[i].taken;
    }
    expect_size(taken, PRODUCERS * EACH, "every item that was pushed is popped once");
    destroy_queue();
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"first_in_first_out", first_in_first_out},
    {"memory_is_given_back", memory_is_given_back},
    {"closed_queue_is_drained", closed_queue_is_drained},
    {"pop_waits_for_an_item", pop_waits_for_an_item},
    {"push_waits_for_room", push_waits_for_room},
    {"close_ends_all_waits", close_ends_all_waits},
    {"woken_looks_again", woken_looks_again},
    {"every_waiter_is_woken", every_waiter_is_woken},
    {"the_right_one_is_woken", the_right_one_is_woken},
    {"deadlines_are_kept", deadlines_are_kept},
    {"stopped_anywhere", stopped_anywhere},
    {"threads_overlap", threads_overlap},
    {NULL, NULL},
};
