/* command_verify.c - syslab verify [EXERCISE ...] [--hostile] [--no-sandbox]
 *
 * Shows that the grader is right about what its authors know: an exercise's reference and accepted
 * solutions pass, every test of its starter fails by assertion, each file under submissions/ gets the
 * verdict that its folder names; and with --hostile, each attack in grader/hostile/ the verdict that
 * its folder names. Files are graded side by side on all cores.
 */
#include <errno.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/commands.h"
#include "grader/course.h"
#include "grader/engine.h"

/* The exercise that the attacks pretend to solve lies in a course of its own. */
static const char hostile_course[] = "grader/hostile/course";
static const char hostile_exercise[] = "hostile/target";

enum { WORKERS_MAX = 64 };

/* One file with what is known about it, and what came of it. */
struct sample {
    char *path;
    const char *shown; /* into path: "wrong/no_merging.c" */
    char folder[64];
    struct record *record;
    int failed;
};

struct batch {
    struct engine *engine;
    const struct manifest *manifest;
    struct sample *samples;
    size_t count, next, wrong;
    pthread_mutex_t lock;
};

/* ---- what to grade ---- */

static int add_matches(struct batch *batch, const char *pattern)
{
    glob_t found;
    int globbed = glob(pattern, 0, NULL, &found);
    if (globbed == GLOB_NOMATCH)
        return 0;
    if (globbed != 0)
        return -EIO;
    struct sample *grown =
        realloc(batch->samples, (batch->count + found.gl_pathc) * sizeof(*batch->samples));
    int failed = grown ? 0 : -ENOMEM;
    batch->samples = grown ? grown : batch->samples;
    for (size_t i = 0; i < found.gl_pathc && !failed; i++) {
        struct sample *sample = &batch->samples[batch->count];
        *sample = (struct sample){.path = strdup(found.gl_pathv[i])};
        if (!sample->path) {
            failed = -ENOMEM;
            break;
        }
        char *file = strrchr(sample->path, '/');
        char *folder = memrchr(sample->path, '/', (size_t)(file - sample->path));
        sample->shown = folder + 1;
        snprintf(sample->folder, sizeof(sample->folder), "%.*s", (int)(file - folder - 1),
                 folder + 1);
        batch->count++;
    }
    globfree(&found);
    return failed;
}

static int add_exercise(struct batch *batch, const struct course *course)
{
    char pattern[2 * PATH_MAX];
    const char *const patterns[] = {"starter", "solution", "submissions/*"};
    int failed = 0;
    for (size_t i = 0; i < 3 && !failed; i++) {
        snprintf(pattern, sizeof(pattern), "%s/exercises/%s/%s/*.c", course->root,
                 batch->manifest->exercise, patterns[i]);
        failed = add_matches(batch, pattern);
    }
    return failed;
}

static int add_hostile(struct batch *batch, const struct course *course)
{
    char pattern[2 * PATH_MAX];
    snprintf(pattern, sizeof(pattern), "%s/../*/*.c", course->root);
    return add_matches(batch, pattern);
}

/* ---- grading ---- */

static void *work(void *context)
{
    struct batch *batch = context;
    for (;;) {
        pthread_mutex_lock(&batch->lock);
        size_t index = batch->next < batch->count ? batch->next++ : batch->count;
        pthread_mutex_unlock(&batch->lock);
        if (index == batch->count)
            return NULL;
        struct sample *sample = &batch->samples[index];
        sample->failed =
            engine_grade(batch->engine, batch->manifest, sample->path, NULL, &sample->record);
    }
}

static void grade_all(struct batch *batch)
{
    pthread_t workers[WORKERS_MAX];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (size_t)cores;
    size_t started = 0;
    while (started + 1 < wanted && pthread_create(&workers[started], NULL, work, batch) == 0)
        started++;
    work(batch);
    while (started > 0)
        pthread_join(workers[--started], NULL);
}

/* ---- the table ---- */

/* A starter is to be red for a reason that a student can read: an assertion, in each test. */
static const struct record_test *not_by_assertion(const struct record *record)
{
    for (size_t i = 0; i < record->test_count; i++)
        if (record->tests[i].verdict != VERDICT_FAIL)
            return &record->tests[i];
    return NULL;
}

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

static void print_reason(const struct record *record)
{
    const char *test = "";
    const struct record_run *run = reason_of(record, &test);
    if (record->message[0])
        printf("      %s\n", record->message);
    else if (run && record->verdict != VERDICT_PASS)
        printf("      %s, %s: %s%s%s\n", test, manifest_build_name(run->build), run->requirement,
               run->requirement[0] && run->detail[0] ? "; " : "", run->detail);
}

static bool print_sample(const struct sample *sample)
{
    if (sample->failed) {
        printf("  WRONG %-14s %s: %s\n", "", sample->shown, strerror(-sample->failed));
        return false;
    }
    const struct record *record = sample->record;
    const struct record_test *odd = NULL;
    bool right = verdict_matches_folder(record->verdict, sample->folder);
    if (strcmp(sample->folder, "starter") == 0)
        odd = not_by_assertion(record);
    printf("  %-5s %-14s %6.2f  %6.2f s  %s\n", right && !odd ? "ok" : "WRONG",
           verdict_name(record->verdict), record->points, (double)record->wall_ns / 1e9,
           sample->shown);
    if (!right)
        print_reason(record);
    if (odd)
        printf("      test %s is %s, where the starter was to fail by assertion\n", odd->name,
               verdict_name(odd->verdict));
    return right && !odd;
}

static void print_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        batch->wrong += !print_sample(&batch->samples[i]);
}

static void fini_batch(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->samples[i].path);
        record_destroy(batch->samples[i].record);
    }
    free(batch->samples);
    pthread_mutex_destroy(&batch->lock);
}

static int verify(struct engine *engine, const struct course *course, const char *exercise,
                  bool hostile)
{
    char error[2048] = "";
    struct manifest *manifest = NULL;
    struct batch batch = {.engine = engine, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (manifest_load(course->root, exercise, &manifest, error, sizeof(error)) != 0) {
        fprintf(stderr, "syslab: %s\n", error);
        return COMMAND_USAGE;
    }
    batch.manifest = manifest;
    int failed = hostile ? add_hostile(&batch, course) : add_exercise(&batch, course);
    if (!failed) {
        printf("%s\n", hostile ? "grader/hostile" : exercise);
        grade_all(&batch);
        print_all(&batch);
        printf("%s: %zu of %zu as their folders say\n", hostile ? "grader/hostile" : exercise,
               batch.count - batch.wrong, batch.count);
    }
    bool right = !failed && batch.wrong == 0 && batch.count > 0;
    fini_batch(&batch);
    manifest_free(manifest);
    return failed ? COMMAND_GRADER_ERROR : right ? COMMAND_PASSED : COMMAND_FAILED;
}

static int verify_exercises(struct engine *engine, const struct course *course, int argc,
                            char **argv)
{
    char **names = NULL;
    size_t count = 0;
    int worst = COMMAND_PASSED, named = 0;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-')
            continue;
        int status = verify(engine, course, argv[i], false);
        worst = status > worst ? status : worst;
        named++;
    }
    if (!named && course_exercises(course, &names, &count) != 0)
        return COMMAND_GRADER_ERROR;
    for (size_t i = 0; i < count; i++) {
        int status = verify(engine, course, names[i], false);
        worst = status > worst ? status : worst;
    }
    course_free_names(names, count);
    return worst;
}

static int with_engine(struct course *course, bool hostile, bool no_sandbox, int argc, char **argv)
{
    struct engine *engine = NULL;
    char error[2048] = "";
    if (hostile) {
        size_t used = strlen(course->root);
        snprintf(course->root + used, sizeof(course->root) - used, "/%s", hostile_course);
    }
    const struct engine_options options = {.course_root = course->root,
                                           .build_root = course->build,
                                           .no_sandbox = no_sandbox,
                                           .serial_builds = true};
    if (engine_create(&options, &engine, error, sizeof(error)) != 0) {
        fprintf(stderr, "syslab: %s\n", error);
        return COMMAND_USAGE;
    }
    int status = hostile ? verify(engine, course, hostile_exercise, true)
                         : verify_exercises(engine, course, argc, argv);
    engine_destroy(engine);
    return status;
}

int command_verify(int argc, char **argv)
{
    struct course course;
    char error[2048] = "";
    bool no_sandbox = false, hostile = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-sandbox") == 0) {
            no_sandbox = true;
        } else if (strcmp(argv[i], "--hostile") == 0) {
            hostile = true;
        } else if (argv[i][0] == '-') {
            printf("usage: ./syslab verify [EXERCISE ...] [--hostile] [--no-sandbox]\n");
            return strcmp(argv[i], "--help") == 0 ? COMMAND_PASSED : COMMAND_USAGE;
        }
    }
    if (hostile && no_sandbox) {
        fprintf(stderr, "syslab: attacks run only in a sandbox\n");
        return COMMAND_USAGE;
    }
    if (course_find(&course, error, sizeof(error)) != 0) {
        fprintf(stderr, "syslab: %s\n", error);
        return COMMAND_USAGE;
    }
    return with_engine(&course, hostile, no_sandbox, argc, argv);
}
