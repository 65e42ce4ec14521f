#include "grader/record/change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "grader/record/view.h"

/* ---- the suite ---- */

static const struct record_part *find_part(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->part_count; i++)
        if (strcmp(record->parts[i].name, name) == 0)
            return &record->parts[i];
    return NULL;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

/* What a part is to somebody who does not know how a suite is made: see suite.h. */
static void name_part(const char *name, struct text *out)
{
    if (strcmp(name, "points") == 0)
        text_append(out, "what the tests are worth (exercise.yaml)");
    else if (strcmp(name, "tests") == 0)
        text_append(out, "which tests there are and how they are run (exercise.yaml)");
    else if (strcmp(name, "limits") == 0)
        text_append(out, "the limits (exercise.yaml)");
    else if (strcmp(name, "course headers") == 0)
        text_append(out, "the headers of the course's chapters");
    else if (ends_with(name, ".h"))
        text_append(out, "the exercise's header (%s)", name);
    else if (strncmp(name, "subject", 7) == 0)
        text_append(out, "the frame that every test runs in (%s)", name);
    else if (strcmp(name, "explorer") == 0)
        text_append(out, "the program that runs tests in every way that threads can meet");
    else if (strncmp(name, "test_", 5) == 0 || strncmp(name, "interleave_", 11) == 0)
        text_append(out, "the tests (%s)", name);
    else if (strchr(name, '.'))
        text_append(out, "what the tests are helped by (%s)", name);
    else
        text_append(out, "'%s' in exercise.yaml", name);
}

/* The items "key value" of one text that the other has not, or has otherwise. */
static void append_items(const char *before, const char *now, struct text *out)
{
    const char *separator = ": ";
    for (const char *at = now; *at;) {
        size_t length = strcspn(at, ","), key = strcspn(at, " ");
        const char *same = before;
        while (*same && (strncmp(same, at, key) != 0 || same[key] != ' ')) {
            same += strcspn(same, ",");
            same += strspn(same, ", ");
        }
        size_t old = strcspn(same, ",");
        if (old != length || strncmp(same, at, length) != 0) {
            text_append(out, "%s%.*s", separator, (int)length, at);
            if (*same)
                text_append(out, ", was %.*s", (int)(old - key - 1), same + key + 1);
            separator = "; ";
        }
        at += length;
        at += strspn(at, ", ");
    }
}

static void append_part(const struct record_part *before, const struct record_part *now,
                        struct text *out)
{
    name_part(now ? now->name : before->name, out);
    if (!before)
        text_append(out, ", which is new");
    else if (!now)
        text_append(out, ", which is gone");
    else if (before->text[0] && now->text[0])
        append_items(before->text, now->text, out);
    text_append(out, "\n");
}

void change_suite(const struct record *before, const struct record *now, struct text *out)
{
    if (strcmp(before->suite_hash, now->suite_hash) == 0)
        return;
    if (before->part_count == 0 || now->part_count == 0) {
        text_append(out,
                    "the tests, or what belongs to them: the older record does not say what\n");
        return;
    }
    for (size_t i = 0; i < now->part_count; i++) {
        const struct record_part *old = find_part(before, now->parts[i].name);
        if (!old || strcmp(old->hash, now->parts[i].hash) != 0)
            append_part(old, &now->parts[i], out);
    }
    for (size_t i = 0; i < before->part_count; i++)
        if (!find_part(now, before->parts[i].name))
            append_part(&before->parts[i], NULL, out);
}

/* ---- the other causes ---- */

static void append_causes(const struct record *before, const struct record *now, struct text *out)
{
    bool same_file = strcmp(before->submission_hash, now->submission_hash) == 0;
    if (!same_file)
        text_append(out, "another file was handed in\n");
    change_suite(before, now, out);
    if (strcmp(before->grader_hash, now->grader_hash) != 0)
        text_append(out, "the grader's own programs\n");
    if (strcmp(before->toolchain, now->toolchain) != 0)
        text_append(out, "the compiler: %s, was %s\n", now->toolchain, before->toolchain);
    if (strcmp(before->layers, now->layers) != 0)
        text_append(out, "the sandbox: %s, was %s\n", now->layers, before->layers);
    /* An older syslab drew a seed that no test used. */
    if (same_file && before->part_count && before->seed != now->seed)
        text_append(out, "the tests' random numbers: they began with %llu, before with %llu\n",
                    (unsigned long long)now->seed, (unsigned long long)before->seed);
}

/* ---- the tests ---- */

static const struct record_test *find_test(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->test_count; i++)
        if (strcmp(record->tests[i].name, name) == 0)
            return &record->tests[i];
    return NULL;
}

/* A verdict's words up to the advice that some end with. */
static int shortly(enum verdict verdict)
{
    return (int)strcspn(view_verdict(verdict), ":,");
}

static void compare_test(const struct record_test *before, const struct record_test *now,
                         struct text *out)
{
    if (before->verdict != now->verdict)
        text_append(out, "%s: %.*s; before: %.*s\n", now->name, shortly(now->verdict),
                    view_verdict(now->verdict), shortly(before->verdict),
                    view_verdict(before->verdict));
    if (before->max_points != now->max_points)
        text_append(out, "%s is worth %u points, was %u\n", now->name, now->max_points,
                    before->max_points);
    else if (before->verdict == now->verdict && before->points != now->points)
        text_append(out, "%s earns %g of %u points, was %g\n", now->name, now->points,
                    now->max_points, before->points);
}

static void append_tests(const struct record *before, const struct record *now, struct text *out)
{
    for (size_t i = 0; i < now->test_count; i++) {
        const struct record_test *test = &now->tests[i];
        const struct record_test *old = find_test(before, test->name);
        if (old)
            compare_test(old, test, out);
        else
            text_append(out, "%s is a new test: %g of %u points\n", test->name, test->points,
                        test->max_points);
    }
    for (size_t i = 0; i < before->test_count; i++)
        if (!find_test(now, before->tests[i].name))
            text_append(out, "%s is no test any more: it gave %g of %u points\n",
                        before->tests[i].name, before->tests[i].points,
                        before->tests[i].max_points);
}

int change_describe(const struct record *before, const struct record *now, struct change *out)
{
    *out = (struct change){{NULL, 0, 0, false}, {NULL, 0, 0, false}};
    append_causes(before, now, &out->causes);
    append_tests(before, now, &out->tests);
    if (!out->causes.failed && !out->tests.failed)
        return 0;
    change_fini(out);
    return -ENOMEM;
}

void change_fini(struct change *change)
{
    text_fini(&change->causes);
    text_fini(&change->tests);
}

json_t *change_lines_to_json(const char *lines)
{
    json_t *array = json_array();
    for (const char *at = lines; array && at && *at;) {
        size_t length = strcspn(at, "\n");
        json_array_append_new(array, json_stringn(at, length));
        at += length + (at[length] == '\n');
    }
    return array;
}
