/* bench_par_sort.c - 10 million random u64, two threads, beside rayon, TBB, GNU libstdc++'s parallel mode and qsort.
 *
 *   radix       ours by digits; takes its other array from fresh huge pages each time, the peers need none
 *   inlined     ours with the comparator inlined, as the peers'
 *   stable      merge sorts
 *   pointer     a comparator by pointer, beside qsort(3), by one thread
 *   small       1000 at a time, inlined
 *
 * Setup brings the array's disorder back before each sample. An operation is a number.
 */
#include "02_concurrency/bench/par_work.h"
#include "02_concurrency/par_radix.h"
#include "02_concurrency/par_sort.h"

#define PAR_SORT_NAME       sort_u64
#define PAR_SORT_TYPE       uint64_t
#define PAR_SORT_LESS(a, b) ((a) < (b))
#include "02_concurrency/par_sort_template.h"

enum { LARGE = 10 * 1000 * 1000, SMALL = 1000 };

static void *setup(void)
{
    static uint64_t *disorder;
    struct bench_work *work = work_pools(2);
    if (work && !disorder) {
        disorder = work_array(LARGE);
        work->data = work_array(LARGE);
        if (!disorder || !work->data)
            return NULL;
        work->count = LARGE;
        work_fill(work, LARGE);
        memcpy(disorder, work->data, LARGE * sizeof(*disorder));
    }
    if (!work)
        return NULL;
    memcpy(work->data, disorder, LARGE * sizeof(*disorder));
    return work;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int compare_in(const void *a, const void *b, void *context)
{
    (void)context;
    return compare(a, b);
}

static void radix(const struct bench_work *slice)
{
    par_radix_u64(slice->pool, pages_allocator(), slice->data, slice->count);
}

static void inlined(const struct bench_work *slice)
{
    sort_u64(slice->pool, slice->data, slice->count, NULL);
}

static void stable(const struct bench_work *slice)
{
    sort_u64_stable(slice->pool, pages_allocator(), slice->data, slice->count, NULL);
}

static void pointer(const struct bench_work *slice)
{
    struct par_sort sort = {slice->data, slice->count, sizeof(uint64_t), compare_in, NULL};
    par_sort(slice->pool, allocator_system(), &sort);
}

static void by_qsort(const struct bench_work *slice)
{
    qsort(slice->data, slice->count, sizeof(uint64_t), compare);
}

/* As in_slices of the Rust side: slices of so many numbers, until there were as many as operations. */
static uint64_t in_slices(void *context, uint64_t operations, size_t size,
                          void (*sort)(const struct bench_work *slice))
{
    const struct bench_work *work = context;
    uint64_t sum = 0;
    for (size_t at = 0; operations > 0; operations -= size) {
        size = size < operations ? size : operations;
        if (at + size > work->count)
            at = 0;
        struct bench_work slice = {.pool = work->pool, .data = work->data + at, .count = size};
        sort(&slice);
        sum += work_checksum(slice.data, size);
        at += size;
    }
    return sum;
}

#define RUN(name, sort, size)                                                                      \
    static uint64_t name(void *context, uint64_t operations)                                       \
    {                                                                                              \
        return in_slices(context, operations, size, sort);                                         \
    }
RUN(ours_radix, radix, LARGE)
RUN(ours_inlined, inlined, LARGE)
RUN(ours_stable, stable, LARGE)
RUN(ours_pointer, pointer, LARGE)
RUN(libc_qsort, by_qsort, LARGE)
RUN(ours_small, inlined, SMALL)
RUN(ours_radix_small, radix, SMALL)

#define PEER(called, function, from)                                                               \
    {                                                                                              \
        .name = called, .symbol = function, .setup = setup, .package = from                        \
    }
#define OURS(function)                                                                             \
    {                                                                                              \
        .name = "syslab", .run = function, .setup = setup                                          \
    }
#define RAYON(function) PEER("rayon", function, "librust-rayon-dev")

static const struct bench_contender radix_contenders[] = {
    OURS(ours_radix), RAYON("peer_rayon_sort_unstable"), {.name = NULL}};
static const struct bench_contender inlined_contenders[] = {
    OURS(ours_inlined),
    RAYON("peer_rayon_sort_unstable"),
    PEER("tbb", "peer_tbb_sort", "libtbb-dev"),
    PEER("gnu-parallel", "peer_gnu_sort", "g++"),
    {.name = NULL}};
static const struct bench_contender stable_contenders[] = {
    OURS(ours_stable),
    RAYON("peer_rayon_sort_stable"),
    PEER("gnu-parallel", "peer_gnu_stable_sort", "g++"),
    {.name = NULL}};
static const struct bench_contender pointer_contenders[] = {
    OURS(ours_pointer), {.name = "qsort", .run = libc_qsort, .setup = setup}, {.name = NULL}};
static const struct bench_contender small_contenders[] = {
    OURS(ours_small), RAYON("peer_rayon_sort_unstable_small"), {.name = NULL}};
static const struct bench_contender radix_small_contenders[] = {
    OURS(ours_radix_small), RAYON("peer_rayon_sort_unstable_small"), {.name = NULL}};

static const struct bench_row rows[] = {
    {"par_sort/radix-10M", "10 million u64 by their digits, two threads; a number", LARGE, 0.8,
     .two_threads = true, .fresh_memory = true, .contenders = radix_contenders},
    {"par_sort/inlined-10M", "the same by an inlined comparator", LARGE, 1.2, .two_threads = true,
     .contenders = inlined_contenders},
    {"par_sort/stable-10M", "the same by stable sorts", LARGE, 0, .two_threads = true,
     .fresh_memory = true, .contenders = stable_contenders},
    {"par_sort/pointer-10M", "the same by a comparator's pointer, qsort with one thread", LARGE,
     0.3, .two_threads = true, .contenders = pointer_contenders},
    {"par_sort/small", "1000 u64 at a time by an inlined comparator", LARGE / 10, 1.0,
     .two_threads = true, .contenders = small_contenders},
    {"par_sort/radix-small", "1000 u64 at a time by their digits", LARGE / 10, 1.0,
     .two_threads = true, .contenders = radix_small_contenders},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
