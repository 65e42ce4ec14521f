#include "grader/class/regrade.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/base/files.h"
#include "grader/base/grow.h"
#include "grader/engine/suite.h"
#include "grader/engine/toolchain.h"
#include "grader/engine/workspace.h"
#include "grader/inspect/source.h"
#include "grader/record/change.h"

/* ---- what there is now ---- */

/* A manifest that is wrong ends it: nobody could say whether its grades are touched. */
static int read_suites(struct regrade *regrade, char *error, size_t error_bytes)
{
    const struct desk *desk = regrade->desk;
    regrade->suites = calloc(desk->count + 1, sizeof(struct record *));
    for (size_t i = 0; regrade->suites && i < desk->count; i++) {
        struct suite suite;
        const struct manifest *manifest = desk->exercises[i].manifest;
        if (!manifest) {
            snprintf(error, error_bytes, "%s", desk->exercises[i].error);
            return -EINVAL;
        }
        int failed = suite_read(desk->course.root, desk->course.build, manifest, &suite);
        if (failed) {
            snprintf(error, error_bytes, "the tests of %s cannot be read: %s. Build the course",
                     manifest->exercise, strerror(-failed));
            return failed;
        }
        if (!(regrade->suites[i] = record_create()) || !suite_describe(&suite, regrade->suites[i]))
            return -ENOMEM;
    }
    return regrade->suites ? 0 : -ENOMEM;
}

static int read_programs(struct regrade *regrade, char *error, size_t error_bytes)
{
    struct toolchain toolchain;
    int failed = engine_programs_hash(regrade->desk->course.build, regrade->grader_hash);
    if (failed) {
        snprintf(error, error_bytes, "the grader's own programs cannot be read: %s",
                 strerror(-failed));
        return failed;
    }
    failed = toolchain_init(&toolchain, error, error_bytes);
    snprintf(regrade->toolchain, sizeof(regrade->toolchain), "%s", failed ? "" : toolchain.name);
    return failed;
}

/* ---- what is touched ---- */

static const struct record *suite_of(const struct regrade *regrade, const char *exercise,
                                     const struct desk_exercise **out)
{
    for (size_t i = 0; i < regrade->desk->count; i++) {
        *out = &regrade->desk->exercises[i];
        if (strcmp((*out)->name, exercise) == 0)
            return regrade->suites[i];
    }
    return NULL;
}

static int add_item(struct regrade *regrade, const struct desk_exercise *exercise,
                    const struct store_row *row, const struct record *record)
{
    struct regrade_item *item =
        grow((void **)&regrade->items, regrade->count, &regrade->capacity, sizeof(*regrade->items));
    if (!item)
        return -ENOMEM;
    regrade->count++;
    item->exercise = exercise;
    item->student = strdup(row->student);
    item->handed_in = strdup(record ? record->file : "");
    snprintf(item->submission_hash, sizeof(item->submission_hash), "%s", row->submission_hash);
    return item->student && item->handed_in ? 0 : -ENOMEM;
}

static void add_causes(struct text *causes, const struct regrade *regrade,
                       const struct record *record, const struct record *suite)
{
    if (!record) {
        text_append(causes, "its record is not of a kind that this syslab can read\n");
        return;
    }
    change_suite(record, suite, causes);
    if (regrade->grader_too && strcmp(record->grader_hash, regrade->grader_hash) != 0)
        text_append(causes, "the grader's own programs\n");
    if (regrade->grader_too && strcmp(record->toolchain, regrade->toolchain) != 0)
        text_append(causes, "the compiler: %s, was %s\n", regrade->toolchain, record->toolchain);
}

static int look_at(void *context, const struct store_row *row)
{
    struct regrade *regrade = context;
    struct record *record = NULL;
    const struct desk_exercise *exercise;
    const struct record *suite = suite_of(regrade, row->exercise, &exercise);
    regrade->total++;
    regrade->not_here += suite == NULL;
    if (!suite)
        return 0;
    int failed = record_from_json(row->json, &record);
    if (failed == -ENOMEM)
        return failed;
    record = failed ? NULL : record;
    bool other = strcmp(row->grader_hash, regrade->grader_hash) != 0 ||
                 (record && strcmp(record->toolchain, regrade->toolchain) != 0);
    bool touched =
        strcmp(row->suite_hash, suite->suite_hash) != 0 || (regrade->grader_too && other);
    regrade->other_grader += other && !touched;
    failed = touched ? add_item(regrade, exercise, row, record) : 0;
    if (touched && !failed) {
        struct text *causes = &regrade->items[regrade->count - 1].causes;
        add_causes(causes, regrade, record, suite);
        failed = causes->failed ? -ENOMEM : 0;
    }
    record_destroy(record);
    return failed;
}

int regrade_plan(struct store *store, const struct desk *desk, const char *folder, bool grader_too,
                 struct regrade *out, char *error, size_t error_bytes)
{
    *out = (struct regrade){.desk = desk, .folder = folder, .grader_too = grader_too};
    snprintf(error, error_bytes, "%s", strerror(ENOMEM));
    int failed = read_programs(out, error, error_bytes);
    if (!failed)
        failed = read_suites(out, error, error_bytes);
    if (!failed) {
        failed = store_each(store, NULL, look_at, out);
        if (failed && failed != -ENOMEM)
            snprintf(error, error_bytes, "the grades' database: %s", store_error());
    }
    if (failed)
        regrade_free(out);
    return failed;
}

/* ---- the files ---- */

static bool has_hash(const char *path, const char *wanted)
{
    char hash[65];
    source_hash(path, hash);
    return strcmp(hash, wanted) == 0;
}

/* A grade of an older syslab has no kept text: its file may still lie where it was handed in. What
 * could not be read then and cannot now is refused again. */
static int find_on_disk(const struct regrade *regrade, struct regrade_item *item)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s/%s/%s", regrade->folder, item->student,
                          item->exercise->name, item->exercise->manifest->file);
    const char *const places[] = {item->handed_in, length < (int)sizeof(path) ? path : ""};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!places[i][0] || !has_hash(places[i], item->submission_hash))
            continue;
        item->path = strdup(places[i]);
        return item->path ? 0 : -ENOMEM;
    }
    return 0;
}

static int write_kept(struct regrade *regrade, struct regrade_item *item, const char *text,
                      size_t size)
{
    char folder[PATH_MAX + 24];
    snprintf(folder, sizeof(folder), "%s/%zu", regrade->scratch, (size_t)(item - regrade->items));
    if (mkdir(folder, 0700) != 0)
        return -errno;
    if (asprintf(&item->path, "%s/%s", folder, item->exercise->manifest->file) < 0) {
        item->path = NULL;
        return -ENOMEM;
    }
    return files_write(item->path, text, size);
}

static int lay_out(struct regrade *regrade, struct regrade_item *item, struct store *store,
                   char *error, size_t error_bytes)
{
    char *text;
    size_t size;
    int failed = store_source(store, item->submission_hash, &text, &size);
    if (failed == -ENOENT) {
        failed = find_on_disk(regrade, item);
    } else if (failed) {
        snprintf(error, error_bytes, "the grades' database: %s", store_error());
    } else {
        failed = write_kept(regrade, item, text, size);
        free(text);
        if (failed)
            snprintf(error, error_bytes, "%s: %s", regrade->scratch, strerror(-failed));
    }
    return failed;
}

static int add_unit(const struct regrade *regrade, const struct regrade_item *item,
                    struct units *units)
{
    const struct record *suite = regrade->suites[item->exercise - regrade->desk->exercises];
    struct unit *unit = &units->all[units->count++];
    *unit = (struct unit){.student = item->student,
                          .path = item->path,
                          .handed_in = item->handed_in[0] ? item->handed_in : NULL,
                          .manifest = item->exercise->manifest};
    snprintf(unit->submission_hash, sizeof(unit->submission_hash), "%s", item->submission_hash);
    snprintf(unit->suite_hash, sizeof(unit->suite_hash), "%s", suite->suite_hash);
    snprintf(unit->grader_hash, sizeof(unit->grader_hash), "%s", regrade->grader_hash);
    snprintf(unit->toolchain, sizeof(unit->toolchain), "%s", regrade->toolchain);
    return unit_identify(unit);
}

int regrade_prepare(struct regrade *regrade, struct store *store, struct units *out, char *error,
                    size_t error_bytes)
{
    *out = (struct units){.all = calloc(regrade->count + 1, sizeof(*out->all))};
    snprintf(error, error_bytes, "%s", strerror(ENOMEM));
    int failed = -ENOMEM;
    if (out->all)
        failed = workspace_create_empty(regrade->scratch, &regrade->scratch_lock);
    if (failed)
        regrade->scratch[0] = '\0';
    if (failed && out->all)
        snprintf(error, error_bytes, "no folder for the files that are graded again: %s",
                 strerror(-failed));
    for (size_t i = 0; i < regrade->count && !failed; i++) {
        struct regrade_item *item = &regrade->items[i];
        failed = lay_out(regrade, item, store, error, error_bytes);
        if (!failed && item->path)
            failed = add_unit(regrade, item, out);
    }
    if (failed)
        units_free(out);
    return failed;
}

void regrade_free(struct regrade *regrade)
{
    if (regrade->scratch[0])
        workspace_destroy(regrade->scratch, regrade->scratch_lock);
    for (size_t i = 0; i < regrade->count; i++) {
        free(regrade->items[i].student);
        free(regrade->items[i].handed_in);
        free(regrade->items[i].path);
        text_fini(&regrade->items[i].causes);
    }
    for (size_t i = 0; regrade->suites && i < regrade->desk->count; i++)
        record_destroy(regrade->suites[i]);
    free(regrade->suites);
    free(regrade->items);
    *regrade = (struct regrade){.desk = NULL};
}
