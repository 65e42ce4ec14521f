/* engine.h - grades one submission: inspect, compile, link, run each test in a sandbox, record.
 *
 * The engine never links or loads student code into its own process.
 * Threads: an engine is immutable after create; any number of threads may grade with it at once.
 *
 * Interface: engine_create engine_destroy engine_grade engine_give_up engine_suite_hash
 *            engine_grader_hash engine_toolchain engine_programs_hash engine_submission_hash engine_sandbox
 */
#ifndef SYSLAB_GRADER_ENGINE_H
#define SYSLAB_GRADER_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "grader/course/manifest.h"
#include "grader/engine/sandbox.h"
#include "grader/record/record.h"

struct engine;

struct engine_options {
    const char *course_root; /* where exercises/ lies */
    const char *build_root;  /* where kits/ lies: build/release */
    bool no_sandbox;         /* said aloud in the record */
    unsigned without;        /* enum runner_layer: for tests of the grader, said in the record */
    bool serial_builds;      /* one build after the other: for many submissions side by side */
    bool first_failure_ends; /* the record then has that test's verdict, and names it in message */
    /* NULL: the tests' random numbers follow from the submission's hash, so that the same file meets
     * the same tests wherever it is graded. Below 2 to the ENGINE_SEED_BITS. */
    const uint64_t *seed;
};

enum { ENGINE_SEED_BITS = 53 }; /* JSON's integers are exact up to there */

/* Called as the work goes on, from the thread that called engine_grade or from a worker thread of
 * that call, one at a time. Optional. */
struct engine_progress {
    void (*build_done)(void *context, enum build build, const struct record *so_far);
    void *context;
};

/* Returns: 0 and *out; -ENOTSUP where the sandbox cannot be had and no_sandbox is off, with the
 * reason and the remedy in error. */
int engine_create(const struct engine_options *options, struct engine **out, char *error,
                  size_t error_bytes);
void engine_destroy(struct engine *engine);

/* Grade the file as an answer to the exercise. The builds run side by side on up to two threads.
 * Returns: 0 and *out, whatever the verdict: a file that is missing, a directory, or not C gets a
 * record too. -errno only where no record could be made. Blocks: until graded. */
int engine_grade(struct engine *engine, const struct manifest *manifest, const char *file,
                 const struct engine_progress *progress, struct record **out);

/* The record of a file that could not be graded: a grader_error with the reason, without hashes of
 * file and tests. Returns: 0 and *out, or -ENOMEM. */
int engine_give_up(struct engine *engine, const struct manifest *manifest, const char *file,
                   const char *reason, struct record **out);

/* The hash of all that can change a verdict: see suite.h; and of the grader's own programs.
 * Hexadecimal SHA-256, owned by the engine's caller-provided buffer. */
int engine_suite_hash(struct engine *engine, const struct manifest *manifest, char out[65]);
const char *engine_grader_hash(const struct engine *engine);

/* The compiler, as it is in records: "gcc 12.2.0". */
const char *engine_toolchain(const struct engine *engine);

/* The same without an engine. Returns: 0, or -errno with "" in out. */
int engine_programs_hash(const char *build_root, char out[65]);

/* The sandbox that its jobs run in, and the layers that it has. */
const struct sandbox_settings *engine_sandbox(const struct engine *engine);

/* The hash that engine_grade puts into a record as submission_hash, without grading: "" for a file
 * that cannot be read. Bulk grading asks it to find out what has been graded already.
 * Returns: 0; -errno, and "", where the machine is at fault. */
int engine_submission_hash(const char *file, char out[65]);

#endif
