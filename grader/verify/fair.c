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
    struct record **lacking;                 /* gradings that passed with less than all points */
    size_t lacking_count;
    struct record *at_rest; /* its grading without the load, where some are lacking */
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

static bool is_lacking(const struct record *record)
{
    for (size_t i = 0; i < record->test_count; i++)
        if (record->tests[i].points + ROUNDING_POINTS < record->tests[i].max_points)
            return true;
    return false;
}

static void keep(struct tally *tally, struct record *record)
{
    if (tally->first_failure)
        record_destroy(record);
    else
        tally->first_failure = record;
}

/* Whether points were lost is known when the load is gone. Without memory for that, nothing is known of it. */
static void set_aside(struct tally *tally, struct record *record)
{
    struct record **grown =
        realloc(tally->lacking, (tally->lacking_count + 1) * sizeof(struct record *));
    if (!grown) {
        record_destroy(record);
        tally->faults++;
        return;
    }
    tally->lacking = grown;
    tally->lacking[tally->lacking_count++] = record;
}

/* Takes the record over. */
static void count(struct tally *tally, struct record *record)
{
    if (!record || record->verdict == VERDICT_GRADER_ERROR) {
        tally->faults++;
        if (record)
            keep(tally, record);
        return;
    }
    slowest_note(&tally->slowest, record);
    if (record->verdict != VERDICT_PASS) {
        tally->failures++;
        keep(tally, record);
        return;
    }
    if (tally->passed == 0 || record->points < tally->points_least)
        tally->points_least = record->points;
    if (record->points > tally->points_most)
        tally->points_most = record->points;
    tally->passed++;
    if (is_lacking(record))
        set_aside(tally, record);
    else
        record_destroy(record);
}

/* What a file that lacked points is worth on a machine that has nothing else to do. One that fails there
 * fails under load too, and was counted then. */
static void compare_with_rest(struct tally *tally, const struct sample *sample,
                              struct engine *engine, const struct manifest *manifest)
{
    if (tally->lacking_count == 0)
        return;
    int failed = engine_grade(engine, manifest, sample->path, NULL, &tally->at_rest);
    if (failed || tally->at_rest->verdict == VERDICT_GRADER_ERROR)
        tally->faults++;
    for (size_t i = 0; i < tally->lacking_count; i++) {
        struct record *record = tally->lacking[i];
        if (!failed && fair_lost(tally->at_rest, record)) {
            tally->lost++;
            keep(tally, record);
        } else {
            record_destroy(record);
        }
    }
    tally->lacking_count = 0;
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
    int failed = load_start(&load);
    if (failed)
        return failed;
    for (unsigned round = 0; round < rounds; round++) {
        samples_grade(samples, engine, manifest);
        for (size_t i = 0; i < samples->count; i++) {
            count(&tallies[i], samples->all[i].record);
            samples->all[i].record = NULL;
        }
    }
    unsigned cores = load_stop(load);
    printf("%s: %u rounds, %u cores kept busy\n", manifest->exercise, rounds, cores);
    for (size_t i = 0; i < samples->count; i++)
        compare_with_rest(&tallies[i], &samples->all[i], engine, manifest);
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
        free(tallies[i].lacking);
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
