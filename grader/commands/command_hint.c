/* command_hint.c - syslab hint [EX]: one more hint each time. */
#include "grader/base/options.h"
#include "grader/commands/commands.h"
#include "grader/desk/desk_view.h"

int command_hint(int argc, char **argv)
{
    int status;
    const char *name = NULL;
    const struct option_rule rules[] = {{0}};
    const struct options options = {argv[0], "hint [EX]", rules, &name, 1};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status))
        return status;
    status = desk_open(&desk, true);
    if (status)
        return status;
    desk_warn(&desk);
    struct terminal terminal;
    terminal_init(&terminal, stdout);
    const struct desk_exercise *exercise = desk_choose(&desk, name);
    status = exercise ? COMMAND_PASSED : COMMAND_USAGE;
    if (exercise && desk_view_hints(&terminal, &desk, exercise) != 0)
        options_complain("this hint will not be remembered: %s", store_error());
    desk_close(&desk);
    return status;
}
