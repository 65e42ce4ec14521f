#include "grader/class/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/hash.h"
#include "grader/base/text.h"
#include "grader/inspect/source.h"

/* ---- listing ---- */

int unit_identify(struct unit *unit)
{
    const char *const parts[] = {unit->student,    unit->manifest->exercise, unit->submission_hash,
                                 unit->suite_hash, unit->grader_hash,        unit->toolchain};
    struct hash *hash = hash_begin();
    if (!hash)
        return -ENOMEM;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        hash_add(hash, parts[i], strlen(parts[i]) + 1); /* the NUL keeps "a","bc" from "ab","c" */
    hash_end(hash, unit->id);
    return 0;
}

/* A class has few exercises and many submissions of each, so a suite is hashed once. */
static int suite_of(struct engine *engine, const struct units *units, struct unit *unit)
{
    for (size_t i = 0; i < units->count; i++) {
        if (units->all[i].manifest != unit->manifest)
            continue;
        memcpy(unit->suite_hash, units->all[i].suite_hash, sizeof(unit->suite_hash));
        return 0;
    }
    return engine_suite_hash(engine, unit->manifest, unit->suite_hash);
}

int units_list(struct engine *engine, const struct submissions *submissions, struct units *out,
               char *error, size_t error_bytes)
{
    *out = (struct units){.all = calloc(submissions->count + 1, sizeof(*out->all))};
    int failed = out->all ? 0 : -ENOMEM;
    snprintf(error, error_bytes, "%s", strerror(ENOMEM));
    for (size_t i = 0; i < submissions->count && !failed; i++) {
        const struct submission *submission = &submissions->all[i];
        struct unit *unit = &out->all[out->count];
        *unit = (struct unit){.student = submission->student,
                              .path = submission->path,
                              .manifest = submission->exercise->manifest};
        snprintf(unit->grader_hash, sizeof(unit->grader_hash), "%s", engine_grader_hash(engine));
        snprintf(unit->toolchain, sizeof(unit->toolchain), "%s", engine_toolchain(engine));
        unit->unreadable = engine_submission_hash(unit->path, unit->submission_hash) != 0;
        failed = suite_of(engine, out, unit);
        if (failed)
            snprintf(error, error_bytes, "the tests of %s cannot be read: %s",
                     unit->manifest->exercise, strerror(-failed));
        else
            failed = unit_identify(unit);
        out->count++;
    }
    if (failed)
        units_free(out);
    return failed;
}

void units_free(struct units *units)
{
    free(units->all);
    *units = (struct units){0};
}

/* ---- records ---- */

/* The first thing that makes it another unit's record, or NULL. */
static const char *difference(const struct unit *unit, const struct record *record)
{
    char *student = text_clean(unit->student, strlen(unit->student));
    bool same = student && strcmp(student, record->student) == 0;
    free(student);
    if (!same)
        return "another student";
    if (strcmp(record->exercise, unit->manifest->exercise) != 0)
        return "another exercise";
    if (strcmp(record->submission_hash, unit->submission_hash) != 0)
        return "another text of the submission";
    if (strcmp(record->suite_hash, unit->suite_hash) != 0)
        return "other tests";
    if (strcmp(record->grader_hash, unit->grader_hash) != 0)
        return "another grader";
    return strcmp(record->toolchain, unit->toolchain) == 0 ? NULL : "another compiler";
}

/* The text beside the record, so that the grade can be had again when the file is gone. Where the file
 * is another one by now, or cannot be read, the record stands without. */
static int attach_source(const struct unit *unit, struct record *record)
{
    struct source source;
    char hash[65];
    int failed = source_read(unit->path, (size_t)unit->manifest->limits.file_kib << 10, &source);
    if (failed || !source.text)
        return failed == -ENOMEM ? failed : 0;
    failed = hash_bytes(source.text, source.length, hash);
    if (!failed && strcmp(hash, record->submission_hash) == 0 &&
        !record_keep_source(record, source.text, source.length))
        failed = -ENOMEM;
    source_fini(&source);
    return failed;
}

int unit_read_record(const struct unit *unit, const char *json, struct record **out, char *why,
                     size_t why_bytes)
{
    int failed = record_from_json(json, out);
    if (failed) {
        snprintf(why, why_bytes, "%s",
                 failed == -EINVAL ? "it does not have the shape of a record" : strerror(-failed));
        return failed;
    }
    const char *other = difference(unit, *out);
    if (other)
        snprintf(why, why_bytes, "it is a record of %s", other);
    failed = other ? -EINVAL : attach_source(unit, *out);
    if (failed && !other)
        snprintf(why, why_bytes, "%s", strerror(-failed));
    if (failed)
        record_destroy(*out);
    return failed;
}

/* ---- grading ---- */

static bool name_student(const struct unit *unit, struct record *record)
{
    char *student = text_clean(unit->student, strlen(unit->student));
    bool done = student && record_set(&record->student, student);
    free(student);
    return done;
}

/* The record as JSON; the record is gone afterwards. */
static int hand_over(struct record *record, char **json)
{
    *json = record_to_json(record);
    record_destroy(record);
    return *json ? 0 : -ENOMEM;
}

int unit_give_up(struct engine *engine, const struct unit *unit, const char *reason, char **json)
{
    struct record *record;
    int failed = engine_give_up(engine, unit->manifest, unit->path, reason, &record);
    if (failed)
        return failed;
    if (name_student(unit, record) && record_set(&record->submission_hash, unit->submission_hash) &&
        record_set(&record->suite_hash, unit->suite_hash) &&
        record_set(&record->grader_hash, unit->grader_hash) &&
        record_set(&record->toolchain, unit->toolchain))
        return hand_over(record, json);
    record_destroy(record);
    return -ENOMEM;
}

int unit_grade(struct engine *engine, const struct unit *unit, char **json)
{
    struct record *record;
    int failed = engine_grade(engine, unit->manifest, unit->path, NULL, &record);
    if (failed)
        return failed;
    bool named = name_student(unit, record) &&
                 (!unit->handed_in || record_set(&record->file, unit->handed_in));
    const char *other = difference(unit, record);
    if (named && !other)
        return hand_over(record, json);
    char reason[400];
    if (record->verdict == VERDICT_GRADER_ERROR)
        snprintf(reason, sizeof(reason), "%s", record->message);
    else
        snprintf(reason, sizeof(reason),
                 "It changed under the grader's hands: this would be a grade of %s.",
                 other ? other : "nobody");
    record_destroy(record);
    return named ? unit_give_up(engine, unit, reason, json) : -ENOMEM;
}

bool unit_stands(const struct record *record, bool unsandboxed)
{
    return record->verdict != VERDICT_GRADER_ERROR &&
           (unsandboxed || record_was_sandboxed(record->layers));
}
