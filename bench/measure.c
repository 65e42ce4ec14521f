#include "bench/measure.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "bench/peers.h"

enum {
    SAMPLE_MIN_NS = 4 * 1000 * 1000, /* five orders above what clock_gettime costs */
    SCALE_MAX = 1024,
    ATTEMPTS_A_SAMPLE = 4, /* two threads: rounds to try for one in a settled state */
    SETTLED_MIN = 5,
};

/* One sample: setup, the timed loop, teardown. Returns: nanoseconds for all operations. */
static double sample_ns(const struct bench_contender *contender, uint64_t operations,
                        uint64_t *answer)
{
    bench_run_fn run = peers_find(contender);
    void *context = contender->setup ? contender->setup() : NULL;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    *answer = run(context, operations);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (contender->teardown)
        contender->teardown(context);
    return (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
}

static bool is_installed(const struct bench_contender *contender)
{
    if (!peers_find(contender) || (contender->available && !contender->available()))
        return false;
    if (!contender->setup)
        return true;
    void *context = contender->setup();
    if (context && contender->teardown)
        contender->teardown(context);
    return context != NULL;
}

bool measure_installed(const struct bench_row *row, bool ours_only, struct measurement *out)
{
    unsigned limit = ours_only ? 1 : MEASURE_CONTENDERS_MAX;
    *out = (struct measurement){.row = row, .operations = row->operations, .ours_only = ours_only};
    for (unsigned i = 0; i < limit && row->contenders[i].name; i++)
        out->installed[i] = is_installed(&row->contenders[i]);
    return out->installed[0];
}

static int wrong_answer(const struct bench_row *row, unsigned contender, uint64_t answer,
                        uint64_t ours)
{
    fprintf(stderr, "%s: wrong answer: %s gives %016" PRIx64 ", %s gives %016" PRIx64 "\n",
            row->name, row->contenders[contender].name, answer, row->contenders[0].name, ours);
    return -EBADMSG;
}

int measure_answers(const struct measurement *measurement, uint64_t operations)
{
    const struct bench_row *row = measurement->row;
    uint64_t ours = 0;
    for (unsigned i = 0; i < MEASURE_CONTENDERS_MAX; i++) {
        uint64_t answer;
        if (!measurement->installed[i])
            continue;
        sample_ns(&row->contenders[i], operations, &answer);
        if (i == 0)
            ours = answer;
        else if (answer != ours)
            return wrong_answer(row, i, answer, ours);
    }
    return 0;
}

/* Double the work until the fastest contender's sample is long enough to time. Rows on fresh memory
 * keep theirs: the size of the memory is what they are about. */
static void calibrate(struct measurement *measurement)
{
    const struct bench_row *row = measurement->row;
    uint64_t answer;
    for (unsigned i = 0; i < MEASURE_CONTENDERS_MAX && !row->fresh_memory; i++)
        while (measurement->installed[i] && measurement->operations < row->operations * SCALE_MAX &&
               sample_ns(&row->contenders[i], measurement->operations, &answer) < SAMPLE_MIN_NS)
            measurement->operations *= 2;
}

/* One sample of each, after which *state holds what all probes agree on. */
static int take_round(struct measurement *measurement, unsigned number, double *ns,
                      enum probe_state *state)
{
    const struct bench_row *row = measurement->row;
    uint64_t answers[MEASURE_CONTENDERS_MAX] = {0};
    *state = row->two_threads ? probe_state() : PROBE_NEAR;
    for (unsigned step = 0; step < MEASURE_CONTENDERS_MAX; step++) {
        unsigned i = number % 2 ? MEASURE_CONTENDERS_MAX - 1 - step : step;
        if (!measurement->installed[i])
            continue;
        if (row->fresh_memory) /* the first makes the host back the pages, the second counts */
            sample_ns(&row->contenders[i], measurement->operations, &answers[i]);
        ns[i] = sample_ns(&row->contenders[i], measurement->operations, &answers[i]) /
                (double)measurement->operations;
        if (row->two_threads && probe_state() != *state)
            *state = PROBE_MIXED;
    }
    for (unsigned i = 1; i < MEASURE_CONTENDERS_MAX; i++)
        if (measurement->installed[i] && answers[i] != answers[0])
            return wrong_answer(row, i, answers[i], answers[0]);
    return 0;
}

static void keep_round(struct measure_rounds *rounds, const double *ns)
{
    if (rounds->count == MEASURE_SAMPLES_MAX)
        return;
    for (unsigned i = 0; i < MEASURE_CONTENDERS_MAX; i++)
        rounds->ns[i][rounds->count] = ns[i];
    rounds->count++;
}

/* The settled state with the most rounds; the mixed rounds only where neither has enough. */
static enum probe_state choose_state(const struct measure_rounds *rounds)
{
    enum probe_state best =
        rounds[PROBE_FAR].count > rounds[PROBE_NEAR].count ? PROBE_FAR : PROBE_NEAR;
    bool settled = rounds[best].count >= SETTLED_MIN || rounds[PROBE_MIXED].count == 0;
    return settled ? best : PROBE_MIXED;
}

int measure_row(struct measurement *measurement, unsigned samples)
{
    double ns[MEASURE_CONTENDERS_MAX] = {0};
    enum probe_state state;
    struct measure_rounds *rounds = measurement->rounds;
    calibrate(measurement);
    int error = take_round(measurement, 0, ns, &state); /* warm-up */
    unsigned attempts = samples * (measurement->row->two_threads ? ATTEMPTS_A_SAMPLE : 1);
    for (unsigned i = 0; !error && i < attempts; i++) {
        error = take_round(measurement, i, ns, &state);
        keep_round(&rounds[state], ns);
        if (rounds[PROBE_NEAR].count == samples || rounds[PROBE_FAR].count == samples)
            break;
    }
    measurement->state = choose_state(rounds);
    return error;
}
