/* command_test.c - syslab test [EX]: grades the student's file, or another, and shows the verdict. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/options.h"
#include "grader/commands/commands.h"
#include "grader/desk/grading.h"
#include "grader/formats/format.h"
#include "grader/formats/format_output.h"
#include "grader/record/view.h"

struct request {
    const char *name, *file, *build, *seed, *format_name, *output;
    const struct format *format; /* NULL: the screen, or the record itself */
    bool json, no_sandbox;
};

/* A line that is written over, so that a person sees within half a second how it went plainly. */
static void show_progress(void *context, enum build build, const struct record *so_far)
{
    const struct terminal *terminal = context;
    size_t passed = 0;
    if (build != BUILD_PLAIN || !terminal->live)
        return;
    for (size_t i = 0; i < so_far->test_count; i++)
        passed += so_far->tests[i].verdict == VERDICT_PASS;
    fprintf(terminal->out, "\r\033[K%zu of %zu tests pass; checking under the sanitizers ...",
            passed, so_far->test_count);
    fflush(terminal->out);
}

static void clear_progress(const struct terminal *terminal)
{
    if (terminal->live)
        fputs("\r\033[K", terminal->out);
    fflush(terminal->out);
}

static void show(const struct desk *desk, const struct desk_exercise *exercise, const char *file,
                 const struct record *record, const struct request *request)
{
    struct view view = {
        .manifest = exercise->manifest, .course_root = desk->course.root, .file = file};
    terminal_init(&view.terminal, stdout);
    view_record(&view, record);
    const char *faint = terminal_style(&view.terminal, STYLE_FAINT);
    const char *plain = terminal_style(&view.terminal, STYLE_PLAIN);
    if (request->build)
        printf("\n%sOnly the %s build ran, so this run is not remembered.%s\n", faint,
               request->build, plain);
    else if (record->verdict == VERDICT_PASS && course_is_release(desk->course.root))
        printf("\n%sOn with ./syslab next.%s\n", faint, plain);
    else if (record->verdict == VERDICT_PASS)
        printf("\n%sOn with ./syslab next; ./syslab solution %s shows another way.%s\n", faint,
               exercise->name, plain);
    else if (record->verdict != VERDICT_GRADER_ERROR)
        printf("\n%sMake this one pass. ./syslab watch %s grades it at each save,\n"
               "./syslab test %s now. Stuck? ./syslab hint %s%s\n",
               faint, exercise->name, exercise->name, exercise->name, plain);
}

/* Other programs ask whether it was written first, and then how it went. */
static int export(const struct record *record, const struct request *request)
{
    int status = format_output_write(request->output ? request->output : "-",
                                     request->format->of_grade(record));
    return status ? status : grading_status(record);
}

static int show_json(const struct record *record)
{
    char *json = record_to_json(record);
    if (!json) {
        options_complain("out of memory");
        return COMMAND_USAGE;
    }
    puts(json);
    free(json);
    return grading_status(record);
}

/* A file that someone else handed in: what stands at its path, be it missing, a folder or a link to
 * another's work, is for the record to tell. So no link is followed here. */
static int find_handed_in(const char *path, char out[PATH_MAX])
{
    char folder[PATH_MAX] = "";
    if (*path != '/' && !getcwd(folder, sizeof(folder))) {
        options_complain("%s: %s", path, strerror(errno));
        return COMMAND_USAGE;
    }
    if (snprintf(out, PATH_MAX, "%s%s%s", folder, *folder ? "/" : "", path) < PATH_MAX)
        return 0;
    options_complain("%s: %s", path, strerror(ENAMETOOLONG));
    return COMMAND_USAGE;
}

/* The file to grade, absolute. */
static int find_file(const struct desk *desk, const struct desk_exercise *exercise,
                     const struct request *request, char out[PATH_MAX])
{
    struct stat status;
    char own[PATH_MAX];
    desk_file(desk, exercise, own);
    const char *path = request->file ? request->file : own;
    if (request->file && request->format)
        return find_handed_in(path, out);
    if (stat(path, &status) != 0) {
        options_complain("%s: %s%s", files_display_path(path), strerror(errno),
                         request->file ? "" : ". './syslab init' brings the starter");
        return COMMAND_USAGE;
    }
    if (S_ISDIR(status.st_mode)) {
        options_complain("%s is a folder; name a C file", path);
        return COMMAND_USAGE;
    }
    if (!request->file) {
        strcpy(out, own);
        return 0;
    }
    if (realpath(path, out))
        return 0;
    options_complain("%s: %s", path, strerror(errno));
    return COMMAND_USAGE;
}

/* Leave only one build to each test. */
static int restrict_builds(struct manifest *manifest, const char *name)
{
    int wanted = 0;
    while (wanted < BUILD_COUNT && strcmp(manifest_build_name((enum build)wanted), name) != 0)
        wanted++;
    bool known = wanted < BUILD_COUNT, any = false;
    for (size_t i = 0; known && i < manifest->test_count; i++) {
        for (int build = 0; build < BUILD_COUNT; build++)
            manifest->tests[i].builds[build] = manifest->tests[i].builds[build] && build == wanted;
        any = any || manifest->tests[i].builds[wanted];
    }
    if (any)
        return 0;
    options_complain(known ? "%s has no %s build"
                           : "%s: no build '%s'; there are plain, asan, tsan, interleave",
                     manifest->exercise, name);
    return COMMAND_USAGE;
}

static int check_output(const struct desk *desk, const char *file, const char *output)
{
    char db[PATH_MAX];
    bool fits = snprintf(db, sizeof(db), "%s/.syslab/progress.sqlite", desk->workspace.root) <
                (int)sizeof(db);
    return format_output_check(output, fits ? db : NULL, file);
}

/* Only for whoever wants a recorded grade again; the file's own seed serves otherwise. */
static int read_seed(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || *end || end == text || !isdigit((unsigned char)*text) ||
        number >> ENGINE_SEED_BITS) {
        options_complain("test --seed wants a number below 2 to the %d, as a record has it, not "
                         "'%s'",
                         ENGINE_SEED_BITS, text);
        return COMMAND_USAGE;
    }
    *out = number;
    return 0;
}

/* Who reads a format is answered in it, also where nothing could be graded: the grader has complained
 * of why already. */
static int export_fault(const struct desk_exercise *exercise, const struct request *request)
{
    struct record *record = record_create();
    int status = COMMAND_USAGE;
    if (record) {
        record->verdict = VERDICT_GRADER_ERROR;
        record->max_points = exercise->manifest->max_points;
        if (record_set(&record->exercise, exercise->name) &&
            record_set(&record->message, "It could not work on this machine; its own messages, on "
                                         "the standard error, say why."))
            status = export(record, request);
        record_destroy(record);
    }
    return status;
}

/* Grade with an engine that is there, and show the record as was asked. */
static int run(struct engine *engine, struct desk *desk, const struct desk_exercise *exercise,
               const char *file, const struct request *request)
{
    struct record *record = NULL;
    struct terminal progress_terminal;
    terminal_init(&progress_terminal, stderr);
    const struct engine_progress progress = {show_progress, &progress_terminal};
    bool quiet = request->json || request->format;
    int status = grading_run(engine, desk, exercise, file, quiet ? NULL : &progress, &record);
    clear_progress(&progress_terminal);
    desk_warn(desk);
    if (request->format) {
        status = status ? export_fault(exercise, request) : export(record, request);
    } else if (!status && request->json) {
        status = show_json(record);
    } else if (!status) {
        show(desk, exercise, file, record, request);
        status = grading_status(record);
    }
    record_destroy(record);
    return status;
}

static int grade(struct desk *desk, struct desk_exercise *exercise, const struct request *request)
{
    char file[PATH_MAX];
    uint64_t seed;
    struct engine *engine;
    int status = find_file(desk, exercise, request, file);
    if (!status && request->output)
        status = check_output(desk, file, request->output);
    if (!status && request->build)
        status = restrict_builds(exercise->manifest, request->build);
    if (!status && request->seed)
        status = read_seed(request->seed, &seed);
    if (status)
        return status;
    status = grading_open(desk, request->no_sandbox, request->seed ? &seed : NULL, &engine);
    if (status)
        return request->format ? export_fault(exercise, request) : status;
    status = run(engine, desk, exercise, file, request);
    engine_destroy(engine);
    return status;
}

/* `test ./arena.c` is meant well; but which exercise does it answer? */
static bool is_file(const struct request *request)
{
    struct stat status;
    if (!request->name || stat(request->name, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    options_complain("%s: that is a file: use --file, as in ./syslab test EX --file %s",
                     request->name, request->name);
    return true;
}

/* Whether the options go together; finds the format. */
static bool check_request(struct request *request, const char *usage)
{
    if (request->file && !request->name)
        options_complain("--file needs the exercise that it answers. Usage: ./syslab %s", usage);
    else if (request->output && !request->format_name)
        options_complain("--output needs a --format: " FORMAT_GRADE_NAMES);
    else if (request->format_name && request->json)
        options_complain("--json is the record itself and --format a view of it: choose one");
    else if (!request->format_name)
        return true;
    else if (!(request->format = format_find(request->format_name, FORMAT_GRADE_NAMES)))
        return false;
    else if (!request->format->of_grade)
        options_complain(
            "%s is of a class: './syslab report' writes it; of one grade are " FORMAT_GRADE_NAMES,
            request->format_name);
    else
        return true;
    return false;
}

static const char notes[] =
    "\n"
    "--file F         grade this file in the place of your own\n"
    "--json           the whole record, for a program\n"
    "--format NAME    what another program reads; --json and this exclude each other\n"
    "--output FILE    where the --format goes; '-' or none: the standard output\n"
    "--no-sandbox     on a machine that has none: only for code that you trust\n"
    "--build=NAME     only this build; the run is not remembered\n"
    "--seed N         draw the random numbers of that record again\n"
    "Exit status: 0 passed; 1 failed; 2 usage or machine; 3 a fault of the grader's.\n";

int command_test(int argc, char **argv)
{
    int status;
    struct request request = {0};
    const struct option_rule rules[] = {{"--file", OPTION_TEXT, &request.file},
                                        {"--json", OPTION_FLAG, &request.json},
                                        {"--format", OPTION_TEXT, &request.format_name},
                                        {"--output", OPTION_TEXT, &request.output},
                                        {"--no-sandbox", OPTION_FLAG, &request.no_sandbox},
                                        {"--build", OPTION_TEXT, &request.build},
                                        {"--seed", OPTION_TEXT, &request.seed},
                                        {0}};
    const struct options options = {
        argv[0],
        "test [EX] [--file F] [--json] [--format " FORMAT_GRADE_NAMES
        "] [--output FILE] [--no-sandbox] [--build=plain|asan|tsan|interleave] "
        "[--seed N]",
        rules, &request.name, 1};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    if (!check_request(&request, options.usage))
        return COMMAND_USAGE;
    /* Someone else's file, or part of a grading, is no progress of this workspace. */
    status = desk_open(&desk, !request.file && !request.build && !request.seed);
    if (status)
        return status;
    struct desk_exercise *exercise = is_file(&request) ? NULL : desk_choose(&desk, request.name);
    status = exercise ? grade(&desk, exercise, &request) : COMMAND_USAGE;
    desk_close(&desk);
    return status;
}
