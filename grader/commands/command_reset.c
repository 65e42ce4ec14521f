/* command_reset.c - syslab reset [EX]: the starter again, after a copy of what was there. */
#include <stdio.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/options.h"
#include "grader/commands/commands.h"
#include "grader/desk/desk.h"

static int reset(struct desk *desk, const struct desk_exercise *exercise)
{
    char file[PATH_MAX], backup[PATH_MAX];
    desk_file(desk, exercise, file);
    int failed = work_reset(&desk->workspace, exercise->manifest, backup);
    if (failed) {
        options_complain("%s is as it was: %s", files_display_path(file), strerror(-failed));
        return COMMAND_USAGE;
    }
    printf("%s is the starter%s.\n", files_display_path(file), backup[0] ? " again" : "");
    if (backup[0])
        printf("What was there is kept: %s\n", files_display_path(backup));
    return COMMAND_PASSED;
}

int command_reset(int argc, char **argv)
{
    int status;
    const char *name = NULL;
    const struct option_rule rules[] = {{0}};
    const struct options options = {argv[0], "reset [EX]", rules, &name, 1};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status))
        return status;
    status = desk_open(&desk, true);
    if (status)
        return status;
    desk_warn(&desk);
    const struct desk_exercise *exercise = desk_choose(&desk, name);
    status = exercise ? reset(&desk, exercise) : COMMAND_USAGE;
    desk_close(&desk);
    return status;
}
