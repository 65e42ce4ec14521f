/* mutation_internal.h - between mutation.c, which gathers the cases and sums up, and mutation_run.c,
 * which compiles and grades them. */
#ifndef SYSLAB_GRADER_MUTATION_INTERNAL_H
#define SYSLAB_GRADER_MUTATION_INTERNAL_H

#include "grader/verify/mutation.h"

/* The text of a case or of the reference, to be freed. Returns: NULL, with *failed -errno. */
char *mutation_text(const struct mutation *mutation, const struct mutation_case *one, int *failed);

/* Note the first error of the run; the others are its consequences. Returns: failed. */
int mutation_fail(struct mutation *mutation, int failed, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Compile and grade all cases, on all cores. Returns: mutation->failed. */
int mutation_grade_all(struct mutation *mutation);

#endif
