#include "grader/verify/fair.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/command_exit.h"
#include "grader/verify/load.h"
#include "grader/verify/samples.h"
#include "grader/verify/slowest.h"

#define ROUNDING_POINTS 0.5

/* What came of one file over the rounds. */
struct tally {
    unsigned passed, failures, lost, faults; /* passed: those that lost points too */
    struct record *at_rest;                  /* its grading before the load, if it passed */
    double points_least, points_most;
    struct slowest slowest;
    struct record *first_failure; /* the first that did not pass or lost points, for its reason */
};

const struct record_test *fair_lost(const struct record *at_rest, const struct record *loaded)
{
    const struct record_test *found = NULL;
    double most = ROUNDING_POINTS;
    for (size_t i = 0; i < at_rest->test_count && i < loaded->test_count; i++) {
        const struct record_test *before = &at_rest->tests[i], *now = &loaded->tests[i];
        bool full = before->points + ROUNDING_POINTS >= before->max_points;
        if (!full || before->points - now->points <= most)
            continue;
        most = before->points - now->points;
        found = now;
    }
    return found;
}

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
    if (tally->at_rest && fair_lost(tally->at_rest, record)) {
        tally->lost++;
        keep(tally, sample);
    }
}

/* What a file is worth on a machine that has nothing else to do. One that fails here does so under load
 * too, and is counted there. */
static void note_at_rest(struct tally *tally, struct sample *sample)
{
    if (!sample->record || sample->record->verdict == VERDICT_GRADER_ERROR) {
        count(tally, sample);
    } else if (sample->record->verdict == VERDICT_PASS) {
        tally->at_rest = sample->record;
        sample->record = NULL;
    }
}

static void print_reason(const struct tally *tally)
{
    const struct record *record = tally->first_failure;
    if (record->verdict != VERDICT_PASS) {
        samples_print_reason(record);
        return;
    }
    const struct record_test *test = fair_lost(tally->at_rest, record);
    printf("      %s: %.2f points of %u, and all of them at rest%s%s\n", test->name, test->points,
           test->max_points, test->run_count && test->runs[0].measured[0] ? ": " : "",
           test->run_count ? test->runs[0].measured : "");
}

static void print_tally(const struct sample *sample, const struct tally *tally,
                        const struct manifest *manifest)
{
    bool fair = tally->failures == 0 && tally->lost == 0 && tally->faults == 0;
    printf("  %-5s %3u runs, %u false failures, %u with points lost, %u faults",
           fair ? "ok" : "WRONG", tally->passed + tally->failures + tally->faults, tally->failures,
           tally->lost, tally->faults);
    if (tally->passed)
        printf("; %.2f", tally->points_least);
    if (tally->points_most > tally->points_least)
        printf(" to %.2f", tally->points_most);
    printf("%s  %s\n", tally->passed ? " points" : "", sample->shown);
    slowest_print(&tally->slowest, manifest);
    if (tally->first_failure)
        print_reason(tally);
}

static int print_all(const struct samples *samples, struct tally *tallies,
                     const struct manifest *manifest)
{
    unsigned long runs = 0, failures = 0, lost = 0, faults = 0;
    for (size_t i = 0; i < samples->count; i++) {
        struct tally *tally = &tallies[i];
        print_tally(&samples->all[i], tally, manifest);
        runs += tally->passed + tally->failures + tally->faults;
        failures += tally->failures;
        lost += tally->lost;
        faults += tally->faults;
    }
    printf("%s: %lu runs of %zu files, %lu false failures, %lu with points lost, "
           "%lu faults of the grader\n",
           manifest->exercise, runs, samples->count, failures, lost, faults);
    return failures || lost  ? COMMAND_FAILED
           : faults || !runs ? COMMAND_GRADER_ERROR
                             : COMMAND_PASSED;
}

/* Returns: 0, or -errno where no load could be started. */
static int run_rounds(struct samples *samples, struct tally *tallies, struct engine *engine,
                      const struct manifest *manifest, unsigned rounds)
{
    struct load *load = NULL;
    samples_grade(samples, engine, manifest);
    for (size_t i = 0; i < samples->count; i++)
        note_at_rest(&tallies[i], &samples->all[i]);
    int failed = load_start(&load);
    if (failed)
        return failed;
    for (unsigned round = 0; round < rounds; round++) {
        samples_grade(samples, engine, manifest);
        for (size_t i = 0; i < samples->count; i++)
            count(&tallies[i], &samples->all[i]);
    }
    unsigned cores = load_stop(load);
    printf("%s: %u rounds, %u cores kept busy\n", manifest->exercise, rounds, cores);
    return 0;
}

static int grade_all(struct samples *samples, struct engine *engine,
                     const struct manifest *manifest, unsigned rounds)
{
    struct tally *tallies = calloc(samples->count + 1, sizeof(*tallies));
    int failed = tallies ? run_rounds(samples, tallies, engine, manifest, rounds) : -ENOMEM;
    int status = failed ? COMMAND_GRADER_ERROR : print_all(samples, tallies, manifest);
    if (failed)
        fprintf(stderr, "syslab: no load could be started: %s\n", strerror(-failed));
    for (size_t i = 0; tallies && i < samples->count; i++) {
        record_destroy(tallies[i].first_failure);
        record_destroy(tallies[i].at_rest);
    }
    free(tallies);
    return status;
}

int fair_verify(struct engine *engine, const struct manifest *manifest, const char *course_root,
                unsigned rounds)
{
    char folder[2 * PATH_MAX];
    struct samples samples = {.count = 0};
    const char *const patterns[] = {"solution/*.c", "submissions/accepted/*.c"};
    int failed = 0;
    snprintf(folder, sizeof(folder), "%s/exercises/%s", course_root, manifest->exercise);
    for (size_t i = 0; i < 2 && !failed; i++)
        failed = samples_add(&samples, folder, patterns[i]);
    if (failed)
        fprintf(stderr, "syslab: %s: %s\n", manifest->exercise, strerror(-failed));
    int status = failed ? COMMAND_GRADER_ERROR : grade_all(&samples, engine, manifest, rounds);
    samples_fini(&samples);
    return status;
}
