/* machine.c - threads as contexts, and whose turn it is. What a loop that waits looks like is in loop.c. */
#include "02_concurrency/interleave/machine.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "02_concurrency/interleave/loop.h"
#include "02_concurrency/interleave/program.h"
#include "02_concurrency/interleave/room.h"
#include "07_unsafe/context.h"

enum { STACK_BYTES = 256 << 10, GUARD_BYTES = 4096, STEPS_MAX = 20000 };

enum thread_state { THREAD_NONE, THREAD_GOES, THREAD_WAITS, THREAD_ENDED };

struct thread {
    struct context context;
    enum thread_state state;
    int next; /* how many of its events have happened */
    void *(*entry)(void *);
    void *argument, *result;
    event_id creation; /* its own, by another thread */
    int joins;         /* the thread that it waits for, plus 1 */
    struct loop loop;
    const void *code, *frame;
    bool wrote;    /* its last compare-and-exchange */
    bool given_up; /* its assumption does not hold */
};

static struct thread threads[GRAPH_THREADS_MAX];
static struct context scheduler;
static char *stacks;
static int current;
static enum outcome outcome;
static bool over, main_returned;
static sigjmp_buf before_run;
static struct machine_failure failure;
static void (*main_function)(void *);
static void *main_argument;

static const char *script, *script_next; /* a schedule that is followed */
static event_id *order;
static int order_count, order_room;
static uint64_t operation_count;

static char *stack_of(int thread)
{
    return stacks + (size_t)thread * (STACK_BYTES + GUARD_BYTES) + GUARD_BYTES;
}

void machine_begin(void (*program)(void *), void *argument, const char *schedule)
{
    size_t bytes = (size_t)GRAPH_THREADS_MAX * (STACK_BYTES + GUARD_BYTES);
    void *wish = (void *)(uintptr_t)0x610000000000; /* the same addresses each time, as in heap.c */
    stacks = mmap(wish, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (stacks == MAP_FAILED) {
        perror("interleave: the stacks");
        exit(2);
    }
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        mprotect(stack_of(thread) - GUARD_BYTES, GUARD_BYTES, PROT_NONE);
    main_function = program;
    main_argument = argument;
    script = schedule;
}

const struct machine_failure *machine_failure(void)
{
    return &failure;
}

bool machine_schedule_left(void)
{
    return script && (*script_next != '\0' || order_count == 0);
}

uint64_t machine_operations(void)
{
    return operation_count;
}

int machine_order(const event_id **out)
{
    *out = order;
    return order_count;
}

int machine_self(void)
{
    return current;
}

void machine_enter(const void *frame, const void *code)
{
    threads[current].frame = frame;
    threads[current].code = code;
}

/* ---- whose turn it is -------------------------------------------------------------------------- */

/* Returns: when it is this thread's turn again. */
static void leave(void)
{
    context_switch(&threads[current].context, &scheduler);
}

_Noreturn static void leave_as(enum thread_state state)
{
    threads[current].state = state;
    for (;;)
        leave();
}

_Noreturn static void stop(enum outcome why)
{
    over = true;
    outcome = why;
    leave_as(threads[current].state);
}

/* Only this thread stops: what others write may let its reads read something else. */
void machine_give_up(void)
{
    threads[current].given_up = true;
    leave_as(THREAD_WAITS);
}

_Noreturn void machine_fail(enum failure kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    failure.kind = kind;
    failure.thread = current;
    failure.code = threads[current].code;
    vsnprintf(failure.text, sizeof(failure.text), format, arguments);
    va_end(arguments);
    stop(OUTCOME_FAILED);
}

static bool has_happened(event_id id)
{
    return id == GRAPH_INITIAL || threads[event_thread(id)].next > event_place(id);
}

static bool can_go(int thread)
{
    const struct thread *who = &threads[thread];
    return who->state == THREAD_GOES &&
           (who->joins == 0 || threads[who->joins - 1].state == THREAD_ENDED);
}

/* The thread's next event is in the graph, and what it needs has happened. */
static bool can_follow(int thread)
{
    const struct graph_thread *events = &explore_graph()->threads[thread];
    const struct thread *who = &threads[thread];
    return who->next < events->count && has_happened(events->events[who->next].rf) &&
           can_go(thread);
}

static bool is_followed(void)
{
    for (int thread = 0; thread < explore_graph()->thread_count; thread++)
        if (threads[thread].next < explore_graph()->threads[thread].count)
            return false;
    return true;
}

static int scripted_thread(void)
{
    int thread = *script_next - 'a';
    return thread >= 0 && thread < GRAPH_THREADS_MAX && can_go(thread) ? thread : -1;
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
    int able[GRAPH_THREADS_MAX], count = 0;
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        if (can_go(thread))
            able[count++] = thread;
    return count > 0 ? able[explore_turn(count)] : -1;
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
    order = room_for(order, order_count, &order_room, sizeof(*order));
    order[order_count++] = id;
}

/* Nothing is newer than what this event read, but for its own write. */
static bool reads_latest(const struct event *event)
{
    const struct graph *graph = explore_graph();
    int place = event->rf == GRAPH_INITIAL ? 0 : graph_event(graph, event->rf)->co;
    return place + event->exclusive >= graph->locations[event->operation.location].count;
}

/* The event that the graph has for this operation happens. */
static struct event *happen(const struct operation *operation)
{
    struct thread *thread = &threads[current];
    event_id id = event_name(current, thread->next);
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
    operation_count++;
    note_order(id);
    if (operation->kind == EVENT_WRITE)
        write_memory(id, event);
    if (explore_waits(event))
        event->blocked = true;
    if (event->blocked)
        leave_as(THREAD_WAITS);
    if (operation->kind == EVENT_READ && event->rf == GRAPH_INITIAL &&
        !memory_is_written(operation->location))
        machine_fail(FAILURE_MEMORY, "atomic read of memory that nobody wrote");
    return event;
}

/* Read the script's step: the thread's letter, then its choice if that is not the latest. */
static bool add_scripted(const struct operation *operation)
{
    int place = -1, length = 0;
    script_next++;
    if (sscanf(script_next, "%d%n", &place, &length) != 1)
        place = -1, length = 0;
    script_next += length;
    bool spurious = *script_next == '!';
    script_next += spurious;
    return explore_add_forced(current, operation, place, spurious);
}

/* The thread goes round in a loop of that many events. If all that it reads there is out of date, then no write to come
 * can let it go: the executions in which it reads something newer are found by choice. */
static void wait_in_loop(int length)
{
    const struct graph *graph = explore_graph();
    struct event *last = &graph->threads[current].events[threads[current].next - 1];
    bool latest = false;
    last->blocked = true;
    last->loop = (uint16_t)length;
    for (int back = 0; back < length; back++) {
        const struct event *event = last - back;
        if (event->operation.kind == EVENT_READ)
            latest = latest || reads_latest(event);
    }
    if (!latest)
        stop(OUTCOME_BLOCKED);
    leave_as(THREAD_WAITS);
}

static struct event *step(const struct operation *operation)
{
    struct thread *thread = &threads[current];
    for (;;) {
        while (next_thread() != current)
            leave();
        const struct graph_thread *events = &explore_graph()->threads[current];
        int again = operation->kind == EVENT_READ
                        ? loop_length(&thread->loop, events, thread->next, operation)
                        : 0;
        if (thread->next < events->count)
            return happen(operation);
        if (again > 0)
            wait_in_loop(again);
        if (order_count >= STEPS_MAX)
            machine_fail(FAILURE_LIMIT, "more than %d steps: does a loop never end?", STEPS_MAX);
        if (script ? !add_scripted(operation) : !explore_add(current, operation))
            stop(OUTCOME_PRUNED);
    }
}

/* ---- sites: what the program asks for, and what it is given ------------------------------------- */

enum { SITES_MAX = 512 };
static struct machine_site sites[SITES_MAX];
static int site_count, site_index[SITES_MAX]; /* a hash table of them: number + 1 */
static const void *weakened;
static int weakened_order;

int machine_sites(const struct machine_site **out)
{
    *out = sites;
    return site_count;
}

void machine_weaken(const void *code, int weaker)
{
    weakened = code;
    weakened_order = weaker;
}

/* Note the operation's place. Returns: the order that it is given. */
static uint8_t order_at_site(const struct operation *operation)
{
    if (operation->code == weakened)
        return (uint8_t)weakened_order;
    unsigned index = (unsigned)((uintptr_t)operation->code * 0x9e3779b1u >> 7) % SITES_MAX;
    for (unsigned tries = 0; tries < SITES_MAX; tries++, index = (index + 1) % SITES_MAX) {
        if (site_index[index] == 0 && site_count < SITES_MAX) {
            sites[site_count++] =
                (struct machine_site){operation->code, operation->label, operation->kind,
                                      operation->update != UPDATE_NONE, operation->order};
            site_index[index] = site_count;
        }
        if (site_index[index] > 0 && sites[site_index[index] - 1].code == operation->code)
            break;
    }
    return operation->order;
}

/* ---- operations -------------------------------------------------------------------------------- */

static const struct clock *own_clock(void)
{
    static const struct clock none;
    const struct thread *thread = &threads[current];
    if (thread->next == 0)
        return &none;
    return &explore_graph()->threads[current].events[thread->next - 1].hb;
}

static struct toucher toucher(void)
{
    const struct thread *thread = &threads[current];
    return (struct toucher){
        .thread = current, .events = thread->next, .hb = own_clock(), .code = thread->code};
}

static void check(enum memory_fault fault)
{
    if (fault != MEMORY_FINE)
        machine_fail(FAILURE_MEMORY, "memory");
}

static graph_value updated(const struct operation *operation, graph_value value)
{
    graph_value operand = operation->operand;
    switch (operation->update) {
    case UPDATE_ADD:
        return value + operand;
    case UPDATE_SUB:
        return value - operand;
    case UPDATE_AND:
        return value & operand;
    case UPDATE_OR:
        return value | operand;
    case UPDATE_XOR:
        return value ^ operand;
    case UPDATE_NAND:
        return ~(value & operand);
    case UPDATE_TAKE:
    case UPDATE_TRY_TAKE:
        return value - 1;
    case UPDATE_SHARE:
        return value + 1;
    case UPDATE_WAKE:
        for (; operand > 0 && value != 0; operand--)
            value &= value - 1;
        return value;
    default:
        return operand;
    }
}

static graph_value cut(graph_value value, int size)
{
    return size == 16 ? value : value & (((graph_value)1 << 8 * size) - 1);
}

/* An atomic access of a thread-local variable: nobody else can see it. */
static graph_value access_local(const struct operation *operation, uintptr_t address)
{
    graph_value value = 0, new = operation->operand;
    memcpy(&value, (const void *)address, operation->size);
    threads[current].wrote = false;
    if (operation->update == UPDATE_COMPARE && value != operation->expected)
        return value;
    if (operation->update != UPDATE_NONE)
        new = updated(operation, value);
    threads[current].wrote = operation->kind == EVENT_WRITE || operation->update != UPDATE_NONE;
    if (threads[current].wrote) {
        loop_write(&threads[current].loop, (const void *)address, operation->size);
        memcpy((void *)address, &new, operation->size);
    }
    return value;
}

graph_value machine_access(struct operation operation, uintptr_t address)
{
    struct toucher who = toucher();
    bool writes = operation.kind == EVENT_WRITE;
    operation.code = threads[current].code;
    operation.operand = cut(operation.operand, operation.size);
    operation.expected = cut(operation.expected, operation.size);
    operation.order = order_at_site(&operation);
    operation.success_order = operation.order;
    if (program_is_local(address))
        return access_local(&operation, address);
    if (address % operation.size != 0)
        machine_fail(FAILURE_ABORT,
                     "an atomic access of %d bytes at an address that is no multiple of it",
                     operation.size);
    loop_note(&threads[current].loop, threads[current].frame, stack_of(current) + STACK_BYTES);
    check(memory_touch_atomic(&who, address, operation.size, writes, &operation.location));
    const struct event *event = step(&operation);
    graph_value value = event->value;
    threads[current].wrote = event->exclusive;
    if (!event->exclusive)
        return value;
    who = toucher();
    check(memory_touch_atomic(&who, address, operation.size, true, &operation.location));
    operation.kind = EVENT_WRITE;
    operation.order = operation.success_order;
    operation.operand = cut(updated(&operation, value), operation.size);
    step(&operation);
    return value;
}

bool machine_wrote(void)
{
    return threads[current].wrote;
}

bool machine_was_spurious(void)
{
    const struct thread *thread = &threads[current];
    return explore_graph()->threads[current].events[thread->next - 1].spurious;
}

void machine_fence(int order_given)
{
    struct operation fence = {.kind = EVENT_FENCE,
                              .order = (uint8_t)order_given,
                              .label = "fence",
                              .code = threads[current].code};
    fence.order = order_at_site(&fence);
    if (fence.order != __ATOMIC_RELAXED)
        step(&fence);
}

void machine_touch(uintptr_t address, size_t size, bool writes)
{
    struct toucher who = toucher();
    uintptr_t stack = (uintptr_t)stack_of(current);
    if (writes && (address < stack || address >= stack + STACK_BYTES))
        loop_write(&threads[current].loop, (const void *)address, size);
    if (program_is_local(address))
        return;
    check(memory_touch(&who, address, size, writes));
}

void *machine_allocate(size_t size, size_t align, bool zero)
{
    struct toucher who = toucher();
    loop_change(&threads[current].loop);
    return memory_allocate(&who, size, align, zero);
}

void machine_free(void *block)
{
    struct toucher who = toucher();
    loop_change(&threads[current].loop);
    enum memory_fault fault = block ? memory_free(&who, block) : MEMORY_FINE;
    if (fault == MEMORY_DOUBLE_FREE)
        machine_fail(FAILURE_MEMORY, "a block is freed twice");
    if (fault == MEMORY_FOREIGN_FREE)
        machine_fail(FAILURE_MEMORY, "what is freed was not allocated");
    check(fault);
}

/* ---- threads ----------------------------------------------------------------------------------- */

static void begin_thread(void *argument)
{
    struct thread *thread = argument;
    struct operation begin = {
        .kind = EVENT_BEGIN, .label = "begin", .operand = (graph_value)thread->creation};
    step(&begin);
    machine_exit(thread->entry(thread->argument));
}

_Noreturn void machine_exit(void *result)
{
    struct operation end = {.kind = EVENT_END, .label = "end"};
    machine_destroy_specific();
    threads[current].result = result;
    step(&end);
    leave_as(THREAD_ENDED);
}

static void start(int thread, void *(*entry)(void *), void *argument, event_id creation)
{
    struct thread *made = &threads[thread];
    memset(made, 0, sizeof(*made));
    made->state = THREAD_GOES;
    made->entry = entry;
    made->argument = argument;
    made->creation = creation;
    context_init(&made->context, stack_of(thread), STACK_BYTES, begin_thread, made);
}

/* The graph's number for it, or the lowest that is free. */
static int thread_to_make(void)
{
    const struct thread *thread = &threads[current];
    const struct graph_thread *events = &explore_graph()->threads[current];
    if (thread->next < events->count)
        return (int)events->events[thread->next].value;
    for (int free_one = 0; free_one < GRAPH_THREADS_MAX; free_one++)
        if (threads[free_one].state == THREAD_NONE)
            return free_one;
    machine_fail(FAILURE_LIMIT, "more than %d threads", GRAPH_THREADS_MAX);
}

int machine_create(void *(*entry)(void *), void *argument)
{
    while (next_thread() != current)
        leave(); /* until then the graph's other threads take their numbers */
    struct operation create = {
        .kind = EVENT_CREATE, .label = "create", .code = threads[current].code};
    create.operand = (graph_value)thread_to_make();
    const struct event *event = step(&create);
    int made = (int)event->value;
    start(made, entry, argument, event_name(current, threads[current].next - 1));
    return made;
}

void *machine_join(int thread)
{
    struct operation join = {.kind = EVENT_JOIN, .label = "join", .code = threads[current].code};
    threads[current].joins = thread + 1;
    while (threads[thread].state != THREAD_ENDED)
        leave();
    threads[current].joins = 0;
    join.operand = (graph_value)event_name(thread, threads[thread].next - 1);
    step(&join);
    return threads[thread].result;
}

/* ---- what does not come back to us ------------------------------------------------------------- */

enum { SIGNAL_STACK_BYTES = 64 << 10, WATCH_SECONDS = 2 };

static uint64_t operations_seen;
static bool runs; /* a thread of the program has the processor */

/* We are on a stack of our own, and the thread that crashed is left where it is: it is never gone on with. */
static void on_signal(int number)
{
    if (number == SIGPROF && (!runs || operation_count != operations_seen)) {
        operations_seen = operation_count;
        return;
    }
    if (!runs) { /* the fault is ours */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    failure.kind = number == SIGPROF ? FAILURE_ENDLESS : FAILURE_SIGNAL;
    failure.thread = current;
    failure.code = threads[current].code;
    if (number == SIGPROF)
        snprintf(failure.text, sizeof(failure.text),
                 "the thread goes on without an operation that others can see");
    else
        snprintf(
            failure.text, sizeof(failure.text), "the thread is ended by signal %d (%s)", number,
            number == SIGSEGV ? "a bad address, or more stack than there is" : strsignal(number));
    over = true;
    outcome = OUTCOME_FAILED;
    siglongjmp(before_run, 1);
}

void machine_watch(void)
{
    static char stack[SIGNAL_STACK_BYTES];
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_RESTART};
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGPROF};
    sigaltstack(&own, NULL);
    for (size_t index = 0; index < sizeof(numbers) / sizeof(*numbers); index++)
        sigaction(numbers[index], &action, NULL);
    /* Of processor time: a machine that is busy with others does not look like a program that hangs. */
    const struct itimerval period = {{WATCH_SECONDS, 0}, {WATCH_SECONDS, 0}};
    setitimer(ITIMER_PROF, &period, NULL);
}

/* ---- a run ------------------------------------------------------------------------------------- */

static void *run_main(void *argument)
{
    main_function(argument);
    main_returned = true;
    return NULL;
}

/* What a waiting thread waits for is the latest there is: nobody will bring anything else. */
static bool waits_for_good(int thread)
{
    const struct graph *graph = explore_graph();
    const struct event *last = &graph->threads[thread].events[threads[thread].next - 1];
    for (int back = 0; back == 0 || back < last->loop; back++) {
        const struct event *event = last - back;
        if (event->operation.kind == EVENT_READ && !reads_latest(event))
            return false;
    }
    return true;
}

/* A thread waits. Is that the end of it, or is there another execution in which it goes on? */
static bool is_stuck(int thread)
{
    const struct graph_thread *events = &explore_graph()->threads[thread];
    if (threads[thread].state == THREAD_GOES)
        return true; /* it joins one that has not ended */
    const struct event *last = &events->events[threads[thread].next - 1];
    return !threads[thread].given_up && !last->operation.weak && waits_for_good(thread);
}

/* Nobody can go on. */
static enum outcome judge_waiting(void)
{
    int stuck = -1;
    bool loops = false;
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++) {
        if (threads[thread].state != THREAD_WAITS && threads[thread].state != THREAD_GOES)
            continue;
        if (!is_stuck(thread))
            return OUTCOME_BLOCKED;
        const struct graph_thread *events = &explore_graph()->threads[thread];
        loops = loops || (threads[thread].state == THREAD_WAITS &&
                          events->events[threads[thread].next - 1].loop > 0);
        if (stuck < 0 || threads[thread].state == THREAD_WAITS)
            stuck = thread;
    }
    if (main_returned) /* that ends a program, whoever still waits */
        return OUTCOME_COMPLETE;
    failure.kind = loops ? FAILURE_ENDLESS : FAILURE_DEADLOCK;
    failure.thread = stuck;
    failure.code = threads[stuck].code;
    snprintf(failure.text, sizeof(failure.text), "%s",
             loops ? "a loop waits for a value that nobody will write"
                   : "every thread that is left waits for another one");
    return OUTCOME_FAILED;
}

static bool all_ended(void)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        if (threads[thread].state == THREAD_GOES || threads[thread].state == THREAD_WAITS)
            return false;
    return true;
}

static void check_leaks(void)
{
    struct memory_range roots[PROGRAM_RANGES_MAX];
    const void *code;
    size_t size;
    int leaks = memory_leaks(roots, program_ranges(roots), &code, &size);
    if (leaks == 0)
        return;
    outcome = OUTCOME_FAILED;
    failure.kind = FAILURE_LEAK;
    failure.code = code;
    failure.thread = 0;
    snprintf(failure.text, sizeof(failure.text),
             "%d block%s not freed and not reachable; the first has %zu bytes", leaks,
             leaks == 1 ? " is" : "s are", size);
}

static void run_threads(void)
{
    for (int thread; !over && (thread = next_thread()) >= 0;) {
        current = thread;
        program_enter(thread);
        runs = true;
        context_switch(&scheduler, &threads[thread].context);
        runs = false;
        program_leave(thread);
    }
}

enum outcome machine_run(void)
{
    memset(threads, 0, sizeof(threads));
    failure = (struct machine_failure){0};
    order_count = 0;
    over = main_returned = false;
    script_next = script;
    memory_reset();
    machine_forget_futexes();
    machine_forget_keys();
    program_reset();
    start(0, run_main, main_argument, GRAPH_INITIAL);
    if (sigsetjmp(before_run, 1) == 0)
        run_threads();
    runs = false;
    if (over)
        return outcome;
    outcome = all_ended() ? OUTCOME_COMPLETE : judge_waiting();
    if (outcome == OUTCOME_COMPLETE)
        check_leaks();
    return outcome;
}

/* ---- schedules --------------------------------------------------------------------------------- */

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
    char *text = malloc((size_t)order_count * 12 + 1), *end = text;
    if (!done || !text)
        exit(2);
    for (int index = 0; index < order_count; index++) {
        const struct event *event = graph_event(graph, order[index]);
        *end++ = (char)('a' + event_thread(order[index]));
        if (event->operation.kind <= EVENT_WRITE) {
            int location = event->operation.location;
            int latest = place_among(done, graph, location, graph->locations[location].count);
            bool writes = event->operation.kind == EVENT_WRITE;
            int place = graph_co(graph, order[index]) - writes;
            place = place_among(done, graph, location, place) + writes;
            if (place != latest + writes)
                end += sprintf(end, "%d", place);
            if (event->spurious)
                *end++ = '!';
        }
        done[event_thread(order[index]) * GRAPH_EVENTS_MAX + event_place(order[index])] = true;
    }
    *end = '\0';
    free(done);
    return text;
}
