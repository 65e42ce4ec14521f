/* bench_checked.c - what asking costs: sums and reads that are checked, beside those that are not.
 *
 *   size-of-array   count * size + header, rounded up to 16: four operations that may overflow
 *   read-u32        big-endian integers out of a buffer, at offsets that the compiler cannot know
 *
 * Nobody else's library is a peer here: the peer is the same C without the question.
 */
#include <stdlib.h>
#include <string.h>

#include "07_unsafe/checked.h"
#include "07_unsafe/span.h"
#include "bench/bench.h"

enum { VALUES = 4096 };

static size_t counts[VALUES];
static uint8_t buffer[4 * VALUES];

static void *set_up(void)
{
    for (size_t i = 0; i < VALUES; i++)
        counts[i] = i * 7919 % 10007;
    for (size_t i = 0; i < sizeof(buffer); i++)
        buffer[i] = (uint8_t)(i * 31);
    return counts;
}

static uint64_t size_checked(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        size_t bytes;
        if (!checked_mul_add(counts[i % VALUES], 24, 40, &bytes) ||
            !checked_align_up(bytes, 16, &bytes))
            return 0;
        bench_keep(&bytes); /* one by one, as an allocation would need them */
        sum += bytes;
    }
    return sum;
}

static uint64_t size_unchecked(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        size_t bytes = (counts[i % VALUES] * 24 + 40 + 15) & ~(size_t)15;
        bench_keep(&bytes);
        sum += bytes;
    }
    return sum;
}

/* An offset inside, which the compiler does not see to be so. */
static size_t offset_of(uint64_t step)
{
    return counts[step % VALUES] % (sizeof(buffer) - 4);
}

static uint64_t read_checked(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    struct span span = span_from(buffer, sizeof(buffer));
    (void)context;
    bench_keep(&span); /* its length is not known to the compiler either */
    for (uint64_t i = 0; i < operations; i++) {
        uint32_t value;
        if (!span_get_u32_be(span, offset_of(i), &value))
            return 0;
        sum += value;
    }
    return sum;
}

static uint64_t read_unchecked(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        uint32_t value;
        memcpy(&value, buffer + offset_of(i), sizeof(value));
        sum += __builtin_bswap32(value);
    }
    return sum;
}

static const struct bench_contender sizes[] = {
    {.name = "syslab", .run = size_checked, .setup = set_up},
    {.name = "unchecked", .run = size_unchecked, .setup = set_up},
    {0},
};
static const struct bench_contender reads[] = {
    {.name = "syslab", .run = read_checked, .setup = set_up},
    {.name = "unchecked", .run = read_unchecked, .setup = set_up},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "checked/size-of-array",
     .work = "count * size + header, rounded up",
     .operations = 1 << 22,
     .contenders = sizes},
    {.name = "span/read-u32",
     .work = "big-endian u32 at any offset of 16 KiB",
     .operations = 1 << 22,
     .contenders = reads},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
