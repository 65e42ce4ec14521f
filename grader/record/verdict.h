/* verdict.h - what can become of a test, and of a submission.
 *
 * The order is that of DESIGN: the names are stored, printed and matched, so they never change.
 * A submission's verdict: `grader_error` or `forged` if any test has it, else that of the first
 * test in manifest order that did not pass, plain build before sanitizer builds, else `pass`. One that
 * is `forged` earns no points at all.
 *
 * Interface: verdict_name verdict_parse verdict_matches_folder
 */
#ifndef SYSLAB_GRADER_VERDICT_H
#define SYSLAB_GRADER_VERDICT_H

#include <stdbool.h>

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,          /* an expectation did not hold */
    VERDICT_COMPILE_ERROR, /* the compiler, the object inspection or the linker refused the file */
    VERDICT_TIMEOUT_CPU,
    VERDICT_TIMEOUT_WALL,
    VERDICT_MEMORY_LIMIT,
    VERDICT_OUTPUT_LIMIT,
    VERDICT_SIGNAL,    /* killed by a signal of its own making */
    VERDICT_RACE,      /* thread sanitizer */
    VERDICT_LEAK,      /* leak sanitizer, or expect_no_leak */
    VERDICT_UNDEFINED, /* address or undefined-behaviour sanitizer */
    VERDICT_DEADLOCK,
    VERDICT_FORGED,       /* ended without the test's record, or with one of the wrong shape */
    VERDICT_SKIPPED,      /* not run, because something before it failed */
    VERDICT_GRADER_ERROR, /* the grader's or the machine's fault, never the student's */
    VERDICT_COUNT
};

/* The stored name: "pass", "timeout_cpu", ... Never NULL. */
const char *verdict_name(enum verdict verdict);

/* Returns: true and *out, or false for an unknown name. */
bool verdict_parse(const char *name, enum verdict *out);

/* Whether a file kept in submissions/<folder>/ may get this verdict: accepted pass; wrong fail or
 * compile_error; race race; leak leak; crash signal or undefined; timeout timeout_*; deadlock
 * deadlock; cheat forged or compile_error; starter fail; solution pass. A folder that has the name
 * of a verdict stands for that verdict alone. */
bool verdict_matches_folder(enum verdict verdict, const char *folder);

#endif
