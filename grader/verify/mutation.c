/* mutation.c - the cases of a run, and what came of them in figures. */
#include "grader/verify/mutation.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "grader/base/files.h"
#include "grader/base/hash.h"
#include "grader/base/listing.h"
#include "grader/verify/mutation_internal.h"

int mutation_fail(struct mutation *mutation, int failed, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    pthread_mutex_lock(&mutation->lock);
    if (!mutation->failed) {
        mutation->failed = failed;
        vsnprintf(mutation->error, sizeof(mutation->error), format, args);
    }
    pthread_mutex_unlock(&mutation->lock);
    va_end(args);
    return failed;
}

char *mutation_text(const struct mutation *mutation, const struct mutation_case *one, int *failed)
{
    char *text = NULL;
    size_t size;
    *failed = 0;
    if (one->file) {
        *failed = files_read(one->file, &text, &size);
        return text;
    }
    text = one->mutant ? mutant_apply(one->mutant, mutation->source, mutation->source_length)
                       : strdup(mutation->source);
    *failed = text ? 0 : -ENOMEM;
    return text;
}

/* ---- the cases ---- */

static bool is_wanted(const struct mutation *mutation, const struct mutant *mutant)
{
    const char *only = mutation->only;
    return !only || strstr(mutant->operator, only) || strstr(mutant->text, only) ||
           strstr(mutant->change, only);
}

/* An entry that names no mutant was written for a reference that has changed since. */
static int check_listed(struct mutation *mutation)
{
    for (unsigned i = 0; i < mutation->equivalents.count; i++) {
        const struct equivalent *entry = &mutation->equivalents.all[i];
        bool found = false;
        for (size_t j = 0; j < mutation->mutants.count && !found; j++)
            found = equivalents_find(&mutation->equivalents, &mutation->mutants.all[j]) == entry;
        if (!found)
            return mutation_fail(mutation, -EINVAL,
                                 "exercises/%s/solution/mutants.yaml names no mutant of %s: "
                                 "%s, line '%s', change '%s', occurrence %u. Is the entry stale?",
                                 mutation->manifest->exercise, mutation->manifest->file,
                                 entry->operator, entry->line, entry->change,
                                 entry->occurrence ? entry->occurrence : 1);
    }
    return 0;
}

static int make_own(struct mutation *mutation)
{
    char error[1024] = "";
    int failed = mutants_make(mutation->source, mutation->source_length, &mutation->mutants);
    if (failed)
        return mutation_fail(mutation, failed, "%s", strerror(-failed));
    failed = equivalents_load(mutation->course_root, mutation->manifest->exercise,
                              &mutation->equivalents, error, sizeof(error));
    if (failed)
        return mutation_fail(mutation, failed, "%s", error);
    failed = check_listed(mutation);
    if (failed)
        return failed;
    mutation->made = mutation->mutants.count;
    mutation->cases = calloc(mutation->made + 1, sizeof(*mutation->cases));
    if (!mutation->cases)
        return mutation_fail(mutation, -ENOMEM, "out of memory");
    for (size_t i = 0; i < mutation->made; i++) {
        const struct mutant *mutant = &mutation->mutants.all[i];
        if (is_wanted(mutation, mutant))
            mutation->cases[mutation->count++] = (struct mutation_case){
                .mutant = mutant, .listed = equivalents_find(&mutation->equivalents, mutant)};
    }
    return 0;
}

static int find_foreign(struct mutation *mutation)
{
    struct listing found;
    int failed = listing_find(&found, mutation->folder, "*.c");
    if (failed)
        return mutation_fail(mutation, failed, "%s: %s", mutation->folder, strerror(-failed));
    if (found.count == 0)
        return mutation_fail(mutation, -EINVAL, "%s: no C files, where mutants were expected",
                             mutation->folder);
    mutation->cases = calloc(found.count, sizeof(*mutation->cases));
    for (size_t i = 0; mutation->cases && i < found.count; i++) {
        char *file = strdup(found.paths[i]);
        if (!file)
            break;
        mutation->cases[mutation->count++].file = file;
    }
    bool all = mutation->count == found.count;
    listing_fini(&found);
    mutation->made = mutation->count;
    return all ? 0 : mutation_fail(mutation, -ENOMEM, "out of memory");
}

/* ---- a sample: the same ones each time, and others only where the source changed ---- */

struct draw {
    char key[HASH_TEXT_BYTES];
    size_t index;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct draw *)a)->key, ((const struct draw *)b)->key);
}

static int by_index(const void *a, const void *b)
{
    const struct draw *one = a, *other = b;
    return (one->index > other->index) - (one->index < other->index);
}

static int draw_key(const struct mutation *mutation, size_t index, char key[HASH_TEXT_BYTES])
{
    const struct mutation_case *one = &mutation->cases[index];
    char *name = NULL;
    int wrote = one->file
                    ? asprintf(&name, "%u %s", mutation->seed, one->file)
                    : asprintf(&name, "%u %s %s %s %u", mutation->seed, one->mutant->operator,
                               one->mutant->text, one->mutant->change, one->mutant->occurrence);
    int failed = wrote < 0 ? -ENOMEM : hash_bytes(name, (size_t)wrote, key);
    if (wrote >= 0)
        free(name);
    return failed;
}

static int keep_sample(struct mutation *mutation)
{
    size_t kept = mutation->sample;
    if (!kept || kept >= mutation->count)
        return 0;
    struct draw *draws = calloc(mutation->count, sizeof(*draws));
    int failed = draws ? 0 : -ENOMEM;
    for (size_t i = 0; i < mutation->count && !failed; i++) {
        draws[i].index = i;
        failed = draw_key(mutation, i, draws[i].key);
    }
    if (!failed) {
        qsort(draws, mutation->count, sizeof(*draws), by_key);
        qsort(draws, kept, sizeof(*draws), by_index);
        for (size_t i = 0; i < kept;
             i++) /* from left to right: an index is never below its place */
            if (draws[i].index != i) {
                free(mutation->cases[i].file);
                mutation->cases[i] = mutation->cases[draws[i].index];
                mutation->cases[draws[i].index].file = NULL;
            }
        for (size_t i = kept; i < mutation->count; i++)
            free(mutation->cases[i].file);
        mutation->count = kept;
    }
    free(draws);
    return failed ? mutation_fail(mutation, failed, "out of memory") : 0;
}

/* ---- run ---- */

/* A run in which no mutant was put to the test says nothing of the tests. */
static int check_tested(struct mutation *mutation)
{
    if (mutation_count(mutation, MUTATION_KILLED) + mutation_count(mutation, MUTATION_SURVIVED) +
        mutation_count(mutation, MUTATION_FAULT))
        return 0;
    return mutation_fail(mutation, -EINVAL,
                         "no mutant was killed and none survived, so nothing is known of the "
                         "tests: of %zu, %zu do not compile, %zu are the reference's own program, "
                         "%zu another mutant's, %zu listed as equivalent",
                         mutation->count, mutation_count(mutation, MUTATION_NOT_COMPILED),
                         mutation_count(mutation, MUTATION_SAME),
                         mutation_count(mutation, MUTATION_DUPLICATE),
                         mutation_count(mutation, MUTATION_EQUIVALENT));
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int mutation_run(struct mutation *mutation)
{
    uint64_t start = now_ns();
    pthread_mutex_init(&mutation->lock, NULL);
    snprintf(mutation->path, sizeof(mutation->path), "%s/exercises/%s/solution/%s",
             mutation->course_root, mutation->manifest->exercise, mutation->manifest->file);
    int failed = files_read(mutation->path, &mutation->source, &mutation->source_length);
    if (failed)
        mutation_fail(mutation, failed, "%s: %s", mutation->path, strerror(-failed));
    if (!failed)
        failed = mutation->folder ? find_foreign(mutation) : make_own(mutation);
    if (!failed && mutation->count == 0)
        failed = mutation_fail(mutation, -EINVAL, "%s: no mutant%s%s", mutation->path,
                               mutation->only ? " has in its name: " : "",
                               mutation->only ? mutation->only : "");
    if (!failed)
        failed = keep_sample(mutation);
    if (!failed)
        failed = mutation_grade_all(mutation);
    if (!failed)
        failed = check_tested(mutation);
    mutation->wall_ns = now_ns() - start;
    return failed;
}

void mutation_fini(struct mutation *mutation)
{
    for (size_t i = 0; i < mutation->count; i++) {
        free(mutation->cases[i].file);
        free(mutation->cases[i].by);
    }
    free(mutation->cases);
    free(mutation->reference.by);
    mutants_free(&mutation->mutants);
    equivalents_free(&mutation->equivalents);
    free(mutation->source);
    pthread_mutex_destroy(&mutation->lock);
}

void mutation_stop(struct mutation *mutation)
{
    atomic_store(&mutation->stopped, true);
}

/* ---- what came of it ---- */

size_t mutation_count(const struct mutation *mutation, enum mutation_fate fate)
{
    size_t count = 0;
    for (size_t i = 0; i < mutation->count; i++)
        count += mutation->cases[i].fate == fate;
    return count;
}

double mutation_rate(const struct mutation *mutation)
{
    size_t killed = mutation_count(mutation, MUTATION_KILLED);
    size_t all = killed + mutation_count(mutation, MUTATION_SURVIVED);
    return all ? 100.0 * (double)killed / (double)all : 0;
}

bool mutation_is_stale(const struct mutation_case *one)
{
    return one->listed && one->fate == MUTATION_KILLED;
}

bool mutation_passes(const struct mutation *mutation)
{
    for (size_t i = 0; i < mutation->count; i++)
        if (mutation_is_stale(&mutation->cases[i]))
            return false;
    return mutation_rate(mutation) >= MUTATION_FLOOR_PERCENT;
}

const char *mutation_fate_name(enum mutation_fate fate)
{
    static const char *const names[MUTATION_FATES] = {"waiting",      "killed", "survived",
                                                      "equivalent",   "same",   "duplicate",
                                                      "not compiled", "fault"};
    return (unsigned)fate < MUTATION_FATES ? names[fate] : "unknown";
}
