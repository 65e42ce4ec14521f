#include "grader/base/options.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/command_exit.h"
#include "grader/base/prose.h"

enum { RULES_MAX = 16 };

void options_complain(const char *format, ...)
{
    char line[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    fputs("syslab: ", stderr);
    prose_put_name(stderr, line, true); /* one line, whatever the names in it hold */
    fputc('\n', stderr);
}

static const struct option_rule *find(const struct options *options, const char *name,
                                      size_t length)
{
    for (const struct option_rule *rule = options->rules; rule->name; rule++)
        if (strlen(rule->name) == length && strncmp(rule->name, name, length) == 0)
            return rule;
    return NULL;
}

static void complain_unknown(const struct options *options, const char *name)
{
    char *names[RULES_MAX];
    size_t count = 0;
    for (const struct option_rule *rule = options->rules; rule->name && count < RULES_MAX; rule++)
        names[count++] = (char *)rule->name;
    const char *nearest = prose_nearest(name, names, count);
    if (nearest)
        options_complain("%s has no option '%s'. Did you mean '%s'?", options->command, name,
                         nearest);
    else
        options_complain(
            "%s has no option '%s'. Usage: ./syslab %s%s", options->command, name, options->usage,
            options->argument_max ? ". A name that begins with a dash comes last, after "
                                    "'--' and the options"
                                  : "");
}

static bool store_count(const struct options *options, const struct option_rule *rule,
                        const char *value)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (errno || *end || end == value || *value == '-' || number < 1 || number > INT_MAX) {
        options_complain("%s %s wants a number from 1 up, not '%s'", options->command, rule->name,
                         value);
        return false;
    }
    *(unsigned *)rule->value = (unsigned)number;
    return true;
}

/* Returns: how many words were used, or 0 after a complaint. */
static int take_option(const struct options *options, const char *word, const char *next)
{
    size_t length = strcspn(word, "=");
    const char *inside = word[length] ? word + length + 1 : NULL;
    const struct option_rule *rule = find(options, word, length);
    if (!rule) {
        complain_unknown(options, word);
        return 0;
    }
    if (rule->kind == OPTION_FLAG) {
        if (inside)
            options_complain("%s %s takes no value", options->command, rule->name);
        *(bool *)rule->value = true;
        return inside ? 0 : 1;
    }
    const char *value = inside ? inside : next;
    if (!value) {
        options_complain("%s %s wants a value. Usage: ./syslab %s", options->command, rule->name,
                         options->usage);
        return 0;
    }
    if (rule->kind == OPTION_COUNT && !store_count(options, rule, value))
        return 0;
    if (rule->kind == OPTION_TEXT)
        *(const char **)rule->value = value;
    return inside ? 1 : 2;
}

bool options_parse(const struct options *options, int argc, char **argv, int *status)
{
    size_t arguments = 0;
    bool ended = false;
    *status = COMMAND_USAGE;
    for (int i = 1; i < argc;) {
        if (!ended && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            printf("usage: ./syslab ");
            prose_wrap(stdout, options->usage,
                       (struct prose_layout){sizeof("usage: ./syslab ") - 1, 80, true});
            *status = COMMAND_PASSED;
            return false;
        }
        if (!ended && strcmp(argv[i], "--") == 0) {
            ended = true;
            i++;
        } else if (!ended && argv[i][0] == '-' && argv[i][1]) {
            int used = take_option(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            if (used == 0)
                return false;
            i += used;
        } else if (arguments < options->argument_max) {
            options->arguments[arguments++] = argv[i++];
        } else {
            options_complain("%s: '%s' is one argument too many. Usage: ./syslab %s",
                             options->command, argv[i], options->usage);
            return false;
        }
    }
    return true;
}
