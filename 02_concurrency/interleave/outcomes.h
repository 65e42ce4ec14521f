/* outcomes.h - the distinct outcomes of a search, each with the number of executions that had it.
 *
 * Interface: outcomes_*
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
/* That outcome was had that often, elsewhere. */
void outcomes_add(const char *text, unsigned long executions);
/* As if nothing had been counted. */
void outcomes_forget(void);
/* A line an outcome, sorted. */
void outcomes_print(FILE *out);

#endif
