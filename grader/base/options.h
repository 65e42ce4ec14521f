/* options.h - what a command was asked, read by a table; and how it complains.
 *
 *     const char *file = NULL;
 *     bool json = false;
 *     const struct option_rule rules[] = {
 *         {"--file", OPTION_TEXT, &file}, {"--json", OPTION_FLAG, &json}, {0}};
 *     struct options options = {argv[0], "test [EX] [--file F] [--json]", rules, &exercise, 1};
 *     if (!options_parse(&options, argc, argv, &status))
 *         return status;
 *
 * `--name value` and `--name=value` mean the same; `--` ends the options; --help prints the usage.
 * Every complaint is one line on stderr, beginning with "syslab".
 *
 * Interface: options_parse options_complain
 */
#ifndef SYSLAB_GRADER_OPTIONS_H
#define SYSLAB_GRADER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_FLAG = 1, /* bool */
    OPTION_TEXT,     /* const char * */
    OPTION_COUNT,    /* unsigned, at least 1 */
};

struct option_rule {
    const char *name; /* NULL ends the table */
    enum option_kind kind;
    void *value;
};

struct options {
    const char *command;
    const char *usage;
    const struct option_rule *rules;
    const char **arguments; /* what is not an option, in order */
    size_t argument_max;
};

/* Returns: true; or false with the exit status in *status: 0 after --help, 2 after a complaint. */
bool options_parse(const struct options *options, int argc, char **argv, int *status);

/* One line on stderr: "syslab: ...". Control characters in it are spelt out. */
void options_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
