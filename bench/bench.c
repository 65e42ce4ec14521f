#include "bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "bench/count.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "bench/peers.h"
#include "bench/probe.h"
#include "bench/report.h"

enum { PASSED = 0, WRONG_ANSWER = 1, USAGE = 2 };
enum { CHECKED_OPERATIONS = 10007, SMOKE_OPERATIONS = 1000 };

/* The JSON file, if one was asked for, and whether an object is in it. */
struct output {
    FILE *file;
    bool first;
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static int measure(const struct bench_row *row, const struct options *options,
                   struct output *output)
{
    static struct measurement measurement; /* 40 KB: too much for some stacks */
    bool smoke = options->mode == OPTIONS_SMOKE;
    uint64_t checked = least(row->operations, smoke ? SMOKE_OPERATIONS : CHECKED_OPERATIONS);
    if (!measure_installed(row, options->ours_only, &measurement)) {
        fprintf(stderr, "%s: ours cannot run\n", row->name);
        return WRONG_ANSWER;
    }
    if (measure_answers(&measurement, checked) != 0)
        return WRONG_ANSWER;
    if (smoke) {
        report_answers(&measurement);
        return PASSED;
    }
    if (measure_row(&measurement, (unsigned)options->samples) != 0)
        return WRONG_ANSWER;
    report_table(&measurement);
    if (output->file)
        report_json(&measurement, output->file, &output->first);
    return PASSED;
}

/* One contender, N operations, no timing: to be looked at with callgrind or perf. */
static int run_only(const struct bench_row *row, const struct options *options)
{
    for (const struct bench_contender *c = row->contenders; c->name; c++) {
        if (strcmp(c->name, options->only) != 0 || !peers_find(c))
            continue;
        void *context = c->setup ? c->setup() : NULL;
        peers_find(c)(context, options->iterations);
        if (c->teardown)
            c->teardown(context);
        return PASSED;
    }
    return USAGE;
}

static int run_row(const struct bench_row *row, const struct options *options,
                   struct output *output)
{
    uint64_t counted;
    switch (options->mode) {
    case OPTIONS_LIST:
        puts(row->name);
        return PASSED;
    case OPTIONS_ONLY:
        return run_only(row, options);
    case OPTIONS_COUNT:
        counted = count_row(row, options->iterations);
        if (counted)
            printf("%s %llu\n", row->name, (unsigned long long)counted);
        return PASSED;
    default:
        return measure(row, options, output);
    }
}

static int run_rows(const struct bench_row *rows, const struct options *options,
                    struct output *output)
{
    int status = PASSED;
    bool any = false;
    for (const struct bench_row *row = rows; row->name && status != WRONG_ANSWER; row++) {
        if (options->row && strcmp(options->row, row->name) != 0)
            continue;
        int result = run_row(row, options, output);
        /* --only names a contender that some rows need not have. */
        any |= result == PASSED;
        status = result == WRONG_ANSWER ? WRONG_ANSWER : status;
    }
    if (!any && status == PASSED) {
        fprintf(stderr, "no such row or contender: --list prints the rows\n");
        return USAGE;
    }
    return status;
}

int bench_main(int argc, char **argv, const struct bench_row *rows)
{
    struct options options;
    struct output output = {.first = true};
    peers_reserve_tls(argv);
    if (options_parse(argc, argv, &options) != 0)
        return USAGE;
    if (options.mode == OPTIONS_TOOLCHAIN)
        return puts(count_toolchain()) < 0;
    if (options.json && !(output.file = fopen(options.json, "we"))) {
        perror(options.json);
        return USAGE;
    }
    probe_start();
    if (output.file)
        fputc('[', output.file);
    int status = run_rows(rows, &options, &output);
    if (output.file && (fputs("\n]\n", output.file) < 0 || fclose(output.file) != 0)) {
        perror(options.json);
        return USAGE;
    }
    return status;
}
