#include "grader/engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "grader/base/hash.h"
#include "grader/engine/engine_internal.h"
#include "grader/engine/suite.h"
#include "grader/engine/workspace.h"
#include "grader/inspect/assembly.h"
#include "grader/inspect/source.h"

/* ---- create ---- */

int engine_programs_hash(const char *build_root, char out[65])
{
    char runner[PATH_MAX];
    out[0] = '\0';
    snprintf(runner, sizeof(runner), "%s/grader/runner", build_root);
    struct hash *hash = hash_begin();
    if (!hash)
        return -ENOMEM;
    int failed = hash_add_file(hash, "/proc/self/exe");
    if (!failed)
        failed = hash_add_file(hash, runner);
    hash_end(hash, out);
    if (failed)
        out[0] = '\0';
    return failed;
}

int engine_create(const struct engine_options *options, struct engine **out, char *error,
                  size_t error_bytes)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!engine) {
        snprintf(error, error_bytes, "out of memory");
        return -ENOMEM;
    }
    snprintf(engine->course_root, sizeof(engine->course_root), "%s", options->course_root);
    snprintf(engine->build_root, sizeof(engine->build_root), "%s", options->build_root);
    engine->serial_builds = options->serial_builds;
    engine->first_failure_ends = options->first_failure_ends;
    engine->seeded = options->seed != NULL;
    engine->seed = options->seed ? *options->seed : 0;
    workspace_sweep();
    int failed = toolchain_init(&engine->toolchain, error, error_bytes);
    if (!failed)
        failed = sandbox_settings_init(&engine->sandbox, options->build_root,
                                       options->without |
                                           (options->no_sandbox ? RUNNER_LAYER_NAMESPACES : 0u),
                                       error, error_bytes);
    if (failed) {
        free(engine);
        return failed;
    }
    failed = engine_programs_hash(engine->build_root, engine->hash);
    if (failed) {
        snprintf(error, error_bytes, "the grader's own programs cannot be read: %s",
                 strerror(-failed));
        engine_destroy(engine);
        return failed;
    }
    *out = engine;
    return 0;
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    sandbox_settings_fini(&engine->sandbox);
    free(engine);
}

/* ---- hashes ---- */

int engine_suite_hash(struct engine *engine, const struct manifest *manifest, char out[65])
{
    struct suite suite;
    int failed = suite_read(engine->course_root, engine->build_root, manifest, &suite);
    snprintf(out, HASH_TEXT_BYTES, "%s", failed ? "" : suite.hash);
    return failed;
}

const char *engine_grader_hash(const struct engine *engine)
{
    return engine->hash;
}

const char *engine_toolchain(const struct engine *engine)
{
    return engine->toolchain.name;
}

const struct sandbox_settings *engine_sandbox(const struct engine *engine)
{
    return &engine->sandbox;
}

int engine_submission_hash(const char *file, char out[65])
{
    return source_hash(file, out);
}

/* ---- one grading, shared by its builds ---- */

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void engine_stop(struct grading *grading, enum verdict verdict, const char *message)
{
    pthread_mutex_lock(&grading->lock);
    if (!grading->stopped) {
        grading->stopped = true;
        grading->record->verdict = verdict;
        record_set(&grading->record->message, message);
        pthread_cond_broadcast(&grading->changed);
    }
    pthread_mutex_unlock(&grading->lock);
}

bool engine_is_stopped(struct grading *grading)
{
    pthread_mutex_lock(&grading->lock);
    bool stopped = grading->stopped;
    pthread_mutex_unlock(&grading->lock);
    return stopped;
}

/* A test's points: all when every run passed, by the plain run's score where it has one. */
static void add_up(struct record_test *test)
{
    double score = 1;
    test->verdict = VERDICT_PASS;
    for (unsigned i = test->run_count; i-- > 0;) {
        if (test->runs[i].verdict != VERDICT_PASS)
            test->verdict = test->runs[i].verdict;
        else
            score = test->runs[i].score < score || i == 0 ? test->runs[i].score : score;
    }
    test->points =
        test->verdict == VERDICT_PASS && test->run_count > 0 ? score * test->max_points : 0;
}

/* Who forges one test's end has written none of the others' in good faith. */
static void forfeit(struct record *record)
{
    const char *forged = "";
    for (size_t i = 0; i < record->test_count; i++) {
        struct record_test *test = &record->tests[i];
        for (unsigned run = 0; run < test->run_count; run++)
            if (!forged[0] && test->runs[run].verdict == VERDICT_FORGED)
                forged = test->name;
        test->points = 0;
    }
    record->points = 0;
    char message[400];
    snprintf(message, sizeof(message),
             "No test counts: %s did not come to its end. A submission has to return to whoever "
             "called it, and leaves the judging to the tests.",
             forged);
    record_set(&record->message, message);
}

static void take_build(struct grading *grading, enum build build)
{
    struct record *record = grading->record;
    record->points = 0;
    for (size_t i = 0; i < record->test_count; i++) {
        struct record_test *test = &record->tests[i];
        if (grading->manifest->tests[i].builds[build]) {
            struct record_run run = test->runs[build];
            test->runs[build] = test->runs[test->run_count];
            test->runs[test->run_count++] = run;
        }
        add_up(test);
        record->points += test->points;
    }
    record->verdict = record_worst(record);
    if (record->verdict == VERDICT_FORGED)
        forfeit(record);
}

/* Builds are taken into the record in their order, so that it never shows a later one first. */
static void announce(struct grading *grading, enum build build)
{
    pthread_mutex_lock(&grading->lock);
    grading->done[build] = true;
    pthread_cond_broadcast(&grading->changed);
    while (grading->announced < BUILD_COUNT && !grading->stopped) {
        enum build next = (enum build)grading->announced;
        if (grading->wanted[next] && !grading->done[next])
            break;
        grading->announced++;
        if (!grading->wanted[next])
            continue;
        take_build(grading, next);
        if (grading->progress && grading->progress->build_done)
            grading->progress->build_done(grading->progress->context, next, grading->record);
    }
    pthread_mutex_unlock(&grading->lock);
}

static void build_range(struct grading *grading, int first, int last)
{
    for (int build = first; build <= last; build++) {
        if (!grading->wanted[build])
            continue;
        engine_build(grading, (enum build)build);
        announce(grading, (enum build)build);
    }
}

static void *build_sanitizers(void *context)
{
    build_range(context, BUILD_PLAIN + 1, BUILD_COUNT - 1);
    return NULL;
}

static void run_builds(struct grading *grading)
{
    pthread_t helper;
    bool helped = !grading->engine->serial_builds && grading->wanted[BUILD_PLAIN] &&
                  pthread_create(&helper, NULL, build_sanitizers, grading) == 0;
    build_range(grading, BUILD_PLAIN, BUILD_PLAIN);
    if (helped)
        pthread_join(helper, NULL);
    else
        build_sanitizers(grading);
}

/* Nothing is worth points, and no test has run, when the whole was refused. */
static void withdraw(struct record *record)
{
    record->points = 0;
    for (size_t i = 0; i < record->test_count; i++) {
        record->tests[i].run_count = 0;
        record->tests[i].points = 0;
        record->tests[i].verdict = VERDICT_SKIPPED;
    }
}

static int grade_source(struct grading *grading, const struct source *source)
{
    struct engine *engine = grading->engine;
    int lock;
    int failed =
        workspace_create(engine->course_root, grading->manifest, source, grading->work, &lock);
    if (failed) {
        char message[200];
        snprintf(message, sizeof(message), "The grader has no place to work in: %s.",
                 strerror(-failed));
        engine_stop(grading, VERDICT_GRADER_ERROR, message);
        return 0;
    }
    grading->preprocess = assembly_may_be_named(source->text);
    snprintf(grading->kit, sizeof(grading->kit), "%s/kits/%s", engine->build_root,
             grading->manifest->exercise);
    for (size_t i = 0; i < grading->manifest->test_count; i++)
        for (int build = 0; build < BUILD_COUNT; build++)
            grading->wanted[build] |= grading->manifest->tests[i].builds[build];
    run_builds(grading);
    workspace_destroy(grading->work, lock);
    return 0;
}

/* ---- the record ---- */

static bool describe_tests(struct record *record, const struct manifest *manifest)
{
    char lesson[600];
    bool done = record_add_tests(record, manifest->test_count);
    for (size_t i = 0; i < manifest->test_count && done; i++) {
        const struct manifest_test *test = &manifest->tests[i];
        snprintf(lesson, sizeof(lesson), "%s%s%s", manifest->lesson, test->section ? "#" : "",
                 test->section ? test->section : "");
        record->tests[i].max_points = test->points;
        record->tests[i].hidden = test->hidden;
        record->tests[i].verdict = VERDICT_SKIPPED;
        done = record_set(&record->tests[i].name, test->name) &&
               record_set(&record->tests[i].requirement, test->requirement) &&
               record_set(&record->tests[i].lesson, lesson);
    }
    return done;
}

static void set_time(struct record *record)
{
    char text[32];
    struct tm parts;
    time_t now = time(NULL);
    gmtime_r(&now, &parts);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    record_set(&record->graded_at, text);
}

/* Anybody's file, but the same one always meets the same tests. */
static uint64_t seed_of(const struct engine *engine, const char *submission_hash)
{
    char digits[ENGINE_SEED_BITS / 4 + 1];
    if (engine->seeded)
        return engine->seed;
    snprintf(digits, sizeof(digits), "%.*s", ENGINE_SEED_BITS / 4, submission_hash);
    return strtoull(digits, NULL, 16);
}

static bool set_layers(struct record *record, const struct engine *engine, uint32_t layers)
{
    char names[SANDBOX_LAYERS_BYTES];
    sandbox_name_layers(&engine->sandbox, layers, names);
    return record_set(&record->layers, names);
}

static struct record *begin_record(struct engine *engine, const struct manifest *manifest,
                                   const char *file)
{
    struct record *record = record_create();
    if (!record)
        return NULL;
    record->max_points = manifest->max_points;
    set_time(record);
    char *shown = text_clean(file, strlen(file));
    bool done = shown && describe_tests(record, manifest) &&
                record_set(&record->exercise, manifest->exercise) &&
                record_set(&record->file, shown) &&
                record_set(&record->grader_hash, engine->hash) &&
                record_set(&record->toolchain, engine->toolchain.name) &&
                set_layers(record, engine, engine->sandbox.layers);
    free(shown);
    if (done)
        return record;
    record_destroy(record);
    return NULL;
}

/* What was read is what is graded, hashed and kept. */
static bool describe_source(struct grading *grading, const char *file, const struct source *source)
{
    char hash[65] = "";
    struct record *record = grading->record;
    if (source->text)
        hash_bytes(source->text, source->length, hash);
    else
        source_hash(file, hash); /* too large to be graded, and still not to be graded twice */
    record->seed = seed_of(grading->engine, hash);
    return record_set(&record->submission_hash, hash) &&
           (!source->text || record_keep_source(record, source->text, source->length));
}

static int grade_file(struct grading *grading, const char *file)
{
    struct source source;
    struct suite suite;
    struct record *record = grading->record;
    int failed = suite_read(grading->engine->course_root, grading->engine->build_root,
                            grading->manifest, &suite);
    if (failed) {
        char message[400];
        snprintf(message, sizeof(message), "The tests of %s are not built: %s. Build the course.",
                 grading->manifest->exercise, strerror(-failed));
        engine_stop(grading, VERDICT_GRADER_ERROR, message);
        return 0;
    }
    if (!suite_describe(&suite, record))
        return -ENOMEM;
    failed = source_read(file, (size_t)grading->manifest->limits.file_kib << 10, &source);
    if (failed && failed != -ENOMEM) {
        char message[400];
        snprintf(message, sizeof(message), "%s cannot be read by the grader: %s.",
                 grading->manifest->file, strerror(-failed));
        engine_stop(grading, VERDICT_GRADER_ERROR, message);
    }
    if (failed)
        return failed == -ENOMEM ? failed : 0;
    if (!describe_source(grading, file, &source))
        failed = -ENOMEM;
    else if (source.refused)
        engine_stop(grading, VERDICT_COMPILE_ERROR, source.message);
    else
        failed = grade_source(grading, &source);
    source_fini(&source);
    return failed;
}

/* The builds that were begun, in their order: until now each had a place of its own. */
static void pack_builds(struct record *record)
{
    for (int build = 0; build < BUILD_COUNT; build++) {
        if (!record->builds[build].toolchain[0])
            continue;
        struct record_build one = record->builds[build];
        record->builds[build] = record->builds[record->build_count];
        record->builds[record->build_count++] = one;
    }
}

int engine_grade(struct engine *engine, const struct manifest *manifest, const char *file,
                 const struct engine_progress *progress, struct record **out)
{
    uint64_t start = now_ns(CLOCK_MONOTONIC);
    struct grading grading = {.engine = engine,
                              .manifest = manifest,
                              .progress = progress,
                              .layers = engine->sandbox.layers};
    grading.record = begin_record(engine, manifest, file);
    if (!grading.record)
        return -ENOMEM;
    pthread_mutex_init(&grading.lock, NULL);
    pthread_cond_init(&grading.changed, NULL);
    int failed = grade_file(&grading, file);
    pthread_cond_destroy(&grading.changed);
    pthread_mutex_destroy(&grading.lock);
    if (grading.stopped)
        withdraw(grading.record);
    pack_builds(grading.record);
    if (!failed && !set_layers(grading.record, engine, grading.layers))
        failed = -ENOMEM;
    grading.record->wall_ns = now_ns(CLOCK_MONOTONIC) - start;
    if (failed) {
        record_destroy(grading.record);
        return failed;
    }
    *out = grading.record;
    return 0;
}

int engine_give_up(struct engine *engine, const struct manifest *manifest, const char *file,
                   const char *reason, struct record **out)
{
    struct record *record = begin_record(engine, manifest, file);
    if (!record)
        return -ENOMEM;
    record->verdict = VERDICT_GRADER_ERROR;
    if (!record_set(&record->message, reason)) {
        record_destroy(record);
        return -ENOMEM;
    }
    *out = record;
    return 0;
}
