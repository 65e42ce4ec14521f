/* report.h - what a row came to: a table for the terminal, rows of JSON for everything else.
 * Internal to bench/. Interface: report_compare report_fastest report_answers report_table
 *            report_json
 */
#ifndef SYSLAB_BENCH_REPORT_H
#define SYSLAB_BENCH_REPORT_H

#include <stdio.h>

#include "bench/measure.h"

/* Ours against one peer. */
struct report_comparison {
    double ours_ns, peer_ns; /* medians */
    double ratio;            /* median over the rounds of ours / peer in that round */
    double spread;           /* the distance between the quartiles of those ratios */
};

/* Returns: false when there is nothing to compare (the peer is not installed). */
bool report_compare(const struct measurement *measurement, unsigned peer,
                    struct report_comparison *out);

/* The fastest peer, the one that the floor is held against. Returns: its index, 0 for none. */
unsigned report_fastest(const struct measurement *measurement);

/* Print one line for a row whose answers agreed, with the peers that were skipped. */
void report_answers(const struct measurement *measurement);

/* Print the row with a line for each peer, and whether its floor is met.
 * Returns: whether a floor was missed. */
bool report_table(const struct measurement *measurement);

/* Write an object for each peer, each after a comma unless it is the file's first. */
void report_json(const struct measurement *measurement, FILE *file, bool *first);

#endif
