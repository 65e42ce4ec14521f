#include "grader/verify/samples.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/base/listing.h"

enum { WORKERS_MAX = 64 };

/* ---- what to grade ---- */

static int add(struct samples *samples, const char *path)
{
    struct sample *sample = &samples->all[samples->count];
    *sample = (struct sample){.path = strdup(path)};
    if (!sample->path)
        return -ENOMEM;
    char *file = strrchr(sample->path, '/');
    char *folder = memrchr(sample->path, '/', (size_t)(file - sample->path));
    sample->shown = folder + 1;
    snprintf(sample->folder, sizeof(sample->folder), "%.*s", (int)(file - folder - 1), folder + 1);
    samples->count++;
    return 0;
}

int samples_add(struct samples *samples, const char *folder, const char *pattern)
{
    struct listing found;
    int failed = listing_find(&found, folder, pattern);
    if (failed || found.count == 0)
        return failed;
    struct sample *grown =
        realloc(samples->all, (samples->count + found.count) * sizeof(*samples->all));
    failed = grown ? 0 : -ENOMEM;
    samples->all = grown ? grown : samples->all;
    for (size_t i = 0; i < found.count && !failed; i++)
        failed = add(samples, found.paths[i]);
    listing_fini(&found);
    return failed;
}

void samples_fini(struct samples *samples)
{
    for (size_t i = 0; i < samples->count; i++) {
        free(samples->all[i].path);
        record_destroy(samples->all[i].record);
    }
    free(samples->all);
    *samples = (struct samples){.count = 0};
}

/* ---- grading ---- */

struct round {
    struct samples *samples;
    struct engine *engine;
    const struct manifest *manifest;
    pthread_mutex_t lock;
    size_t next; /* guarded by lock */
};

static void grade(struct round *round, struct sample *sample)
{
    record_destroy(sample->record);
    sample->record = NULL;
    sample->failed =
        engine_grade(round->engine, round->manifest, sample->path, NULL, &sample->record);
}

static void *work(void *context)
{
    struct round *round = context;
    for (;;) {
        pthread_mutex_lock(&round->lock);
        size_t index = round->next < round->samples->count ? round->next++ : round->samples->count;
        pthread_mutex_unlock(&round->lock);
        if (index == round->samples->count)
            return NULL;
        grade(round, &round->samples->all[index]);
    }
}

void samples_grade(struct samples *samples, struct engine *engine, const struct manifest *manifest)
{
    struct round round = {samples, engine, manifest, PTHREAD_MUTEX_INITIALIZER, 0};
    pthread_t workers[WORKERS_MAX];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = (cores < 1 ? 1 : (size_t)cores) * (samples->per_core ? samples->per_core : 1);
    wanted = wanted > WORKERS_MAX ? WORKERS_MAX : wanted;
    size_t started = 0;
    while (started + 1 < wanted && pthread_create(&workers[started], NULL, work, &round) == 0)
        started++;
    work(&round); /* and alone, where no thread can be had */
    while (started > 0)
        pthread_join(workers[--started], NULL);
    pthread_mutex_destroy(&round.lock);
}

/* ---- the reason ---- */

static const struct record_run *reason_of(const struct record *record, const char **test)
{
    for (size_t i = 0; i < record->test_count; i++) {
        for (unsigned run = 0; run < record->tests[i].run_count; run++) {
            if (record->tests[i].runs[run].verdict == record->verdict) {
                *test = record->tests[i].name;
                return &record->tests[i].runs[run];
            }
        }
    }
    return NULL;
}

void samples_print_reason(const struct record *record)
{
    const char *test = "";
    const struct record_run *run = reason_of(record, &test);
    if (record->message[0])
        printf("      %s\n", record->message);
    else if (run && record->verdict != VERDICT_PASS)
        printf("      %s, %s: %s%s%s\n", test, manifest_build_name(run->build), run->requirement,
               run->requirement[0] && run->detail[0] ? "; " : "", run->detail);
}
