#include "grader/record/view.h"

#include <string.h>

#include "grader/base/prose.h"

enum { NAME_COLUMNS_MAX = 48 };

const char *view_verdict(enum verdict verdict)
{
    static const char *const words[VERDICT_COUNT] = {
        [VERDICT_PASS] = "passes",
        [VERDICT_FAIL] = "gives a wrong result",
        [VERDICT_COMPILE_ERROR] = "does not build",
        [VERDICT_TIMEOUT_CPU] = "used up its CPU time: does a loop never end?",
        [VERDICT_TIMEOUT_WALL] = "took too long: does it wait for what never comes?",
        [VERDICT_MEMORY_LIMIT] = "asked for more memory than it may have",
        [VERDICT_OUTPUT_LIMIT] = "printed more than it may",
        [VERDICT_SIGNAL] = "crashed",
        [VERDICT_RACE] = "has a data race",
        [VERDICT_LEAK] = "leaks memory",
        [VERDICT_UNDEFINED] = "breaks a rule of C: undefined behaviour",
        [VERDICT_DEADLOCK] = "is deadlocked",
        [VERDICT_FORGED] = "ended before the test was over",
        [VERDICT_SKIPPED] = "was not run",
        [VERDICT_GRADER_ERROR] = "could not be graded, which is no fault of yours",
    };
    return words[verdict];
}

const char *view_verdict_of(const struct record *record)
{
    bool refused = record->verdict == VERDICT_COMPILE_ERROR && record->message[0] &&
                   !strstr(record->message, ": error"); /* what every compiler writes */
    return refused ? "is not accepted" : view_verdict(record->verdict);
}

static enum style style_of(enum verdict verdict)
{
    return verdict == VERDICT_PASS           ? STYLE_GOOD
           : verdict == VERDICT_SKIPPED      ? STYLE_FAINT
           : verdict == VERDICT_GRADER_ERROR ? STYLE_STRONG
                                             : STYLE_BAD;
}

static enum mark mark_of(enum verdict verdict)
{
    return verdict == VERDICT_PASS           ? MARK_PASS
           : verdict == VERDICT_SKIPPED      ? MARK_SKIPPED
           : verdict == VERDICT_GRADER_ERROR ? MARK_UNKNOWN
                                             : MARK_FAIL;
}

static size_t name_columns(const struct record *record)
{
    size_t widest = 0;
    for (size_t i = 0; i < record->test_count; i++) {
        size_t columns = prose_columns(record->tests[i].name);
        widest = columns > widest ? columns : widest;
    }
    return widest < NAME_COLUMNS_MAX ? widest : NAME_COLUMNS_MAX;
}

static void test_line(const struct view *view, const struct record_test *test, size_t columns)
{
    const struct terminal *terminal = &view->terminal;
    const char *plain = terminal_style(terminal, STYLE_PLAIN);
    fprintf(terminal->out, "  %s%s%s %-*s  %3g/%-3u",
            terminal_style(terminal, style_of(test->verdict)),
            terminal_mark(terminal, mark_of(test->verdict)), plain, (int)columns, test->name,
            test->points, test->max_points);
    /* A wrong result is what a failing test is; the other ways to fail are named. */
    bool usual = test->verdict == VERDICT_PASS || test->verdict == VERDICT_FAIL;
    const char *note = usual ? "" : view_verdict(test->verdict);
    for (unsigned i = 0; test->verdict == VERDICT_PASS && i < test->run_count; i++)
        if (test->runs[i].build == BUILD_PLAIN)
            note = test->runs[i].measured;
    if (*note) {
        fprintf(terminal->out, "  %s", terminal_style(terminal, STYLE_FAINT));
        prose_put(terminal->out, note, terminal->utf8);
        fputs(plain, terminal->out);
    }
    fputc('\n', terminal->out);
}

static void count_verdicts(const struct record *record, size_t *passed, size_t *skipped)
{
    *passed = *skipped = 0;
    for (size_t i = 0; i < record->test_count; i++) {
        *passed += record->tests[i].verdict == VERDICT_PASS;
        *skipped += record->tests[i].verdict == VERDICT_SKIPPED;
    }
}

static void test_lines(const struct view *view, const struct record *record)
{
    FILE *out = view->terminal.out;
    size_t passed, skipped, columns = name_columns(record);
    count_verdicts(record, &passed, &skipped);
    if (view->brief) {
        fprintf(out, "  %zu of %zu tests pass", passed, record->test_count);
        fprintf(out, skipped ? ", %zu not run\n" : "\n", skipped);
        return;
    }
    /* What works first; what is to be done last, where the eye is when the output stops. */
    for (size_t i = 0; i < record->test_count; i++)
        if (record->tests[i].verdict == VERDICT_PASS)
            test_line(view, &record->tests[i], columns);
    for (size_t i = 0; i < record->test_count; i++)
        if (record->tests[i].verdict != VERDICT_PASS)
            test_line(view, &record->tests[i], columns);
}

static void headline(const struct view *view, const struct record *record)
{
    const struct terminal *terminal = &view->terminal;
    char points[64];
    if (record->verdict == VERDICT_GRADER_ERROR)
        snprintf(points, sizeof(points), "no grade");
    else
        snprintf(points, sizeof(points), "%g of %u points", record->points, record->max_points);
    const char *title = view->manifest->title;
    size_t left = prose_columns(record->exercise) + 2 + prose_columns(title);
    size_t right = strlen(points);
    size_t gap = left + right + 2 < terminal->columns ? terminal->columns - left - right : 2;
    fprintf(terminal->out, "%s", terminal_style(terminal, STYLE_STRONG));
    prose_put(terminal->out, record->exercise, terminal->utf8);
    fprintf(terminal->out, "%s  ", terminal_style(terminal, STYLE_PLAIN));
    prose_put(terminal->out, title, terminal->utf8);
    fprintf(terminal->out, "%*s%s\n", (int)gap, "", points);
    terminal_bar(terminal, record->points, record->max_points, terminal->columns);
    fputc('\n', terminal->out);
}

void view_summary(const struct view *view, const struct record *record)
{
    const struct terminal *terminal = &view->terminal;
    bool passed = record->verdict == VERDICT_PASS;
    fprintf(terminal->out, "%s%s ", terminal_style(terminal, style_of(record->verdict)),
            terminal_mark(terminal, mark_of(record->verdict)));
    prose_put(terminal->out, record->exercise, terminal->utf8);
    if (passed)
        fprintf(terminal->out, " passes every test in every build");
    else if (record->verdict == VERDICT_GRADER_ERROR)
        fprintf(terminal->out, " %s", view_verdict_of(record));
    else
        fprintf(terminal->out, ": %g of %u points", record->points, record->max_points);
    fprintf(terminal->out, "%s\n", terminal_style(terminal, STYLE_PLAIN));
}

void view_record(const struct view *view, const struct record *record)
{
    FILE *out = view->terminal.out;
    headline(view, record);
    if (record->message[0] == '\0')
        test_lines(view, record);
    if (view->manifest->instructor_points)
        fprintf(out, "  %u more points are graded at your instructor's, by hidden tests\n",
                view->manifest->instructor_points);
    if (!record_was_sandboxed(record->layers))
        fprintf(out, "  graded without a sandbox (--no-sandbox)\n");
    fputc('\n', out);
    if (record->verdict == VERDICT_PASS)
        view_summary(view, record);
    else
        view_failure(view, record);
}
