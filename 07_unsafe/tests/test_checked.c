/* test_checked.c - every operation at its edges, against arithmetic that is twice as wide. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>

#include "07_unsafe/checked.h"

__extension__ typedef unsigned __int128 wide;

enum { RANDOM_PAIRS = 20000 };
static const size_t untouched = 0x5a5a;

/* Around zero, around half and around all: where carries and signs are. */
static const size_t edges[] = {0,
                               1,
                               2,
                               3,
                               7,
                               16,
                               UINT32_MAX,
                               (size_t)UINT32_MAX + 1,
                               PTRDIFF_MAX - 1,
                               PTRDIFF_MAX,
                               (size_t)PTRDIFF_MAX + 1,
                               SIZE_MAX / 3,
                               SIZE_MAX - 16,
                               SIZE_MAX - 1,
                               SIZE_MAX};
static const size_t edge_count = sizeof(edges) / sizeof(edges[0]);

/* The one claim: true and exact, or false and untouched. Returns whether it holds. */
static bool agrees(bool result, size_t out, bool fits, size_t exact)
{
    return result == fits && out == (fits ? exact : untouched);
}

static bool pair_agrees(size_t a, size_t b)
{
    wide sum = (wide)a + b, product = (wide)a * b;
    size_t out = untouched;
    bool result = checked_add(a, b, &out);
    if (!agrees(result, out, sum <= SIZE_MAX, (size_t)sum))
        return false;
    out = untouched;
    result = checked_sub(a, b, &out);
    if (!agrees(result, out, a >= b, a - b))
        return false;
    out = untouched;
    result = checked_mul(a, b, &out);
    if (!agrees(result, out, product <= SIZE_MAX, (size_t)product))
        return false;
    out = untouched;
    result = checked_array(a, b, &out);
    return agrees(result, out, product <= PTRDIFF_MAX, (size_t)product);
}

static bool triple_agrees(size_t a, size_t b, size_t c)
{
    wide sum = (wide)a + b + c, product = (wide)a * b;
    bool fits = product <= SIZE_MAX && product + c <= SIZE_MAX;
    size_t out = untouched;
    bool result = checked_add3(a, b, c, &out);
    if (!agrees(result, out, sum <= SIZE_MAX, (size_t)sum))
        return false;
    out = untouched;
    result = checked_mul_add(a, b, c, &out);
    return agrees(result, out, fits, (size_t)product + c);
}

START_TEST(pairs_at_the_edges)
{
    for (size_t i = 0; i < edge_count; i++)
        for (size_t j = 0; j < edge_count; j++)
            ck_assert_msg(pair_agrees(edges[i], edges[j]), "%zu and %zu", edges[i], edges[j]);
}
END_TEST

START_TEST(triples_at_the_edges)
{
    for (size_t i = 0; i < edge_count; i++)
        for (size_t j = 0; j < edge_count; j++)
            for (size_t k = 0; k < edge_count; k++)
                ck_assert_msg(triple_agrees(edges[i], edges[j], edges[k]), "%zu, %zu and %zu",
                              edges[i], edges[j], edges[k]);
}
END_TEST

static size_t random_size(unsigned *seed)
{
    size_t bits =
        ((size_t)rand_r(seed) << 42) ^ ((size_t)rand_r(seed) << 21) ^ (size_t)rand_r(seed);
    return bits >> rand_r(seed) % 64; /* of every magnitude */
}

START_TEST(random_pairs)
{
    unsigned seed = 20260112;
    printf("seed %u\n", seed);
    for (int i = 0; i < RANDOM_PAIRS; i++) {
        size_t a = random_size(&seed), b = random_size(&seed), c = random_size(&seed);
        if (!pair_agrees(a, b) || !triple_agrees(a, b, c))
            ck_abort_msg("%zu, %zu, %zu", a, b, c);
    }
}
END_TEST

START_TEST(align_up_at_the_edges)
{
    for (size_t i = 0; i < edge_count; i++)
        for (unsigned shift = 0; shift < 64; shift++) {
            size_t align = (size_t)1 << shift, out = untouched;
            wide exact = ((wide)edges[i] + align - 1) / align * align;
            bool result = checked_align_up(edges[i], align, &out);
            ck_assert_msg(agrees(result, out, exact <= SIZE_MAX, (size_t)exact), "%zu to %zu",
                          edges[i], align);
        }
}
END_TEST

/* max + 1 is refused and max is not, with the value kept; for each width. */
#define expect_narrows(function, type, max)                                                        \
    do {                                                                                           \
        type out = 77;                                                                             \
        ck_assert(!function((uint64_t)(max) + 1, &out));                                           \
        ck_assert(!function(UINT64_MAX, &out));                                                    \
        ck_assert(out == 77);                                                                      \
        ck_assert(function(max, &out));                                                            \
        ck_assert(out == (max));                                                                   \
        ck_assert(function(0, &out));                                                              \
        ck_assert(out == 0);                                                                       \
    } while (0)

START_TEST(narrowing_at_the_edges)
{
    expect_narrows(checked_to_u8, uint8_t, UINT8_MAX);
    expect_narrows(checked_to_u16, uint16_t, UINT16_MAX);
    expect_narrows(checked_to_u32, uint32_t, UINT32_MAX);
    expect_narrows(checked_to_int, int, INT_MAX);
    expect_narrows(checked_to_ssize, ssize_t, SSIZE_MAX);
    size_t out = untouched;
    ck_assert(!checked_to_size(-1, &out));
    ck_assert(!checked_to_size(INT64_MIN, &out));
    ck_assert_uint_eq(out, untouched);
    ck_assert(checked_to_size(0, &out));
    ck_assert_uint_eq(out, 0);
    ck_assert(checked_to_size(INT64_MAX, &out));
    ck_assert_uint_eq(out, INT64_MAX);
}
END_TEST

START_TEST(out_may_be_an_operand)
{
    size_t value = 5;
    ck_assert(checked_add(value, 3, &value));
    ck_assert(checked_mul(value, value, &value));
    ck_assert(checked_sub(value, 1, &value));
    ck_assert(checked_align_up(value, 16, &value));
    ck_assert_uint_eq(value, 64);
    ck_assert(!checked_mul(value, SIZE_MAX, &value));
    ck_assert_uint_eq(value, 64);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("checked");
    TCase *sums = tcase_create("arithmetic");
    tcase_add_test(sums, pairs_at_the_edges);
    tcase_add_test(sums, triples_at_the_edges);
    tcase_add_test(sums, align_up_at_the_edges);
    tcase_add_test(sums, out_may_be_an_operand);
    suite_add_tcase(suite, sums);
    TCase *narrow = tcase_create("narrowing");
    tcase_add_test(narrow, narrowing_at_the_edges);
    suite_add_tcase(suite, narrow);
    TCase *model = tcase_create("model");
    tcase_add_test(model, random_pairs);
    suite_add_tcase(suite, model);
    return suite;
}
