/* machine.c - threads as contexts, and whose turn it is. What else the machine is made of is in machine_internal.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "02_concurrency/interleave/machine_internal.h"
#include "02_concurrency/interleave/program.h"
#include "02_concurrency/interleave/room.h"

enum { GUARD_BYTES = 4096, STEPS_MAX = 20000 };

struct machine machine;

static struct context scheduler;
static char *stacks;
static void (*main_function)(void *);
static void *main_argument;
static const char *script, *script_next; /* a schedule that is followed */

char *machine_stack(int thread)
{
    return stacks + (size_t)thread * (MACHINE_STACK_BYTES + GUARD_BYTES) + GUARD_BYTES;
}

void machine_begin(void (*program)(void *), void *argument, const char *schedule)
{
    size_t bytes = (size_t)GRAPH_THREADS_MAX * (MACHINE_STACK_BYTES + GUARD_BYTES);
    void *wish = (void *)(uintptr_t)0x610000000000; /* the same addresses each time, as in heap.c */
    stacks = mmap(wish, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (stacks == MAP_FAILED) {
        perror("interleave: the stacks");
        exit(2);
    }
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        mprotect(machine_stack(thread) - GUARD_BYTES, GUARD_BYTES, PROT_NONE);
    main_function = program;
    main_argument = argument;
    script = schedule;
}

const struct machine_failure *machine_failure(void)
{
    return &machine.failure;
}

bool machine_schedule_left(void)
{
    return script && (*script_next != '\0' || machine.order_count == 0);
}

uint64_t machine_operations(void)
{
    return machine.operation_count;
}

int machine_order(const event_id **out)
{
    *out = machine.order;
    return machine.order_count;
}

int machine_self(void)
{
    return machine.current;
}

void machine_enter(const void *frame, const void *code)
{
    machine_thread()->frame = frame;
    machine_thread()->code = code;
}

const void *machine_code(void)
{
    return machine_thread()->code;
}

/* ---- the ways to stop -------------------------------------------------------------------------- */

void machine_leave(void)
{
    context_switch(&machine_thread()->context, &scheduler);
}

_Noreturn void machine_leave_as(enum thread_state state)
{
    machine_thread()->state = state;
    for (;;)
        machine_leave();
}

_Noreturn static void stop(enum outcome why)
{
    machine.over = true;
    machine.outcome = why;
    machine_leave_as(machine_thread()->state);
}

/* Only this thread stops: what others write may let its reads read something else. */
void machine_give_up(void)
{
    machine_thread()->given_up = true;
    machine_leave_as(THREAD_WAITS);
}

static void note_failure(enum failure kind, int thread, const void *code, const char *format,
                         va_list arguments)
{
    machine.failure = (struct machine_failure){.kind = kind, .thread = thread, .code = code};
    vsnprintf(machine.failure.text, sizeof(machine.failure.text), format, arguments);
    machine.outcome = OUTCOME_FAILED;
}

void machine_note_failure(enum failure kind, int thread, const void *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note_failure(kind, thread, code, format, arguments);
    va_end(arguments);
}

_Noreturn void machine_fail(enum failure kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note_failure(kind, machine.current, machine_thread()->code, format, arguments);
    va_end(arguments);
    stop(OUTCOME_FAILED);
}

/* ---- whose turn it is -------------------------------------------------------------------------- */

static bool has_happened(event_id id)
{
    return id == GRAPH_INITIAL || machine.threads[event_thread(id)].next > event_place(id);
}

static bool can_go(int thread)
{
    const struct thread *who = &machine.threads[thread];
    return who->state == THREAD_GOES &&
           (who->joins == 0 || machine.threads[who->joins - 1].state == THREAD_ENDED) &&
           (who->parked == 0 || who->parked <= machine.write_count);
}

/* If the thread goes on, nobody can tell the difference from another one's going first: it begins, or does what
 * others do not look at, or is half through a read-modify-write. */
static bool goes_on(int thread)
{
    const struct thread *who = &machine.threads[thread];
    if (who->next == 0)
        return false;
    const struct event *last = &explore_graph()->threads[thread].events[who->next - 1];
    return last->operation.kind == EVENT_BEGIN || last->exclusive || who->pending > EVENT_WRITE;
}

/* The thread's next event is in the graph, and what it needs has happened. */
static bool can_follow(int thread)
{
    const struct graph_thread *events = &explore_graph()->threads[thread];
    const struct thread *who = &machine.threads[thread];
    return who->next < events->count && has_happened(events->events[who->next].rf) &&
           can_go(thread);
}

static bool is_followed(void)
{
    for (int thread = 0; thread < explore_graph()->thread_count; thread++)
        if (machine.threads[thread].next < explore_graph()->threads[thread].count)
            return false;
    return true;
}

/* At the script's end, whoever can go: it shows whether it went round in a loop. */
static int scripted_thread(void)
{
    for (int thread = 0; *script_next == '\0' && thread < GRAPH_THREADS_MAX; thread++)
        if (can_go(thread))
            return thread;
    int thread = *script_next - 'a';
    return thread >= 0 && thread < GRAPH_THREADS_MAX && can_go(thread) ? thread : -1;
}

/* Nobody can go on but, perhaps, those that wait for a write: none will come. Time passes; or they wait as events. */
static int free_parked(void)
{
    int first = -1;
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        if (machine.threads[thread].parked > 0 && machine.threads[thread].has_deadline &&
            explore_time_out()) {
            machine.threads[thread].parked = 0;
            return thread;
        }
    for (int thread = GRAPH_THREADS_MAX - 1; thread >= 0; thread--)
        if (machine.threads[thread].parked > 0 && machine.threads[thread].state == THREAD_GOES) {
            machine.threads[thread].parked = 0;
            first = thread;
        }
    explore_let_wait();
    return first;
}

/* Returns: the thread that is to take the next step, or -1: none can. */
static int next_thread(void)
{
    bool followed = is_followed();
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        if (can_follow(thread))
            return thread;
    if (!followed) { /* po and rf have no cycle: somebody can follow */
        fputs("interleave: its own fault: a graph that nobody can follow\n", stderr);
        abort();
    }
    if (script)
        return scripted_thread();
    struct able able[GRAPH_THREADS_MAX];
    int count = 0;
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        if (can_go(thread) && !(explore_is_scheduled() && machine_has_twin_ahead(thread)))
            able[count++] = (struct able){thread, explore_is_scheduled() && goes_on(thread)};
    return count > 0 ? explore_turn(able, count) : free_parked();
}

void machine_wait_for_turn(void)
{
    while (next_thread() != machine.current)
        machine_leave();
}

/* ---- a step ------------------------------------------------------------------------------------ */

/* A write is seen in memory unless one that stands behind it has happened. */
static void write_memory(event_id id, const struct event *event)
{
    const struct graph_location *co = &explore_graph()->locations[event->operation.location];
    for (int place = event->co; place < co->count; place++)
        if (co->writes[place] != id && has_happened(co->writes[place]))
            return;
    memcpy((void *)memory_address(event->operation.location), &event->value, event->operation.size);
}

static bool is_same(const struct operation *a, const struct operation *b)
{
    return a->kind == b->kind && a->code == b->code && a->update == b->update &&
           (a->kind > EVENT_WRITE || a->location == b->location);
}

static void note_order(event_id id)
{
    machine.order =
        room_for(machine.order, machine.order_count, &machine.order_room, sizeof(*machine.order));
    machine.order[machine.order_count++] = id;
}

bool machine_reads_latest(const struct event *event)
{
    const struct graph *graph = explore_graph();
    int place = event->rf == GRAPH_INITIAL ? 0 : graph_event(graph, event->rf)->co;
    return place + event->exclusive >= graph->locations[event->operation.location].count;
}

/* The event that the graph has for this operation happens. */
static struct event *happen(const struct operation *operation)
{
    struct thread *thread = machine_thread();
    event_id id = event_name(machine.current, thread->next);
    struct event *event = graph_event(explore_graph(), id);
    if (!is_same(&event->operation, operation))
        machine_fail(FAILURE_UNSTABLE,
                     "run again in the same order, the program did something else: does it read "
                     "the time, random numbers, or memory that nobody wrote?");
    event->operation.operand = operation->operand;
    event->operation.expected = operation->expected;
    if (operation->kind == EVENT_WRITE)
        event->value = operation->operand;
    explore_evaluate(event);
    thread->next++;
    machine.operation_count++;
    note_order(id);
    if (operation->kind == EVENT_WRITE)
        write_memory(id, event);
    machine.write_count += operation->kind == EVENT_WRITE;
    if (explore_waits(event))
        event->blocked = true;
    if (event->blocked)
        machine_leave_as(THREAD_WAITS);
    if (operation->kind == EVENT_READ && event->rf == GRAPH_INITIAL &&
        !memory_is_written(operation->location))
        machine_fail(FAILURE_MEMORY, "atomic read of memory that nobody wrote");
    return event;
}

/* Read the script's step: the thread's letter, then its choice if that is not the latest. */
static enum added add_scripted(const struct operation *operation)
{
    int place = -1, length = 0;
    script_next++;
    if (sscanf(script_next, "%d%n", &place, &length) != 1)
        place = -1, length = 0;
    script_next += length;
    int way = 0;
    if (sscanf(script_next, "!%d%n", &way, &length) == 1)
        script_next += length;
    return explore_add_forced(machine.current, operation, place, way);
}

/* Whether the thread reads, in the loop of that many events that it is in, something that is the latest. */
static bool looks_at_latest(int length, bool all)
{
    const struct graph *graph = explore_graph();
    const struct event *last = &graph->threads[machine.current].events[machine_thread()->next - 1];
    bool latest = false, old = false;
    for (int back = 0; back < length; back++)
        if (last[-back].operation.kind == EVENT_READ) {
            latest = latest || machine_reads_latest(&last[-back]);
            old = old || !machine_reads_latest(&last[-back]);
        }
    return latest && !(all && old);
}

/* The thread goes round in a loop of that many events. If all that it reads there is out of date, then no write to come
 * can let it go: the executions in which it reads something newer are found by choice. */
_Noreturn static void wait_in_loop(int length)
{
    struct event *last =
        &explore_graph()->threads[machine.current].events[machine_thread()->next - 1];
    last->blocked = true;
    last->loop = (uint16_t)length;
    if (!looks_at_latest(length, false))
        stop(OUTCOME_BLOCKED);
    machine_leave_as(THREAD_WAITS);
}

/* Until somebody writes. */
static void park(void)
{
    machine_thread()->parked = machine.write_count + 1;
}

/* The same in a search of schedules, where nothing is found by choice later: it goes round once more, and looks at the latest of
 * all that it reads; if it did so already, not before somebody has written. */
static void go_round(int length)
{
    if (explore_lets_wait())
        wait_in_loop(length);
    if (looks_at_latest(length, true))
        park();
    else
        explore_read_latest(machine.current, length);
}

/* Returns: whether it is added: not when its thread waits first. */
static bool add(const struct operation *operation)
{
    enum added added = script ? add_scripted(operation) : explore_add(machine.current, operation);
    if (added == ADDED_NONE)
        stop(OUTCOME_PRUNED);
    machine_thread()->has_deadline = operation->deadline;
    if (added == ADDED_WAITS)
        park();
    return added == ADDED;
}

struct event *machine_step(const struct operation *operation)
{
    struct thread *thread = machine_thread();
    bool round = false;
    thread->pending = operation->kind;
    for (;;) {
        machine_wait_for_turn();
        thread->parked = 0;
        const struct graph_thread *events = &explore_graph()->threads[machine.current];
        int again = operation->kind == EVENT_READ && !round
                        ? loop_length(&thread->loop, events, thread->next, operation)
                        : 0;
        if (thread->next < events->count)
            return happen(operation);
        if (machine.order_count >= STEPS_MAX)
            machine_fail(FAILURE_LIMIT, "more than %d steps: does a loop never end?", STEPS_MAX);
        round = again > 0;
        if (script && *script_next == '\0' && again == 0)
            thread->parked = INT_MAX;
        else if (script && *script_next == '\0')
            wait_in_loop(again);
        else if (again == 0 || script) /* a schedule says when to stop */
            add(operation);
        else if (explore_is_scheduled())
            go_round(again);
        else
            wait_in_loop(again);
    }
}

/* ---- a run ------------------------------------------------------------------------------------- */

static void *run_main(void *argument)
{
    main_function(argument);
    machine.main_returned = true;
    return NULL;
}

static void run_threads(void)
{
    for (int thread; !machine.over && (thread = next_thread()) >= 0;) {
        machine.current = thread;
        program_enter(thread);
        machine.runs = true;
        context_switch(&scheduler, &machine.threads[thread].context);
        machine.runs = false;
        program_leave(thread);
    }
}

static void forget(void)
{
    memset(machine.threads, 0, sizeof(machine.threads));
    machine.failure = (struct machine_failure){0};
    machine.order_count = 0;
    machine.over = machine.main_returned = false;
    machine.write_count = 0;
    script_next = script;
    memory_reset();
    machine_forget_guests();
    machine_forget_keys();
    machine_forget_locks();
    machine_forget_waiting();
    machine_forget_random();
    program_reset();
}

enum outcome machine_run(void)
{
    forget();
    machine_start(0, run_main, main_argument, GRAPH_INITIAL);
    if (sigsetjmp(machine.before_run, 1) == 0)
        run_threads();
    machine.runs = false;
    return machine.over ? machine.outcome : machine_judge();
}
