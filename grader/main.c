/* main.c - syslab: grades the course's exercises. `syslab help` lists what it can do. */
#include <stdio.h>
#include <string.h>

#include "grader/commands.h"

const struct command commands[] = {
    {"help", command_help, "list the commands"},
    {NULL, NULL, NULL},
};

int command_help(int argc, char **argv)
{
    (void)argc, (void)argv;
    printf("usage: syslab COMMAND [ARGUMENT ...]\n\n");
    for (const struct command *command = commands; command->name; command++)
        printf("  %-10s %s\n", command->name, command->help);
    printf("\nExit status: 0 done or passed, 1 failed, 2 wrong usage or a machine that lacks "
           "something, 3 a fault of the grader.\n");
    return COMMAND_PASSED;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        command_help(argc, argv);
        return COMMAND_USAGE;
    }
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(argv[1], command->name) == 0)
            return command->run(argc - 1, argv + 1);
    fprintf(stderr, "syslab: no command '%s'; 'syslab help' lists them\n", argv[1]);
    return COMMAND_USAGE;
}
