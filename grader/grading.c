#include "grader/grading.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "grader/commands.h"
#include "grader/files.h"
#include "grader/options.h"

int grading_open(const struct desk *desk, bool no_sandbox, struct engine **out)
{
    char error[1024];
    const struct engine_options options = {
        .course_root = desk->course.root,
        .build_root = desk->course.build,
        .no_sandbox = no_sandbox,
    };
    if (engine_create(&options, out, error, sizeof(error)) == 0)
        return 0;
    options_complain("%s", error);
    return COMMAND_USAGE;
}

int grading_run(struct engine *engine, struct desk *desk, const struct desk_exercise *exercise,
                const char *file, const struct engine_progress *progress, struct record **out)
{
    char own[PATH_MAX];
    *out = NULL;
    int failed = engine_grade(engine, exercise->manifest, file, progress, out);
    if (failed) {
        options_complain("%s could not be graded: %s", file, strerror(-failed));
        return COMMAND_GRADER_ERROR;
    }
    desk_file(desk, exercise, own);
    if (strcmp(own, file) == 0 && store_put(desk->store, "", *out) != 0)
        snprintf(desk->warning, sizeof(desk->warning), "this result is not remembered: %s",
                 store_error());
    return 0;
}

int grading_status(const struct record *record)
{
    if (record->verdict == VERDICT_GRADER_ERROR)
        return COMMAND_GRADER_ERROR;
    return record->verdict == VERDICT_PASS ? COMMAND_PASSED : COMMAND_FAILED;
}

int grading_check_db(const char *path)
{
    int failed = files_regular_or_absent(path);
    if (failed == 0)
        return 0;
    options_complain("%s: %s", path,
                     failed == -EINVAL ? "not a regular file, so no place for a database of grades"
                                       : strerror(-failed));
    return COMMAND_USAGE;
}

void grading_shield(void)
{
    sigset_t keys;
    sigemptyset(&keys);
    sigaddset(&keys, SIGINT);
    sigaddset(&keys, SIGQUIT);
    sigaddset(&keys, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &keys, NULL);
}
