/* view_failure.c - the one failure that is shown in full: the screen that teaches. */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/prose.h"
#include "grader/record/view.h"

enum {
    LABEL_COLUMNS = 13,
    SNIPPET_LINES = 3,
    MESSAGE_LINES = 24,
    TRACE_LINES = 32,
    OUTPUT_LINES = 8,
    LINE_BYTES = 640
};

static void label(const struct view *view, const char *name)
{
    const struct terminal *terminal = &view->terminal;
    fprintf(terminal->out, "  %s%-*s%s", terminal_style(terminal, STYLE_FAINT), LABEL_COLUMNS - 2,
            name, terminal_style(terminal, STYLE_PLAIN));
}

static struct prose_layout layout_from(const struct view *view, unsigned indent)
{
    return (struct prose_layout){indent, view->terminal.columns, view->terminal.utf8};
}

static void labelled(const struct view *view, const char *name, const char *text)
{
    if (*text == '\0')
        return;
    label(view, name);
    prose_wrap(view->terminal.out, text, layout_from(view, LABEL_COLUMNS));
}

static const char *shown_file(const struct view *view)
{
    return view->shown ? view->shown : files_display_path(view->file);
}

/* path:line and what follows, whole on one line: terminals make it a link. */
static void place(const struct view *view, const char *name, const char *path, const char *rest)
{
    const struct terminal *terminal = &view->terminal;
    label(view, name);
    fputs(terminal_style(terminal, STYLE_PLACE), terminal->out);
    prose_put_name(terminal->out, files_display_path(path), terminal->utf8);
    prose_put(terminal->out, rest, terminal->utf8);
    fprintf(terminal->out, "%s\n", terminal_style(terminal, STYLE_PLAIN));
}

static void place_in_course(const struct view *view, const char *name, const char *folder,
                            const char *rest)
{
    char path[PATH_MAX];
    if (!view->course_root)
        labelled(view, name, rest);
    else if (snprintf(path, sizeof(path), "%s/%s", view->course_root, folder) < (int)sizeof(path))
        place(view, name, path, rest);
}

static const char *line_start(const char *text, unsigned long number)
{
    while (number > 1 && text) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
        number--;
    }
    return text && *text ? text : NULL;
}

/* A few lines of the student's code, numbered. */
static void snippet(const struct view *view, unsigned long from, unsigned long marked)
{
    const struct terminal *terminal = &view->terminal;
    char *text;
    size_t size;
    if (files_read(view->file, &text, &size) != 0)
        return;
    const char *line = line_start(text, from);
    for (unsigned long number = from; line && number < from + SNIPPET_LINES; number++) {
        char shown[128];
        size_t length = strcspn(line, "\r\n");
        size_t room =
            terminal->columns - LABEL_COLUMNS; /* cut rather than wrapped into the numbers */
        snprintf(shown, sizeof(shown), "%.*s", (int)(length < room ? length : room), line);
        fprintf(terminal->out, "  %s%*lu %s%s ",
                terminal_style(terminal, number == marked ? STYLE_STRONG : STYLE_FAINT),
                LABEL_COLUMNS - 5, number, terminal->utf8 ? "\u2502" : "|",
                number == marked ? "" : terminal_style(terminal, STYLE_PLAIN));
        prose_put(terminal->out, shown, terminal->utf8);
        fprintf(terminal->out, "%s\n", terminal_style(terminal, STYLE_PLAIN));
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    free(text);
    fputc('\n', terminal->out);
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Whether the line, from its start, is where a function is defined or declared: `char *name(`. */
static bool begins_function(const char *line, const char *name, size_t name_length)
{
    if (isspace((unsigned char)*line))
        return false;
    size_t length = strcspn(line, "(\n");
    return line[length] == '(' && length > name_length &&
           !is_name(line[length - name_length - 1]) &&
           strncmp(line + length - name_length, name, name_length) == 0;
}

/* The line above `number` on which the function begins; `number` if none looks like it. The compiler
 * names the first line of the body, but a reader looks for the signature. */
static unsigned long signature_line(const struct view *view, const char *function,
                                    unsigned long number)
{
    char *text;
    size_t size;
    size_t length =
        strspn(function, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    unsigned long found = number;
    if (length == 0 || files_read(view->file, &text, &size) != 0)
        return number;
    const char *line = text;
    for (unsigned long at = 1; line && at <= number; at++) {
        if (begins_function(line, function, length))
            found = at;
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    free(text);
    return found;
}

/* student_at: "arena.c:57 in arena_alloc". A sanitizer names the very line; for a wrong result it is
 * the function that the test is about. */
static void students_line(const struct view *view, const struct record_run *run)
{
    char rest[256];
    char *end;
    const char *colon = strchr(run->student_at, ':');
    if (!view->file)
        labelled(view, "the code", run->student_at);
    if (!view->file || !colon)
        return;
    unsigned long number = strtoul(colon + 1, &end, 10);
    bool exact = run->build != BUILD_PLAIN && run->verdict != VERDICT_FAIL && run->detail[0];
    if (!exact && strncmp(end, " in ", 4) == 0)
        number = signature_line(view, end + 4, number);
    snprintf(rest, sizeof(rest), ":%lu%s", number, end);
    place(view, "your code", shown_file(view), rest);
    if (number > 0)
        snippet(view, exact && number > 1 ? number - 1 : number, number);
}

/* The compiler saw the file under its bare name, of so many bytes; a path can be clicked. */
static void put_line(const struct view *view, const char *line, size_t name_length, bool wrapped)
{
    FILE *out = view->terminal.out;
    char whole[PATH_MAX + LINE_BYTES];
    const char *path = name_length ? shown_file(view) : "";
    snprintf(whole, sizeof(whole), "%s%s", path, line + name_length);
    fputs("    ", out);
    /* Not the compiler's pictures of code, which begin with a space, nor a path that has any. */
    if (wrapped && *line != ' ' && !strpbrk(path, " \t\n")) {
        prose_wrap(out, whole, layout_from(view, 4));
    } else {
        prose_put_name(out, path, view->terminal.utf8);
        prose_put(out, line + name_length, view->terminal.utf8);
        fputc('\n', out);
    }
}

/* Up to `lines` lines, indented; says how many were left out. */
static void block(const struct view *view, const char *text, unsigned lines, bool wrapped)
{
    const struct terminal *terminal = &view->terminal;
    const char *name = view->manifest->file;
    size_t name_length = strlen(name), left = 0;
    for (unsigned shown = 0; *text; shown++) {
        size_t length = strcspn(text, "\n");
        if (shown < lines) {
            char line[LINE_BYTES];
            snprintf(line, sizeof(line), "%.*s",
                     (int)(length < LINE_BYTES - 1 ? length : LINE_BYTES - 1), text);
            bool ours =
                view->file && strncmp(line, name, name_length) == 0 && line[name_length] == ':';
            put_line(view, line, ours ? name_length : 0, wrapped);
        } else {
            left++;
        }
        text += length + (text[length] == '\n');
    }
    if (left)
        fprintf(terminal->out, "    (%zu more lines)\n", left);
}

/* A test that passes when run plainly and fails under a sanitizer looks like a riddle unless the
 * difference is named. */
static const char *how_run(const struct record_test *test, const struct record_run *run)
{
    if (run->build == BUILD_PLAIN)
        return "";
    bool plain_passes = test->run_count > 0 && test->runs[0].build == BUILD_PLAIN &&
                        test->runs[0].verdict == VERDICT_PASS;
    if (run->build == BUILD_INTERLEAVE)
        return "in every way that the threads can meet";
    if (run->build == BUILD_TSAN)
        return plain_passes ? "passes when run plainly; the thread sanitizer watched this run"
                            : "built with the thread sanitizer";
    return plain_passes ? "passes when run plainly; the address and undefined-behaviour "
                          "sanitizers watched this run"
                        : "built with the address and undefined-behaviour sanitizers";
}

static void show_output(const struct view *view, const struct record_run *run)
{
    if (run->output[0] == '\0')
        return;
    label(view, "it printed");
    fputc('\n', view->terminal.out);
    block(view, run->output, OUTPUT_LINES, false);
    if (run->output_cut_bytes)
        fprintf(view->terminal.out, "    (%llu more bytes)\n",
                (unsigned long long)run->output_cut_bytes);
}

static void show_run(const struct view *view, const struct record_test *test,
                     const struct record_run *run)
{
    if (run->verdict != VERDICT_FAIL)
        labelled(view, "verdict", view_verdict(run->verdict));
    /* The expectation says it more exactly than the manifest, and sometimes says the same. */
    if (strcmp(run->requirement, test->requirement) != 0)
        labelled(view, "required", run->requirement);
    labelled(view, "expected", run->expected);
    labelled(view, "actual", run->actual);
    labelled(view, "how run", how_run(test, run));
    if (run->detail[0]) {
        label(view, "what happened");
        fputc('\n', view->terminal.out);
        if (run->build == BUILD_INTERLEAVE) /* its columns are not to be wrapped */
            block(view, run->detail, TRACE_LINES, false);
        else
            block(view, run->detail, MESSAGE_LINES, true);
    }
    show_output(view, run);
    fputc('\n', view->terminal.out);
    students_line(view, run);
}

void view_test(const struct view *view, const struct record_test *test)
{
    const struct terminal *terminal = &view->terminal;
    const struct record_run *run = record_failing_run(test);
    fprintf(terminal->out, "%s%s %s%s", terminal_style(terminal, STYLE_BAD),
            terminal_mark(terminal, MARK_FAIL), test->name, terminal_style(terminal, STYLE_PLAIN));
    fprintf(terminal->out, "  %s%g of %u points%s\n  ", terminal_style(terminal, STYLE_FAINT),
            test->points, test->max_points, terminal_style(terminal, STYLE_PLAIN));
    prose_wrap(terminal->out, test->requirement, layout_from(view, 2));
    fputc('\n', terminal->out);
    if (run)
        show_run(view, test, run);
    else if (test->verdict == VERDICT_PASS &&
             test->run_count) /* slow, say: a pass for fewer points */
        labelled(view, "measured", test->runs[0].measured);
    if (test->lesson[0])
        place_in_course(view, "read", test->lesson, view->course_root ? "" : test->lesson);
    if (run && run->test_at[0]) { /* absent after a crash */
        char folder[PATH_MAX];
        snprintf(folder, sizeof(folder), "exercises/%s/tests/", view->manifest->exercise);
        place_in_course(view, "the test", folder, run->test_at);
    }
}

void view_message(const struct view *view, const struct record *record)
{
    block(view, record->message, MESSAGE_LINES, true);
}

static bool is_fault(enum verdict verdict)
{
    return verdict == VERDICT_GRADER_ERROR;
}

/* What failed and how, on one line: a name, and the words for the verdict. */
static void heading(const struct view *view, const char *name, const char *words, bool fault)
{
    const struct terminal *terminal = &view->terminal;
    fprintf(terminal->out, "%s%s ", terminal_style(terminal, fault ? STYLE_STRONG : STYLE_BAD),
            terminal_mark(terminal, fault ? MARK_UNKNOWN : MARK_FAIL));
    prose_put_name(terminal->out, name, terminal->utf8);
    fprintf(terminal->out, " %s%s\n\n", words, terminal_style(terminal, STYLE_PLAIN));
}

/* The test that could not be run: it decides, whatever else failed. */
static void show_fault(const struct view *view, const struct record *record)
{
    const struct record_run *at = NULL;
    const char *name = record->exercise;
    for (size_t i = 0; i < record->test_count && !at; i++) {
        const struct record_test *test = &record->tests[i];
        for (unsigned run = 0; run < test->run_count && !at; run++)
            if (is_fault(test->runs[run].verdict))
                at = &test->runs[run];
        name = at ? test->name : name;
    }
    heading(view, name, view_verdict(VERDICT_GRADER_ERROR), true);
    if (at)
        block(view, at->detail, MESSAGE_LINES, true);
}

static void remedy(const struct view *view)
{
    const struct terminal *terminal = &view->terminal;
    fputs("\n  ", terminal->out);
    prose_wrap(terminal->out,
               "Your file has no grade for now. ./syslab doctor says what this machine lacks; "
               "./syslab test tries again.",
               layout_from(view, 2));
}

void view_failure(const struct view *view, const struct record *record)
{
    bool fault = is_fault(record->verdict);
    if (record->message[0]) {
        heading(view, shown_file(view), view_verdict_of(record), fault);
        view_message(view, record);
    } else if (fault) {
        show_fault(view, record);
    } else {
        size_t i = 0;
        while (i < record->test_count && record->tests[i].verdict == VERDICT_PASS)
            i++;
        if (i < record->test_count)
            view_test(view, &record->tests[i]);
    }
    if (fault)
        remedy(view);
}

void view_defence(const struct view *view, const struct record *record)
{
    const struct terminal *terminal = &view->terminal;
    fprintf(terminal->out, "%s%s%s %s", terminal_style(terminal, STYLE_STRONG), record->exercise,
            terminal_style(terminal, STYLE_PLAIN), view_verdict_of(record));
    if (!is_fault(record->verdict))
        fprintf(terminal->out, ": %g of %u points", record->points, record->max_points);
    fputs("\n\n", terminal->out);
    if (record->message[0]) {
        view_message(view, record);
        fputc('\n', terminal->out);
        return;
    }
    for (size_t i = 0; i < record->test_count; i++) {
        if (record->tests[i].points >= record->tests[i].max_points)
            continue;
        view_test(view, &record->tests[i]);
        fputc('\n', terminal->out);
    }
}
