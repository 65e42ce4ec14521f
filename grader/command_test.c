/* command_test.c - syslab test EXERCISE --file FILE --json */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/commands.h"
#include "grader/course.h"
#include "grader/engine.h"

static int exit_of(const struct record *record)
{
    if (record->verdict == VERDICT_GRADER_ERROR)
        return COMMAND_GRADER_ERROR;
    return record->verdict == VERDICT_PASS ? COMMAND_PASSED : COMMAND_FAILED;
}

static int grade(const struct course *course, const struct manifest *manifest, const char *file,
                 bool no_sandbox)
{
    char error[2048] = "";
    struct engine *engine = NULL;
    struct record *record = NULL;
    const struct engine_options options = {
        .course_root = course->root, .build_root = course->build, .no_sandbox = no_sandbox};
    if (engine_create(&options, &engine, error, sizeof(error)) != 0) {
        fprintf(stderr, "syslab: %s\n", error);
        return COMMAND_USAGE;
    }
    int failed = engine_grade(engine, manifest, file, NULL, &record);
    engine_destroy(engine);
    if (failed) {
        fprintf(stderr, "syslab: could not grade %s: %s\n", file, strerror(-failed));
        return COMMAND_GRADER_ERROR;
    }
    char *json = record_to_json(record);
    int status = json && puts(json) >= 0 ? exit_of(record) : COMMAND_GRADER_ERROR;
    free(json);
    record_destroy(record);
    return status;
}

int command_test(int argc, char **argv)
{
    struct course course;
    struct manifest *manifest = NULL;
    char error[2048] = "";
    const char *exercise = NULL, *file = NULL;
    bool json = false, no_sandbox = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--no-sandbox") == 0)
            no_sandbox = true;
        else if (strcmp(argv[i], "--file") == 0 && i + 1 < argc)
            file = argv[++i];
        else
            exercise = argv[i];
    }
    if (!exercise || !file || !json) {
        fprintf(stderr, "usage: syslab test EXERCISE --file FILE --json [--no-sandbox]\n");
        return COMMAND_USAGE;
    }
    if (course_find(&course, error, sizeof(error)) != 0 ||
        manifest_load(course.root, exercise, &manifest, error, sizeof(error)) != 0) {
        fprintf(stderr, "syslab: %s\n", error);
        return COMMAND_USAGE;
    }
    int status = grade(&course, manifest, file, no_sandbox);
    manifest_free(manifest);
    return status;
}
