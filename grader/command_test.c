/* command_test.c - syslab test [EX]: grades the student's file, or another, and shows the verdict. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/commands.h"
#include "grader/files.h"
#include "grader/grading.h"
#include "grader/options.h"
#include "grader/view.h"

struct request {
    const char *name, *file, *build;
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
    else if (record->verdict == VERDICT_PASS)
        printf("\n%sOn with ./syslab next; ./syslab solution %s shows another way.%s\n", faint,
               exercise->name, plain);
    else if (record->verdict != VERDICT_GRADER_ERROR)
        printf("\n%sMake this one pass. ./syslab watch %s grades it at each save,\n"
               "./syslab test %s now. Stuck? ./syslab hint %s%s\n",
               faint, exercise->name, exercise->name, exercise->name, plain);
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

/* The file to grade, absolute. */
static int find_file(const struct desk *desk, const struct desk_exercise *exercise,
                     const struct request *request, char out[PATH_MAX])
{
    struct stat status;
    char own[PATH_MAX];
    desk_file(desk, exercise, own);
    const char *path = request->file ? request->file : own;
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
                           : "%s: no build '%s'; there are plain, asan, tsan",
                     manifest->exercise, name);
    return COMMAND_USAGE;
}

static int grade(struct desk *desk, struct desk_exercise *exercise, const struct request *request)
{
    char file[PATH_MAX];
    struct engine *engine;
    struct record *record = NULL;
    struct terminal progress_terminal;
    terminal_init(&progress_terminal, stderr);
    const struct engine_progress progress = {show_progress, &progress_terminal};
    int status = find_file(desk, exercise, request, file);
    if (!status && request->build)
        status = restrict_builds(exercise->manifest, request->build);
    if (!status)
        status = grading_open(desk, request->no_sandbox, &engine);
    if (status)
        return status;
    status = grading_run(engine, desk, exercise, file, request->json ? NULL : &progress, &record);
    clear_progress(&progress_terminal);
    desk_warn(desk);
    if (!status && request->json) {
        status = show_json(record);
    } else if (!status) {
        show(desk, exercise, file, record, request);
        status = grading_status(record);
    }
    record_destroy(record);
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

int command_test(int argc, char **argv)
{
    int status;
    struct request request = {0};
    const struct option_rule rules[] = {{"--file", OPTION_TEXT, &request.file},
                                        {"--json", OPTION_FLAG, &request.json},
                                        {"--no-sandbox", OPTION_FLAG, &request.no_sandbox},
                                        {"--build", OPTION_TEXT, &request.build},
                                        {0}};
    const struct options options = {
        argv[0], "test [EX] [--file F] [--json] [--no-sandbox] [--build=plain|asan|tsan]", rules,
        &request.name, 1};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status))
        return status;
    if (request.file && !request.name) {
        options_complain("--file needs the exercise that it answers. Usage: ./syslab %s",
                         options.usage);
        return COMMAND_USAGE;
    }
    /* Someone else's file, or part of a grading, is no progress of this workspace. */
    status = desk_open(&desk, !request.file && !request.build);
    if (status)
        return status;
    struct desk_exercise *exercise = is_file(&request) ? NULL : desk_choose(&desk, request.name);
    status = exercise ? grade(&desk, exercise, &request) : COMMAND_USAGE;
    desk_close(&desk);
    return status;
}
