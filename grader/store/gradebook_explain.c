/* gradebook_explain.c - why each grade is what it is: what an instructor answers a student with. */
#include <errno.h>
#include <stdlib.h>

#include "grader/base/prose.h"
#include "grader/record/view.h"
#include "grader/store/gradebook_internal.h"

void gradebook_explain(const struct gradebook *book, const struct terminal *terminal)
{
    for (size_t i = 0; i < book->cell_count; i++) {
        struct record *record;
        if (record_from_json(book->cells[i].json, &record) != 0)
            continue; /* of an older syslab: the row above has its points */
        const struct manifest manifest = {.exercise = record->exercise, .file = record->file};
        const struct view view = {.terminal = *terminal, .manifest = &manifest};
        fputc('\n', terminal->out);
        view_defence(&view, record);
        record_destroy(record);
    }
}

/* What the table knows of a grade whose record cannot be read. */
static struct record *remake(const struct gradebook *book, const struct gradebook_cell *cell)
{
    struct record *record = record_create();
    if (!record)
        return NULL;
    record->verdict = cell->verdict;
    record->points = cell->points;
    record->max_points = cell->max_points;
    if (record_set(&record->exercise, book->exercises[cell->exercise]) &&
        record_set(&record->submission_hash, cell->submission_hash) &&
        record_set(&record->suite_hash, cell->suite_hash) &&
        record_set(&record->grader_hash, cell->grader_hash) &&
        record_set(&record->graded_at, cell->graded_at) &&
        record_set(&record->message, "Its record was made by another version of syslab, which "
                                     "alone can tell its tests; the points stand."))
        return record;
    record_destroy(record);
    return NULL;
}

struct record *gradebook_record(const struct gradebook *book, const struct gradebook_cell *cell)
{
    struct record *record = NULL;
    int failed = record_from_json(cell->json, &record);
    if (failed == -EINVAL)
        record = remake(book, cell);
    char *name = prose_neutral_name(book->students[cell->student]);
    if (record && (!name || !record_set(&record->student, name))) {
        record_destroy(record);
        record = NULL;
    }
    free(name);
    return record;
}

static json_t *test_to_json(const struct record_test *test)
{
    json_t *object = json_pack("{s:s, s:f, s:I, s:s, s:b}", "name", test->name, "points",
                               test->points, "max_points", (json_int_t)test->max_points, "verdict",
                               verdict_name(test->verdict), "hidden", (int)test->hidden);
    const struct record_run *run = record_failing_run(test);
    if (!run)
        return object;
    const char *requirement = run->requirement[0] ? run->requirement : test->requirement;
    json_object_set_new(object, "requirement", json_string(requirement));
    json_object_set_new(object, "expected", json_string(run->expected));
    json_object_set_new(object, "actual", json_string(run->actual));
    json_object_set_new(object, "detail", json_string(run->detail));
    return object;
}

void gradebook_add_details(json_t *grade, const struct gradebook_cell *cell)
{
    struct record *record = NULL;
    json_t *tests = json_array();
    if (record_from_json(cell->json, &record) != 0)
        record = NULL;
    for (size_t i = 0; record && i < record->test_count; i++)
        json_array_append_new(tests, test_to_json(&record->tests[i]));
    json_object_set_new(grade, "message", json_string(record ? record->message : ""));
    json_object_set_new(grade, "tests", tests);
    if (record)
        record_destroy(record);
}
