/* explorer.c - the harness of the build `interleave`: runs the one test that is named in every way that its threads can
 * meet, and writes the end record.
 *
 *     explorer TEST SEED                                          as the grader runs it: the shared object
 *                                                                 program.so of the submission and its tests
 *     explorer --exercise EX --test NAME [--replay SCHEDULE] [--cc COMPILER] [FILE.c]
 *                                                                 by hand, as `./syslab interleave --exercise ...`;
 *                                                                 FILE.c is else that of work/
 *
 * The submission runs on contexts in this process, as it runs in the subject of another build; what it calls of the
 * C library that would end the process, or begin another one, comes to us instead. A pass needs the whole search, or
 * the bound that the test states, and subject_done in every execution. A test's table and expectations are those of
 * subject.h.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "02_concurrency/interleave/compile.h"
#include "02_concurrency/interleave/machine.h"
#include "02_concurrency/interleave/program.h"
#include "02_concurrency/interleave/search.h"
#include "02_concurrency/interleave/symbols.h"
#include "02_concurrency/interleave/trace.h"
#include "subject.h"
#include "subject_guard.h"
#include "subject_record.h"

enum { TEXT_MAX_BYTES = 1024, TRACE_LINES = 24, SCHEDULE_MAX_BYTES = 3000, USAGE = 2 };

static const struct subject_test *current;
static bool done; /* in this execution */
static struct search_settings settings = {.jobs = 1};
static struct {
    unsigned long within; /* more executions are a failure; 0: no bound */
    bool again;           /* there is to be a second search, in which something fails */
    bool second;          /* it has begun */
} demand;

/* The expectation that did not hold. */
static struct {
    bool leak;
    char at[TEXT_MAX_BYTES], required[TEXT_MAX_BYTES];
    char expected[TEXT_MAX_BYTES], actual[TEXT_MAX_BYTES];
} broken;

/* ---- what a test calls: subject.h --------------------------------------------------------------- */

void subject_done(void)
{
    done = true;
}

void subject_executions_at_most(unsigned long count)
{
    settings.executions_max = count;
}

/* One more than that is looked at, and not found. */
void subject_executions_within(unsigned long count)
{
    demand.within = count;
    settings.executions_max = count + 1;
}

bool subject_has_to_fail(void)
{
    demand.again = true;
    return demand.second;
}

/* An update is two events, a read and the write that follows it. */
size_t subject_operations(struct subject_operation *out, size_t max)
{
    const struct graph_thread *events = &explore_graph()->threads[machine_self()];
    size_t count = 0;
    for (int index = 0; index < events->count; index++) {
        const struct event *event = &events->events[index];
        bool update = event->operation.update != UPDATE_NONE;
        if (event->operation.kind > EVENT_FENCE || (update && event->operation.kind == EVENT_WRITE))
            continue;
        if (count < max) {
            out[count].kind = update                                 ? SUBJECT_UPDATE
                              : event->operation.kind == EVENT_READ  ? SUBJECT_LOAD
                              : event->operation.kind == EVENT_WRITE ? SUBJECT_STORE
                                                                     : SUBJECT_FENCE;
            out[count].order = event->operation.success_order;
        }
        count++;
    }
    return count;
}

void subject_expect(bool holds, struct subject_where where, const char *expected,
                    const char *actual, const char *requirement, ...)
{
    if (holds)
        return;
    va_list args;
    va_start(args, requirement);
    vsnprintf(broken.required, sizeof(broken.required), requirement, args);
    va_end(args);
    const char *slash = strrchr(where.file, '/');
    snprintf(broken.at, sizeof(broken.at), "%s:%d", slash ? slash + 1 : where.file, where.line);
    snprintf(broken.expected, sizeof(broken.expected), "%s", expected);
    snprintf(broken.actual, sizeof(broken.actual), "%s", actual);
    broken.leak = where.leak;
    machine_enter(NULL, __builtin_return_address(0));
    machine_fail(FAILURE_ASSERTION, "expected %s, found %s", expected, actual);
}

/* ---- one execution ------------------------------------------------------------------------------ */

static void begin_execution(void *unused)
{
    (void)unused;
    done = false;
    current->run();
}

static bool is_whole(void)
{
    return done;
}

/* ---- what came of it ---------------------------------------------------------------------------- */

/* The verdict's name, or NULL where the test was left without its end. */
static const char *verdict_of(const struct machine_failure *failure)
{
    bool reported = strcmp(failure->text, "memory") == 0;
    if (failure->kind == FAILURE_LEAK && !done)
        return NULL; /* the test would have freed it */
    switch (failure->kind) {
    case FAILURE_NONE:
    case FAILURE_EXIT:
        return NULL;
    case FAILURE_ASSERTION:
        return broken.leak ? "leak" : "fail";
    case FAILURE_ABORT:
    case FAILURE_SIGNAL:
        return "signal";
    case FAILURE_MEMORY:
        return reported && memory_last_report()->fault == MEMORY_RACE ? "race" : "undefined";
    case FAILURE_DEADLOCK:
        return "deadlock";
    case FAILURE_ENDLESS:
        return "timeout_cpu";
    case FAILURE_MUTEX:
        return "undefined";
    case FAILURE_LEAK:
        return "leak";
    default: /* more than the explorer knows, or can take */
        return "fail";
    }
}

/* What the record will say. All of it is there before the nonce is read: from then on the C library could be somebody
 * else's. */
struct ending {
    const char *verdict; /* NULL: no record */
    const char *at, *requirement, *expected, *actual;
    char *replay, *trace;          /* of an execution that fails, else NULL */
    char measured[TEXT_MAX_BYTES]; /* of a pass */
};

/* Returns: the process's status. */
static int write_ending(const char *test, const struct ending *ending)
{
    static struct subject_record record;
    bool pass = strcmp(ending->verdict, "pass") == 0;
    subject_record_begin(&record, test, ending->verdict);
    if (pass) {
        subject_record_add(&record, "score", "1.000");
        subject_record_add(&record, "measured", ending->measured);
    } else {
        subject_record_add(&record, "at", ending->at);
        subject_record_add(&record, "requirement", ending->requirement);
        subject_record_add(&record, "expected", ending->expected);
        subject_record_add(&record, "actual", ending->actual);
    }
    if (ending->trace) {
        subject_record_add(&record, "replay", ending->replay);
        subject_record_add(&record, "trace", ending->trace);
    }
    subject_record_write(&record);
    return pass ? 0 : 1;
}

/* Returns: false without memory. */
static bool describe_failure(struct ending *ending)
{
    size_t length = 0;
    FILE *out = open_memstream(&ending->trace, &length);
    if (!out)
        return false;
    trace_failure(out);
    trace_screen(out, TRACE_LINES);
    ending->replay = machine_schedule();
    if (strlen(ending->replay) > SCHEDULE_MAX_BYTES)
        ending->replay[0] = '\0';
    ending->verdict = verdict_of(machine_failure());
    ending->at = broken.at;
    ending->requirement = broken.required;
    ending->expected = broken.expected;
    ending->actual = broken.actual;
    return fclose(out) == 0;
}

/* No execution failed. That is a pass if they were all, or as many as the test asked for, and not none. */
static void describe_search(struct ending *ending, enum search_end end)
{
    bool many = demand.within > 0 && search_executions() > demand.within;
    bool enough = end == SEARCH_FINE || (settings.executions_max > 0 && search_executions() > 0);
    ending->verdict = enough && !many ? "pass" : "fail";
    ending->at = ending->requirement = "";
    ending->expected = "executions in which every thread comes to its end";
    ending->actual = "each was given up: a thread waits for a value that does not come";
    if (many) {
        ending->expected = subject_format("at most %lu executions", demand.within);
        ending->actual = "more than that";
    }
    snprintf(ending->measured, sizeof(ending->measured), "%s %lu executions",
             end == SEARCH_FINE ? "all" : "the first", search_executions());
}

/* The first search found nothing wrong, so whatever the second one finds is what it was to find. A crash and an end
 * without subject_done are not: they say too little. */
static bool is_found(enum search_end end)
{
    static const enum failure found[] = {FAILURE_ASSERTION, FAILURE_MEMORY, FAILURE_DEADLOCK,
                                         FAILURE_ENDLESS,   FAILURE_MUTEX,  FAILURE_LEAK};
    for (size_t i = 0; end == SEARCH_FAILED && i < sizeof(found) / sizeof(*found); i++)
        if (machine_failure()->kind == found[i])
            return true;
    return false;
}

static void describe_second(struct ending *ending, bool found)
{
    ending->verdict = found ? "pass" : "fail";
    ending->at = ending->requirement = "";
    ending->expected = "an execution that fails";
    ending->actual = subject_format("none of %lu does", search_executions());
    snprintf(ending->measured, sizeof(ending->measured), "execution %lu fails, as one has to",
             search_executions() + 1);
}

/* Returns: the process's status. */
static int judge(enum search_end end)
{
    static struct ending ending;
    if (demand.second && (is_found(end) || end != SEARCH_FAILED))
        describe_second(&ending, is_found(end));
    else if (end != SEARCH_FAILED)
        describe_search(&ending, end);
    else if (!describe_failure(&ending))
        return USAGE;
    if (ending.verdict)
        return write_ending(current->name, &ending);
    fprintf(stderr, "%s%s did not come to its end, subject_done\n", ending.trace, current->name);
    return USAGE;
}

/* The submission calls what stands on stderr, and was not loaded. */
static int refuse(const char *test)
{
    return write_ending(test, &(struct ending){.verdict = "fail",
                                               .at = "",
                                               .requirement = "",
                                               .expected = "calls that can be explored",
                                               .actual = "those that it printed"});
}

/* ---- the test ----------------------------------------------------------------------------------- */

/* Returns: whether it is there. */
static bool find(const char *name)
{
    const struct subject_test *test = program_symbol("subject_tests");
    for (; test && test->name; test++)
        if (strcmp(name, test->name) == 0) {
            current = test;
            return true;
        }
    fprintf(stderr, "no test named %s\n", name);
    return false;
}

static enum search_end explore(const char *replay, FILE *out)
{
    static const struct explore_settings exploring = {.spurious_max = 1};
    settings.replay = replay != NULL;
    settings.is_whole = is_whole;
    memory_begin();
    machine_begin(begin_execution, NULL, replay);
    machine_keep_writes();
    explore_begin(&exploring);
    machine_watch();
    enum search_end end = search_run(&settings, out);
    /* A schedule may be of either search: what does not fail in the first is tried in the second. */
    bool fails = end == SEARCH_FAILED && machine_failure()->kind != FAILURE_NONE;
    if (!demand.again || fails || (end != SEARCH_FINE && !replay))
        return end;
    demand.second = true;
    fputs("now one has to fail: ", out);
    explore_end();
    explore_begin(NULL);
    return search_run(&settings, out);
}

static ssize_t forget(void *cookie, const char *text, size_t length)
{
    (void)cookie, (void)text;
    return (ssize_t)length;
}

/* In the sandbox there is no /dev/null. */
static FILE *open_nowhere(void)
{
    return fopencookie(NULL, "w", (cookie_io_functions_t){.write = forget});
}

static int grade(const char *name)
{
    static const char program[] = "./program.so";
    if (symbols_check(program) != 0)
        return refuse(name);
    if (program_load(program) != 0 || !find(name))
        return USAGE;
    struct memory_range code = program_code();
    /* What the program prints it would print in each execution. */
    FILE *nowhere = open_nowhere();
    if (!nowhere)
        return USAGE;
    stdout = nowhere;
    if (subject_guard_begin((struct subject_guard_code){code.from, code.to}) != 0) {
        fprintf(stderr, "the kernel refused the harness its filter\n");
        return USAGE;
    }
    return judge(explore(NULL, nowhere));
}

/* ---- by hand ------------------------------------------------------------------------------------ */

static struct {
    const char *exercise, *test, *replay, *compiler;
} options = {.compiler = "cc"};

static int usage(void)
{
    fputs("usage: ./syslab interleave --exercise EXERCISE --test NAME [--replay SCHEDULE] [--cc "
          "COMPILER] "
          "[FILE.c]\n",
          stderr);
    return USAGE;
}

/* Returns: the file, or NULL for a wrong usage. */
static const char *parse(int argc, char **argv, const char *otherwise)
{
    static const struct option names[] = {{"exercise", required_argument, NULL, 'e'},
                                          {"test", required_argument, NULL, 't'},
                                          {"replay", required_argument, NULL, 'p'},
                                          {"cc", required_argument, NULL, 'c'},
                                          {NULL, 0, NULL, 0}};
    for (int name; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        const char **wanted = name == 'e'   ? &options.exercise
                              : name == 't' ? &options.test
                              : name == 'p' ? &options.replay
                              : name == 'c' ? &options.compiler
                                            : NULL;
        if (!wanted)
            return NULL;
        *wanted = optarg;
    }
    if (!options.exercise || !options.test || argc - optind > 1)
        return NULL;
    return optind < argc ? argv[optind] : otherwise;
}

enum { PATH_BYTES = 4096 };

static const char *folder_of(const char *variable, const char *otherwise)
{
    const char *folder = getenv(variable);
    return folder ? folder : otherwise;
}

/* The file that `./syslab test` grades. */
static void name_source(char out[PATH_BYTES])
{
    const char *slash = strrchr(options.exercise, '/');
    const char *name = slash ? slash + 1 : options.exercise, *work = getenv("SYSLAB_WORK");
    if (work)
        snprintf(out, PATH_BYTES, "%s/%s/%s.c", work, options.exercise, name);
    else
        snprintf(out, PATH_BYTES, "%s/work/%s/%s.c", folder_of("SYSLAB_ROOT", "."),
                 options.exercise, name);
}

/* The student's file with the exercise's kit, as out. Returns: 0, or -1 and why on stderr. */
static int make_program(char *source, const char *out)
{
    static char wanted[] = "-Wl,-u,subject_tests";
    char kit[PATH_BYTES], include[PATH_BYTES];
    snprintf(kit, sizeof(kit), "%s/kits/%s/interleave.a",
             folder_of("SYSLAB_BUILD", "build/release"), options.exercise);
    snprintf(include, sizeof(include), "-I%s/exercises/%s/starter", folder_of("SYSLAB_ROOT", "."),
             options.exercise);
    if (access(kit, R_OK) != 0) {
        fprintf(stderr,
                "%s: no such kit: has the exercise tests under interleave, and is it built?\n",
                kit);
        return -1;
    }
    interleave_compile(options.compiler, (char *[]){source, kit, include, wanted, NULL}, out);
    return 0;
}

/* Returns: 0, or -1 and why on stderr. */
static int load(const char *file)
{
    char source[PATH_BYTES], path[] = "/tmp/explorer-XXXXXX.so";
    name_source(source);
    if (*file)
        snprintf(source, sizeof(source), "%s", file);
    int made = mkstemps(path, 3);
    if (made < 0) {
        perror(path);
        return -1;
    }
    close(made);
    int failed = make_program(source, path);
    if (!failed)
        failed = program_load(path);
    unlink(path);
    return failed;
}

static int run_by_hand(int argc, char **argv)
{
    const char *file = parse(argc, argv, "");
    if (!file)
        return usage();
    if (load(file) != 0 || !find(options.test))
        return USAGE;
    FILE *out = fdopen(dup(STDOUT_FILENO), "w");
    if (!out || (!options.replay && !freopen("/dev/null", "w", stdout)))
        return USAGE;
    enum search_end end = explore(options.replay, out);
    if (end == SEARCH_FAILED && machine_failure()->kind == FAILURE_NONE)
        fprintf(out, "%s did not come to its end, subject_done\n", current->name);
    if (broken.required[0])
        fprintf(out, "required: %s\n", broken.required);
    bool found = demand.second && is_found(end);
    if (demand.second && !found)
        end = SEARCH_FAILED;
    return fclose(out) != 0 ? USAGE : found ? SEARCH_FINE : (int)end;
}

int main(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] != '-' && subject_is_graded())
        return grade(argv[1]);
    return run_by_hand(argc, argv);
}
