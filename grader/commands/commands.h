/* commands.h - the commands of `syslab`: each is one function in command_<name>.c.
 *
 * A command gets its own name as argv[0] and returns the program's exit status: command_exit.h.
 *
 * Interface: struct command, commands, command_*
 */
#ifndef SYSLAB_GRADER_COMMANDS_H
#define SYSLAB_GRADER_COMMANDS_H

#include "grader/base/command_exit.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; /* one line */
};

/* In the order in which help lists them; the last has no name. Defined in main.c. */
extern const struct command commands[];

int command_explain(int argc, char **argv);
int command_grade(int argc, char **argv);
int command_help(int argc, char **argv);
int command_hint(int argc, char **argv);
int command_init(int argc, char **argv);
int command_list(int argc, char **argv);
int command_mutate(int argc, char **argv);
int command_next(int argc, char **argv);
int command_regrade(int argc, char **argv);
int command_release(int argc, char **argv);
int command_report(int argc, char **argv);
int command_reset(int argc, char **argv);
int command_similar(int argc, char **argv);
int command_solution(int argc, char **argv);
int command_submit(int argc, char **argv);
int command_test(int argc, char **argv);
int command_unit(int argc, char **argv);
int command_update(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_watch(int argc, char **argv);

#endif
