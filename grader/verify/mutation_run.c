/* mutation_run.c - the cases compiled, compared and graded, on all cores. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/desk/grading.h"
#include "grader/verify/mutation_internal.h"
#include "grader/verify/twin.h"

enum { JOBS_MAX = 64 };

/* ---- one step on every case ---- */

/* Returns: 0 or -errno, noted with mutation_fail. */
typedef int step_fn(struct mutation *mutation, struct twin_place *place, struct mutation_case *one);

struct round {
    struct mutation *mutation;
    step_fn *step;
    const char *doing;
};

/* The reference, and then the cases. */
static struct mutation_case *nth(struct mutation *mutation, size_t index)
{
    return index == 0 ? &mutation->reference : &mutation->cases[index - 1];
}

static struct mutation_case *take(struct mutation *mutation)
{
    struct mutation_case *next = NULL;
    pthread_mutex_lock(&mutation->lock);
    if (!mutation->failed && !atomic_load(&mutation->stopped) && mutation->taken <= mutation->count)
        next = nth(mutation, mutation->taken++);
    pthread_mutex_unlock(&mutation->lock);
    return next;
}

static void finish(const struct round *round)
{
    struct mutation *mutation = round->mutation;
    pthread_mutex_lock(&mutation->lock);
    mutation->finished++;
    if (mutation->progress)
        mutation->progress(mutation->context, round->doing, mutation->finished,
                           mutation->count + 1);
    pthread_mutex_unlock(&mutation->lock);
}

static void *work(void *context)
{
    struct round *round = context;
    struct twin_place *place;
    struct mutation_case *one;
    char error[1024] = "";
    grading_shield();
    int failed =
        twin_open(round->mutation->engine, round->mutation->manifest, &place, error, sizeof(error));
    if (failed) {
        mutation_fail(round->mutation, failed, "%s", error[0] ? error : strerror(-failed));
        return NULL;
    }
    while ((one = take(round->mutation)) && round->step(round->mutation, place, one) == 0)
        finish(round);
    twin_close(place);
    return NULL;
}

static int each(struct mutation *mutation, step_fn *step, const char *doing)
{
    pthread_t threads[JOBS_MAX];
    struct round round = {mutation, step, doing};
    unsigned started = 0, wanted = mutation->jobs < JOBS_MAX ? mutation->jobs : JOBS_MAX;
    mutation->taken = mutation->finished = 0;
    while (started < wanted && pthread_create(&threads[started], NULL, work, &round) == 0)
        started++;
    if (started == 0)
        work(&round); /* no thread to be had: this one will do */
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (!mutation->failed && mutation->finished <= mutation->count)
        mutation_fail(mutation, -ECANCELED, "interrupted while %s, %zu of %zu done", doing,
                      mutation->finished, mutation->count + 1);
    return mutation->failed;
}

/* ---- which are one program ---- */

static int write_case(struct mutation *mutation, struct twin_place *place,
                      const struct mutation_case *one, const char **path)
{
    int failed;
    char *text = mutation_text(mutation, one, &failed);
    if (!failed)
        failed = twin_write(place, text, path);
    free(text);
    return failed ? mutation_fail(mutation, failed, "a mutant cannot be put down: %s",
                                  strerror(-failed))
                  : 0;
}

static int compile_build(struct mutation *mutation, struct twin_place *place,
                         struct mutation_case *one, enum build build)
{
    int failed = twin_compile(place, build, one->keys[build]);
    return failed ? mutation_fail(mutation, failed, "the compiler could not be run: %s",
                                  strerror(-failed))
                  : 0;
}

static int compile_plain(struct mutation *mutation, struct twin_place *place,
                         struct mutation_case *one)
{
    const char *path = NULL;
    int failed = write_case(mutation, place, one, &path);
    if (!failed)
        failed = compile_build(mutation, place, one, BUILD_PLAIN);
    if (!failed && !one->keys[BUILD_PLAIN][0])
        one->fate = MUTATION_NOT_COMPILED;
    return failed;
}

static int compile_others(struct mutation *mutation, struct twin_place *place,
                          struct mutation_case *one)
{
    const char *path = NULL;
    if (!one->alike)
        return 0;
    int failed = write_case(mutation, place, one, &path);
    for (int build = BUILD_PLAIN + 1; build < BUILD_COUNT && !failed; build++)
        if (manifest_has_build(mutation->manifest, (enum build)build))
            failed = compile_build(mutation, place, one, (enum build)build);
    return failed;
}

static void find_alike(struct mutation *mutation)
{
    for (size_t i = 1; i <= mutation->count; i++)
        for (size_t j = 0; j < i; j++) {
            struct mutation_case *one = nth(mutation, i), *other = nth(mutation, j);
            if (one->fate == MUTATION_WAITING &&
                strcmp(one->keys[BUILD_PLAIN], other->keys[BUILD_PLAIN]) == 0)
                one->alike = other->alike = true;
        }
}

static void find_twins(struct mutation *mutation)
{
    for (size_t i = 1; i <= mutation->count; i++)
        for (size_t j = 0; j < i; j++) {
            struct mutation_case *one = nth(mutation, i), *other = nth(mutation, j);
            if (one->fate != MUTATION_WAITING || !one->alike || !other->alike ||
                memcmp(one->keys, other->keys, sizeof(one->keys)) != 0)
                continue;
            one->fate = j == 0 ? MUTATION_SAME : MUTATION_DUPLICATE;
            one->twin = j - 1;
        }
}

static int compare_all(struct mutation *mutation)
{
    int failed = each(mutation, compile_plain, "compiling");
    if (!failed && mutation->reference.fate == MUTATION_NOT_COMPILED)
        failed = mutation_fail(mutation, -EINVAL, "%s does not compile", mutation->path);
    if (!failed) {
        find_alike(mutation);
        failed = each(mutation, compile_others, "comparing");
    }
    if (!failed)
        find_twins(mutation);
    return failed;
}

/* ---- graded ---- */

static enum mutation_fate fate_of(const struct mutation_case *one, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return one->listed ? MUTATION_EQUIVALENT : MUTATION_SURVIVED;
    case VERDICT_COMPILE_ERROR:
        return MUTATION_NOT_COMPILED;
    case VERDICT_GRADER_ERROR:
        return MUTATION_FAULT;
    default:
        return MUTATION_KILLED;
    }
}

static int grade(struct mutation *mutation, struct twin_place *place, struct mutation_case *one)
{
    const char *path = NULL;
    struct record *record = NULL;
    if (one->fate != MUTATION_WAITING)
        return 0;
    int failed = write_case(mutation, place, one, &path);
    if (failed)
        return failed;
    failed = engine_grade(mutation->engine, mutation->manifest, path, NULL, &record);
    if (failed)
        return mutation_fail(mutation, failed, "a mutant could not be graded: %s",
                             strerror(-failed));
    one->fate = fate_of(one, record->verdict);
    one->verdict = record->verdict;
    one->points = record->points;
    one->by = strdup(record->message);
    if (!one->by)
        failed = mutation_fail(mutation, -ENOMEM, "out of memory");
    record_destroy(record);
    if (!failed && one == &mutation->reference && one->verdict != VERDICT_PASS)
        failed = mutation_fail(mutation, -EINVAL, "%s does not pass its own tests: %s, %s",
                               mutation->path, verdict_name(one->verdict), one->by);
    return failed;
}

/* Half a point is what rounding and a busy machine may cost. */
static int find_cheaper(struct mutation *mutation)
{
    double least = mutation->reference.points - 0.5;
    for (size_t i = 0; i < mutation->count; i++) {
        struct mutation_case *one = &mutation->cases[i];
        bool passed = one->fate == MUTATION_SURVIVED || one->fate == MUTATION_EQUIVALENT;
        if (!passed || one->points >= least)
            continue;
        one->fate = MUTATION_KILLED;
        free(one->by);
        if (asprintf(&one->by, "points: %.1f, and the reference %.1f", one->points,
                     mutation->reference.points) < 0) {
            one->by = NULL;
            return mutation_fail(mutation, -ENOMEM, "out of memory");
        }
    }
    return 0;
}

int mutation_grade_all(struct mutation *mutation)
{
    int failed = compare_all(mutation);
    if (!failed)
        failed = each(mutation, grade, "grading");
    return failed ? failed : find_cheaper(mutation);
}
