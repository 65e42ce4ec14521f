#include "grader/fair.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/commands.h"
#include "grader/load.h"
#include "grader/samples.h"
#include "grader/slowest.h"

/* What came of one file over the rounds. */
struct tally {
    unsigned passed, failures, faults;
    double points_least, points_most;
    struct slowest slowest;
    struct record *first_failure; /* the first that did not pass, for its reason */
};

static void keep(struct tally *tally, struct sample *sample)
{
    if (tally->first_failure)
        return;
    tally->first_failure = sample->record;
    sample->record = NULL;
}

static void count(struct tally *tally, struct sample *sample)
{
    const struct record *record = sample->record;
    if (!record || record->verdict == VERDICT_GRADER_ERROR) {
        tally->faults++;
        if (record)
            keep(tally, sample);
        return;
    }
    slowest_note(&tally->slowest, record);
    if (record->verdict != VERDICT_PASS) {
        tally->failures++;
        keep(tally, sample);
        return;
    }
    if (tally->passed == 0 || record->points < tally->points_least)
        tally->points_least = record->points;
    if (record->points > tally->points_most)
        tally->points_most = record->points;
    tally->passed++;
}

static void print_tally(const struct sample *sample, const struct tally *tally,
                        const struct manifest *manifest)
{
    bool fair = tally->failures == 0 && tally->faults == 0;
    printf("  %-5s %3u runs, %u false failures, %u faults", fair ? "ok" : "WRONG",
           tally->passed + tally->failures + tally->faults, tally->failures, tally->faults);
    if (tally->passed)
        printf("; %.2f", tally->points_least);
    if (tally->points_most > tally->points_least)
        printf(" to %.2f", tally->points_most);
    printf("%s  %s\n", tally->passed ? " points" : "", sample->shown);
    slowest_print(&tally->slowest, manifest);
    if (tally->first_failure)
        samples_print_reason(tally->first_failure);
}

static int print_all(const struct samples *samples, struct tally *tallies,
                     const struct manifest *manifest)
{
    unsigned long runs = 0, failures = 0, faults = 0;
    for (size_t i = 0; i < samples->count; i++) {
        struct tally *tally = &tallies[i];
        print_tally(&samples->all[i], tally, manifest);
        runs += tally->passed + tally->failures + tally->faults;
        failures += tally->failures;
        faults += tally->faults;
    }
    printf("%s: %lu runs of %zu files, %lu false failures, %lu faults of the grader\n",
           manifest->exercise, runs, samples->count, failures, faults);
    return failures ? COMMAND_FAILED : faults || !runs ? COMMAND_GRADER_ERROR : COMMAND_PASSED;
}

static int run_rounds(struct samples *samples, struct engine *engine,
                      const struct manifest *manifest, unsigned rounds)
{
    struct load *load = NULL;
    struct tally *tallies = calloc(samples->count + 1, sizeof(*tallies));
    int failed = tallies ? load_start(&load) : -1;
    if (failed) {
        fprintf(stderr, "syslab: no load could be started: %s\n",
                tallies ? strerror(-failed) : "out of memory");
        free(tallies);
        return COMMAND_GRADER_ERROR;
    }
    for (unsigned round = 0; round < rounds; round++) {
        samples_grade(samples, engine, manifest);
        for (size_t i = 0; i < samples->count; i++)
            count(&tallies[i], &samples->all[i]);
    }
    unsigned cores = load_stop(load);
    printf("%s: %u rounds, %u cores kept busy\n", manifest->exercise, rounds, cores);
    int status = print_all(samples, tallies, manifest);
    for (size_t i = 0; i < samples->count; i++)
        record_destroy(tallies[i].first_failure);
    free(tallies);
    return status;
}

int fair_verify(struct engine *engine, const struct manifest *manifest, const char *course_root,
                unsigned rounds)
{
    char pattern[2 * PATH_MAX];
    struct samples samples = {.count = 0};
    const char *const folders[] = {"solution", "submissions/accepted"};
    int failed = 0;
    for (size_t i = 0; i < 2 && !failed; i++) {
        snprintf(pattern, sizeof(pattern), "%s/exercises/%s/%s/*.c", course_root,
                 manifest->exercise, folders[i]);
        failed = samples_add(&samples, pattern);
    }
    if (failed)
        fprintf(stderr, "syslab: %s: %s\n", manifest->exercise, strerror(-failed));
    int status = failed ? COMMAND_GRADER_ERROR : run_rounds(&samples, engine, manifest, rounds);
    samples_fini(&samples);
    return status;
}
