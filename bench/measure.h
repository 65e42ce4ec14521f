/* measure.h - the samples of one row. Internal to bench/.
 *
 * A round takes one sample of each contender that is installed, in the table's order and, every
 * second round, in the opposite one, so that nobody always runs in the other's wake. Rounds of a
 * row with two threads are sorted by what the probe said before and after each of their samples,
 * never by the figures themselves.
 *
 * Interface: measure_row measure_answers measure_installed
 */
#ifndef SYSLAB_BENCH_MEASURE_H
#define SYSLAB_BENCH_MEASURE_H

#include "bench/bench.h"
#include "bench/probe.h"

enum { MEASURE_CONTENDERS_MAX = 16, MEASURE_SAMPLES_MAX = 101 };

struct measure_rounds {
    unsigned count;
    double ns[MEASURE_CONTENDERS_MAX][MEASURE_SAMPLES_MAX]; /* of one operation */
};

struct measurement {
    const struct bench_row *row;
    uint64_t operations; /* of one sample, after calibration */
    bool ours_only;      /* no peer is run */
    bool installed[MEASURE_CONTENDERS_MAX];
    enum probe_state state; /* of the rounds reported; PROBE_NEAR, unused, without two threads */
    struct measure_rounds rounds[PROBE_STATE_COUNT];
};

/* Find out which contenders of the row are there, and which of them to run.
 * Returns: whether ours is there; it always should be. */
bool measure_installed(const struct bench_row *row, bool ours_only, struct measurement *out);

/* Do `operations` with each contender that is installed and compare the answers.
 * Returns: 0, or -EBADMSG when one differs from ours, which it names on stderr. */
int measure_answers(const struct measurement *measurement, uint64_t operations);

/* Calibrate, warm up and take the samples.
 * Returns: 0, or -EBADMSG as above. */
int measure_row(struct measurement *measurement, unsigned samples);

#endif
