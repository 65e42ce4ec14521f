/* Winnowing keeps its promises, whatever the gram and the window: nothing of the guaranteed length is
 * missed, nothing that does not lie in a window is kept, and no more is kept than the paper says. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/similar/fingerprint.h"
#include "tests/support/check_main.h"

enum { TOKENS = 4000, ALPHABET = 40 };

static const struct fingerprint_shape shapes[] = {{1, 1}, {1, 4},  {5, 1},
                                                  {8, 4}, {16, 9}, {25, 100}};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

struct sample {
    uint64_t *grams;
    size_t gram_count;
    struct fingerprint *kept;
    size_t count;
};

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static void fill(uint32_t *tokens, size_t count, uint32_t alphabet)
{
    for (size_t i = 0; i < count; i++)
        tokens[i] = draw(alphabet);
}

static struct sample take(const uint32_t *tokens, size_t count, struct fingerprint_shape shape)
{
    struct sample sample;
    ck_assert_int_eq(
        fingerprint_grams(tokens, count, shape.gram, &sample.grams, &sample.gram_count), 0);
    ck_assert_int_eq(fingerprint_winnow(sample.grams, sample.gram_count, shape.window, &sample.kept,
                                        &sample.count),
                     0);
    return sample;
}

static void drop(struct sample *sample)
{
    free(sample->grams);
    free(sample->kept);
}

START_TEST(rolling_is_hashing_each_gram_anew)
{
    uint32_t tokens[200];
    seed = 1;
    fill(tokens, 200, 5); /* few kinds of token: many grams are equal */
    for (unsigned gram = 1; gram <= 9; gram++) {
        uint64_t *all, *one;
        size_t count, one_count;
        ck_assert_int_eq(fingerprint_grams(tokens, 200, gram, &all, &count), 0);
        ck_assert_uint_eq(count, 200 - gram + 1);
        for (size_t i = 0; i < count; i++) {
            ck_assert_int_eq(fingerprint_grams(tokens + i, gram, gram, &one, &one_count), 0);
            ck_assert_uint_eq(one_count, 1);
            ck_assert_uint_eq(one[0], all[i]);
            free(one);
        }
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < i; j++)
                ck_assert_int_eq(all[i] == all[j],
                                 memcmp(tokens + i, tokens + j, gram * sizeof(*tokens)) == 0);
        free(all);
    }
}
END_TEST

START_TEST(a_shared_run_of_the_guaranteed_length_is_found)
{
    static uint32_t a[TOKENS], b[TOKENS];
    seed = 2;
    for (int round = 0; round < 600; round++) {
        struct fingerprint_shape shape = shapes[round % SHAPES];
        size_t run = fingerprint_guarantee(shape);
        fill(a, TOKENS / 10, ALPHABET);
        fill(b, TOKENS / 10, ALPHABET);
        size_t at_a = draw(TOKENS / 10 - (uint32_t)run), at_b = draw(TOKENS / 10 - (uint32_t)run);
        memcpy(b + at_b, a + at_a, run * sizeof(*a));
        struct sample left = take(a, TOKENS / 10, shape), right = take(b, TOKENS / 10, shape);
        bool found = false;
        for (size_t i = 0; i < left.count; i++)
            for (size_t j = 0; j < right.count; j++)
                found |= left.kept[i].hash == right.kept[j].hash && left.kept[i].at >= at_a &&
                         left.kept[i].at - at_a == right.kept[j].at - at_b;
        ck_assert_msg(found, "k = %u, w = %u: a run of %zu is missed", shape.gram, shape.window,
                      run);
        drop(&left);
        drop(&right);
    }
}
END_TEST

START_TEST(each_window_has_its_least)
{
    static uint32_t tokens[TOKENS];
    seed = 3;
    for (size_t s = 0; s < SHAPES; s++) {
        fill(tokens, TOKENS, s % 2 ? 2 : ALPHABET);
        struct sample sample = take(tokens, TOKENS, shapes[s]);
        size_t next = 0;
        for (size_t from = 0; from + shapes[s].window <= sample.gram_count; from++) {
            uint64_t least = UINT64_MAX;
            for (size_t i = from; i < from + shapes[s].window; i++)
                least = sample.grams[i] < least ? sample.grams[i] : least;
            while (next < sample.count && sample.kept[next].at < from)
                next++;
            bool held = false;
            for (size_t i = next; i < sample.count && sample.kept[i].at < from + shapes[s].window;
                 i++)
                held |= sample.kept[i].hash == least;
            ck_assert(held);
        }
        for (size_t i = 0; i < sample.count; i++)
            ck_assert_uint_eq(sample.kept[i].hash, sample.grams[sample.kept[i].at]);
        drop(&sample);
    }
}
END_TEST

/* The paper's theorem: of random grams 2 in window + 1 are kept. */
START_TEST(density_is_the_papers)
{
    static uint32_t tokens[TOKENS];
    seed = 4;
    fill(tokens, TOKENS, UINT32_MAX);
    struct sample sample = take(tokens, TOKENS, (struct fingerprint_shape){8, 9});
    double density = (double)sample.count / (double)sample.gram_count;
    printf("kept %.3f of the grams, expected %.3f\n", density, 2.0 / (9 + 1));
    ck_assert(density > 0.18 && density < 0.22);
    drop(&sample);
}
END_TEST

/* Robust: without that, of equal grams each would be kept. */
START_TEST(a_table_of_zeros_costs_one_a_window)
{
    static uint32_t tokens[TOKENS];
    memset(tokens, 0, sizeof(tokens));
    struct sample sample = take(tokens, TOKENS, (struct fingerprint_shape){8, 10});
    ck_assert_uint_ge(sample.count, TOKENS / 10 - 2);
    ck_assert_uint_le(sample.count, TOKENS / 10);
    drop(&sample);
}
END_TEST

START_TEST(short_texts)
{
    static const struct fingerprint_shape shape = {4, 3};
    uint32_t tokens[] = {1, 2, 3, 4, 5, 6, 7};
    for (size_t count = 0; count <= 7; count++) {
        struct sample sample = take(tokens, count, shape);
        ck_assert_uint_eq(sample.gram_count, count < 4 ? 0 : count - 3);
        ck_assert_int_eq(sample.count > 0, count >= 4);
        if (count < 4)
            ck_assert_ptr_null(sample.kept);
        drop(&sample);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("fingerprint");
    TCase *hash = tcase_create("hash");
    tcase_add_test(hash, rolling_is_hashing_each_gram_anew);
    suite_add_tcase(suite, hash);
    TCase *winnow = tcase_create("winnow");
    tcase_add_test(winnow, a_shared_run_of_the_guaranteed_length_is_found);
    tcase_add_test(winnow, each_window_has_its_least);
    tcase_add_test(winnow, density_is_the_papers);
    tcase_add_test(winnow, a_table_of_zeros_costs_one_a_window);
    tcase_add_test(winnow, short_texts);
    suite_add_tcase(suite, winnow);
    return suite;
}
