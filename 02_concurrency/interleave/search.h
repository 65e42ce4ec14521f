/* search.h - all executions, one after the other, on as many cores as there are.
 *
 * What is left to do is a list of choices, each the root of a part of the search that needs nothing of the others. When the
 * search turns out long, half of the choices are given to a child process, which has a copy of everything; when that
 * is done, to the next. A short search stays in one process, and finds the same failure first each time.
 *
 * Interface: search_run search_executions
 */
#ifndef SYSLAB_INTERLEAVE_SEARCH_H
#define SYSLAB_INTERLEAVE_SEARCH_H

#include <stdbool.h>
#include <stdio.h>

struct search_settings {
    unsigned long executions_max; /* 0: no bound */
    bool random, replay;          /* executions_max at random; one, by a schedule */
    bool trace, outcomes;         /* print each execution; list the outcomes at the end */
    int jobs;                     /* processes at once */
    /* Whether a complete execution came to the end that its program means; NULL: each did. One that did
     * not is a failure, of kind FAILURE_NONE. */
    bool (*is_whole)(void);
};

enum search_end { SEARCH_FINE = 0, SEARCH_FAILED = 1, SEARCH_CUT = 3 };

/* Run it and print what came of it. explore_begin and machine_begin have been called. */
enum search_end search_run(const struct search_settings *settings, FILE *out);

/* How many came to their end in the last search. */
unsigned long search_executions(void);

#endif
