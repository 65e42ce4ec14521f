/* search.c - the loop over executions, and its helpers in other processes. */
#include "02_concurrency/interleave/search.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "02_concurrency/interleave/machine.h"
#include "02_concurrency/interleave/outcomes.h"
#include "02_concurrency/interleave/trace.h"

enum {
    SHARE_AFTER = 2000, /* executions: a search of less is over before a helper has begun */
    SHARE_EVERY = 256,
    SHARE_CHOICES = 4, /* fewer are not worth a process */
    JOBS_MAX = 64,
};

struct counts {
    unsigned long complete, blocked;
    unsigned long operations;
    int longest;
    bool bounded; /* something was left out, by a bound on what a schedule may do */
    enum search_end end;
};

/* A process that has a part of the search, and the file that it leaves its result in. */
struct helper {
    pid_t process;
    FILE *result;
};

static const struct search_settings *settings;
static FILE *out;
static struct counts counts;
static unsigned long operations_before; /* the parent's, in a helper */
static struct timespec begin;
static struct helper helpers[JOBS_MAX]; /* jobs above that are not used */
static int helper_count;
static bool is_helper;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin.tv_sec) + 1e-9 * (double)(now.tv_nsec - begin.tv_nsec);
}

static void count(enum outcome outcome)
{
    const event_id *order;
    int length = machine_order(&order);
    counts.longest = length > counts.longest ? length : counts.longest;
    counts.complete += outcome == OUTCOME_COMPLETE;
    counts.blocked += outcome == OUTCOME_BLOCKED;
    counts.operations = machine_operations() - operations_before;
    if (outcome == OUTCOME_COMPLETE)
        outcomes_keep();
}

/* ---- helpers ----------------------------------------------------------------------------------- */

/* A helper's result: counts, then outcomes, a line each; or, when an execution failed, its trace. */
static void leave_result(FILE *result)
{
    fprintf(result, "%lu %lu %lu %d %d %d\n", counts.complete, counts.blocked, counts.operations,
            counts.longest, counts.bounded, (int)counts.end);
    if (counts.end == SEARCH_FAILED)
        trace_print(result);
    else
        outcomes_print(result);
}

static void copy_rest(FILE *from)
{
    char line[4096];
    while (fgets(line, sizeof(line), from))
        fputs(line, out);
}

static void add_outcomes(FILE *from)
{
    char line[4096];
    while (fgets(line, sizeof(line), from)) {
        char *text;
        unsigned long times = strtoul(line, &text, 10);
        text += strspn(text, " ");
        text[strcspn(text, "\n")] = '\0';
        outcomes_add(text, times);
    }
}

static void take_result(struct helper *helper)
{
    struct counts its = {0};
    int end = SEARCH_FAILED, bounded = 0;
    rewind(helper->result);
    char line[128];
    if (!fgets(line, sizeof(line), helper->result) ||
        sscanf(line, "%lu %lu %lu %d %d %d", &its.complete, &its.blocked, &its.operations,
               &its.longest, &bounded, &end) != 6) {
        fputs("interleave: a process of the search died\n", stderr);
        exit(2);
    }
    counts.complete += its.complete;
    counts.blocked += its.blocked;
    counts.operations += its.operations;
    counts.bounded = counts.bounded || bounded;
    operations_before -= its.operations;
    counts.longest = its.longest > counts.longest ? its.longest : counts.longest;
    if (end == SEARCH_FAILED && counts.end != SEARCH_FAILED) {
        fputs("an execution fails: ", out);
        copy_rest(helper->result);
    } else if (end != SEARCH_FAILED) {
        add_outcomes(helper->result);
    }
    counts.end = end == SEARCH_FINE ? counts.end : (enum search_end)end;
}

/* wait: for all of them; otherwise only those that are done. */
static void collect(bool wait)
{
    int kept = 0;
    for (int index = 0; index < helper_count; index++) {
        struct helper *helper = &helpers[index];
        int status;
        pid_t done;
        do
            done = waitpid(helper->process, &status, wait ? 0 : WNOHANG);
        while (done < 0 && errno == EINTR);
        if (done == 0) {
            helpers[kept++] = *helper;
            continue;
        }
        take_result(helper);
        fclose(helper->result);
    }
    helper_count = kept;
}

static void stop_helpers(void)
{
    for (int index = 0; index < helper_count; index++)
        kill(helpers[index].process, SIGKILL);
    for (int index = 0; index < helper_count; index++)
        waitpid(helpers[index].process, NULL, 0);
    helper_count = 0;
}

/* Give half of what is left to a new process. */
static void share(void)
{
    int file = memfd_create("interleave", MFD_CLOEXEC);
    FILE *result = file < 0 ? NULL : fdopen(file, "w+");
    fflush(NULL);
    pid_t process = result ? fork() : -1;
    if (process < 0)
        return; /* alone, then: slower, and as complete */
    explore_keep_half(process == 0);
    if (process > 0) {
        helpers[helper_count++] = (struct helper){process, result};
        return;
    }
    is_helper = true;
    machine_watch(); /* a child has no timer */
    helper_count = 0;
    operations_before = machine_operations();
    counts = (struct counts){0};
    outcomes_forget();
    out = result;
}

static void share_if_long(void)
{
    if (settings->jobs < 2 || is_helper || settings->random || counts.complete < SHARE_AFTER ||
        counts.complete % SHARE_EVERY != 0)
        return;
    collect(false);
    if (helper_count + 1 < settings->jobs && helper_count < JOBS_MAX &&
        explore_choices() >= SHARE_CHOICES)
        share();
}

/* ---- the search -------------------------------------------------------------------------------- */

static void print_counts(void)
{
    double time = seconds();
    if (counts.end == SEARCH_CUT)
        fprintf(out, "cut short: %lu executions", counts.complete);
    else if (counts.bounded)
        fprintf(out, "complete within the bound, which left some out: %lu schedules",
                counts.complete);
    else
        fprintf(out, "complete: %lu %s", counts.complete,
                explore_is_scheduled() ? "schedules" : "executions");
    if (counts.blocked > 0)
        fprintf(out, " (and %lu given up: a thread waits, and a newer value would let it go on)",
                counts.blocked);
    fprintf(out, "; the longest has %d events; %.2f s, %.0f operations a second\n", counts.longest,
            time, time > 0 ? (double)counts.operations / time : 0);
}

static bool is_cut(void)
{
    unsigned long done = settings->random ? counts.complete + counts.blocked : counts.complete;
    return settings->executions_max > 0 && done >= settings->executions_max;
}

static void print_each(enum outcome outcome)
{
    if (!settings->trace || outcome == OUTCOME_PRUNED)
        return;
    fprintf(out, "%s execution %lu\n", outcome == OUTCOME_COMPLETE ? "complete" : "given up",
            counts.complete + counts.blocked);
    trace_print(out);
}

static void search(void)
{
    while (counts.end == SEARCH_FINE && explore_next()) {
        outcomes_clear();
        enum outcome outcome = machine_run();
        count(outcome);
        print_each(outcome);
        bool whole = outcome != OUTCOME_COMPLETE || !settings->is_whole || settings->is_whole();
        if (outcome == OUTCOME_FAILED || !whole)
            counts.end = SEARCH_FAILED;
        else if (is_cut())
            counts.end = SEARCH_CUT;
        if (settings->replay)
            break;
        share_if_long();
    }
    counts.bounded = counts.bounded || explore_was_cut();
}

enum search_end search_run(const struct search_settings *given, FILE *given_out)
{
    settings = given;
    out = given_out;
    counts = (struct counts){0};
    operations_before = machine_operations();
    outcomes_forget();
    clock_gettime(CLOCK_MONOTONIC, &begin);
    search();
    if (is_helper) {
        leave_result(out);
        fflush(out);
        _exit(0);
    }
    bool own_failure = counts.end == SEARCH_FAILED && machine_failure()->kind != FAILURE_NONE;
    if (own_failure) {
        stop_helpers();
        fprintf(out, "execution %lu fails: ", counts.complete + counts.blocked + 1);
        trace_print(out);
        return SEARCH_FAILED;
    }
    if (counts.end == SEARCH_FAILED)
        stop_helpers();
    collect(true);
    if (counts.end == SEARCH_FAILED)
        return SEARCH_FAILED;
    if (settings->replay) {
        trace_print(out);
        if (machine_schedule_left())
            fputs("the schedule does not fit: from here on it names what the program does not do\n",
                  out);
        return machine_schedule_left() ? SEARCH_FAILED : SEARCH_FINE;
    }
    if (settings->outcomes)
        outcomes_print(out);
    print_counts();
    if (counts.complete == 0 && counts.end == SEARCH_FINE) {
        fputs("no execution came to its end: nothing was shown\n", out);
        return SEARCH_CUT;
    }
    return counts.bounded && counts.end == SEARCH_FINE ? SEARCH_CUT : counts.end;
}

unsigned long search_executions(void)
{
    return counts.complete;
}
