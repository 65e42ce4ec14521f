/* main.c - syslab: the course's program for students and instructors. `syslab help` lists what it does. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "grader/base/options.h"
#include "grader/base/prose.h"
#include "grader/build_config.h"
#include "grader/commands/commands.h"

const struct command commands[] = {
    {"next", command_next, "the next exercise: its task, its file, its first failing test"},
    {"test", command_test, "test [EX]: grade your file now; --file FILE another, --json"},
    {"watch", command_watch, "watch [EX]: grade it at each save"},
    {"hint", command_hint, "hint [EX]: one more hint each time"},
    {"list", command_list, "every exercise, and how far you are"},
    {"reset", command_reset, "reset [EX]: the starter again; what you wrote is kept aside"},
    {"solution", command_solution, "solution [EX]: the reference, after a pass or --give-up"},
    {"update", command_update, "update [FROM]: a new course version; nothing of yours is lost"},
    {"submit", command_submit, "pack your files into one archive"},
    {"init", command_init, "make the workspace; no file in it is ever overwritten"},
    {"grade", command_grade, "grade DIR: a class, DIR/<student>/<chapter>/<exercise>/<file>"},
    {"report", command_report,
     "report DIR: the gradebook; --student S tells why; --format html, ..."},
    {"regrade", command_regrade,
     "regrade DIR: after a test was mended: each grade that it changes"},
    {"explain", command_explain, "explain STUDENT EX: one grade in words: why it is what it is"},
    {"similar", command_similar,
     "similar DIR: answers that look alike; --html FILE shows both sides"},
    {"release", command_release,
     "release DIR: the students' tree, without solutions and hidden tests"},
    {"unit", command_unit, "for clusters: what `grade --engine slurm` runs on each machine"},
    {"verify", command_verify, "for authors: each labelled submission gets its folder's verdict"},
    {"mutate", command_mutate, "for authors: do the tests notice a wrong reference? mutate EX"},
    {"help", command_help, "this list"},
    {NULL, NULL, NULL},
};

enum { COMMANDS_MAX = 64 };

static int unknown(const char *name)
{
    char *names[COMMANDS_MAX];
    size_t count = 0;
    for (const struct command *command = commands; command->name; command++)
        names[count++] = (char *)command->name;
    const char *nearest = prose_nearest(name, names, count);
    if (nearest)
        options_complain("there is no command '%s'. Did you mean '%s'?", name, nearest);
    else
        options_complain("there is no command '%s'; './syslab help' lists them", name);
    return COMMAND_USAGE;
}

static int run_command(const char *name, int argc, char **argv)
{
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(name, command->name) == 0)
            return command->run(argc, argv);
    return unknown(name);
}

int command_help(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "help") != 0 && argv[1][0] != '-')
        return run_command(argv[1], 2, (char *[]){argv[1], (char *)"--help", NULL});
    printf("usage: ./syslab COMMAND [ARGUMENT ...]\n"
           "       EX is an exercise: 03_memory/arena or arena\n\n");
    for (const struct command *command = commands; command->name; command++)
        printf("  %-9s %s\n", command->name, command->help);
    printf("\n'./syslab help COMMAND' tells a command's options.\n"
           "Exit status: 0 done or passed; 1 a submission failed; 2 wrong usage, or a\n"
           "machine that lacks something or a full disk; 3 a fault of the grader's own.\n"
           "Environment: SYSLAB_WORK names another workspace than work/; NO_COLOR turns\n"
           "colour off.\n");
    return COMMAND_PASSED;
}

/* What was printed may lie in a buffer until now: a full disk shows only here. */
static int flushed(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (status != COMMAND_USAGE) /* which has complained already */
        options_complain("the output could not be written: %s", strerror(errno));
    return COMMAND_USAGE;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    if (argc < 2) {
        command_help(argc, argv);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("syslab " BUILD_CONFIG_VERSION);
        return flushed(COMMAND_PASSED);
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    return flushed(run_command(name, argc - 1, argv + 1));
}
