/* test_malloc.c - the hidden tests of 03_memory/malloc, which grade at the instructor's only.
 *
 * A heap can be fitted to the five traces that everybody has; a sixth tells whether it was. The throughput
 * is measured beside the reference, which a student's tree does not have.
 */
#include "malloc.h"
#include "subject.h"

#include "../region.h"
#include "../traces.h"

#include <stdlib.h>
#include <time.h>

/* The reference, with its names prefixed by the build. */
struct heap *ref_heap_init(void *region, size_t size_bytes);
void *ref_heap_malloc(struct heap *heap, size_t size_bytes);
void ref_heap_free(struct heap *heap, void *block);
void *ref_heap_realloc(struct heap *heap, void *block, size_t size_bytes);

static const struct heap_api yours = {heap_init, heap_malloc, heap_free, heap_realloc};
static const struct heap_api reference = {ref_heap_init, ref_heap_malloc, ref_heap_free,
                                          ref_heap_realloc};

TRACE_RECORDING(jq);

static void another_trace_replays(void)
{
    struct trace trace = {.name = "jq", .start = trace_jq_start, .end = trace_jq_end};
    trace_load(&trace);
    struct region region = region_make(trace_generous_bytes(&trace));
    struct trace_result result =
        trace_replay(&trace, &yours, region.start, region.size_bytes, TRACE_CHECKED);
    subject_expect(result.done, SUBJECT_HERE, "every step succeeds",
                   subject_format("step %zu of %zu: %s", result.failed_step, trace.step_count,
                                  result.problem ? result.problem : ""),
                   "a trace of another program runs in a region four times its live peak of %zu "
                   "bytes",
                   trace.live_peak_bytes);
    region_free(&region);
    trace_unload(&trace);
    subject_done();
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double replay_seconds(const struct trace *trace, const struct heap_api *api,
                             const struct region *region)
{
    double start = cpu_seconds();
    bool done = trace_replay(trace, api, region->start, region->size_bytes, TRACE_UNTOUCHED).done;
    double seconds = cpu_seconds() - start;
    expect_true(done, "the trace %s runs in a region four times its live peak", trace->name);
    return seconds;
}

enum {
    ALL_POINTS = 50, /* per cent of the reference's speed: noise must not cost a point */
    SAMPLES = 7,     /* of each trace, and more where points are at stake */
};

/* How many times the reference's speed: the fastest of each, taken in turn, on the same region. Whatever else
 * the machine does makes a replay slower and never faster, so the fastest of many is what a quiet machine would
 * have shown. What seven replays show to be below all points is therefore measured again, for as long as it
 * takes to be sure: a busy machine spoils a short replay more often than a long one, and repeats it more often. */
static double speed_of(const struct trace *trace)
{
    const double sure_s = 0.1;
    double best_yours = 1e9, best_reference = 1e9, spent = 0;
    struct region region = region_make(trace_generous_bytes(trace));
    for (int i = 0;
         i < SAMPLES || (spent < sure_s && 100 * best_reference < ALL_POINTS * best_yours); i++) {
        double seconds = replay_seconds(trace, &reference, &region);
        best_reference = seconds < best_reference ? seconds : best_reference;
        spent += seconds;
        seconds = replay_seconds(trace, &yours, &region);
        best_yours = seconds < best_yours ? seconds : best_yours;
        spent += seconds;
    }
    free(region.whole);
    return best_reference / best_yours;
}

static void throughput(void)
{
    double sum = 0;
    for (struct trace *trace = traces; trace < traces + TRACE_COUNT; trace++) {
        trace_load(trace);
        sum += speed_of(trace);
        trace_unload(trace);
    }
    double percent = 100 * sum / TRACE_COUNT;
    subject_score(percent / ALL_POINTS, "%.0f%% of the reference's speed (all points at %d%%)",
                  percent, ALL_POINTS);
    subject_done();
}

const struct subject_test subject_hidden_tests[] = {
    {"another_trace_replays", another_trace_replays},
    {"throughput", throughput},
    {NULL, NULL},
};
