/* command_init.c - syslab init: makes the workspace; what exists in it stays as it is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/options.h"
#include "grader/base/prose.h"
#include "grader/commands/commands.h"
#include "grader/desk/desk.h"

static const char *remedy(int failed)
{
    switch (failed) {
    case -ENOSPC:
    case -EDQUOT:
        return ". Free some space and run it again; what exists is untouched";
    case -EROFS:
    case -EACCES:
    case -EPERM:
        return ". Name a folder that you can write to in SYSLAB_WORK; nothing was changed there";
    case -ENOTDIR:
        return ". A file is where a folder should be";
    default:
        return "";
    }
}

/* Every exercise gets its turn: one with a wrong manifest does not keep the others away. */
static int fill(struct desk *desk, unsigned *created)
{
    int status = COMMAND_PASSED;
    for (size_t i = 0; i < desk->count; i++) {
        const struct desk_exercise *exercise = &desk->exercises[i];
        char where[PATH_MAX] = "";
        if (!exercise->manifest) {
            options_complain("%s", exercise->error);
            status = COMMAND_USAGE;
            continue;
        }
        int failed = work_fill(&desk->workspace, exercise->manifest, created, where);
        if (!failed)
            continue;
        options_complain("%s: %s%s.", where, strerror(-failed), remedy(failed));
        return COMMAND_USAGE;
    }
    return status;
}

static void print_outcome(const struct desk *desk, unsigned created)
{
    fputs("Workspace: ", stdout);
    prose_put_name(stdout, files_display_path(desk->workspace.root), true);
    printf(" (%zu exercises, %u new files)\n", desk->count, created);
}

int command_init(int argc, char **argv)
{
    int status;
    unsigned created = 0;
    const struct option_rule rules[] = {{0}};
    const struct options options = {argv[0], "init", rules, NULL, 0};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status))
        return status;
    status = desk_open(&desk, false);
    if (status)
        return status;
    status = fill(&desk, &created);
    if (status == COMMAND_PASSED)
        print_outcome(&desk, created);
    desk_close(&desk);
    return status;
}
