/* format_classroom.c - what a grading step of a GitHub Classroom workflow hands to the reporter
 * (classroom-resources/autograding-grading-reporter), which adds the scores up and sends the sum.
 *
 * The reporter sends nothing where max_score is 0 and fails the job where status is "error": that
 * is what a grader_error gets, so that it is seen and is nobody's grade. A student reads it at once:
 * of a hidden test there are name, outcome and points. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "grader/formats/format_case.h"
#include "grader/formats/format_views.h"

static const char *status_of(enum verdict verdict)
{
    return verdict == VERDICT_PASS                                         ? "pass"
           : verdict == VERDICT_SKIPPED || verdict == VERDICT_GRADER_ERROR ? "error"
                                                                           : "fail";
}

/* student_at: "arena.c:57 in arena_alloc". */
static json_t *file_to_json(const struct format_case *one, json_int_t *line)
{
    const char *at = one->run ? one->run->student_at : "";
    const char *colon = strchr(at, ':');
    *line = colon ? strtol(colon + 1, NULL, 10) : 0;
    return colon ? json_stringn(at, (size_t)(colon - at)) : json_string("");
}

static json_t *case_to_json(const struct format_case *one)
{
    char seconds[40];
    json_int_t line;
    json_t *file = file_to_json(one, &line);
    snprintf(seconds, sizeof(seconds), "%gs", format_seconds(one->wall_ns));
    return json_pack("{s:o, s:s, s:f, s:o, s:o, s:o, s:I, s:s}", "name",
                     format_json_text(one->name), "status", status_of(one->verdict), "score",
                     one->points, "message",
                     one->message.length ? format_json_text(one->message.data) : json_null(),
                     "test_code", format_json_text(one->requirement), "filename", file, "line_no",
                     line, "execution_time", seconds);
}

char *format_classroom_json(const struct record *record)
{
    struct format_cases cases;
    if (format_cases_for_student(record, &cases) != 0)
        return NULL;
    bool fault = record->verdict == VERDICT_GRADER_ERROR, failed = false;
    json_t *tests = json_array();
    for (size_t i = 0; !failed && i < (fault ? 1 : cases.count); i++)
        failed = json_array_append_new(tests, case_to_json(&cases.all[i])) != 0;
    json_t *root = failed ? NULL
                          : json_pack("{s:i, s:s, s:I, s:O}", "version", 1, "status",
                                      status_of(record->verdict), "max_score",
                                      (json_int_t)(fault ? 0 : record->max_points), "tests", tests);
    char *text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(root);
    json_decref(tests);
    format_cases_fini(&cases);
    return text;
}

char *format_classroom(const struct record *record)
{
    char *json = format_classroom_json(record);
    size_t length = json ? strlen(json) : 0;
    char *text = json ? malloc((length + 2) / 3 * 4 + 1) : NULL;
    if (text)
        EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)json, (int)length);
    free(json);
    return text;
}
