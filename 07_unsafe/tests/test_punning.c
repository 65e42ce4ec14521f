/* test_punning.c - the same bytes as another type, at every alignment. */
#include "tests/support/check_main.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "07_unsafe/punning.h"

enum { ROOM = 24 };

static const uint8_t counting[ROOM] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                       0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10,
                                       0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};

/* The number whose most significant byte is the first. */
static uint64_t big_endian(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static uint64_t little_endian(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;
    for (size_t i = count; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

START_TEST(loads_at_every_address)
{
    for (size_t at = 0; at + 8 <= ROOM; at++) {
        const uint8_t *from = counting + at;
        ck_assert_uint_eq(punning_load_u16_be(from), big_endian(from, 2));
        ck_assert_uint_eq(punning_load_u32_be(from), big_endian(from, 4));
        ck_assert_uint_eq(punning_load_u64_be(from), big_endian(from, 8));
        ck_assert_uint_eq(punning_load_u16_le(from), little_endian(from, 2));
        ck_assert_uint_eq(punning_load_u32_le(from), little_endian(from, 4));
        ck_assert_uint_eq(punning_load_u64_le(from), little_endian(from, 8));
    }
}
END_TEST

/* What was stored is read back, in the bytes of the promised order, and no other byte changed. */
#define CHECK_STORE(bits, suffix, bytes_of)                                                        \
    do {                                                                                           \
        memset(room, 0xee, sizeof(room));                                                          \
        punning_store_u##bits##suffix(room + at, (uint##bits##_t)value);                           \
        ck_assert_uint_eq(punning_load_u##bits##suffix(room + at), (uint##bits##_t)value);         \
        ck_assert_uint_eq(bytes_of(room + at, (bits) / 8), (uint##bits##_t)value);                 \
        for (size_t i = 0; i < ROOM; i++)                                                          \
            ck_assert(room[i] == 0xee || (i >= at && i < at + (bits) / 8));                        \
    } while (0)

START_TEST(stores_at_every_address)
{
    const uint64_t value = 0x0123456789abcdefu;
    uint8_t room[ROOM];
    for (size_t at = 0; at + 8 <= ROOM; at++) {
        CHECK_STORE(16, _be, big_endian);
        CHECK_STORE(32, _be, big_endian);
        CHECK_STORE(64, _be, big_endian);
        CHECK_STORE(16, _le, little_endian);
        CHECK_STORE(32, _le, little_endian);
        CHECK_STORE(64, _le, little_endian);
    }
}
END_TEST

START_TEST(the_machines_own_order)
{
    uint8_t room[ROOM];
    uint64_t value = 0x0123456789abcdefu;
    punning_store_u64(room + 1, value);
    ck_assert_mem_eq(room + 1, &value, sizeof(value));
    ck_assert_uint_eq(punning_load_u64(room + 1), value);
    punning_store_u32(room + 3, 0xdeadbeefu);
    ck_assert_uint_eq(punning_load_u32(room + 3), 0xdeadbeefu);
    punning_store_u16(room + 5, 0xcafeu);
    ck_assert_uint_eq(punning_load_u16(room + 5), 0xcafeu);
}
END_TEST

START_TEST(known_floats_have_known_bits)
{
    ck_assert_uint_eq(punning_bits_of_f32(1.0f), 0x3f800000u);
    ck_assert_uint_eq(punning_bits_of_f32(-0.0f), 0x80000000u);
    ck_assert_uint_eq(punning_bits_of_f32(FLT_MAX), 0x7f7fffffu);
    ck_assert_uint_eq(punning_bits_of_f32(INFINITY), 0x7f800000u);
    ck_assert_uint_eq(punning_bits_of_f64(1.0), 0x3ff0000000000000u);
    ck_assert_uint_eq(punning_bits_of_f64(-2.0), 0xc000000000000000u);
    ck_assert_uint_eq(punning_bits_of_f64(DBL_TRUE_MIN), 1);
}
END_TEST

START_TEST(bits_go_there_and_back)
{
    unsigned seed = 20260110;
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t bits =
            (uint64_t)rand_r(&seed) << 33 ^ (uint64_t)rand_r(&seed) << 11 ^ (uint64_t)rand_r(&seed);
        ck_assert_uint_eq(punning_bits_of_f64(punning_f64_of_bits(bits)), bits);
        ck_assert_uint_eq(punning_bits_of_f32(punning_f32_of_bits((uint32_t)bits)), (uint32_t)bits);
    }
}
END_TEST

START_TEST(alignment_is_a_property_of_the_address)
{
    _Alignas(16) char room[32];
    for (size_t at = 0; at < 16; at++) {
        ck_assert(punning_is_aligned(room + at, 1));
        ck_assert_int_eq(punning_is_aligned(room + at, 4), at % 4 == 0);
        ck_assert_int_eq(punning_is_aligned(room + at, 16), at == 0);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("punning");
    TCase *integers = tcase_create("integers");
    tcase_add_test(integers, loads_at_every_address);
    tcase_add_test(integers, stores_at_every_address);
    tcase_add_test(integers, the_machines_own_order);
    suite_add_tcase(suite, integers);
    TCase *floats = tcase_create("floats");
    tcase_add_test(floats, known_floats_have_known_bits);
    tcase_add_test(floats, bits_go_there_and_back);
    suite_add_tcase(suite, floats);
    TCase *alignment = tcase_create("alignment");
    tcase_add_test(alignment, alignment_is_a_property_of_the_address);
    suite_add_tcase(suite, alignment);
    return suite;
}
