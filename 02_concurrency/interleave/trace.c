/* trace.c - the last execution, and what was wrong with it. */
#include "02_concurrency/interleave/trace.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/interleave/machine.h"
#include "02_concurrency/interleave/operation.h"
#include "02_concurrency/interleave/program.h"

enum { COLUMN = 34, SCREEN_COLUMN = 18, SCREEN_FIRST = 6 };

static const char *order_name(int order)
{
    static const char *const names[] = {"rlx", "con", "acq", "rel", "acq_rel", "sc"};
    return names[order];
}

void trace_name(uintptr_t address, char *text, size_t text_bytes)
{
    const void *code;
    size_t offset, size;
    char line[64];
    uintptr_t waited_on = machine_waited_on(address);
    address = waited_on ? waited_on : address;
    if (memory_describe(address, &code, &offset, &size)) {
        program_line(code, line, sizeof(line));
        snprintf(text, text_bytes, "[%s]+%zu", line, offset);
    } else if (!program_variable(address, text, text_bytes)) {
        snprintf(text, text_bytes, "%#lx", (unsigned long)address);
    }
}

/* A pointer by the name of what it points to: digits say nothing, and are others in each run. */
static bool name_pointer(graph_value value, char *text, size_t text_bytes)
{
    const void *code;
    size_t offset, size;
    if (value <= 0xffffff || value >> 48)
        return false;
    uintptr_t address = (uintptr_t)value;
    if (!memory_describe(address, &code, &offset, &size) &&
        !program_variable(address, text + 1, text_bytes - 1))
        return false;
    text[0] = '&';
    trace_name(address, text + 1, text_bytes - 1);
    return true;
}

static void print_value(graph_value value, char *text, size_t text_bytes)
{
    if (name_pointer(value, text, text_bytes))
        return;
    if (value >> 64)
        snprintf(text, text_bytes, "%#lx:%lx", (unsigned long)(value >> 64), (unsigned long)value);
    else if (value > 0xffffff)
        snprintf(text, text_bytes, "%#lx", (unsigned long)value);
    else
        snprintf(text, text_bytes, "%lu", (unsigned long)value);
}

/* The number of the line on which this event stands; 0: the initial value. */
static int line_of(event_id id)
{
    const event_id *order;
    int count = machine_order(&order);
    for (int index = 0; index < count; index++)
        if (order[index] == id)
            return index + 1;
    return 0;
}

/* What an event did besides reading: wake these, wait, fail for no reason. */
static void describe_way(const struct event *event, char *text, size_t text_bytes)
{
    const struct operation *operation = &event->operation;
    text[0] = '\0';
    if (operation->update == UPDATE_WAKE) {
        graph_value woken = event->value & ~operation_result(operation, event->value, event->way);
        int length = snprintf(text, text_bytes, woken ? " wakes" : " wakes nobody");
        for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
            if (woken >> thread & 1)
                length += snprintf(text + length, text_bytes - (size_t)length, " %d", thread);
    } else if (event->way > 0) {
        bool in_time = !operation->deadline || event->way < operation->ways;
        bool waited = operation->update != UPDATE_COMPARE;
        snprintf(text, text_bytes, "%s",
                 !in_time ? " TIMES OUT"
                 : waited ? " wakes for nothing"
                          : " fails for no reason");
    } else if (event->blocked) {
        snprintf(text, text_bytes, " WAITS");
    }
}

static void describe_access(const struct event *event, char *text, size_t text_bytes)
{
    const struct operation *operation = &event->operation;
    char place[96], value[100], source[32] = "", way[80];
    trace_name(memory_address(operation->location), place, sizeof(place));
    print_value(event->value, value, sizeof(value));
    if (operation->kind == EVENT_WRITE) {
        snprintf(text, text_bytes, "%s %s = %s %s", operation->label, place, value,
                 order_name(operation->order));
        return;
    }
    if (event->rf == GRAPH_INITIAL)
        snprintf(source, sizeof(source), " (initial)");
    else
        snprintf(source, sizeof(source), " (line %d)", line_of(event->rf));
    describe_way(event, way, sizeof(way));
    snprintf(text, text_bytes, "%s %s -> %s%s %s%s", operation->label, place, value, source,
             order_name(operation->order), way);
}

static void describe(const struct event *event, char *text, size_t text_bytes)
{
    const struct operation *operation = &event->operation;
    switch (operation->kind) {
    case EVENT_CREATE:
        snprintf(text, text_bytes, "create thread %d", (int)event->value);
        break;
    case EVENT_JOIN:
        snprintf(text, text_bytes, "join thread %d", event_thread(event->rf));
        break;
    case EVENT_FENCE:
        snprintf(text, text_bytes, "fence %s", order_name(operation->order));
        break;
    case EVENT_BEGIN:
    case EVENT_END:
        snprintf(text, text_bytes, "%s", operation->label);
        break;
    default:
        describe_access(event, text, text_bytes);
    }
}

static void print_header(FILE *out, int column)
{
    int threads = explore_graph()->thread_count;
    fprintf(out, "  line ");
    for (int thread = 0; thread < threads; thread++)
        fprintf(out, "thread %-*d", thread + 1 == threads ? 0 : column - 7, thread);
    fprintf(out, "\n");
}

static bool is_shown(const struct event *event)
{
    return event->operation.kind != EVENT_BEGIN && event->operation.kind != EVENT_END;
}

static void print_event(FILE *out, int index, int column)
{
    const event_id *order;
    machine_order(&order);
    const struct event *event = graph_event(explore_graph(), order[index]);
    char line[64] = "", text[320];
    describe(event, text, sizeof(text));
    program_line(event->operation.code, line, sizeof(line));
    fprintf(out, "  %4d %*s%s  %s\n", index + 1, event_thread(order[index]) * column, "", line,
            text);
}

/* The first and the last ones where there are more than lines_max: a failure is at the end. */
static void print_events(FILE *out, int column, int lines_max)
{
    const event_id *order;
    int count = machine_order(&order), shown = 0, number = 0;
    for (int index = 0; index < count; index++)
        shown += is_shown(graph_event(explore_graph(), order[index]));
    int left_out = shown > lines_max ? shown - lines_max : 0;
    for (int index = 0; index < count; index++) {
        if (!is_shown(graph_event(explore_graph(), order[index])))
            continue;
        if (left_out > 0 && number == SCREEN_FIRST)
            fprintf(out, "   ... %d lines are left out\n", left_out);
        if (left_out == 0 || number < SCREEN_FIRST || number >= SCREEN_FIRST + left_out)
            print_event(out, index, column);
        number++;
    }
}

static const char *access_name(bool writes, bool atomic)
{
    if (atomic)
        return writes ? "writes atomically" : "reads atomically";
    return writes ? "writes" : "reads";
}

static void print_memory(FILE *out, const struct machine_failure *failure)
{
    const struct memory_report *report = memory_last_report();
    static const char *const faults[] = {
        [MEMORY_FREED] = "use after free",
        [MEMORY_OUTSIDE] = "access outside of a block",
        [MEMORY_BLANK] = "read of memory that nobody wrote",
        [MEMORY_MIXED] = "atomic accesses of different sizes at one place",
    };
    char place[96], here[64], there[64];
    trace_name(report->address, place, sizeof(place));
    program_line(failure->code, here, sizeof(here));
    if (report->fault != MEMORY_RACE) {
        bool named = report->fault < sizeof(faults) / sizeof(*faults) && faults[report->fault];
        fprintf(out, "%s: thread %d, %s", named ? faults[report->fault] : failure->text,
                failure->thread, here);
        fprintf(out, named ? ": %d bytes at %s\n" : "\n", report->size, place);
        return;
    }
    program_line(report->other.code, there, sizeof(there));
    fprintf(out,
            "data race: thread %d %s %s at %s; thread %d %s it at %s; nothing puts one before the "
            "other\n",
            failure->thread, access_name(report->writes, false), place, here, report->other.thread,
            access_name(report->other_writes, report->other_atomic), there);
}

void trace_failure(FILE *out)
{
    const struct machine_failure *failure = machine_failure();
    char here[64];
    program_line(failure->code, here, sizeof(here));
    if (failure->kind == FAILURE_MEMORY && strcmp(failure->text, "memory") == 0)
        print_memory(out, failure);
    else if (failure->kind != FAILURE_NONE)
        fprintf(out, "%s (thread %d, %s)\n", failure->text, failure->thread, here);
}

void trace_screen(FILE *out, int lines_max)
{
    print_header(out, SCREEN_COLUMN);
    print_events(out, SCREEN_COLUMN, lines_max);
}

void trace_print(FILE *out)
{
    trace_failure(out);
    print_header(out, COLUMN);
    print_events(out, COLUMN, INT_MAX);
    char *schedule = machine_schedule();
    fprintf(out, "again: --replay %s\n", schedule);
    free(schedule);
}
