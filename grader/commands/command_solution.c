/* command_solution.c - syslab solution [EX]: the annotated reference, after a pass or on giving up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/options.h"
#include "grader/commands/commands.h"
#include "grader/desk/desk.h"

static int show(const struct desk *desk, const struct manifest *manifest)
{
    char path[PATH_MAX];
    char *text;
    size_t size;
    int length = snprintf(path, sizeof(path), "%s/exercises/%s/solution/%s", desk->course.root,
                          manifest->exercise, manifest->file);
    int failed = length < (int)sizeof(path) ? files_read(path, &text, &size) : -1;
    if (failed) {
        options_complain("%s: %s", path, strerror(-failed));
        return COMMAND_USAGE;
    }
    fwrite(text, 1, size, stdout);
    free(text);
    return COMMAND_PASSED;
}

/* Whether the student may see it; giving up is written down before anything is shown. */
static int allow(struct desk *desk, const struct desk_exercise *exercise, bool give_up)
{
    if (exercise->state == DESK_PASSED || exercise->gave_up)
        return COMMAND_PASSED;
    if (!give_up) {
        options_complain(
            "%s is not passed yet. ./syslab hint %s may help; ./syslab solution %s --give-up shows "
            "the solution and is recorded",
            exercise->name, exercise->name, exercise->name);
        return COMMAND_FAILED;
    }
    if (store_give_up(desk->store, exercise->name) == 0)
        return COMMAND_PASSED;
    options_complain("giving up could not be recorded: %s", store_error());
    return COMMAND_USAGE;
}

int command_solution(int argc, char **argv)
{
    int status;
    bool give_up = false;
    const char *name = NULL;
    const struct option_rule rules[] = {{"--give-up", OPTION_FLAG, &give_up}, {0}};
    const struct options options = {argv[0], "solution [EX] [--give-up]", rules, &name, 1};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status))
        return status;
    status = desk_open(&desk, true);
    if (status)
        return status;
    desk_warn(&desk);
    const struct desk_exercise *exercise = desk_choose(&desk, name);
    if (exercise && course_is_release(desk.course.root)) {
        options_complain("solutions are not part of this tree, which was made for students; "
                         "your instructor has them. ./syslab hint %s may help",
                         exercise->name);
        exercise = NULL;
    }
    status = exercise ? allow(&desk, exercise, give_up) : COMMAND_USAGE;
    if (exercise && status == COMMAND_PASSED)
        status = show(&desk, exercise->manifest);
    desk_close(&desk);
    return status;
}
