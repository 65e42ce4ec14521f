/* mutation.h - grades the mutants of a reference with the exercise's tests: which are noticed?
 *
 *  1. Every mutant is compiled plainly. One that does not compile is none.
 *  2. Those whose code equals the reference's or another's are compiled in the exercise's other builds
 *     too: equal in all, it is the same program and says nothing more (twin.h).
 *  3. The others are graded as a student's file is, with the exercise's own limits, which follow from
 *     the slowest right answer; and up to the first test that fails. One that passes and earns fewer
 *     points than the reference, in a test that measures, was noticed too. One that somebody outside
 *     killed with SIGKILL was not: that is a fault.
 *
 * Interface: enum mutation_fate, struct mutation, mutation_run mutation_stop mutation_fini
 *            mutation_count mutation_rate mutation_is_stale mutation_passes mutation_fate_name
 */
#ifndef SYSLAB_GRADER_MUTATION_H
#define SYSLAB_GRADER_MUTATION_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "grader/engine/engine.h"
#include "grader/verify/equivalents.h"
#include "grader/verify/mutant.h"

enum { MUTATION_FLOOR_PERCENT = 95 };

enum mutation_fate {
    MUTATION_WAITING,
    MUTATION_KILLED,
    MUTATION_SURVIVED,
    MUTATION_EQUIVALENT,   /* listed with a reason, and not killed */
    MUTATION_SAME,         /* compiled to the reference's code */
    MUTATION_DUPLICATE,    /* compiled to another mutant's code */
    MUTATION_NOT_COMPILED, /* or refused by the inspection of objects */
    MUTATION_FAULT,        /* the grader's own; the reason is in `by` */
    MUTATION_FATES,
};

struct mutation_case {
    const struct mutant *mutant; /* NULL: a file that another tool made */
    char *file;                  /* its path, else NULL */
    const struct equivalent *listed;
    enum mutation_fate fate;
    enum verdict verdict; /* of one that was killed; pass where it lost points */
    double points;
    char *by;    /* the test and the build that killed it */
    size_t twin; /* of a duplicate: the first of its kind */
    bool alike;  /* compiled plainly, it is the reference's or another's */
    char keys[BUILD_COUNT][65];
};

struct mutation {
    /* To be set before mutation_run. */
    const char *course_root;
    const struct manifest *manifest;
    struct engine *engine; /* whose first_failure_ends is set */
    const char *folder;    /* of foreign mutants; NULL: make our own */
    const char *only;      /* NULL, or what operator, line or change of a mutant must have in it */
    unsigned sample, seed; /* sample 0: all */
    unsigned jobs;
    void (*progress)(void *context, const char *doing, size_t done, size_t of); /* under the lock */
    void *context;

    /* Filled in by it. */
    char path[PATH_MAX + 300]; /* of the reference */
    char *source;
    size_t source_length;
    struct mutants mutants;
    struct equivalents equivalents;
    struct mutation_case *cases;    /* in the order of the source */
    struct mutation_case reference; /* goes through all of it too, and has to survive */
    size_t count;
    size_t made;      /* before only and sample */
    uint64_t wall_ns; /* of it all */

    pthread_mutex_t lock;
    size_t taken, finished; /* under lock */
    int failed;             /* under lock: the first error; a fault of the machine's */
    char error[2048];       /* under lock */
    atomic_bool stopped;
};

/* Returns: 0; -EINVAL where exercise and tests do not allow it (a reference that fails, a file that
 * names unknown mutants), or no mutant was put to the test; -ECANCELED after mutation_stop; another -errno for a fault of the
 * machine's; with words in mutation->error. Owns: mutation_fini in any case. */
int mutation_run(struct mutation *mutation);
void mutation_fini(struct mutation *mutation);

/* End soon: what is under way is finished. Signal-safe. */
void mutation_stop(struct mutation *mutation);

/* How many mutants had that fate. */
size_t mutation_count(const struct mutation *mutation, enum mutation_fate fate);

/* Killed, of killed and survived, in percent; 0 where there was none. */
double mutation_rate(const struct mutation *mutation);

/* Whether the case is listed as equivalent and was killed all the same. */
bool mutation_is_stale(const struct mutation_case *one);

/* Whether the floor holds and no entry is stale. */
bool mutation_passes(const struct mutation *mutation);

/* "killed", "survived", ... */
const char *mutation_fate_name(enum mutation_fate fate);

#endif
