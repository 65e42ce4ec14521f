#include "bench/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/measure.h"

enum { SAMPLES_DEFAULT = 11, SAMPLES_MIN = 1 };

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

static bool set(struct options *out, int option, const char *value)
{
    uint64_t samples = SAMPLES_DEFAULT;
    bool legal = true;
    switch (option) {
    case 's':
        out->mode = OPTIONS_SMOKE;
        break;
    case 'l':
        out->mode = OPTIONS_LIST;
        break;
    case 't':
        out->mode = OPTIONS_TOOLCHAIN;
        break;
    case 'u':
        out->ours_only = true;
        break;
    case 'r':
        out->row = value;
        break;
    case 'j':
        out->json = value;
        break;
    case 'n':
        legal = parse_number(value, SAMPLES_MIN, MEASURE_SAMPLES_MAX, &samples);
        out->samples = (unsigned)samples;
        break;
    case 'o':
        out->mode = OPTIONS_ONLY;
        out->only = value;
        break;
    case 'c':
        out->mode = OPTIONS_COUNT;
        legal = parse_number(value, 1, UINT64_MAX, &out->iterations);
        break;
    case 'i':
        legal = parse_number(value, 1, UINT64_MAX, &out->iterations);
        break;
    default:
        legal = false;
    }
    return legal;
}

int options_parse(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {
        {"smoke", no_argument, NULL, 's'},
        {"list", no_argument, NULL, 'l'},
        {"toolchain", no_argument, NULL, 't'},
        {"ours", no_argument, NULL, 'u'},
        {"row", required_argument, NULL, 'r'},
        {"json", required_argument, NULL, 'j'},
        {"samples", required_argument, NULL, 'n'},
        {"only", required_argument, NULL, 'o'},
        {"iterations", required_argument, NULL, 'i'},
        {"count", required_argument, NULL, 'c'},
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
