// TBB and GNU libstdc++'s parallel mode: peers of 02_concurrency/par and what stands on it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <parallel/algorithm>
#include <tbb/blocked_range.h>
#include <tbb/parallel_invoke.h>
#include <tbb/parallel_reduce.h>
#include <tbb/parallel_scan.h>
#include <tbb/parallel_sort.h>

// struct bench_work of 02_concurrency/bench/par_work.h
struct work {
    void *rayon, *pool;
    uint64_t *data, *out;
    size_t count;
};

// As work_checksum of the C side.
static uint64_t checksum(const uint64_t *data, size_t count)
{
    uint64_t sum = count;
    for (size_t i = 0; i < count; i += 61)
        sum = sum * 31 + data[i];
    return sum;
}

// Call each with slices of so many numbers, until there were as many as operations.
template <typename Each>
static uint64_t in_slices(const work *work, uint64_t operations, size_t size, Each each)
{
    uint64_t sum = 0;
    for (size_t at = 0; operations > 0;) {
        size_t length = std::min<size_t>(std::min<size_t>(size, operations), work->count);
        if (at + length > work->count)
            at = 0;
        sum += each(work->data + at, work->out ? work->out + at : nullptr, length);
        at += length;
        operations -= length;
    }
    return sum;
}

static uint64_t tbb_sort(uint64_t *data, uint64_t *, size_t count)
{
    tbb::parallel_sort(data, data + count);
    return checksum(data, count);
}

static uint64_t gnu_sort(uint64_t *data, uint64_t *, size_t count)
{
    __gnu_parallel::sort(data, data + count);
    return checksum(data, count);
}

static uint64_t gnu_stable_sort(uint64_t *data, uint64_t *, size_t count)
{
    __gnu_parallel::stable_sort(data, data + count);
    return checksum(data, count);
}

static uint64_t tbb_sum(uint64_t *data, uint64_t *, size_t count)
{
    using range = tbb::blocked_range<size_t>;
    return tbb::parallel_reduce(
        range(0, count), uint64_t(0),
        [=](const range &r, uint64_t sum) {
            for (size_t i = r.begin(); i < r.end(); i++)
                sum += data[i];
            return sum;
        },
        [](uint64_t a, uint64_t b) { return a + b; });
}

static uint64_t tbb_scan(uint64_t *data, uint64_t *out, size_t count)
{
    using range = tbb::blocked_range<size_t>;
    tbb::parallel_scan(
        range(0, count), uint64_t(0),
        [=](const range &r, uint64_t sum, bool is_final) {
            for (size_t i = r.begin(); i < r.end(); i++) {
                sum += data[i];
                if (is_final)
                    out[i] = sum;
            }
            return sum;
        },
        [](uint64_t a, uint64_t b) { return a + b; });
    return checksum(out, count);
}

#define PEER(name, each, size)                                                                     \
    extern "C" uint64_t name(const work *work, uint64_t operations)                                \
    {                                                                                              \
        return in_slices(work, operations, size, each);                                            \
    }
PEER(peer_tbb_sort, tbb_sort, SIZE_MAX)
PEER(peer_gnu_sort, gnu_sort, SIZE_MAX)
PEER(peer_gnu_stable_sort, gnu_stable_sort, SIZE_MAX)
PEER(peer_tbb_sum, tbb_sum, SIZE_MAX)
PEER(peer_tbb_scan, tbb_scan, SIZE_MAX)
PEER(peer_tbb_scan_small, tbb_scan, 1000)
