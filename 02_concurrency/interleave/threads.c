/* threads.c - threads begin, end, and wait for each other. */
#include <string.h>

#include "02_concurrency/interleave/machine_internal.h"

bool machine_has_ended(int thread)
{
    return machine.threads[thread].state == THREAD_ENDED;
}

static void begin_thread(void *argument)
{
    struct thread *thread = argument;
    struct operation begin = {
        .kind = EVENT_BEGIN, .label = "begin", .operand = (graph_value)thread->creation};
    machine_step(&begin);
    machine_exit(thread->entry(thread->argument));
}

_Noreturn void machine_exit(void *result)
{
    struct operation end = {.kind = EVENT_END, .label = "end"};
    machine_destroy_specific();
    machine_thread()->result = result;
    machine_step(&end);
    if (!machine_thread()->quit)
        machine_check_guests();
    machine_leave_as(THREAD_ENDED);
}

_Noreturn void machine_quit(void)
{
    machine_thread()->quit = true;
    machine_exit(NULL);
}

void machine_start(int thread, void *(*entry)(void *), void *argument, event_id creation)
{
    struct thread *made = &machine.threads[thread];
    memset(made, 0, sizeof(*made));
    made->state = THREAD_GOES;
    made->entry = entry;
    made->argument = argument;
    made->creation = creation;
    context_init(&made->context, machine_stack(thread), MACHINE_STACK_BYTES, begin_thread, made);
}

/* The graph's number for it, or the lowest that is free. */
static int thread_to_make(void)
{
    const struct thread *thread = machine_thread();
    const struct graph_thread *events = &explore_graph()->threads[machine.current];
    if (thread->next < events->count)
        return (int)events->events[thread->next].value;
    for (int free_one = 0; free_one < GRAPH_THREADS_MAX; free_one++)
        if (machine.threads[free_one].state == THREAD_NONE)
            return free_one;
    machine_fail(FAILURE_LIMIT, "more than %d threads", GRAPH_THREADS_MAX);
}

/* Returns: the thread that was created just before this one in the same way, or -1. */
static int twin_ahead(int thread)
{
    const struct thread *who = &machine.threads[thread];
    for (int other = 0; other < GRAPH_THREADS_MAX; other++) {
        const struct thread *twin = &machine.threads[other];
        if (twin->state != THREAD_NONE && other != thread && who->creation != GRAPH_INITIAL &&
            twin->creation == who->creation - 1 && twin->entry == who->entry &&
            twin->argument == who->argument)
            return other;
    }
    return -1;
}

bool machine_has_twin_ahead(int thread)
{
    if (!explore_is_symmetric() || machine.threads[thread].next > 0)
        return false;
    int twin = twin_ahead(thread);
    return twin >= 0 && machine.threads[twin].next == 0;
}

/* Who joins one of them and then does something else tells them apart. */
static void check_symmetry(int thread)
{
    int twin = explore_is_symmetric() ? twin_ahead(thread) : -1;
    const struct event *join =
        &explore_graph()->threads[machine.current].events[machine_thread()->next - 1];
    if (twin >= 0 && (join[-1].operation.kind != EVENT_JOIN || event_thread(join[-1].rf) != twin))
        machine_fail(FAILURE_LIMIT,
                     "threads %d and %d are not the same to who joins them: no --symmetry", twin,
                     thread);
}

int machine_create(void *(*entry)(void *), void *argument)
{
    machine_thread()->pending = EVENT_CREATE;
    machine_wait_for_turn(); /* until then the graph's other threads take their numbers */
    struct operation create = {
        .kind = EVENT_CREATE, .label = "create", .code = machine_thread()->code};
    create.operand = (graph_value)thread_to_make();
    const struct event *event = machine_step(&create);
    int made = (int)event->value;
    machine_start(made, entry, argument, event_name(machine.current, machine_thread()->next - 1));
    return made;
}

void *machine_join(int thread)
{
    struct operation join = {.kind = EVENT_JOIN, .label = "join", .code = machine_thread()->code};
    machine_thread()->joins = thread + 1;
    while (machine.threads[thread].state != THREAD_ENDED)
        machine_leave();
    machine_thread()->joins = 0;
    join.operand = (graph_value)event_name(thread, machine.threads[thread].next - 1);
    machine_step(&join);
    check_symmetry(thread);
    return machine.threads[thread].result;
}
