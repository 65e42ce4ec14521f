/* bench_bits.c - a byte that is found at the end of a range, beside glibc's memchr; what it costs to
 * read the clock.
 *
 *   find-byte-*   the range starts at an odd address, as ranges do
 *   cycles        the counter, beside clock_gettime
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "07_unsafe/bits.h"
#include "bench/bench.h"

enum { LARGEST = 1 << 20, SHIFT = 5, WANTED = 0x5a };

static uint8_t *room;

struct range {
    const uint8_t *bytes;
    size_t count;
};

static void *range_of(size_t count)
{
    static struct range range;
    if (!room && !(room = malloc(LARGEST + 64)))
        return NULL;
    memset(room, 0x11, LARGEST + 64);
    range = (struct range){room + SHIFT, count};
    room[SHIFT + count - 1] = WANTED;
    return &range;
}

static void *set_up_64(void)
{
    return range_of(64);
}
static void *set_up_1k(void)
{
    return range_of(1 << 10);
}
static void *set_up_16k(void)
{
    return range_of(16 << 10);
}
static void *set_up_1m(void)
{
    return range_of(1 << 20);
}

static uint64_t search_by(bits_find_fn find, const struct range *range, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        bench_keep(range);
        sum += find(range->bytes, range->count, WANTED);
    }
    return sum;
}

static uint64_t ours(void *context, uint64_t operations)
{
    return search_by(bits_find_byte, context, operations);
}

static uint64_t ours_by_16(void *context, uint64_t operations)
{
    return search_by(bits_find_byte_by(BITS_VECTOR_16), context, operations);
}

static uint64_t ours_portable(void *context, uint64_t operations)
{
    return search_by(bits_find_byte_portable, context, operations);
}

static uint64_t by_memchr(void *context, uint64_t operations)
{
    const struct range *range = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        bench_keep(range);
        const uint8_t *at = memchr(range->bytes, WANTED, range->count);
        sum += at ? (size_t)(at - range->bytes) : range->count;
    }
    return sum;
}

static uint64_t read_cycles(void *context, uint64_t operations)
{
    uint64_t last = 0;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        last = bits_cycles();
        bench_keep(&last);
    }
    return last ? operations : 0;
}

static uint64_t read_clock(void *context, uint64_t operations)
{
    struct timespec now = {0};
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        bench_keep(&now);
    }
    return now.tv_nsec || now.tv_sec ? operations : 0;
}

#define CONTENDERS(size)                                                                           \
    static const struct bench_contender find_##size[] = {                                          \
        {.name = "syslab", .run = ours, .setup = set_up_##size},                                   \
        {.name = "memchr", .run = by_memchr, .setup = set_up_##size},                              \
        {0},                                                                                       \
    };
CONTENDERS(64)
CONTENDERS(1k)
CONTENDERS(16k)
CONTENDERS(1m)

static const struct bench_contender ways[] = {
    {.name = "syslab", .run = ours, .setup = set_up_1k},
    {.name = "16-bytes-a-step", .run = ours_by_16, .setup = set_up_1k},
    {.name = "plain-C", .run = ours_portable, .setup = set_up_1k},
    {0},
};
static const struct bench_contender clocks[] = {
    {.name = "syslab", .run = read_cycles},
    {.name = "clock_gettime", .run = read_clock},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "bits/find-byte-64B",
     .work = "a byte at the end of 64 B",
     .operations = 1 << 20,
     .floor = 1.1,
     .contenders = find_64},
    {.name = "bits/find-byte-1KiB",
     .work = "a byte at the end of 1 KiB",
     .operations = 1 << 18,
     .floor = 1.1,
     .contenders = find_1k},
    {.name = "bits/find-byte-16KiB",
     .work = "a byte at the end of 16 KiB",
     .operations = 1 << 14,
     .floor = 1.1,
     .contenders = find_16k},
    {.name = "bits/find-byte-1MiB",
     .work = "a byte at the end of 1 MiB",
     .operations = 1 << 8,
     .floor = 1.1,
     .contenders = find_1m},
    {.name = "bits/find-byte-ways",
     .work = "a byte at the end of 1 KiB, by narrower steps",
     .operations = 1 << 18,
     .contenders = ways},
    {.name = "bits/cycles",
     .work = "read the counter",
     .operations = 1 << 20,
     .contenders = clocks},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
