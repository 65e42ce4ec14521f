/* engine_internal.h - between engine.c, which grades a submission, engine_build.c, which takes it through one
 * build, and the two halves of that, engine_make.c and engine_tests.c. */
#ifndef SYSLAB_GRADER_ENGINE_INTERNAL_H
#define SYSLAB_GRADER_ENGINE_INTERNAL_H

#include <limits.h>
#include <pthread.h>

#include "grader/engine/engine.h"
#include "grader/engine/sandbox.h"
#include "grader/engine/toolchain.h"
#include "grader/inspect/object.h"

enum { ENGINE_MESSAGE_BYTES = 1200 };

struct engine {
    char course_root[PATH_MAX], build_root[PATH_MAX];
    bool serial_builds, first_failure_ends, seeded;
    uint64_t seed; /* where seeded */
    struct sandbox_settings sandbox;
    struct toolchain toolchain;
    char hash[65];
};

/* What the plain build says about one test to the builds that run beside it. */
enum plain_outcome { PLAIN_UNKNOWN, PLAIN_ENDED, PLAIN_TIMED_OUT };

/* One submission on its way. */
struct grading {
    struct engine *engine;
    const struct manifest *manifest;
    const struct engine_progress *progress;
    char work[PATH_MAX], kit[PATH_MAX + 300];
    bool preprocess; /* the source may give names that the assembler would read: see assembly.h */

    /* While a build runs, runs[build] of every test belongs to it alone; what else the record has is
     * guarded by lock, as are the fields below. */
    struct record *record;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopped; /* refused, or a fault: the record's verdict and message say so */
    bool wanted[BUILD_COUNT], done[BUILD_COUNT];
    uint32_t layers; /* that every job so far was seen to have */
    int announced;   /* builds before this one are in the record */
    enum plain_outcome plain[MANIFEST_TESTS_MAX];
};

/* What one build works with. */
struct build_work {
    struct grading *grading;
    enum build build;
    struct sandbox *sandbox;
    struct object object;
    uint64_t made_cpu_ns; /* by the steps before the tests */
    bool chooses_section; /* the source does, by an attribute */
};

/* Take the submission through one build: compile, inspect, link, run its tests. */
void engine_build(struct grading *grading, enum build build);

/* End the grading with a verdict for the whole; the first one counts. */
void engine_stop(struct grading *grading, enum verdict verdict, const char *message);
bool engine_is_stopped(struct grading *grading);

/* The same for a fault of the grader's own: what could not be done, and -errno. */
void engine_stop_for_fault(struct grading *grading, const char *what, int error);

/* From the source to a subject that can be run. Returns: false where the grading was ended instead. */
bool engine_make(struct build_work *work);

/* The tests under interleave cannot be run here, and say so: a fault of the machine's. */
void engine_lack_explorer(struct grading *grading);

/* Run the tests of the build and note what came of each, until something ends the grading. */
void engine_run_tests(struct build_work *work);

#endif
