/* report.h - a sanitizer's report, cut to what a student can use.
 *
 * Kept: the kind of error, once, and for each stack its frames in the student's file. Dropped:
 * addresses, process numbers, shadow bytes, legends, the runtime's and the tests' frames.
 *
 *     heap-buffer-overflow: read of size 4
 *       arena.c:57 in arena_alloc
 *     allocated here:
 *       arena.c:20 in arena_create
 *
 * Interface: report_parse report_fini report_of_fault
 */
#ifndef SYSLAB_GRADER_REPORT_H
#define SYSLAB_GRADER_REPORT_H

#include "grader/base/text.h"
#include "grader/record/verdict.h"

struct report {
    enum verdict verdict; /* undefined, race, leak, deadlock or memory_limit */
    struct text detail;   /* as above */
    char student_at[256]; /* the first frame in the student's file, or "" */
    size_t begin, end;    /* where the report stands in the output */
};

/* Find a report in a program's output. file: the student's, without folders.
 * Returns: true and *report, to be given to report_fini; false if there is none. */
bool report_parse(const char *output, const char *file, struct report *report);
void report_fini(struct report *report);

/* A sanitizer that could not do its work on this machine (no ptrace, an unexpected memory layout) says
 * so and ends with its status: that is nobody's error but the machine's.
 * Returns: the line that says it, up to the end of output; or NULL. */
const char *report_of_fault(const char *output);

#endif
