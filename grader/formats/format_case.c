#include "grader/formats/format_case.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/prose.h"
#include "grader/record/view.h"

static void line(struct text *text, const char *label, const char *value)
{
    if (*value)
        text_append(text, "%s%s%s", text->length ? "\n" : "", label, value);
}

/* A test that passes when run plainly and fails under a sanitizer is a riddle without this. */
static const char *build_words(enum build build)
{
    switch (build) {
    case BUILD_ASAN:
        return "the address and undefined-behaviour sanitizers watched this run";
    case BUILD_TSAN:
        return "the thread sanitizer watched this run";
    case BUILD_INTERLEAVE:
        return "interleave ran it in every way that its threads can meet";
    default:
        return "";
    }
}

static void tell_failure(struct text *text, const struct record_test *test,
                         const struct record_run *run)
{
    text_append(text, "%s", "");
    if (run->verdict != VERDICT_FAIL)
        line(text, "verdict: ", view_verdict(run->verdict));
    line(text, "required: ", run->requirement[0] ? run->requirement : test->requirement);
    line(text, "expected: ", run->expected);
    line(text, "actual: ", run->actual);
    line(text, "how run: ", build_words(run->build));
    line(text, "", run->detail);
    line(text, "your code: ", run->student_at);
    line(text, "the test: ", run->test_at);
    line(text, "read: ", test->lesson);
}

static void tell_output(struct text *text, const struct record_run *run)
{
    text_append(text, "%s", run ? run->output : "");
    if (run && run->output_cut_bytes)
        text_append(text, "\n(%llu more bytes)", (unsigned long long)run->output_cut_bytes);
}

static void take_test(struct format_case *one, const struct record_test *test)
{
    const struct record_run *failing = record_failing_run(test);
    one->name = test->name;
    one->verdict = test->verdict;
    one->points = test->points;
    one->max_points = test->max_points;
    one->hidden = test->hidden;
    one->requirement = test->requirement;
    one->run = failing ? failing : test->run_count ? &test->runs[0] : NULL;
    for (unsigned i = 0; i < test->run_count; i++)
        one->wall_ns += test->runs[i].wall_ns;
    text_append(&one->message, "%s", "");
    if (failing)
        tell_failure(&one->message, test, failing);
    else if (test->verdict == VERDICT_SKIPPED)
        text_append(&one->message, "It was not run.");
    else if (test->points < test->max_points && one->run) /* slow, say: a pass for fewer points */
        line(&one->message, "measured: ", one->run->measured);
    tell_output(&one->output, one->run);
}

/* What the grader says of its own fault is in the run that it befell. */
static void tell_fault(struct text *text, const struct record *record)
{
    for (size_t i = 0; i < record->test_count; i++) {
        const struct record_test *test = &record->tests[i];
        for (unsigned run = 0; run < test->run_count; run++)
            if (test->runs[run].verdict == VERDICT_GRADER_ERROR && test->runs[run].detail[0])
                text_append(text, "\n%s: %s", test->name, test->runs[run].detail);
    }
    if (record->message[0])
        text_append(text, "\n%s", record->message);
}

static void take_whole(struct format_case *one, const struct record *record)
{
    bool fault = record->verdict == VERDICT_GRADER_ERROR;
    const char *words = view_verdict_of(record);
    one->name = fault ? "grading" : "submission";
    one->verdict = record->verdict;
    one->requirement = fault ? "The grader can do its work."
                             : "The file builds, keeps to what the handout allows and leaves the "
                               "judging to the tests.";
    text_append(&one->output, "%s", "");
    if (fault)
        text_append(&one->message, "There is no grade: the grader or its machine failed, which is "
                                   "no fault of the submission. It has to be graded again.");
    else
        text_append(&one->message, "The submission %s%s\n%s", words, format_stop(words),
                    record->message);
    if (fault)
        tell_fault(&one->message, record);
}

int format_cases(const struct record *record, struct format_cases *out)
{
    bool whole = record->message[0] || record->verdict == VERDICT_GRADER_ERROR;
    bool failed = false;
    out->count = record->test_count + whole;
    out->all = calloc(out->count ? out->count : 1, sizeof(*out->all));
    if (!out->all)
        return -ENOMEM;
    if (whole)
        take_whole(&out->all[0], record);
    for (size_t i = 0; i < record->test_count; i++)
        take_test(&out->all[i + whole], &record->tests[i]);
    for (size_t i = 0; i < out->count; i++)
        failed = failed || out->all[i].message.failed || out->all[i].output.failed;
    if (failed)
        format_cases_fini(out);
    return failed ? -ENOMEM : 0;
}

void format_cases_fini(struct format_cases *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        text_fini(&cases->all[i].message);
        text_fini(&cases->all[i].output);
    }
    free(cases->all);
    *cases = (struct format_cases){0};
}

static int hide(struct format_cases *cases)
{
    bool failed = false;
    for (size_t i = 0; i < cases->count; i++) {
        struct format_case *one = &cases->all[i];
        if (!one->hidden)
            continue;
        text_fini(&one->message);
        text_fini(&one->output);
        text_append(&one->message, "%s",
                    one->verdict == VERDICT_PASS ? "" : "This test is hidden.");
        text_append(&one->output, "%s", "");
        one->requirement = "";
        one->run = NULL;
        failed = failed || one->message.failed || one->output.failed;
    }
    return failed ? -ENOMEM : 0;
}

int format_cases_for_student(const struct record *record, struct format_cases *out)
{
    int failed = format_cases(record, out);
    if (failed)
        return failed;
    failed = hide(out);
    if (failed)
        format_cases_fini(out);
    return failed;
}

double format_seconds(uint64_t ns)
{
    return (double)((ns + 500000) / 1000000) / 1e3;
}

const char *format_stop(const char *words)
{
    size_t length = strlen(words);
    return length && words[length - 1] == '?' ? "" : ".";
}

json_t *format_json_text(const char *text)
{
    json_t *string = json_string(text);
    if (string)
        return string;
    char *neutral = prose_neutral(text);
    string = neutral ? json_string(neutral) : NULL;
    free(neutral);
    return string;
}
