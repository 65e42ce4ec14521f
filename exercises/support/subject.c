/* subject.c - the harness inside a subject: runs the one test that is named, writes the end record.
 *
 * Nothing here calls a function that a submission may define: the grader made the submission's other names local.
 * A record's words are made before it begins: from the nonce on the C library's printf could be somebody else's.
 */
#include "subject.h"
#include "subject_guard.h"
#include "subject_record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX_BYTES = 1024 };

static const struct subject_test *current;
static bool done;
static double score = 1.0;
static uint64_t seed = 1; /* of a run by hand */
static char measured[TEXT_MAX_BYTES];

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
    if (subject_is_graded()) {
        static struct subject_record record;
        subject_record_begin(&record, current->name, where.leak ? "leak" : "fail");
        subject_record_add(&record, "at", at);
        subject_record_add(&record, "requirement", required);
        subject_record_add(&record, "expected", expected);
        subject_record_add(&record, "actual", actual);
        subject_record_write(&record);
    } else {
        fprintf(stderr, "FAIL %s (%s)\n  required: %s\n  expected: %s\n  actual:   %s\n",
                current->name, at, required, expected, actual);
    }
    _exit(1);
}

/* A test that did not come to its end is none that passed: somebody returned past it. */
static int pass(void)
{
    if (!done) {
        fprintf(stderr, "%s did not come to its end, subject_done\n", current->name);
        return 2;
    }
    if (subject_is_graded()) {
        static struct subject_record record;
        const char *points = subject_format("%.3f", score);
        subject_record_begin(&record, current->name, "pass");
        subject_record_add(&record, "score", points);
        if (measured[0])
            subject_record_add(&record, "measured", measured);
        subject_record_write(&record);
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
    if (name && subject_is_graded() &&
        subject_guard_begin((struct subject_guard_code){0, 0}) != 0) {
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
