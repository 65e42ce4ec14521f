/* options.h - the command line of a bench program, as bench.h describes it. Internal to bench/.
 * Interface: options_parse
 */
#ifndef SYSLAB_BENCH_OPTIONS_H
#define SYSLAB_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum options_mode {
    OPTIONS_MEASURE,
    OPTIONS_SMOKE,     /* --smoke */
    OPTIONS_LIST,      /* --list */
    OPTIONS_TOOLCHAIN, /* --toolchain */
    OPTIONS_ONLY,      /* --only CONTENDER --iterations N */
    OPTIONS_COUNT,     /* --count N */
};

struct options {
    enum options_mode mode;
    bool ours_only;
    const char *row, *json, *only; /* NULL: not given */
    uint64_t samples, iterations;
};

/* Returns: 0, or -EINVAL after a message on stderr. */
int options_parse(int argc, char **argv, struct options *out);

#endif
