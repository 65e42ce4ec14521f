/* explain_json.c - a grade's account for a program: the record, and what explain.h adds to it. */
#include <jansson.h>
#include <stdlib.h>

#include "grader/class/explain.h"
#include "grader/formats/format_case.h"
#include "grader/record/change.h"

static json_t *entry_to_json(const struct explain_entry *before, const struct explain_entry *entry)
{
    struct change change = {{NULL, 0, 0, false}, {NULL, 0, 0, false}};
    const struct record *record = entry->record;
    bool graded = entry->verdict != VERDICT_GRADER_ERROR;
    if (before && before->record && record && change_describe(before->record, record, &change) != 0)
        return NULL;
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:o, s:I, s:s, s:s, s:s, s:o, s:o}", "since", entry->since, "graded_at",
        record ? record->graded_at : "", "verdict", verdict_name(entry->verdict), "points",
        graded ? json_real(entry->points) : json_null(), "max_points",
        (json_int_t)entry->max_points, "submission_hash", record ? record->submission_hash : "",
        "suite_hash", record ? record->suite_hash : "", "grader_hash",
        record ? record->grader_hash : "", "causes", change_lines_to_json(change.causes.data),
        "tests", change_lines_to_json(change.tests.data));
    change_fini(&change);
    return object;
}

static json_t *history_to_json(const struct explain *explain)
{
    json_t *array = json_array();
    for (size_t i = 0; i < explain->count; i++)
        json_array_append_new(
            array, entry_to_json(i > 0 ? &explain->entries[i - 1] : NULL, &explain->entries[i]));
    return array;
}

char *explain_json(const struct explain *explain)
{
    static const char *const states[] = {"unchanged", "changed", "gone"};
    char *record = record_to_json(explain->record);
    char *rule = explain_rule(explain->record), *commands = explain_commands(explain);
    json_t *root = json_pack(
        "{s:o, s:s, s:{s:o, s:s, s:b}, s:o, s:o, s:o, s:o, s:o, s:o}", "student",
        format_json_text(explain->student), "exercise", explain->exercise, "file", "path",
        format_json_text(explain->path), "state", states[explain->file], "kept", explain->kept,
        "record", record ? json_loads(record, 0, NULL) : NULL, "rule",
        rule ? json_string(rule) : NULL, "suite_changes",
        explain->suite_known ? change_lines_to_json(explain->suite_changes.data) : json_null(),
        "program_changes",
        explain->programs_known ? change_lines_to_json(explain->program_changes.data) : json_null(),
        "history", history_to_json(explain), "reproduce", change_lines_to_json(commands));
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(root);
    free(record);
    free(rule);
    free(commands);
    return text;
}
