/* engine_build.c - one build of one submission, from source to verdicts: made by engine_make.c, run by
 * engine_tests.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "grader/engine/engine_internal.h"

void engine_stop_for_fault(struct grading *grading, const char *what, int error)
{
    char message[ENGINE_MESSAGE_BYTES];
    snprintf(message, sizeof(message), "%s: %s", what, strerror(-error));
    engine_stop(grading, VERDICT_GRADER_ERROR, message);
}

/* ---- the student's line of a test that failed ---- */

/* A wrong result is the doing of the function that the test is about, and so is a leak. Where a program
 * was when it ran out of something, or crashed, is another matter: no line is better than the wrong one. */
static bool lacks_line(const struct build_work *work, size_t index, uint64_t *offset)
{
    const struct manifest_test *test = &work->grading->manifest->tests[index];
    const struct record_run *run = &work->grading->record->tests[index].runs[work->build];
    bool known = run->verdict == VERDICT_FAIL || run->verdict == VERDICT_LEAK;
    return test->builds[work->build] && known && run->student_at[0] == '\0' && test->function &&
           object_function(&work->object, test->function, offset);
}

/* All functions in one call of addr2line: only a submission that failed pays for it. */
static void add_lines(struct build_work *work)
{
    enum { TESTS_MAX = 40 };
    const struct manifest *manifest = work->grading->manifest;
    uint64_t offsets[TESTS_MAX];
    unsigned lines[TESTS_MAX];
    size_t tests[TESTS_MAX], count = 0;
    for (size_t i = 0; i < manifest->test_count && count < TESTS_MAX; i++)
        if (lacks_line(work, i, &offsets[count]))
            tests[count++] = i;
    if (count == 0 ||
        toolchain_lines(work->sandbox, work->build, ".text", offsets, lines, count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        char at[400];
        if (!lines[i])
            continue;
        snprintf(at, sizeof(at), "%s:%u in %s", manifest->file, lines[i],
                 manifest->tests[tests[i]].function);
        record_set(&work->grading->record->tests[tests[i]].runs[work->build].student_at, at);
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* From the source to a subject that can be run, and how that was done. */
static bool make_subject(struct build_work *work)
{
    struct grading *grading = work->grading;
    const struct toolchain *toolchain = &grading->engine->toolchain;
    uint64_t start = now_ns();
    bool made = engine_make(work);
    pthread_mutex_lock(&grading->lock);
    struct record_build *build = &grading->record->builds[work->build];
    bool noted = record_set(&build->toolchain, toolchain->name) &&
                 record_set(&build->flags, toolchain->flags_told[work->build]);
    build->build = work->build;
    build->wall_ns = now_ns() - start;
    build->cpu_ns = work->made_cpu_ns;
    pthread_mutex_unlock(&grading->lock);
    if (!noted)
        engine_stop_for_fault(grading, "The build could not be recorded", -ENOMEM);
    return made && noted;
}

/* Whether the kit has what runs a test under interleave. */
static bool has_explorer(const struct grading *grading)
{
    char path[PATH_MAX + 320];
    snprintf(path, sizeof(path), "%s/" RUNNER_EXPLORER, grading->kit);
    return access(path, X_OK) == 0;
}

void engine_build(struct grading *grading, enum build build)
{
    struct build_work work = {.grading = grading, .build = build};
    char error[ENGINE_MESSAGE_BYTES] = "";
    if (engine_is_stopped(grading))
        return;
    if (build == BUILD_INTERLEAVE && !has_explorer(grading)) {
        engine_lack_explorer(grading);
        return;
    }
    int failed = sandbox_open(&grading->engine->sandbox, grading->work, grading->kit, &work.sandbox,
                              error, sizeof(error));
    if (failed) {
        engine_stop_for_fault(grading, error[0] ? error : "The sandbox could not be made", failed);
        return;
    }
    if (make_subject(&work)) {
        engine_run_tests(&work);
        if (!engine_is_stopped(grading))
            add_lines(&work);
    }
    object_fini(&work.object);
    pthread_mutex_lock(&grading->lock);
    grading->layers &= sandbox_layers(work.sandbox);
    pthread_mutex_unlock(&grading->lock);
    sandbox_close(work.sandbox);
}
