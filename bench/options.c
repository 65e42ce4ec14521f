#include "bench/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/measure.h"

enum { SAMPLES_DEFAULT = 11 };

static int usage(const char *program)
{
    fprintf(stderr,
            "usage: %s [--row NAME] [--samples N] [--json FILE] [--ours]\n"
            "       %s --smoke [--row NAME]     check the answers, time nothing\n"
            "       %s --list                   the rows\n"
            "       %s --toolchain              what built this program\n"
            "       %s --only CONTENDER --iterations N [--row NAME]\n"
            "       %s --count N                ours alone, between callgrind's client requests\n",
            program, program, program, program, program, program);
    return -EINVAL;
}

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    *out = value;
    return errno == 0 && end != text && *end == '\0' && *text != '-' && value >= min &&
           value <= max;
}

/* Options that choose a mode are known to getopt by that mode's number, the others by a letter. */
static bool set(struct options *out, int option, const char *value)
{
    if (option <= OPTIONS_COUNT)
        out->mode = (enum options_mode)option;
    switch (option) {
    case OPTIONS_ONLY:
        out->only = value;
        return true;
    case OPTIONS_COUNT:
    case 'i':
        return parse_number(value, 1, UINT64_MAX, &out->iterations);
    case 'n':
        return parse_number(value, 1, MEASURE_SAMPLES_MAX, &out->samples);
    case 'o':
        out->ours_only = true;
        return true;
    case 'r':
        out->row = value;
        return true;
    case 'j':
        out->json = value;
        return true;
    default:
        return option != '?';
    }
}

int options_parse(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {
        {"smoke", no_argument, NULL, OPTIONS_SMOKE},
        {"list", no_argument, NULL, OPTIONS_LIST},
        {"toolchain", no_argument, NULL, OPTIONS_TOOLCHAIN},
        {"only", required_argument, NULL, OPTIONS_ONLY},
        {"count", required_argument, NULL, OPTIONS_COUNT},
        {"iterations", required_argument, NULL, 'i'},
        {"samples", required_argument, NULL, 'n'},
        {"ours", no_argument, NULL, 'o'},
        {"row", required_argument, NULL, 'r'},
        {"json", required_argument, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    *out = (struct options){.samples = SAMPLES_DEFAULT};
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        if (!set(out, option, optarg))
            return usage(argv[0]);
    if (optind != argc || (out->mode == OPTIONS_ONLY && out->iterations == 0))
        return usage(argv[0]);
    return 0;
}
