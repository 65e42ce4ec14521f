/* bulk.h - grades the units of a class, each exactly once, on this machine's cores or a cluster's.
 *
 * Workers take units in order. Each asks the store first whether the very same grading has been
 * done; if not it grades, and the record is in the store before the next is begun. So a run that is
 * killed loses what was under way and nothing else, and the next run goes on from there.
 *
 * On a cluster the grading is done elsewhere (cluster.h); what is planned, and what becomes of a
 * record, is the same code.
 *
 * Interface: struct bulk, bulk_run bulk_stop; for cluster.c: bulk_begin bulk_end bulk_was_done
 *            bulk_collect bulk_fail
 */
#ifndef SYSLAB_GRADER_BULK_H
#define SYSLAB_GRADER_BULK_H

#include <pthread.h>
#include <stdatomic.h>

#include "grader/class/unit.h"
#include "grader/engine/engine.h"
#include "grader/store/store.h"

struct bulk {
    const struct units *units;
    struct engine *engine;
    struct store *store;
    unsigned jobs; /* at once, at most; 0: as many as there are cores, here or there */
    bool no_sandbox;
    /* A folder that all machines of a Slurm cluster see: the units are graded there, by the course under
     * these roots. NULL: on this machine. */
    const char *share;
    const char *course_root, *build_root;
    /* Called under the lock, after each unit; record is NULL for one that was done before. */
    void (*done)(void *context, const struct bulk *bulk, const struct unit *unit,
                 const struct record *record);
    /* Called with a line for the person who waits, outside the lock. Optional. */
    void (*say)(void *context, const char *line);
    void *context;

    pthread_mutex_t lock;
    size_t taken, finished; /* under lock */
    size_t graded, skipped; /* under lock */
    size_t grader_errors;   /* under lock: to be tried again */
    int failed;             /* under lock: the first error that ends the run */
    char error[512];        /* under lock */
    atomic_bool stopped;
};

/* Returns: 0 when all are done or bulk_stop was called, or -errno with the reason in bulk->error:
 * nothing that was graded is lost. Blocks: until the last unit under way is in the store. */
int bulk_run(struct bulk *bulk);

/* Begin no further unit; what is under way on a cluster goes on there. Signal-safe. */
void bulk_stop(struct bulk *bulk);

/* For those who run the units themselves, in place of bulk_run: around all of the calls below. */
void bulk_begin(struct bulk *bulk);
void bulk_end(struct bulk *bulk);

/* Whether the store has this very grading already; it is then counted, and becomes current.
 * Returns: 0, or -errno, which ends the run. */
int bulk_was_done(struct bulk *bulk, const struct unit *unit, bool *done);

/* Put a unit's record into the store, and count it. Returns: 0, or -errno, which ends the run. */
int bulk_collect(struct bulk *bulk, const struct unit *unit, const struct record *record);

/* End the run: "what: why". The first to say so is heard. Returns: `failed`. */
int bulk_fail(struct bulk *bulk, int failed, const char *what, const char *why);

#endif
