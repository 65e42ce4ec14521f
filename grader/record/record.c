#include "grader/record/record.h"

#include <stdlib.h>
#include <string.h>

/* Every string of a record is allocated, so that "absent is empty" needs no exceptions. */
static char **record_strings(struct record *record, size_t index)
{
    char **const all[] = {&record->exercise,   &record->student,     &record->file,
                          &record->message,    &record->warnings,    &record->submission_hash,
                          &record->suite_hash, &record->grader_hash, &record->toolchain,
                          &record->layers,     &record->graded_at};
    return index < sizeof(all) / sizeof(all[0]) ? all[index] : NULL;
}

static char **run_strings(struct record_run *run, size_t index)
{
    char **const all[] = {&run->measured, &run->requirement, &run->expected,   &run->actual,
                          &run->detail,   &run->test_at,     &run->student_at, &run->output};
    return index < sizeof(all) / sizeof(all[0]) ? all[index] : NULL;
}

static char **test_strings(struct record_test *test, size_t index)
{
    char **const all[] = {&test->name, &test->requirement, &test->lesson};
    return index < sizeof(all) / sizeof(all[0]) ? all[index] : NULL;
}

static char **build_strings(struct record_build *build, size_t index)
{
    char **const all[] = {&build->toolchain, &build->flags};
    return index < sizeof(all) / sizeof(all[0]) ? all[index] : NULL;
}

static char **part_strings(struct record_part *part, size_t index)
{
    char **const all[] = {&part->name, &part->hash, &part->text};
    return index < sizeof(all) / sizeof(all[0]) ? all[index] : NULL;
}

bool record_set(char **field, const char *value)
{
    char *copy = strdup(value ? value : "");
    if (!copy)
        return false;
    free(*field);
    *field = copy;
    return true;
}

struct record *record_create(void)
{
    struct record *record = calloc(1, sizeof(*record));
    if (!record)
        return NULL;
    char **field;
    bool done = true;
    for (size_t i = 0; (field = record_strings(record, i)); i++)
        done = record_set(field, "") && done;
    for (int build = 0; build < BUILD_COUNT; build++)
        for (size_t i = 0; (field = build_strings(&record->builds[build], i)); i++)
            done = record_set(field, "") && done;
    if (done)
        return record;
    record_destroy(record);
    return NULL;
}

static bool init_test(struct record_test *test)
{
    char **field;
    bool done = true;
    for (size_t i = 0; (field = test_strings(test, i)); i++)
        done = record_set(field, "") && done;
    for (int build = 0; build < BUILD_COUNT; build++)
        for (size_t i = 0; (field = run_strings(&test->runs[build], i)); i++)
            done = record_set(field, "") && done;
    return done;
}

bool record_add_tests(struct record *record, size_t count)
{
    record->tests = calloc(count ? count : 1, sizeof(*record->tests));
    if (!record->tests)
        return false;
    record->test_count = count;
    bool done = true;
    for (size_t i = 0; i < count; i++)
        done = init_test(&record->tests[i]) && done;
    return done;
}

bool record_add_parts(struct record *record, size_t count)
{
    record->parts = calloc(count ? count : 1, sizeof(*record->parts));
    if (!record->parts)
        return false;
    record->part_count = count;
    char **field;
    bool done = true;
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; (field = part_strings(&record->parts[i], at)); at++)
            done = record_set(field, "") && done;
    return done;
}

bool record_keep_source(struct record *record, const char *text, size_t size_bytes)
{
    char *copy = malloc(size_bytes + 1);
    if (!copy)
        return false;
    memcpy(copy, text, size_bytes);
    copy[size_bytes] = '\0';
    free(record->source);
    record->source = copy;
    record->source_bytes = size_bytes;
    return true;
}

static void fini_test(struct record_test *test)
{
    char **field;
    for (size_t i = 0; (field = test_strings(test, i)); i++)
        free(*field);
    for (int build = 0; build < BUILD_COUNT; build++)
        for (size_t i = 0; (field = run_strings(&test->runs[build], i)); i++)
            free(*field);
}

void record_destroy(struct record *record)
{
    if (!record)
        return;
    for (size_t i = 0; i < record->test_count; i++)
        fini_test(&record->tests[i]);
    free(record->tests);
    char **field;
    for (size_t i = 0; i < record->part_count; i++)
        for (size_t at = 0; (field = part_strings(&record->parts[i], at)); at++)
            free(*field);
    free(record->parts);
    for (int build = 0; build < BUILD_COUNT; build++)
        for (size_t i = 0; (field = build_strings(&record->builds[build], i)); i++)
            free(*field);
    free(record->source);
    for (size_t i = 0; (field = record_strings(record, i)); i++)
        free(*field);
    free(record);
}

bool record_was_sandboxed(const char *layers)
{
    return strncmp(layers, "namespaces", strlen("namespaces")) == 0;
}

enum verdict record_worst(const struct record *record)
{
    enum verdict first = VERDICT_PASS;
    bool forged = false;
    for (size_t i = 0; i < record->test_count; i++) {
        const struct record_test *test = &record->tests[i];
        for (unsigned run = 0; run < test->run_count; run++) {
            if (test->runs[run].verdict == VERDICT_GRADER_ERROR)
                return VERDICT_GRADER_ERROR;
            forged = forged || test->runs[run].verdict == VERDICT_FORGED;
        }
        if (first == VERDICT_PASS)
            first = test->verdict;
    }
    return forged ? VERDICT_FORGED : first;
}

const struct record_run *record_failing_run(const struct record_test *test)
{
    const struct record_run *first = NULL;
    for (unsigned i = 0; i < test->run_count; i++) {
        const struct record_run *run = &test->runs[i];
        bool knows = run->verdict == VERDICT_UNDEFINED || run->verdict == VERDICT_RACE;
        if (first && first->verdict == VERDICT_SIGNAL && knows)
            return run;
        if (!first && run->verdict != VERDICT_PASS)
            first = run;
    }
    return first;
}
