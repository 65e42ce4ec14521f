/* bulk.h - grades many submissions, on all cores, each exactly once.
 *
 * Workers take submissions in order. Each asks the store first whether the very same grading has
 * been done; if not it grades, and the record is in the store before the next is begun. So a run
 * that is killed loses what was under way and nothing else, and the next run goes on from there.
 *
 * Interface: struct bulk, bulk_run bulk_stop
 */
#ifndef SYSLAB_GRADER_BULK_H
#define SYSLAB_GRADER_BULK_H

#include <pthread.h>
#include <stdatomic.h>

#include "grader/engine.h"
#include "grader/store.h"
#include "grader/submissions.h"

struct bulk {
    const struct submissions *submissions;
    struct engine *engine;
    struct store *store;
    unsigned jobs;
    bool no_sandbox;
    /* Called under the lock, after each submission; record is NULL for one that was done before. */
    void (*done)(void *context, const struct bulk *bulk, const struct submission *submission,
                 const struct record *record);
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
 * nothing that was graded is lost. Blocks: until the last submission under way is in the store. */
int bulk_run(struct bulk *bulk);

/* Begin no further submission. Signal-safe. */
void bulk_stop(struct bulk *bulk);

#endif
