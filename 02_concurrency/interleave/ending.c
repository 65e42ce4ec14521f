/* ending.c - nobody can go on: is that the end, a failure, or only not the whole story? */
#include "02_concurrency/interleave/machine_internal.h"
#include "02_concurrency/interleave/program.h"
#include "02_concurrency/interleave/trace.h"

/* What a waiting thread waits for is the latest there is: nobody will bring anything else. */
static bool waits_for_good(int thread)
{
    const struct graph *graph = explore_graph();
    const struct event *last = &graph->threads[thread].events[machine.threads[thread].next - 1];
    for (int back = 0; back == 0 || back < last->loop; back++) {
        const struct event *event = last - back;
        if (event->operation.kind == EVENT_READ && !machine_reads_latest(event))
            return false;
    }
    return true;
}

/* A thread waits. Is that the end of it, or is there another execution in which it goes on? */
static bool is_stuck(int thread)
{
    const struct graph_thread *events = &explore_graph()->threads[thread];
    if (machine.threads[thread].state == THREAD_GOES)
        return true; /* it joins one that has not ended */
    const struct event *last = &events->events[machine.threads[thread].next - 1];
    return !machine.threads[thread].given_up && !last->operation.deadline && waits_for_good(thread);
}

/* Nobody can go on. */
static enum outcome judge_waiting(void)
{
    int stuck = -1;
    bool loops = false;
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++) {
        if (machine.threads[thread].state != THREAD_WAITS &&
            machine.threads[thread].state != THREAD_GOES)
            continue;
        if (!is_stuck(thread))
            return OUTCOME_BLOCKED;
        const struct graph_thread *events = &explore_graph()->threads[thread];
        loops = loops || (machine.threads[thread].state == THREAD_WAITS &&
                          events->events[machine.threads[thread].next - 1].loop > 0);
        if (stuck < 0 || machine.threads[thread].state == THREAD_WAITS)
            stuck = thread;
    }
    if (machine.main_returned) /* that ends a program, whoever still waits */
        return OUTCOME_COMPLETE;
    machine_note_failure(loops ? FAILURE_ENDLESS : FAILURE_DEADLOCK, stuck,
                         machine.threads[stuck].code, "%s",
                         loops ? "a loop waits for a value that nobody will write"
                               : "every thread that is left waits for another one");
    return OUTCOME_FAILED;
}

static bool all_ended(void)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        if (machine.threads[thread].state == THREAD_GOES ||
            machine.threads[thread].state == THREAD_WAITS)
            return false;
    return true;
}

static enum outcome check_leaks(void)
{
    struct memory_range roots[PROGRAM_RANGES_MAX];
    const void *code;
    size_t size;
    int leaks = memory_leaks(roots, program_ranges(roots), &code, &size);
    if (leaks == 0)
        return OUTCOME_COMPLETE;
    machine_note_failure(FAILURE_LEAK, 0, code,
                         "%d block%s not freed and not reachable; the first has %zu bytes", leaks,
                         leaks == 1 ? " is" : "s are", size);
    return OUTCOME_FAILED;
}

/* What a thread held when it ended, nobody will ever release. */
static enum outcome check_locks(void)
{
    int thread;
    uintptr_t address;
    const void *code;
    const char *what = machine_held_lock(&thread, &address, &code);
    if (!what)
        return OUTCOME_COMPLETE;
    char name[96];
    trace_name(address, name, sizeof(name));
    machine_note_failure(FAILURE_MUTEX, thread, code,
                         "thread %d ended and still holds the %s %s, which it took here", thread,
                         what, name);
    return OUTCOME_FAILED;
}

enum outcome machine_judge(void)
{
    enum outcome outcome = all_ended() ? OUTCOME_COMPLETE : judge_waiting();
    if (outcome == OUTCOME_COMPLETE)
        outcome = check_locks();
    return outcome == OUTCOME_COMPLETE ? check_leaks() : outcome;
}
