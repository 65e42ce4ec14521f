/* bench_par_scan.c - prefix sums and filters, two threads, beside the serial loops, TBB's parallel_scan and rayon's filter.
 *
 *   scan-10M, filter-10M    10 million u64 into another array; of the filter a quarter is kept
 *   ...-small               1000 at a time, in cache
 *
 * rayon's filter collects into vectors that it allocates: it does not know beforehand how long the result is. The serial
 * filter has no branch on the data, as ours. An operation is a number.
 */
#include "02_concurrency/bench/par_work.h"
#include "02_concurrency/par_scan.h"

#define PAR_FILTER_NAME    keep_quarter
#define PAR_FILTER_TYPE    uint64_t
#define PAR_FILTER_KEEP(x) (((x)&3) == 0)
#include "02_concurrency/par_filter_template.h"

static void zero(void *context, void *value)
{
    (void)context;
    *(uint64_t *)value = 0;
}

static void add(void *context, void *left, const void *right)
{
    (void)context;
    *(uint64_t *)left += *(const uint64_t *)right;
}

static int fold(void *context, size_t from, size_t to, void *value)
{
    const struct bench_work *work = context;
    uint64_t sum = 0;
    for (size_t i = from; i < to; i++)
        sum += work->data[i];
    *(uint64_t *)value += sum;
    return 0;
}

static int scan(void *context, size_t from, size_t to, void *value, const void *end)
{
    (void)end;
    const struct bench_work *work = context;
    uint64_t sum = *(uint64_t *)value;
    for (size_t i = from; i < to; i++)
        work->out[i] = sum += work->data[i];
    *(uint64_t *)value = sum;
    return 0;
}

static uint64_t scan_slice(const struct bench_work *slice)
{
    struct par_scan sums = {sizeof(uint64_t), zero, add, fold, scan, (void *)slice};
    par_scan(slice->pool, slice->count, &sums, NULL);
    return work_checksum(slice->out, slice->count);
}

static uint64_t scan_slice_serial(const struct bench_work *slice)
{
    uint64_t sum = 0;
    scan((void *)slice, 0, slice->count, &sum, NULL);
    return work_checksum(slice->out, slice->count);
}

static uint64_t filter_slice(const struct bench_work *slice)
{
    size_t kept = keep_quarter(slice->pool, slice->data, slice->count, slice->out, NULL);
    return work_checksum(slice->out, kept);
}

static uint64_t filter_slice_serial(const struct bench_work *slice)
{
    size_t kept = 0;
    for (size_t i = 0; i < slice->count; i++) {
        slice->out[kept] = slice->data[i];
        kept += keep_quarter_keep(NULL, slice->data[i]);
    }
    return work_checksum(slice->out, kept);
}

#define RUN(name, each, size)                                                                      \
    static uint64_t name(void *context, uint64_t operations)                                       \
    {                                                                                              \
        return work_in_slices(context, operations, size, each);                                    \
    }
RUN(ours_scan, scan_slice, WORK_MIDDLE)
RUN(serial_scan, scan_slice_serial, WORK_MIDDLE)
RUN(ours_scan_small, scan_slice, WORK_SMALL)
RUN(serial_scan_small, scan_slice_serial, WORK_SMALL)
RUN(ours_filter, filter_slice, WORK_MIDDLE)
RUN(serial_filter, filter_slice_serial, WORK_MIDDLE)
RUN(ours_filter_small, filter_slice, WORK_SMALL)
RUN(serial_filter_small, filter_slice_serial, WORK_SMALL)

#define OURS(function, before)                                                                     \
    {                                                                                              \
        .name = "syslab", .run = function, .setup = before                                         \
    }
#define SERIAL(function, before)                                                                   \
    {                                                                                              \
        .name = "serial", .run = function, .setup = before                                         \
    }
#define PEER(called, function, before, from)                                                       \
    {                                                                                              \
        .name = called, .symbol = function, .setup = before, .package = from                       \
    }

static const struct bench_contender scans[] = {
    OURS(ours_scan, work_middle),
    SERIAL(serial_scan, work_middle),
    PEER("tbb", "peer_tbb_scan", work_middle, "libtbb-dev"),
    {.name = NULL}};
static const struct bench_contender small_scans[] = {
    OURS(ours_scan_small, work_small),
    SERIAL(serial_scan_small, work_small),
    PEER("tbb", "peer_tbb_scan_small", work_small, "libtbb-dev"),
    {.name = NULL}};
static const struct bench_contender filters[] = {
    OURS(ours_filter, work_middle),
    SERIAL(serial_filter, work_middle),
    PEER("rayon", "peer_rayon_filter", work_middle, "librust-rayon-dev"),
    {.name = NULL}};
static const struct bench_contender small_filters[] = {
    OURS(ours_filter_small, work_small),
    SERIAL(serial_filter_small, work_small),
    PEER("rayon", "peer_rayon_filter_small", work_small, "librust-rayon-dev"),
    {.name = NULL}};

static const struct bench_row rows[] = {
    {.name = "par_scan/scan-10M",
     .work = "prefix sums of 10 million u64, two threads; a number",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = scans},
    {.name = "par_scan/scan-small",
     .work = "the same, 1000 at a time",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = small_scans},
    {.name = "par_scan/filter-10M",
     .work = "a quarter of 10 million u64 is copied, two threads; a number",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = filters},
    {.name = "par_scan/filter-small",
     .work = "the same, 1000 at a time",
     .operations = WORK_MIDDLE,
     .floor = 1.0,
     .two_threads = true,
     .contenders = small_filters},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
