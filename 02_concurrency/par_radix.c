/* par_radix.c - one pass by all threads, then parts that fit a cache. */
#include "02_concurrency/par_radix.h"

#include <string.h>

#define PAR_SORT_NAME       par_radix_by_comparison
#define PAR_SORT_TYPE       uint64_t
#define PAR_SORT_LESS(a, b) ((a) < (b))
#include "02_concurrency/par_sort_template.h"

enum {
    DIGIT_BITS = 8,
    DIGITS = 1 << DIGIT_BITS,
    BLOCKS = 64,
    FEW = 512,          /* fewer are sorted by comparison, ... */
    FEW_IN_ALL = 4096,  /* ... and so many are not worth another array */
    IN_CACHE = 1 << 17, /* a part of so many numbers is one thread's: it and its copy are 2 MiB */
    APART_BITS = 8, /* more than log2(count): how far apart numbers are before they are inserted */
    MOVES_EACH = 2, /* of insertion, on average, before it is given up */
};

typedef size_t digit_counts[DIGITS];

struct pass {
    struct thread_pool *pool;
    struct allocator *allocator;
    uint64_t *data, *other;
    size_t count;
    unsigned shift;
    digit_counts *counts; /* of each block; then where its next number of each digit goes */
    size_t starts[DIGITS + 1];
};

static size_t digit(uint64_t number, unsigned shift)
{
    return number >> shift & (DIGITS - 1);
}

static uint64_t differing_bits(const uint64_t *data, size_t count)
{
    uint64_t differing = 0;
    for (size_t i = 1; i < count; i++)
        differing |= data[i] ^ data[0];
    return differing;
}

/* ---- a part, by one thread ---- */

static void scatter_by_digit(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
    uint32_t next[DIGITS] = {0}, start = 0;
    for (size_t i = 0; i < count; i++)
        next[digit(from[i], shift)]++;
    for (size_t i = 0; i < DIGITS; i++) {
        uint32_t numbers = next[i];
        next[i] = start;
        start += numbers;
    }
    for (size_t i = 0; i < count; i++)
        to[next[digit(from[i], shift)]++] = from[i];
}

/* By the digits from bit low to high - 1, lowest first, from data to other and back. Returns: where they are then. */
static uint64_t *sort_digits(uint64_t *data, uint64_t *other, size_t count, unsigned low,
                             unsigned high)
{
    for (unsigned shift = low; shift < high; shift += DIGIT_BITS) {
        scatter_by_digit(data, other, count, shift);
        uint64_t *swapped = data;
        data = other;
        other = swapped;
    }
    return data;
}

/* Returns: whether they are sorted; false: they were too far from it. */
static bool insert_all(uint64_t *data, size_t count)
{
    size_t moves_left = MOVES_EACH * count;
    for (size_t i = 1; i < count; i++) {
        uint64_t number = data[i];
        size_t at = i;
        for (; at > 0 && number < data[at - 1]; at--)
            data[at] = data[at - 1];
        data[at] = number;
        if (i - at > moves_left)
            return false;
        moves_left -= i - at;
    }
    return true;
}

/* Sort data into target, which is data or other. */
static void sort_part(uint64_t *data, uint64_t *other, size_t count, uint64_t *target)
{
    uint64_t differing = differing_bits(data, count);
    uint64_t *sorted = data;
    if (differing && count < FEW) {
        par_radix_by_comparison(NULL, data, count, NULL);
    } else if (differing) {
        unsigned high = 64 - (unsigned)__builtin_clzll(differing);
        unsigned wanted = 64 - (unsigned)__builtin_clzll(count) + APART_BITS;
        wanted = (wanted + DIGIT_BITS - 1) / DIGIT_BITS * DIGIT_BITS;
        unsigned low = high > wanted ? high - wanted : 0;
        sorted = sort_digits(data, other, count, low, high);
        if (low > 0 && !insert_all(sorted, count))
            sorted = sort_digits(sorted, sorted == data ? other : data, count, 0, high);
    }
    if (sorted != target)
        memcpy(target, sorted, count * sizeof(*target));
}

/* ---- one pass by all ---- */

static size_t block_start(const struct pass *pass, size_t block)
{
    return pass->count / BLOCKS * block;
}

static size_t block_end(const struct pass *pass, size_t block)
{
    return block + 1 == BLOCKS ? pass->count : block_start(pass, block + 1);
}

static int count_blocks(void *context, size_t from, size_t to)
{
    struct pass *pass = context;
    for (size_t block = from; block < to; block++) {
        size_t *counts = pass->counts[block];
        memset(counts, 0, sizeof(digit_counts));
        for (size_t i = block_start(pass, block), end = block_end(pass, block); i < end; i++)
            counts[digit(pass->data[i], pass->shift)]++;
    }
    return 0;
}

/* From how many to where: first all of digit 0, block by block, then all of digit 1, ... */
static void place_blocks(struct pass *pass)
{
    size_t start = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        pass->starts[i] = start;
        for (size_t block = 0; block < BLOCKS; block++) {
            size_t numbers = pass->counts[block][i];
            pass->counts[block][i] = start;
            start += numbers;
        }
    }
    pass->starts[DIGITS] = start;
}

static int scatter_blocks(void *context, size_t from, size_t to)
{
    struct pass *pass = context;
    for (size_t block = from; block < to; block++) {
        size_t *next = pass->counts[block];
        for (size_t i = block_start(pass, block), end = block_end(pass, block); i < end; i++)
            pass->other[next[digit(pass->data[i], pass->shift)]++] = pass->data[i];
    }
    return 0;
}

struct part {
    uint64_t *data, *other; /* where it is, and as much room */
    size_t count;
    uint64_t *target; /* where it has to be: one of them */
};

static void sort_large(struct thread_pool *pool, struct allocator *allocator,
                       const struct part *part);

/* The parts lie in other, and go back to data. */
static int sort_parts(void *context, size_t from, size_t to)
{
    struct pass *pass = context;
    for (size_t i = from; i < to; i++) {
        size_t start = pass->starts[i];
        struct part part = {pass->other + start, pass->data + start, pass->starts[i + 1] - start,
                            pass->data + start};
        if (part.count > 0)
            sort_large(pass->pool, pass->allocator, &part);
    }
    return 0;
}

static uint64_t differing_in_parallel(struct thread_pool *pool, const uint64_t *data, size_t count);

/* By the highest digit that differs, and then each digit's numbers; what is in pass->data afterwards is sorted. */
static void run_pass(struct pass *pass, uint64_t differing)
{
    unsigned high = 64 - (unsigned)__builtin_clzll(differing);
    pass->shift = high > DIGIT_BITS ? high - DIGIT_BITS : 0;
    par_for(pass->pool, BLOCKS, count_blocks, pass); /* none of the three fails */
    place_blocks(pass);
    par_for(pass->pool, BLOCKS, scatter_blocks, pass);
    par_for(pass->pool, DIGITS, sort_parts, pass);
}

static void sort_large(struct thread_pool *pool, struct allocator *allocator,
                       const struct part *part)
{
    if (part->count <= IN_CACHE) {
        sort_part(part->data, part->other, part->count, part->target);
        return;
    }
    uint64_t differing = differing_in_parallel(pool, part->data, part->count);
    struct pass pass = {.pool = pool,
                        .allocator = allocator,
                        .data = part->data,
                        .other = part->other,
                        .count = part->count};
    if (differing)
        pass.counts = allocator_alloc(allocator, BLOCKS * sizeof(digit_counts), _Alignof(size_t));
    if (pass.counts) {
        run_pass(&pass, differing);
        allocator_free(allocator, pass.counts, BLOCKS * sizeof(digit_counts), _Alignof(size_t));
    } else if (differing) {
        par_radix_by_comparison(pool, part->data, part->count, NULL);
    }
    if (part->target != part->data)
        memcpy(part->target, part->data, part->count * sizeof(*part->data));
}

/* ---- which bits differ ---- */

static void no_bits(void *context, void *value)
{
    (void)context;
    *(uint64_t *)value = 0;
}

static int fold_bits(void *context, size_t from, size_t to, void *value)
{
    const uint64_t *data = context;
    uint64_t differing = 0;
    for (size_t i = from; i < to; i++)
        differing |= data[i] ^ data[0];
    *(uint64_t *)value |= differing;
    return 0;
}

static void combine_bits(void *context, void *left, const void *right)
{
    (void)context;
    *(uint64_t *)left |= *(const uint64_t *)right;
}

static uint64_t differing_in_parallel(struct thread_pool *pool, const uint64_t *data, size_t count)
{
    struct par_reduce reduce = {sizeof(uint64_t), no_bits, fold_bits, combine_bits, (void *)data};
    uint64_t differing = 0;
    par_reduce(pool, count, &reduce, &differing);
    return differing;
}

void par_radix_u64(struct thread_pool *pool, struct allocator *allocator, uint64_t *data,
                   size_t count)
{
    if (par_radix_by_comparison_was_sorted(NULL, data, count))
        return;
    uint64_t *other = NULL;
    if (count >= FEW_IN_ALL)
        other = allocator_alloc(allocator, count * sizeof(*data), _Alignof(uint64_t));
    if (other) {
        sort_large(pool, allocator, &(struct part){data, other, count, data});
        allocator_free(allocator, other, count * sizeof(*data), _Alignof(uint64_t));
    } else {
        par_radix_by_comparison(pool, data, count, NULL);
    }
}
