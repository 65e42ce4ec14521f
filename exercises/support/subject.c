/* subject.c - the harness inside a subject: runs the one test that is named, writes the end record.
 *
 * The record is text, one `key value` a line, with newlines and backslashes escaped:
 *
 *     syslab 1
 *     nonce 3f9c...      32 hexadecimal digits, read from SUBJECT_NONCE_FD when the test is over
 *     test alloc_respects_alignment
 *     verdict pass       or fail, or leak
 *     score 1.000        what part of the points a pass earns
 *     measured ...       optional
 *     at test_arena.c:41            of a failure only, with the next three
 *     requirement ...
 *     expected ...
 *     actual ...
 *     end
 *
 * It is built in memory and written by one write(2), so a record is whole or absent. Nothing here
 * calls a function that a submission may define: the grader made the submission's other names local.
 */
#include "subject.h"
#include "subject_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MAX_BYTES = 8192, TEXT_MAX_BYTES = 1024, NONCE_DIGITS = 32 };

struct record {
    char text[RECORD_MAX_BYTES];
    size_t length;
};

static const struct subject_test *current;
static bool done;
static double score = 1.0;
static uint64_t seed = 1; /* of a run by hand */
static char measured[TEXT_MAX_BYTES];

static void append(struct record *record, const char *key, const char *value)
{
    size_t at = record->length;
    at += (size_t)snprintf(record->text + at, 32, "%s ", key);
    for (; *value && at + 3 < sizeof(record->text) - 64; value++) {
        if (*value == '\n' || *value == '\\') {
            record->text[at++] = '\\';
            record->text[at++] = *value == '\n' ? 'n' : '\\';
        } else {
            record->text[at++] = *value;
        }
    }
    record->text[at++] = '\n';
    record->length = at;
}

/* Asked once, before the guard: then the two descriptors are its alone. */
static bool graded(void)
{
    static int known = -1;
    if (known < 0)
        known = fcntl(SUBJECT_RECORD_FD, F_GETFD) != -1 && fcntl(SUBJECT_NONCE_FD, F_GETFD) != -1;
    return known;
}

static void read_nonce(char nonce[NONCE_DIGITS + 1])
{
    size_t have = 0;
    while (have < NONCE_DIGITS) {
        ssize_t got = subject_guard_read(SUBJECT_NONCE_FD, nonce + have, NONCE_DIGITS - have);
        if (got <= 0 && got != -EINTR)
            break;
        have += got > 0 ? (size_t)got : 0;
    }
    nonce[have] = '\0';
}

static void begin_record(struct record *record, const char *verdict)
{
    char nonce[NONCE_DIGITS + 1];
    read_nonce(nonce);
    record->length = 0;
    append(record, "syslab", "1");
    append(record, "nonce", nonce);
    append(record, "test", current->name);
    append(record, "verdict", verdict);
}

static void write_record(struct record *record)
{
    memcpy(record->text + record->length, "end\n", 4);
    record->length += 4;
    /* A failed write leaves no record, which the grader reports by name. */
    ssize_t written = subject_guard_write(SUBJECT_RECORD_FD, record->text, record->length);
    (void)written;
}

void subject_done(void)
{
    done = true;
}

uint64_t subject_seed(void)
{
    return seed;
}

void subject_score(double zero_to_one, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(measured, sizeof(measured), format, args);
    va_end(args);
    score = zero_to_one > 1 ? 1 : zero_to_one > 0 ? zero_to_one : 0; /* not a number is 0 too */
}

void subject_expect(bool holds, struct subject_where where, const char *expected,
                    const char *actual, const char *requirement, ...)
{
    if (holds)
        return;
    char required[TEXT_MAX_BYTES];
    va_list args;
    va_start(args, requirement);
    vsnprintf(required, sizeof(required), requirement, args);
    va_end(args);
    const char *slash = strrchr(where.file, '/');
    const char *at = subject_format("%s:%d", slash ? slash + 1 : where.file, where.line);
    if (graded()) {
        static struct record record;
        begin_record(&record, where.leak ? "leak" : "fail");
        append(&record, "at", at);
        append(&record, "requirement", required);
        append(&record, "expected", expected);
        append(&record, "actual", actual);
        write_record(&record);
    } else {
        fprintf(stderr, "FAIL %s (%s)\n  required: %s\n  expected: %s\n  actual:   %s\n",
                current->name, at, required, expected, actual);
    }
    _exit(1);
}

/* The text lives in a small ring: an expectation needs at most a few at once. */
static char *next_buffer(void)
{
    static char ring[8][TEXT_MAX_BYTES];
    static unsigned turn;
    return ring[turn++ % 8];
}

const char *subject_format(const char *format, ...)
{
    char *text = next_buffer();
    va_list args;
    va_start(args, format);
    vsnprintf(text, TEXT_MAX_BYTES, format, args);
    va_end(args);
    return text;
}

const char *subject_address(const void *address, const void *from)
{
    /* What is farther away lies in another mapping, which each run has elsewhere. */
    enum { NEAR_BYTES = 1 << 16 };
    uintptr_t at = (uintptr_t)address, base = (uintptr_t)from;
    size_t distance = at > base ? at - base : base - at;
    if (!address)
        return "NULL";
    if (!from || distance > NEAR_BYTES)
        return "another";
    return subject_format("%zu bytes %s it", distance, at > base ? "behind" : "before");
}

/* Bytes that a terminal should not see are shown as \xNN. */
const char *subject_quote(const char *text)
{
    enum { SHOWN_BYTES = 200 };
    if (!text)
        return "NULL";
    char *quoted = next_buffer();
    size_t at = 0, i = 0;
    quoted[at++] = '"';
    for (; text[i] && i < SHOWN_BYTES; i++) {
        unsigned char byte = (unsigned char)text[i];
        const char *format = byte >= ' ' && byte < 127 ? "%c" : "\\x%02x";
        at += (size_t)snprintf(quoted + at, TEXT_MAX_BYTES - at, format, byte);
    }
    snprintf(quoted + at, TEXT_MAX_BYTES - at, text[i] ? "\"..." : "\"");
    return quoted;
}

const char *subject_hex(const void *data, size_t size_bytes)
{
    enum { SHOWN_BYTES = 64 };
    if (!data)
        return "NULL";
    char *text = next_buffer();
    size_t at = 0;
    for (size_t i = 0; i < size_bytes && i < SHOWN_BYTES; i++)
        at += (size_t)snprintf(text + at, TEXT_MAX_BYTES - at, "%s%02x", i ? " " : "",
                               ((const unsigned char *)data)[i]);
    if (size_bytes > SHOWN_BYTES)
        snprintf(text + at, TEXT_MAX_BYTES - at, " ... (%zu bytes)", size_bytes);
    return text;
}

/* A test that did not come to its end is none that passed: somebody returned past it. */
static int pass(void)
{
    if (!done) {
        fprintf(stderr, "%s did not come to its end, subject_done\n", current->name);
        return 2;
    }
    if (graded()) {
        static struct record record;
        begin_record(&record, "pass");
        append(&record, "score", subject_format("%.3f", score));
        if (measured[0])
            append(&record, "measured", measured);
        write_record(&record);
    } else {
        fprintf(stderr, "pass %s%s%s\n", current->name, measured[0] ? ": " : "", measured);
    }
    return 0;
}

/* Run the test of that name, or list all for NULL. Returns: whether it was there. */
static bool find(const struct subject_test *test, const char *name)
{
    for (; test->name; test++) {
        if (!name) {
            puts(test->name);
        } else if (strcmp(name, test->name) == 0) {
            current = test;
            test->run();
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    const char *name = argc < 2 ? NULL : argv[1];
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : seed;
    if (name && graded() && subject_guard_begin() != 0) {
        fprintf(stderr, "the kernel refused the harness its filter\n");
        return 2;
    }
    bool found = find(subject_tests, name);
#ifdef SUBJECT_HIDDEN
    found = found || find(subject_hidden_tests, name);
#endif
    if (found)
        return pass();
    if (!name)
        return 0;
    fprintf(stderr, "no test named %s\n", name);
    return 2;
}
