#include "grader/bulk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/grading.h"

enum { JOBS_MAX = 256 };

void bulk_stop(struct bulk *bulk)
{
    atomic_store(&bulk->stopped, true);
}

static const struct submission *take(struct bulk *bulk)
{
    const struct submission *next = NULL;
    pthread_mutex_lock(&bulk->lock);
    if (!atomic_load(&bulk->stopped) && !bulk->failed && bulk->taken < bulk->submissions->count)
        next = &bulk->submissions->all[bulk->taken++];
    pthread_mutex_unlock(&bulk->lock);
    return next;
}

static void fail(struct bulk *bulk, int failed, const char *what, const char *why)
{
    pthread_mutex_lock(&bulk->lock);
    if (!bulk->failed) {
        bulk->failed = failed;
        snprintf(bulk->error, sizeof(bulk->error), "%s: %s", what, why);
    }
    pthread_mutex_unlock(&bulk->lock);
}

static void finish(struct bulk *bulk, const struct submission *submission,
                   const struct record *record)
{
    pthread_mutex_lock(&bulk->lock);
    bulk->finished++;
    bulk->graded += record != NULL;
    bulk->skipped += record == NULL;
    bulk->grader_errors += record && record->verdict == VERDICT_GRADER_ERROR;
    if (bulk->done)
        bulk->done(bulk->context, bulk, submission, record);
    pthread_mutex_unlock(&bulk->lock);
}

/* Whether the store already has this very grading. */
static int was_done(struct bulk *bulk, const struct submission *submission, bool *done)
{
    char submission_hash[65], suite_hash[65];
    const struct manifest *manifest = submission->exercise->manifest;
    int failed = engine_suite_hash(bulk->engine, manifest, suite_hash);
    if (failed) {
        fail(bulk, failed, submission->exercise->name, strerror(-failed));
        return failed;
    }
    engine_submission_hash(submission->path, submission_hash);
    const struct store_key key = {submission->student, submission->exercise->name, submission_hash,
                                  suite_hash, engine_grader_hash(bulk->engine)};
    failed = store_find(bulk->store, &key, bulk->no_sandbox, done);
    if (failed)
        fail(bulk, failed, "the grades' database", store_error());
    return failed;
}

static int grade(struct bulk *bulk, const struct submission *submission)
{
    bool done = false;
    struct record *record = NULL;
    int failed = was_done(bulk, submission, &done);
    if (failed)
        return failed;
    if (done) {
        finish(bulk, submission, NULL);
        return 0;
    }
    failed =
        engine_grade(bulk->engine, submission->exercise->manifest, submission->path, NULL, &record);
    if (failed) {
        fail(bulk, failed, submission->path, strerror(-failed));
        return failed;
    }
    failed = store_put(bulk->store, submission->student, record);
    if (failed)
        fail(bulk, failed, "the grades' database", store_error());
    else
        finish(bulk, submission, record);
    record_destroy(record);
    return failed;
}

static void *work(void *context)
{
    struct bulk *bulk = context;
    const struct submission *submission;
    grading_shield();
    while ((submission = take(bulk)) && grade(bulk, submission) == 0)
        continue;
    return NULL;
}

int bulk_run(struct bulk *bulk)
{
    pthread_t threads[JOBS_MAX];
    unsigned started = 0;
    unsigned wanted = bulk->jobs < JOBS_MAX ? bulk->jobs : JOBS_MAX;
    pthread_mutex_init(&bulk->lock, NULL);
    while (started < wanted && pthread_create(&threads[started], NULL, work, bulk) == 0)
        started++;
    if (started == 0)
        work(bulk); /* no thread to be had: this one will do */
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&bulk->lock);
    return bulk->failed;
}
