#include "bench/statistics.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double quantile(const double *sorted, size_t count, double q)
{
    double position = q * (double)(count - 1);
    size_t below = (size_t)position;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (position - (double)below) * (sorted[above] - sorted[below]);
}

struct statistics statistics_summarize(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return (struct statistics){
        .median = quantile(values, count, 0.5),
        .q1 = quantile(values, count, 0.25),
        .q3 = quantile(values, count, 0.75),
    };
}
