/* format_gradescope.c - results.json, as a Gradescope container has to leave it behind.
 *
 * Gradescope knows no "no grade": without a number somewhere it calls the file wrong, and a number
 * is a grade. So a grader_error has one case, failed, worth 0 of 0, that says what happened, and one
 * more that is hidden: while a case is hidden, Gradescope shows the student no total. The
 * instructor sees both, and runs the autograder again.
 *
 * What a hidden test found is shown when the grades are published, and is on no leaderboard. */
#include "grader/formats/format_case.h"
#include "grader/formats/format_views.h"
#include "grader/record/view.h"

static json_t *message_of(const struct format_case *one)
{
    struct text text = {NULL, 0, 0, false};
    text_append(&text, "%s%s%s", one->requirement, one->message.length ? "\n\n" : "",
                one->message.data);
    if (one->output.length)
        text_append(&text, "\n\nit printed:\n%s", one->output.data);
    json_t *string = text.failed ? NULL : format_json_text(text.data);
    text_fini(&text);
    return string;
}

static json_t *case_to_json(const struct format_case *one, size_t number)
{
    char text[24];
    bool passed = one->verdict == VERDICT_PASS;
    snprintf(text, sizeof(text), "%zu", number);
    return json_pack(
        "{s:f, s:f, s:s, s:o, s:s, s:s, s:o, s:s, s:s, s:[s], s:{s:s}}", "score", one->points,
        "max_score", (double)one->max_points, "status", passed ? "passed" : "failed", "name",
        format_json_text(one->name), "name_format", "text", "number", text, "output",
        message_of(one), "output_format", "text", "visibility",
        one->hidden ? "after_published" : "visible", "tags", verdict_name(one->verdict),
        "extra_data", "verdict", verdict_name(one->verdict));
}

/* For the instructor alone; that it is there withholds the total from the student. */
static json_t *withhold_total(void)
{
    return json_pack(
        "{s:f, s:f, s:s, s:s, s:s, s:s}", "score", 0.0, "max_score", 0.0, "status", "failed",
        "name", "no grade: run the autograder again", "output",
        "The 0 of this submission is no grade: the grader or its machine failed. Run the "
        "autograder on it again; ./syslab doctor, run in the container, says what it lacks.",
        "visibility", "hidden");
}

static json_t *tests_to_json(const struct record *record, const struct format_cases *cases)
{
    json_t *tests = json_array();
    bool fault = record->verdict == VERDICT_GRADER_ERROR;
    size_t shown = fault ? 1 : cases->count;
    for (size_t i = 0; i < shown; i++)
        if (json_array_append_new(tests, case_to_json(&cases->all[i], i + 1)) != 0)
            goto fail;
    if (!fault || json_array_append_new(tests, withhold_total()) == 0)
        return tests;
fail:
    json_decref(tests);
    return NULL;
}

/* Figures that were measured, as the share of the reference's that they reach: more is better. */
static json_t *leaderboard_to_json(const struct format_cases *cases)
{
    json_t *board = json_array();
    for (size_t i = 0; i < cases->count; i++) {
        const struct format_case *one = &cases->all[i];
        if (one->hidden || one->verdict != VERDICT_PASS || !one->run || !one->run->measured[0])
            continue;
        if (json_array_append_new(board,
                                  json_pack("{s:o, s:f, s:s}", "name", format_json_text(one->name),
                                            "value", one->run->score, "order", "desc")) != 0) {
            json_decref(board);
            return NULL;
        }
    }
    return board;
}

static json_t *origin_to_json(const struct record *record)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "exercise", record->exercise,
                     "verdict", verdict_name(record->verdict), "submission_hash",
                     record->submission_hash, "suite_hash", record->suite_hash, "grader_hash",
                     record->grader_hash, "toolchain", record->toolchain, "layers", record->layers,
                     "graded_at", record->graded_at, "seed", (json_int_t)record->seed);
}

char *format_gradescope(const struct record *record)
{
    struct format_cases cases;
    char summary[256];
    if (format_cases(record, &cases) != 0)
        return NULL;
    bool fault = record->verdict == VERDICT_GRADER_ERROR;
    const char *words = view_verdict_of(record);
    snprintf(summary, sizeof(summary), "%.100s %s%s", record->exercise, words, format_stop(words));
    json_t *root =
        json_pack("{s:f, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "execution_time",
                  format_seconds(record->wall_ns), "output", summary, "output_format", "text",
                  "test_output_format", "text", "test_name_format", "text", "visibility", "visible",
                  "stdout_visibility", "hidden", "tests", tests_to_json(record, &cases),
                  "leaderboard", leaderboard_to_json(&cases), "extra_data", origin_to_json(record));
    bool done =
        root && (fault || json_object_set_new(root, "score", json_real(record->points)) == 0);
    char *text = done ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(root);
    format_cases_fini(&cases);
    return text;
}
