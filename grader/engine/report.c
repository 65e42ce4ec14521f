#include "grader/engine/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024, FRAMES_MAX = 24 };

/* How each sanitizer begins. */
static const char *const asan_mark = "ERROR: AddressSanitizer: ";
static const char *const lsan_mark = "ERROR: LeakSanitizer: ";
static const char *const tsan_mark = "WARNING: ThreadSanitizer: ";
static const char *const tsan_error_mark = "ERROR: ThreadSanitizer: "; /* it met a SEGV */
static const char *const ubsan_mark = ": runtime error: ";

/* "  #3 0x55.. in arena_alloc /work/arena.c:57:12" (address, undefined) and
 * "  #3 arena_alloc /work/arena.c:57 (subject+0x..)" (thread). */
struct frame {
    char function[100];
    char place[100]; /* "arena.c:57" */
    bool students;
};

static bool parse_frame(const char *line, const char *file, struct frame *frame)
{
    line += strspn(line, " ");
    if (*line != '#' || strspn(line + 1, "0123456789") == 0)
        return false;
    line += 1 + strspn(line + 1, "0123456789");
    line += strspn(line, " ");
    if (strncmp(line, "0x", 2) == 0) {
        line += strcspn(line, " ");
        line += strspn(line, " ");
        if (strncmp(line, "in ", 3) == 0)
            line += 3;
    }
    size_t length = strcspn(line, " ");
    snprintf(frame->function, sizeof(frame->function), "%.*s", (int)length, line);
    line += length + strspn(line + length, " ");
    length = strcspn(line, " ");
    const char *slash = memrchr(line, '/', length);
    const char *base = slash ? slash + 1 : line;
    length -= (size_t)(base - line);
    const char *colon = memchr(base, ':', length);
    size_t number = colon ? 1 + strspn(colon + 1, "0123456789") : 0;
    snprintf(frame->place, sizeof(frame->place), "%.*s",
             (int)(colon ? (size_t)(colon - base) + number : length), base);
    frame->students =
        colon && (size_t)(colon - base) == strlen(file) && strncmp(base, file, strlen(file)) == 0;
    return true;
}

/* One line of the output, without its end. Returns: where the next begins, or NULL. */
static const char *next_line(const char *at, char line[LINE_MAX_BYTES])
{
    size_t length = strcspn(at, "\n");
    if (*at == '\0')
        return NULL;
    snprintf(line, LINE_MAX_BYTES, "%.*s", (int)length, at);
    return at + length + (at[length] == '\n');
}

/* Cut a line before the first of these; they open the parts that change from run to run. */
static void cut_before(char *line, const char *const *marks)
{
    for (; *marks; marks++) {
        char *found = strstr(line, *marks);
        if (found)
            *found = '\0';
    }
}

/* Take out " 0x602000000018": it differs from run to run, and the sentence reads without it. */
static void drop_addresses(char *line)
{
    for (char *at = line; (at = strstr(at, " 0x"));) {
        size_t length = 3 + strspn(at + 3, "0123456789abcdef");
        memmove(at, at + length, strlen(at + length) + 1);
    }
}

static const char *const noise[] = {" on address ",
                                    " on unknown address ",
                                    " at pc ",
                                    " at 0x",
                                    " by thread ",
                                    " (pid=",
                                    " (pc ",
                                    " thread T",
                                    NULL};

/* A line between the stacks that says what the next stack is. */
static bool is_caption(const char *line)
{
    static const char *const words[] = {"READ of size",  "WRITE of size", "read of size",
                                        "Write of size", "Read of size",  "Previous ",
                                        "freed by",      "allocated by",  "previously allocated",
                                        "leak of ",      "is located",    "Atomic ",
                                        "atomic ",       "Mutex ",        "mutex ",
                                        "write of size", "created by",    NULL};
    for (const char *const *word = words; *word; word++)
        if (strstr(line, *word))
            return true;
    return false;
}

static void lower_first(char *text)
{
    for (char *at = text; *at >= 'A' && *at <= 'Z'; at++)
        *at = (char)(*at - 'A' + 'a');
}

/* "0x602.. is located 0 bytes to the right of 16-byte region [0x..,0x..)" */
static void clean_caption(char *line)
{
    char *text = line + strspn(line, " ");
    if (strncmp(text, "0x", 2) == 0)
        text += strcspn(text, " ");
    text += strspn(text, " ");
    memmove(line, text, strlen(text) + 1);
    bool here = strstr(line, " here:") != NULL;
    cut_before(line, noise);
    cut_before(line, (const char *const[]){" [0x", " (0x", " here:", ":", NULL});
    if (here)
        strcat(line, " here"); /* which was there before */
    lower_first(line);
}

static void add_frame(struct report *report, const struct frame *frame)
{
    text_append(&report->detail, "  %s in %s\n", frame->place, frame->function);
    if (frame->students && !report->student_at[0])
        snprintf(report->student_at, sizeof(report->student_at), "%s in %s", frame->place,
                 frame->function);
}

/* Captions are held back until a frame of the student's follows them: a stack that lies in the tests
 * alone says nothing to a student. What says where a block lies is kept in any case. */
static const char *add_stacks(struct report *report, const char *at, const char *file)
{
    char line[LINE_MAX_BYTES], caption[LINE_MAX_BYTES] = "";
    struct frame frame;
    unsigned frames = 0;
    for (const char *next; (next = next_line(at, line)); at = next) {
        if (strstr(line, "SUMMARY: ") || strstr(line, "Shadow bytes around"))
            break;
        if (parse_frame(line, file, &frame)) {
            if (!frame.students || frames++ >= FRAMES_MAX)
                continue;
            if (caption[0])
                text_append(&report->detail, "%s:\n", caption);
            caption[0] = '\0';
            add_frame(report, &frame);
        } else if (is_caption(line)) {
            clean_caption(line);
            if (strncmp(line, "is located", 10) == 0)
                text_append(&report->detail, "the address %s\n", line);
            else
                snprintf(caption, sizeof(caption), "%s", line);
        }
    }
    return at;
}

static enum verdict asan_verdict(const char *kind)
{
    static const char *const memory[] = {"allocation-size-too-big", "out-of-memory", "rss-limit",
                                         NULL};
    for (const char *const *word = memory; *word; word++)
        if (strstr(kind, *word))
            return VERDICT_MEMORY_LIMIT;
    return VERDICT_UNDEFINED;
}

static enum verdict tsan_verdict(const char *kind)
{
    return strncmp(kind, "lock-order-inversion", 20) == 0           ? VERDICT_DEADLOCK
           : strncmp(kind, "thread leak", 11) == 0                  ? VERDICT_LEAK
           : strstr(kind, "race") || strstr(kind, "use-after-free") ? VERDICT_RACE
                                                                    : VERDICT_UNDEFINED;
}

/* The kind stands behind the mark; an access of the address sanitizer is told on the next line. */
static const char *add_kind(struct report *report, const char *start, const char *mark)
{
    char line[LINE_MAX_BYTES], access[LINE_MAX_BYTES];
    const char *next = next_line(start, line);
    char *kind = strstr(line, mark) + strlen(mark);
    cut_before(kind, noise);
    if (mark == asan_mark)
        report->verdict = asan_verdict(kind);
    else
        report->verdict = mark == lsan_mark ? VERDICT_LEAK : tsan_verdict(kind);
    text_append(&report->detail, "%s", kind);
    const char *after = next ? next_line(next, access) : NULL;
    if (mark == asan_mark && after && strstr(access, " of size ") && access[0] != ' ') {
        clean_caption(access);
        text_append(&report->detail, ": %s", access);
        next = after;
    }
    text_append(&report->detail, "\n");
    return next ? next : start + strlen(start);
}

/* "arena.c:57:12: runtime error: signed integer overflow: ..." */
static const char *add_undefined(struct report *report, const char *start, const char *file)
{
    char line[LINE_MAX_BYTES];
    const char *next = next_line(start, line);
    char *kind = strstr(line, ubsan_mark);
    *kind = '\0';
    kind += strlen(ubsan_mark);
    drop_addresses(kind);
    report->verdict = VERDICT_UNDEFINED;
    text_append(&report->detail, "%s\n", kind);
    const char *slash = strrchr(line, '/');
    const char *base = slash ? slash + 1 : line;
    size_t length = strcspn(base, ":");
    if (length == strlen(file) && strncmp(base, file, length) == 0)
        snprintf(report->student_at, sizeof(report->student_at), "%.*s",
                 (int)(length + 1 + strspn(base + length + 1, "0123456789")), base);
    return next ? next : start + strlen(start);
}

static const char *line_start(const char *output, const char *at)
{
    while (at > output && at[-1] != '\n')
        at--;
    return at;
}

/* The first mark of any sanitizer. */
static const char *find_mark(const char *output, const char **mark)
{
    const char *const marks[] = {asan_mark, lsan_mark, tsan_mark, tsan_error_mark, ubsan_mark};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const char *found = strstr(output, marks[i]);
        if (found && (!first || found < first)) {
            first = found;
            *mark = marks[i];
        }
    }
    return first;
}

/* The rulers "=====" that stand around a report belong to it. */
static const char *skip_ruler_back(const char *output, const char *start)
{
    const char *before = start > output ? line_start(output, start - 1) : start;
    return before < start && strncmp(before, "=====", 5) == 0 ? before : start;
}

bool report_parse(const char *output, const char *file, struct report *report)
{
    const char *mark = NULL;
    const char *found = find_mark(output, &mark);
    *report = (struct report){.verdict = VERDICT_UNDEFINED};
    if (!found)
        return false;
    const char *start = line_start(output, found);
    const char *next =
        mark == ubsan_mark ? add_undefined(report, start, file) : add_kind(report, start, mark);
    char undefined_at[sizeof(report->student_at)];
    strcpy(undefined_at, report->student_at);
    report->student_at[0] = '\0'; /* a frame says more than the bare line: it has the function */
    next = add_stacks(report, next, file);
    if (!report->student_at[0] && undefined_at[0]) {
        strcpy(report->student_at, undefined_at);
        text_append(&report->detail, "  %s\n", undefined_at);
    }
    report->begin = (size_t)(skip_ruler_back(output, start) - output);
    report->end = (size_t)(next - output);
    if (*next) /* what follows the summary is the report's tail: shadow bytes, legend, abort */
        report->end = strlen(output);
    return true;
}

void report_fini(struct report *report)
{
    text_fini(&report->detail);
}

const char *report_of_fault(const char *output)
{
    static const char *const marks[] = {
        "LeakSanitizer has encountered a fatal error",
        "FATAL: ThreadSanitizer:", "FATAL: AddressSanitizer:", "Shadow memory range interleaves",
        "Sanitizer CHECK failed"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const char *found = strstr(output, marks[i]);
        if (found)
            return found;
    }
    return NULL;
}
