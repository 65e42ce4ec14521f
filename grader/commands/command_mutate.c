/* command_mutate.c - syslab mutate EX: do the tests notice when the reference is wrong?
 *
 * SIGINT and SIGTERM let what is under way finish, and leave nothing behind. What SIGKILL leaves, the
 * next command that grades removes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/base/options.h"
#include "grader/commands/commands.h"
#include "grader/desk/grading.h"
#include "grader/verify/mutation_view.h"

struct request {
    const char *name, *folder, *only, *page;
    unsigned sample, seed, jobs;
    bool all, json, no_sandbox;
};

/* What lives as long as the command. */
struct run {
    const struct request *request;
    struct desk desk;
    struct engine *engine;
    struct terminal terminal, progress;
    json_t *exercises; /* with --json */
    struct text rows;
};

static struct mutation *_Atomic interruptible;

static void interrupt(int signal)
{
    struct mutation *mutation = interruptible;
    (void)signal;
    if (mutation)
        mutation_stop(mutation);
}

static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static void show_progress(void *context, const char *doing, size_t done, size_t of)
{
    const struct terminal *terminal = context;
    if (!terminal->live)
        return;
    fputs("\r\033[K", terminal->out);
    terminal_bar(terminal, (double)done, (double)of, 24);
    fprintf(terminal->out, " %s %zu/%zu", doing, done, of);
    fflush(terminal->out);
}

static int status_of(const struct mutation *mutation)
{
    if (mutation->failed)
        return COMMAND_USAGE;
    if (mutation_count(mutation, MUTATION_FAULT) > 0)
        return COMMAND_GRADER_ERROR;
    return mutation_passes(mutation) ? COMMAND_PASSED : COMMAND_FAILED;
}

static int open_engine(struct run *run)
{
    char error[1024];
    const struct engine_options options = {
        .course_root = run->desk.course.root,
        .build_root = run->desk.course.build,
        .no_sandbox = run->request->no_sandbox,
        .serial_builds = true, /* the cores are taken up by other mutants */
        .first_failure_ends = true,
    };
    if (engine_create(&options, &run->engine, error, sizeof(error)) == 0)
        return COMMAND_PASSED;
    options_complain("%s", error);
    return COMMAND_USAGE;
}

static int show(struct run *run, const struct mutation *mutation)
{
    if (mutation->failed) {
        options_complain("%s: %s", mutation->manifest->exercise, mutation->error);
        return COMMAND_USAGE;
    }
    if (run->exercises)
        json_array_append_new(run->exercises, mutation_view_json(mutation));
    else
        mutation_view_print(&run->terminal, mutation);
    mutation_view_row(mutation, &run->rows);
    return status_of(mutation);
}

static int mutate(struct run *run, const struct desk_exercise *exercise)
{
    const struct request *request = run->request;
    struct mutation mutation = {
        .course_root = run->desk.course.root,
        .manifest = exercise->manifest,
        .engine = run->engine,
        .folder = request->folder,
        .only = request->only,
        .sample = request->sample,
        .seed = request->seed,
        .jobs = request->jobs,
        .progress = show_progress,
        .context = &run->progress,
    };
    interruptible = &mutation;
    mutation_run(&mutation);
    interruptible = NULL;
    if (run->progress.live)
        fputs("\r\033[K", run->progress.out);
    int status = show(run, &mutation);
    mutation_fini(&mutation);
    return status;
}

/* Every exercise, also after one that fails its floor; a fault or an interrupt ends it. */
static int mutate_all(struct run *run)
{
    int worst = COMMAND_PASSED;
    for (size_t i = 0; i < run->desk.count && worst <= COMMAND_FAILED; i++) {
        const struct desk_exercise *exercise = &run->desk.exercises[i];
        int status = COMMAND_USAGE;
        if (exercise->manifest)
            status = mutate(run, exercise);
        else
            options_complain("%s", exercise->error);
        worst = status > worst ? status : worst;
    }
    return worst;
}

static int write_page(const struct run *run)
{
    const char *page = run->request->page;
    int failed = run->rows.failed ? -ENOMEM : mutation_view_page(page, run->rows.data);
    if (!failed)
        return COMMAND_PASSED;
    options_complain("%s: %s", page, strerror(-failed));
    return COMMAND_USAGE;
}

static int write_json(const struct run *run)
{
    char *text = json_dumps(run->exercises, JSON_INDENT(1));
    if (!text) {
        options_complain("out of memory");
        return COMMAND_USAGE;
    }
    puts(text);
    free(text);
    return COMMAND_PASSED;
}

static int run_mutate(struct run *run)
{
    const struct request *request = run->request;
    struct desk_exercise *exercise = NULL;
    if (!request->all && !(exercise = desk_choose(&run->desk, request->name)))
        return COMMAND_USAGE;
    if (course_is_release(run->desk.course.root)) {
        options_complain("a student's course has no references to make mutants of");
        return COMMAND_USAGE;
    }
    int status = open_engine(run);
    if (status)
        return status;
    catch_interrupts();
    run->exercises = request->json ? json_array() : NULL;
    status = request->all ? mutate_all(run) : mutate(run, exercise);
    if (status <= COMMAND_FAILED && request->page && write_page(run))
        status = COMMAND_USAGE;
    if (status != COMMAND_USAGE && request->json && write_json(run))
        status = COMMAND_USAGE;
    json_decref(run->exercises);
    engine_destroy(run->engine);
    return status;
}

static int check(const struct request *request, const char *usage)
{
    if (request->all == (request->name != NULL)) {
        options_complain("mutate wants one exercise, or --all. Usage: ./syslab %s", usage);
        return COMMAND_USAGE;
    }
    if (request->all && request->folder) {
        options_complain("--mutants are those of one exercise. Usage: ./syslab %s", usage);
        return COMMAND_USAGE;
    }
    if (!request->page)
        return COMMAND_PASSED;
    if (request->folder || request->only || request->sample) {
        options_complain("--page wants all of an exercise's own mutants: not --mutants, --only or "
                         "--sample");
        return COMMAND_USAGE;
    }
    int failed = mutation_view_page(request->page, NULL);
    if (failed == -EINVAL)
        options_complain("%s: expected the lines <!-- mutants --> and, after it, <!-- end -->",
                         request->page);
    else if (failed)
        options_complain("%s: %s", request->page, strerror(-failed));
    return failed ? COMMAND_USAGE : COMMAND_PASSED;
}

static const char notes[] =
    "\n"
    "Makes mutants of the exercise's reference (small faults: a comparison flipped, a statement\n"
    "dropped), grades each with its tests, and holds it to a floor of 95 % killed. Those that no\n"
    "test can tell from the reference are listed, each with its reason, in\n"
    "exercises/EX/solution/mutants.yaml.\n"
    "  --mutants DIR  grade the C files of DIR, which another tool made, in their place\n"
    "  --only TEXT    those with TEXT in their operator, line or change\n"
    "  --sample N     N of them, the same ones each time; --seed S others\n"
    "  --page FILE    its row in the table between the markers in FILE\n"
    "Exit status: 0 the floor holds; 1 it does not, or a listed one was killed; 2 usage, machine,\n"
    "a wrong mutants.yaml or an interrupt; 3 a fault of the grader's own.\n";

int command_mutate(int argc, char **argv)
{
    int status;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct request request = {.seed = 1, .jobs = cores > 0 ? (unsigned)cores : 1};
    const struct option_rule rules[] = {{"--all", OPTION_FLAG, &request.all},
                                        {"--mutants", OPTION_TEXT, &request.folder},
                                        {"--only", OPTION_TEXT, &request.only},
                                        {"--sample", OPTION_COUNT, &request.sample},
                                        {"--seed", OPTION_COUNT, &request.seed},
                                        {"--jobs", OPTION_COUNT, &request.jobs},
                                        {"--page", OPTION_TEXT, &request.page},
                                        {"--json", OPTION_FLAG, &request.json},
                                        {"--no-sandbox", OPTION_FLAG, &request.no_sandbox},
                                        {0}};
    const struct options options = {
        argv[0],
        "mutate EX|--all [--mutants DIR] [--only TEXT] [--sample N] [--seed S] "
        "[--jobs N] [--page FILE] [--json] [--no-sandbox]",
        rules, &request.name, 1};
    struct run run = {.request = &request};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    status = check(&request, options.usage);
    if (status)
        return status;
    status = desk_open(&run.desk, false);
    if (status)
        return status;
    terminal_init(&run.terminal, stdout);
    terminal_init(&run.progress, stderr);
    status = run_mutate(&run);
    text_fini(&run.rows);
    desk_close(&run.desk);
    return status;
}
