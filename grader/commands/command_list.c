/* command_list.c - syslab list: every exercise with its state, points and prerequisites. */
#include "grader/base/options.h"
#include "grader/commands/commands.h"
#include "grader/desk/desk_view.h"

int command_list(int argc, char **argv)
{
    int status;
    const struct option_rule rules[] = {{0}};
    const struct options options = {argv[0], "list", rules, NULL, 0};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status))
        return status;
    status = desk_open(&desk, true);
    if (status)
        return status;
    desk_warn(&desk);
    struct terminal terminal;
    terminal_init(&terminal, stdout);
    desk_view_list(&terminal, &desk);
    desk_close(&desk);
    return COMMAND_PASSED;
}
