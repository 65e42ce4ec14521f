/* views.h - results for a terminal, a lesson and a plot. Internal to bench/.
 * Interface: views_table views_markdown views_plot_data views_builds
 */
#ifndef SYSLAB_BENCH_VIEWS_H
#define SYSLAB_BENCH_VIEWS_H

#include <stdio.h>

#include "bench/results.h"

/* All rows in one table, then each floor that is missed and each peer that is not installed. */
void views_table(const struct results *results, FILE *out);

/* A Markdown table of the rows of one module ("arena"), or of all when module is NULL.
 * Returns: the number of benches in it. */
size_t views_markdown(const struct results *results, const char *module, FILE *out);

/* One line for each bench with a peer: number, name and fastest peer, ratio, spread, floor or 0. */
void views_plot_data(const struct results *results, FILE *out);

/* The results of one build of the course in one round. */
struct views_build {
    const char *name;
    struct results results;
};

/* A Markdown table of ours in each build. Builds of the same name are rounds, taken in turn; the
 * first name is what the others are compared with, round by round. */
void views_builds(const struct views_build *builds, size_t count, FILE *out);

#endif
