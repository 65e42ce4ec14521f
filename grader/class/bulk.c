#include "grader/class/bulk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/class/cluster.h"
#include "grader/desk/grading.h"

enum { JOBS_MAX = 256 };

void bulk_stop(struct bulk *bulk)
{
    atomic_store(&bulk->stopped, true);
}

void bulk_begin(struct bulk *bulk)
{
    pthread_mutex_init(&bulk->lock, NULL);
}

void bulk_end(struct bulk *bulk)
{
    pthread_mutex_destroy(&bulk->lock);
}

static const struct unit *take(struct bulk *bulk)
{
    const struct unit *next = NULL;
    pthread_mutex_lock(&bulk->lock);
    if (!atomic_load(&bulk->stopped) && !bulk->failed && bulk->taken < bulk->units->count)
        next = &bulk->units->all[bulk->taken++];
    pthread_mutex_unlock(&bulk->lock);
    return next;
}

int bulk_fail(struct bulk *bulk, int failed, const char *what, const char *why)
{
    pthread_mutex_lock(&bulk->lock);
    if (!bulk->failed) {
        bulk->failed = failed;
        snprintf(bulk->error, sizeof(bulk->error), "%s: %s", what, why);
    }
    pthread_mutex_unlock(&bulk->lock);
    return failed;
}

static void finish(struct bulk *bulk, const struct unit *unit, const struct record *record)
{
    pthread_mutex_lock(&bulk->lock);
    bulk->finished++;
    bulk->graded += record != NULL;
    bulk->skipped += record == NULL;
    bulk->grader_errors += record && record->verdict == VERDICT_GRADER_ERROR;
    if (bulk->done)
        bulk->done(bulk->context, bulk, unit, record);
    pthread_mutex_unlock(&bulk->lock);
}

int bulk_was_done(struct bulk *bulk, const struct unit *unit, bool *done)
{
    const struct store_key key = {unit->student,    unit->manifest->exercise, unit->submission_hash,
                                  unit->suite_hash, unit->grader_hash,        unit->toolchain};
    *done = false;
    if (unit->unreadable)
        return 0;
    int failed = store_find(bulk->store, &key, bulk->no_sandbox, done);
    if (failed)
        return bulk_fail(bulk, failed, "the grades' database", store_error());
    if (*done)
        finish(bulk, unit, NULL);
    return 0;
}

int bulk_collect(struct bulk *bulk, const struct unit *unit, const struct record *record)
{
    int failed = store_put(bulk->store, unit->student, record);
    if (failed)
        return bulk_fail(bulk, failed, "the grades' database", store_error());
    finish(bulk, unit, record);
    return 0;
}

static int grade(struct bulk *bulk, const struct unit *unit)
{
    bool done = false;
    char *json, why[200];
    struct record *record;
    int failed = bulk_was_done(bulk, unit, &done);
    if (failed || done)
        return failed;
    failed = unit_grade(bulk->engine, unit, &json);
    if (failed)
        return bulk_fail(bulk, failed, unit->path, strerror(-failed));
    failed = unit_read_record(unit, json, &record, why, sizeof(why));
    free(json);
    if (failed)
        return bulk_fail(bulk, failed, unit->path, why);
    failed = bulk_collect(bulk, unit, record);
    record_destroy(record);
    return failed;
}

static void *work(void *context)
{
    struct bulk *bulk = context;
    const struct unit *unit;
    grading_shield();
    while ((unit = take(bulk)) && grade(bulk, unit) == 0)
        continue;
    return NULL;
}

static unsigned count_jobs(const struct bulk *bulk)
{
    long cores = bulk->jobs ? (long)bulk->jobs : sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores < JOBS_MAX ? (unsigned)cores : JOBS_MAX;
}

static int run_here(struct bulk *bulk)
{
    pthread_t threads[JOBS_MAX];
    unsigned started = 0, wanted = count_jobs(bulk);
    bulk_begin(bulk);
    while (started < wanted && pthread_create(&threads[started], NULL, work, bulk) == 0)
        started++;
    if (started == 0)
        work(bulk); /* no thread to be had: this one will do */
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    bulk_end(bulk);
    return bulk->failed;
}

int bulk_run(struct bulk *bulk)
{
    return bulk->share ? cluster_run(bulk) : run_here(bulk);
}
