/* outcomes.h - the distinct outcomes of a search, each with the number of executions that had it.
 *
 * Interface: outcomes_clear outcomes_note outcomes_keep outcomes_print
 */
#ifndef SYSLAB_INTERLEAVE_OUTCOMES_H
#define SYSLAB_INTERLEAVE_OUTCOMES_H

#include <stdio.h>

/* A new execution: nothing was noted. */
void outcomes_clear(void);
/* Part of this execution's outcome. The parts are sorted by name: threads may note in any order. */
void outcomes_note(const char *name, long value);
/* The execution counts. */
void outcomes_keep(void);
/* A line an outcome, sorted. */
void outcomes_print(FILE *out);

#endif
