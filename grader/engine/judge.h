/* judge.h - from what a sandbox saw of one test to a verdict with its reasons.
 *
 * The order in which causes are looked at: limits that the grader enforced, a sanitizer's report,
 * signals, and only then the end record with the exit status that belongs to it. A pass needs all of
 * them clean; whatever fits none of the known shapes is `forged`, with what was odd in `detail`.
 *
 * Interface: judge_run judge_says_killed JUDGE_SANITIZER_EXIT
 */
#ifndef SYSLAB_GRADER_JUDGE_H
#define SYSLAB_GRADER_JUDGE_H

#include "grader/course/manifest.h"
#include "grader/engine/sandbox.h"
#include "grader/record/record.h"

enum { JUDGE_SANITIZER_EXIT = 101 }; /* the status that sanitizers are told to end with */

/* One test's run. */
struct judge_case {
    const struct manifest *manifest;
    const struct manifest_test *test;
    enum build build;
    const struct sandbox_job *job;
    const struct sandbox_result *result;
    /* A sanitizer that reports its own failure is believed unless it was seen to work here. */
    bool sanitizer_works;
};

/* Fill the run, whose strings are set already.
 * Returns: false without memory. */
bool judge_run(const struct judge_case *one, struct record_run *run);

/* Whether the run ended by a SIGKILL that was not the grader's: a program's own, or the machine's. */
bool judge_says_killed(const struct record_run *run);

#endif
