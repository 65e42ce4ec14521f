/* test_tagged.c - what is packed comes out again, what would lose a bit is refused. */
#include "tests/support/check_main.h"

#include <stdlib.h>

#include "07_unsafe/tagged.h"

static const uintptr_t untouched = 0x5a5a;

START_TEST(low_bits_come_back)
{
    for (unsigned bits = 0; bits <= TAGGED_LOW_BITS_MAX; bits++) {
        uintptr_t address = UINT64_C(0x00007ffffffff000), word;
        for (uintptr_t tag = 0; tag >> bits == 0; tag += tag < 16 ? 1 : 37) {
            ck_assert(tagged_low_pack((void *)address, bits, tag, &word));
            ck_assert_uint_eq((uintptr_t)tagged_low_pointer(word, bits), address);
            ck_assert_uint_eq(tagged_low_tag(word, bits), tag);
        }
    }
}
END_TEST

START_TEST(low_bits_that_are_in_use_are_refused)
{
    for (unsigned bits = 1; bits <= TAGGED_LOW_BITS_MAX; bits++) {
        uintptr_t word = untouched;
        for (unsigned used = 0; used < bits; used++) /* misaligned by one bit */
            ck_assert(!tagged_low_pack((void *)((uintptr_t)0x10000 | (uintptr_t)1 << used), bits, 0,
                                       &word));
        ck_assert(!tagged_low_pack((void *)(uintptr_t)0x10000, bits, (uintptr_t)1 << bits, &word));
        ck_assert(!tagged_low_pack((void *)(uintptr_t)0x10000, bits, UINTPTR_MAX, &word));
        ck_assert_uint_eq(word, untouched);
    }
    uintptr_t word = untouched;
    ck_assert(!tagged_low_pack(NULL, TAGGED_LOW_BITS_MAX + 1, 0, &word));
    ck_assert(!tagged_low_pack(NULL, 64, 0, &word));
    ck_assert(!tagged_low_pack(NULL, 0, 1, &word));
    ck_assert_uint_eq(word, untouched);
}
END_TEST

START_TEST(high_bits_come_back)
{
    int *on_heap = malloc(sizeof(*on_heap)), on_stack;
    static int in_data;
    const void *pointers[] = {NULL, on_heap, &on_stack, &in_data, (void *)0x0000ffffffffffffu};
    for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
        for (unsigned tag = 0; tag <= UINT16_MAX; tag += 257) {
            uintptr_t word;
            ck_assert(tagged_high_pack(pointers[i], (uint16_t)tag, &word));
            ck_assert_ptr_eq(tagged_high_pointer(word), pointers[i]);
            ck_assert_uint_eq(tagged_high_tag(word), tag);
        }
    }
    free(on_heap);
}
END_TEST

START_TEST(high_bits_that_are_in_use_are_refused)
{
    uintptr_t word = untouched;
    for (unsigned bit = TAGGED_HIGH_SHIFT; bit < 64; bit++)
        ck_assert(!tagged_high_pack((void *)((uintptr_t)1 << bit), 0, &word));
    ck_assert_uint_eq(word, untouched);
}
END_TEST

static struct tagged_pair pair_of(uintptr_t pointer, uintptr_t count)
{
    return (struct tagged_pair){(void *)pointer, count};
}

static bool same(struct tagged_pair a, struct tagged_pair b)
{
    return a.pointer == b.pointer && a.count == b.count;
}

START_TEST(a_pair_is_exchanged_if_both_halves_agree)
{
    struct tagged_pair target = pair_of(1, 2), expected = target;
    ck_assert(tagged_pair_compare_exchange(&target, &expected, pair_of(3, 4)));
    ck_assert(same(target, pair_of(3, 4)));
    ck_assert(same(expected, pair_of(1, 2)));
}
END_TEST

START_TEST(a_pair_that_differs_in_one_half_stays)
{
    const struct tagged_pair wrong[] = {{(void *)3, 5},
                                        {(void *)2, 4},
                                        {NULL, 0},
                                        {(void *)(3 | UINT64_C(1) << 63), 4},
                                        {(void *)3, 4 | UINT64_C(1) << 63}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct tagged_pair target = pair_of(3, 4), expected = wrong[i];
        ck_assert(!tagged_pair_compare_exchange(&target, &expected, pair_of(7, 8)));
        ck_assert(same(target, pair_of(3, 4)));
        ck_assert(same(expected, pair_of(3, 4))); /* what is there, for the next try */
    }
}
END_TEST

START_TEST(a_load_is_whole_and_changes_nothing)
{
    const struct tagged_pair pairs[] = {
        {NULL, 0}, {(void *)1, 0}, {NULL, 1}, {(void *)UINTPTR_MAX, UINTPTR_MAX}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct tagged_pair target = pairs[i];
        ck_assert(same(tagged_pair_load(&target), pairs[i]));
        ck_assert(same(tagged_pair_guess(&target), pairs[i]));
        ck_assert(same(target, pairs[i]));
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("tagged");
    TCase *low = tcase_create("low");
    tcase_add_test(low, low_bits_come_back);
    tcase_add_test(low, low_bits_that_are_in_use_are_refused);
    suite_add_tcase(suite, low);
    TCase *high = tcase_create("high");
    tcase_add_test(high, high_bits_come_back);
    tcase_add_test(high, high_bits_that_are_in_use_are_refused);
    suite_add_tcase(suite, high);
    TCase *pair = tcase_create("pair");
    tcase_add_test(pair, a_pair_is_exchanged_if_both_halves_agree);
    tcase_add_test(pair, a_pair_that_differs_in_one_half_stays);
    tcase_add_test(pair, a_load_is_whole_and_changes_nothing);
    suite_add_tcase(suite, pair);
    return suite;
}
