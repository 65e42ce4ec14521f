/* equivalents.h - mutants that behave like the reference, each with its reason.
 *
 *     exercises/<exercise>/solution/mutants.yaml, beside the reference whose lines it quotes:
 *
 *     equivalent:
 *       - operator: comparison
 *         line: if (count > limit)
 *         change: "> -> >="
 *         occurrence: 2        optional: which of those that are alike in all three; 1
 *         reason: The count is a power of two, so it is never equal to the limit.
 *
 * The names are those of mutant.h. It is no part of exercise.yaml: a student's tree has that one, and
 * no line of the reference; and a reason more does not make a class's grades out of date.
 *
 * Interface: equivalents_load equivalents_free equivalents_find
 */
#ifndef SYSLAB_GRADER_EQUIVALENTS_H
#define SYSLAB_GRADER_EQUIVALENTS_H

#include <stdbool.h>

#include "grader/verify/mutant.h"

struct equivalent {
    char *operator, * line, *change, *reason;
    unsigned occurrence; /* 0: not given */
};

struct equivalents {
    struct equivalent *all;
    unsigned count;
    void *loaded; /* what libcyaml made */
};

/* Read the file of an exercise; none is an empty list.
 * Returns: 0 and *out, or -errno and in error, 1024 bytes or more, file, line and what was expected.
 * Owns: equivalents_free. */
int equivalents_load(const char *root, const char *exercise, struct equivalents *out, char *error,
                     size_t error_bytes);
void equivalents_free(struct equivalents *equivalents);

/* Returns: the entry that names the mutant, or NULL. */
const struct equivalent *equivalents_find(const struct equivalents *equivalents,
                                          const struct mutant *mutant);

#endif
