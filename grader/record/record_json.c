/* record_json.c - the record as JSON, both ways. One table a struct says which key is which field,
 * so that what is written and what is read cannot differ. */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "grader/record/record.h"

enum kind { TEXT, FLAG, COUNT32, COUNT64, REAL, VERDICT, BUILD };

struct field {
    const char *key;
    enum kind kind;
    size_t offset;
    bool added; /* by a later syslab: a record that has it not is older, and not wrong */
};

#define FIELD(type, kind, name)                                                                    \
    {                                                                                              \
#name, kind, offsetof(struct type, name), false                                            \
    }
#define ADDED(type, kind, name)                                                                    \
    {                                                                                              \
#name, kind, offsetof(struct type, name), true                                             \
    }

static const struct field record_fields[] = {
    FIELD(record, TEXT, exercise),
    FIELD(record, TEXT, student),
    FIELD(record, TEXT, file),
    FIELD(record, VERDICT, verdict),
    FIELD(record, TEXT, message),
    FIELD(record, TEXT, warnings),
    FIELD(record, REAL, points),
    FIELD(record, COUNT32, max_points),
    FIELD(record, TEXT, submission_hash),
    FIELD(record, TEXT, suite_hash),
    FIELD(record, TEXT, grader_hash),
    FIELD(record, TEXT, toolchain),
    FIELD(record, TEXT, layers),
    FIELD(record, TEXT, graded_at),
    FIELD(record, COUNT64, seed),
    FIELD(record, COUNT64, wall_ns),
    FIELD(record, COUNT64, cpu_ns),
    ADDED(record, COUNT64, messages_cut_bytes),
    {NULL, TEXT, 0, false},
};

static const struct field build_fields[] = {
    FIELD(record_build, BUILD, build),    FIELD(record_build, TEXT, toolchain),
    FIELD(record_build, TEXT, flags),     FIELD(record_build, COUNT64, wall_ns),
    FIELD(record_build, COUNT64, cpu_ns), {NULL, TEXT, 0, false},
};

static const struct field part_fields[] = {
    FIELD(record_part, TEXT, name),
    FIELD(record_part, TEXT, hash),
    FIELD(record_part, TEXT, text),
    {NULL, TEXT, 0, false},
};

static const struct field test_fields[] = {
    FIELD(record_test, TEXT, name),   FIELD(record_test, TEXT, requirement),
    FIELD(record_test, TEXT, lesson), FIELD(record_test, COUNT32, max_points),
    FIELD(record_test, REAL, points), FIELD(record_test, VERDICT, verdict),
    ADDED(record_test, FLAG, hidden), {NULL, TEXT, 0, false},
};

static const struct field run_fields[] = {
    FIELD(record_run, BUILD, build),
    FIELD(record_run, VERDICT, verdict),
    FIELD(record_run, REAL, score),
    FIELD(record_run, TEXT, measured),
    FIELD(record_run, TEXT, requirement),
    FIELD(record_run, TEXT, expected),
    FIELD(record_run, TEXT, actual),
    FIELD(record_run, TEXT, detail),
    FIELD(record_run, TEXT, test_at),
    FIELD(record_run, TEXT, student_at),
    FIELD(record_run, TEXT, output),
    FIELD(record_run, COUNT64, output_cut_bytes),
    FIELD(record_run, COUNT64, wall_ns),
    FIELD(record_run, COUNT64, cpu_ns),
    FIELD(record_run, COUNT64, memory_peak_bytes),
    {NULL, TEXT, 0, false},
};

static json_t *write_field(const struct field *field, const char *base)
{
    const void *at = base + field->offset;
    switch (field->kind) {
    case TEXT:
        return json_string(*(char *const *)at);
    case FLAG:
        return json_boolean(*(const bool *)at);
    case COUNT32:
        return json_integer(*(const unsigned *)at);
    case COUNT64:
        return json_integer((json_int_t) * (const uint64_t *)at);
    case REAL:
        return json_real(*(const double *)at);
    case VERDICT:
        return json_string(verdict_name(*(const enum verdict *)at));
    case BUILD:
        return json_string(manifest_build_name(*(const enum build *)at));
    }
    return NULL;
}

static json_t *write_fields(const struct field *fields, const void *base)
{
    json_t *object = json_object();
    for (; object && fields->key; fields++) {
        if (json_object_set_new(object, fields->key, write_field(fields, base)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

/* An array of `count` objects of `bytes` each, written by their fields. */
static json_t *write_array(const struct field *fields, const void *first, size_t count,
                           size_t bytes)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++)
        json_array_append_new(array, write_fields(fields, (const char *)first + i * bytes));
    if (!array || json_array_size(array) == count)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *write_test(const struct record_test *test)
{
    json_t *object = write_fields(test_fields, test);
    json_t *runs = write_array(run_fields, test->runs, test->run_count, sizeof(test->runs[0]));
    if (object && runs && json_object_set(object, "runs", runs) == 0) {
        json_decref(runs);
        return object;
    }
    json_decref(runs);
    json_decref(object);
    return NULL;
}

char *record_to_json(const struct record *record)
{
    json_t *object = write_fields(record_fields, record);
    json_t *builds =
        write_array(build_fields, record->builds, record->build_count, sizeof(record->builds[0]));
    json_t *parts =
        write_array(part_fields, record->parts, record->part_count, sizeof(record->parts[0]));
    json_t *tests = json_array();
    for (size_t i = 0; object && tests && i < record->test_count; i++)
        json_array_append_new(tests, write_test(&record->tests[i]));
    char *text = NULL;
    if (object && builds && parts && tests && json_array_size(tests) == record->test_count &&
        json_object_set(object, "builds", builds) == 0 &&
        json_object_set(object, "suite_parts", parts) == 0 &&
        json_object_set(object, "tests", tests) == 0)
        text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    json_decref(tests);
    json_decref(parts);
    json_decref(builds);
    json_decref(object);
    return text;
}

static bool read_build(const char *name, enum build *out)
{
    for (int build = 0; build < BUILD_COUNT; build++) {
        if (strcmp(name, manifest_build_name((enum build)build)) == 0) {
            *out = (enum build)build;
            return true;
        }
    }
    return false;
}

static int read_field(const struct field *field, char *base, const json_t *value)
{
    void *at = base + field->offset;
    const char *text = json_string_value(value);
    if (!value && field->added)
        return 0;
    bool right = field->kind == REAL   ? json_is_number(value)
                 : field->kind == FLAG ? json_is_boolean(value)
                 : field->kind == COUNT32 || field->kind == COUNT64
                     ? json_is_integer(value) && json_integer_value(value) >= 0
                     : text != NULL;
    if (!right)
        return -EINVAL;
    switch (field->kind) {
    case TEXT:
        return record_set(at, text) ? 0 : -ENOMEM;
    case FLAG:
        *(bool *)at = json_is_true(value);
        return 0;
    case COUNT32:
        *(unsigned *)at = (unsigned)json_integer_value(value);
        return 0;
    case COUNT64:
        *(uint64_t *)at = (uint64_t)json_integer_value(value);
        return 0;
    case REAL:
        *(double *)at = json_number_value(value);
        return 0;
    case VERDICT:
        return verdict_parse(text, at) ? 0 : -EINVAL;
    case BUILD:
        return read_build(text, at) ? 0 : -EINVAL;
    }
    return -EINVAL;
}

static int read_fields(const struct field *fields, void *base, const json_t *object)
{
    int failed = 0;
    for (; !failed && fields->key; fields++)
        failed = read_field(fields, base, json_object_get(object, fields->key));
    return failed;
}

static int read_test(struct record_test *test, const json_t *object)
{
    const json_t *runs = json_object_get(object, "runs");
    int failed = read_fields(test_fields, test, object);
    if (failed || !json_is_array(runs) || json_array_size(runs) > BUILD_COUNT)
        return failed ? failed : -EINVAL;
    test->run_count = (unsigned)json_array_size(runs);
    for (unsigned i = 0; i < test->run_count && !failed; i++)
        failed = read_fields(run_fields, &test->runs[i], json_array_get(runs, i));
    return failed;
}

/* Both came with the parts of the suite: an older record has neither. */
static int read_builds(struct record *record, const json_t *builds)
{
    int failed = json_array_size(builds) <= BUILD_COUNT ? 0 : -EINVAL;
    for (size_t i = 0; i < json_array_size(builds) && !failed; i++)
        failed = read_fields(build_fields, &record->builds[i], json_array_get(builds, i));
    record->build_count = failed ? 0 : (unsigned)json_array_size(builds);
    return failed;
}

static int read_parts(struct record *record, const json_t *parts)
{
    int failed = record_add_parts(record, json_array_size(parts)) ? 0 : -ENOMEM;
    for (size_t i = 0; i < json_array_size(parts) && !failed; i++)
        failed = read_fields(part_fields, &record->parts[i], json_array_get(parts, i));
    return failed;
}

static int read_record(struct record *record, const json_t *object)
{
    const json_t *tests = json_object_get(object, "tests");
    int failed = read_fields(record_fields, record, object);
    if (!failed)
        failed = read_builds(record, json_object_get(object, "builds"));
    if (!failed)
        failed = read_parts(record, json_object_get(object, "suite_parts"));
    if (failed || !json_is_array(tests))
        return failed ? failed : -EINVAL;
    if (!record_add_tests(record, json_array_size(tests)))
        return -ENOMEM;
    for (size_t i = 0; i < record->test_count && !failed; i++)
        failed = read_test(&record->tests[i], json_array_get(tests, i));
    return failed;
}

int record_from_json(const char *json, struct record **out)
{
    json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    if (!object)
        return -EINVAL;
    struct record *record = record_create();
    int failed = record ? read_record(record, object) : -ENOMEM;
    json_decref(object);
    if (failed)
        record_destroy(record);
    else
        *out = record;
    return failed;
}
