/* statistics.h - the few order statistics that a bench reports.
 *
 * Median and quartiles instead of mean and deviation: a shared machine only ever adds time, and one
 * sample that was interrupted must not move the figure.
 *
 * Interface: statistics_summarize
 */
#ifndef SYSLAB_BENCH_STATISTICS_H
#define SYSLAB_BENCH_STATISTICS_H

#include <stddef.h>

struct statistics {
    double median;
    double q1, q3; /* a quarter of the values is below q1, a quarter above q3 */
};

/* Summarize count > 0 values, which it sorts. Quantiles are interpolated linearly between the two
 * nearest values (Hyndman and Fan 1996, type 7). Cost: O(n log n), no allocation of its own. */
struct statistics statistics_summarize(double *values, size_t count);

#endif
