#include "grader/class/explain.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/grow.h"
#include "grader/engine/engine.h"
#include "grader/engine/suite.h"
#include "grader/engine/toolchain.h"
#include "grader/inspect/source.h"
#include "grader/record/change.h"

/* ---- the file ---- */

static bool is_the_graded(const char *path, const struct record *record)
{
    char hash[HASH_TEXT_BYTES];
    source_hash(path, hash);
    return strcmp(hash, record->submission_hash) == 0;
}

/* Where the record says, as seen from here; else beside the database, where `grade` puts it. */
static void find_file(struct explain *explain)
{
    const struct record *record = explain->record;
    char db[PATH_MAX], beside[PATH_MAX];
    const char *slash = strrchr(record->file, '/');
    snprintf(db, sizeof(db), "%s", explain->db);
    int length = snprintf(beside, sizeof(beside), "%s/%s/%s/%s", dirname(db), explain->student,
                          explain->exercise, slash ? slash + 1 : record->file);
    bool there = files_exists(record->file);
    bool moved =
        length < (int)sizeof(beside) && files_exists(beside) &&
        (!there || (!is_the_graded(record->file, record) && is_the_graded(beside, record)));
    snprintf(explain->path, sizeof(explain->path), "%s", moved ? beside : record->file);
    explain->file = !there && !moved                       ? EXPLAIN_GONE
                    : is_the_graded(explain->path, record) ? EXPLAIN_SAME
                                                           : EXPLAIN_CHANGED;
}

/* ---- what has changed since ---- */

static int compare_suite(struct explain *explain)
{
    const struct course *course = &explain->course;
    struct manifest *manifest;
    struct suite suite;
    char error[512];
    int failed = manifest_load(course->root, explain->exercise, &manifest, error, sizeof(error));
    if (failed)
        return failed == -ENOMEM ? failed : 0; /* no such exercise here: nothing to compare with */
    struct record *now = record_create();
    failed = now ? suite_read(course->root, course->build, manifest, &suite) : -ENOMEM;
    if (!failed && !suite_describe(&suite, now))
        failed = -ENOMEM;
    if (!failed) {
        change_suite(explain->record, now, &explain->suite_changes);
        explain->suite_known = true;
    }
    record_destroy(now);
    manifest_free(manifest);
    return failed == -ENOMEM ? failed : 0;
}

static void compare_programs(struct explain *explain)
{
    char hash[HASH_TEXT_BYTES], error[512];
    struct toolchain toolchain;
    if (engine_programs_hash(explain->course.build, hash) != 0 ||
        toolchain_init(&toolchain, error, sizeof(error)) != 0)
        return;
    explain->programs_known = true;
    if (strcmp(hash, explain->record->grader_hash) != 0)
        text_append(&explain->program_changes, "the grader's own programs\n");
    if (strcmp(toolchain.name, explain->record->toolchain) != 0)
        text_append(&explain->program_changes, "the compiler: %s, was %s\n", toolchain.name,
                    explain->record->toolchain);
}

/* ---- load ---- */

static int add_entry(void *context, const struct store_row *row, const char *since)
{
    struct explain *explain = context;
    struct explain_entry *entry = grow((void **)&explain->entries, explain->count,
                                       &explain->capacity, sizeof(*explain->entries));
    if (!entry)
        return -ENOMEM;
    int failed = record_from_json(row->json, &entry->record);
    if (failed == -ENOMEM)
        return failed;
    if (failed)
        entry->record = NULL;
    snprintf(entry->since, sizeof(entry->since), "%s", since);
    entry->verdict = row->verdict;
    entry->points = row->points;
    entry->max_points = row->max_points;
    explain->count++;
    return 0;
}

static int find_source(struct explain *explain, struct store *store)
{
    char *text;
    size_t size;
    int failed = store_source(store, explain->record->submission_hash, &text, &size);
    explain->kept = failed == 0;
    if (explain->kept)
        free(text);
    return failed == -ENOENT ? 0 : failed;
}

int explain_load(struct store *store, const char *db, const char *student, const char *exercise,
                 struct explain *out)
{
    char error[PATH_MAX + 200];
    *out = (struct explain){.db = db, .student = student, .exercise = exercise};
    int failed = store_each_of(store, student, exercise, add_entry, out);
    if (!failed && out->count == 0)
        failed = -ENOENT;
    if (!failed && !(out->record = out->entries[out->count - 1].record))
        failed = -EBADMSG;
    if (!failed)
        failed = find_source(out, store);
    if (!failed)
        find_file(out);
    if (!failed && course_find(&out->course, error, sizeof(error)) == 0) {
        out->has_course = true;
        compare_programs(out);
        failed = compare_suite(out);
    }
    if (!failed && (out->suite_changes.failed || out->program_changes.failed))
        failed = -ENOMEM;
    if (failed)
        explain_free(out);
    return failed;
}

void explain_free(struct explain *explain)
{
    for (size_t i = 0; i < explain->count; i++)
        record_destroy(explain->entries[i].record);
    free(explain->entries);
    text_fini(&explain->suite_changes);
    text_fini(&explain->program_changes);
    *explain = (struct explain){0};
}
