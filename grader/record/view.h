/* view.h - a record as a person reads it.
 *
 *     03_memory/arena: A bump allocator                      15 of 100 points
 *     ━━━━━━━━━━━───────────────────────────────────────────────────────────
 *       ✓ create_gives_an_arena             5/5
 *       ✗ alloc_respects_alignment          0/10
 *       ...
 *     ✗ alloc_respects_alignment            the first that fails, in full:
 *       what was required, expected, actual, the student's line, the lesson
 *
 * One failure in full, because a student works on one at a time. Everything that a submission could
 * have written passes through prose_put or prose_wrap.
 *
 * Interface: struct view, view_record view_summary view_failure view_defence view_test view_message
 *            view_verdict view_verdict_of
 */
#ifndef SYSLAB_GRADER_VIEW_H
#define SYSLAB_GRADER_VIEW_H

#include "grader/base/terminal.h"
#include "grader/course/manifest.h"
#include "grader/record/record.h"

struct view {
    struct terminal terminal;
    const struct manifest *manifest;
    const char
        *course_root;  /* where lesson and tests lie; NULL: in a report, which is read elsewhere */
    const char *file;  /* the student's file, absolute; NULL: it may have changed since */
    bool brief;        /* no line for each test: a small window */
    const char *shown; /* how to call that file; NULL: by its path as seen from here */
};

/* Everything: headline, bar, a line for each test, the first failure in full. */
void view_record(const struct view *view, const struct record *record);

/* One line: the exercise and its points, or that it passed. */
void view_summary(const struct view *view, const struct record *record);

/* The first test that failed, in full; or, where nothing ran, why; and after a fault of
 * the grader's, what to do about the machine. */
void view_failure(const struct view *view, const struct record *record);

/* Why a grade is what it is: the verdict, and every test that lost points. */
void view_defence(const struct view *view, const struct record *record);

/* One test that did not earn all of its points, in full. */
void view_test(const struct view *view, const struct record_test *test);

/* Why nothing was run: the record's message, in full. */
void view_message(const struct view *view, const struct record *record);

/* What a verdict means, in a few words to a student. Never NULL. */
const char *view_verdict(enum verdict verdict);

/* The same of a whole record: a file that the compiler took and the grader did not has not failed to
 * build, nor has one that is not there. */
const char *view_verdict_of(const struct record *record);

#endif
