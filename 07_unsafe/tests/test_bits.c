/* test_bits.c - every way of searching against the plain loop, at every length, address and place. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "07_unsafe/bits.h"

enum { LENGTH_MAX = 300, PAGE_LENGTHS = 300 };

static const char *const way_names[BITS_WAYS] = {"portable", "vector-16", "vector-32",
                                                 "vector-32-asm"};

static size_t find_plainly(const uint8_t *bytes, size_t count, uint8_t byte)
{
    size_t at = 0;
    while (at < count && bytes[at] != byte)
        at++;
    return at;
}

/* Call check(find) for each way that this machine has, and for the one that is chosen. */
static void each_way(void (*check)(bits_find_fn find))
{
    unsigned ways = 0;
    for (int way = 0; way < BITS_WAYS; way++) {
        bits_find_fn find = bits_find_byte_by((enum bits_way)way);
        printf("%s: %s\n", way_names[way], find ? "checked" : "not on this machine");
        if (find) {
            check(find);
            ways++;
        }
    }
    check(bits_find_byte);
    ck_assert_uint_ge(ways, 2);
}

/* Two bytes that differ from the wanted one in a single bit are all around it. */
static void check_places(bits_find_fn find)
{
    static _Alignas(64) uint8_t room[LENGTH_MAX + 64];
    for (size_t shift = 0; shift < 33; shift += shift < 4 ? 1 : 7) {
        for (size_t length = 0; length <= LENGTH_MAX; length++) {
            uint8_t *bytes = room + shift;
            memset(room, 0x80, sizeof(room)); /* the wanted byte is behind the end, too */
            for (size_t i = 0; i < length; i++)
                bytes[i] = i % 2 ? 0x81 : 0x00;
            ck_assert_uint_eq(find(bytes, length, 0x80), length);
            size_t step = length < 70 ? 1 : 13;
            for (size_t at = length; at-- > 0 && at + 1 >= step; at -= step - 1) {
                bytes[at] = 0x80; /* those behind it stay: the first counts */
                ck_assert_uint_eq(find(bytes, length, 0x80), at);
            }
        }
    }
}

START_TEST(the_first_is_found_at_every_place)
{
    each_way(check_places);
}
END_TEST

static void check_random(bits_find_fn find)
{
    static uint8_t bytes[4096];
    unsigned seed = 20260112;
    for (unsigned round = 0; round < 3000; round++) {
        size_t from = (size_t)rand_r(&seed) % 64;
        size_t count = (size_t)rand_r(&seed) % (sizeof(bytes) - from);
        unsigned kinds = 1u << (unsigned)rand_r(&seed) % 9; /* from all alike to all different */
        for (size_t i = 0; i < 64; i++)
            bytes[(size_t)rand_r(&seed) % sizeof(bytes)] =
                (uint8_t)((unsigned)rand_r(&seed) % kinds);
        uint8_t wanted = (uint8_t)((unsigned)rand_r(&seed) % kinds);
        ck_assert_uint_eq(find(bytes + from, count, wanted),
                          find_plainly(bytes + from, count, wanted));
    }
}

START_TEST(all_ways_agree_on_random_bytes)
{
    each_way(check_random);
}
END_TEST

/* Between two pages that cannot be read: a byte too far in either direction is a fault. */
static uint8_t *page;
static size_t page_bytes;

static void check_edges(bits_find_fn find)
{
    memset(page, 1, page_bytes);
    ck_assert_uint_eq(find(NULL, 0, 7), 0);
    for (size_t length = 0; length <= PAGE_LENGTHS; length++) {
        ck_assert_uint_eq(find(page + page_bytes - length, length, 7), length);
        ck_assert_uint_eq(find(page, length, 7), length);
    }
}

START_TEST(nothing_outside_is_read)
{
    page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *all = mmap(NULL, 3 * page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(all, MAP_FAILED);
    page = all + page_bytes;
    ck_assert_int_eq(mprotect(page, page_bytes, PROT_READ | PROT_WRITE), 0);
    each_way(check_edges);
    munmap(all, 3 * page_bytes);
}
END_TEST

/* ---- counting, hinting, asking ----------------------------------------------------------------*/

START_TEST(the_counter_counts)
{
    /* Between two reads in one order a third lies, by whichever way it is read. */
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t first = bits_cycles_ordered(), second = bits_cycles_asm();
        uint64_t third = bits_cycles_ordered(), fourth = bits_cycles(),
                 fifth = bits_cycles_ordered();
        ck_assert(first <= second && second <= third && third <= fourth && fourth <= fifth);
    }
    uint64_t before = bits_cycles_ordered();
    usleep(1000);
    ck_assert_uint_gt(bits_cycles_ordered(), before);
}
END_TEST

START_TEST(hints_change_nothing)
{
    int value = 5;
    bits_prefetch_read(&value);
    bits_prefetch_write(&value);
    bits_prefetch_read_asm(&value);
    bits_prefetch_read(NULL); /* cannot be read, and need not be */
    bits_prefetch_read_asm((const void *)UINTPTR_MAX);
    bits_spin_hint();
    bits_spin_hint_asm();
    ck_assert_int_eq(value, 5);
}
END_TEST

#if defined(__x86_64__)
static bool kernel_lists(const char *flags, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = flags; (at = strstr(at, name)); at += length)
        if (at[-1] == ' ' && (at[length] == ' ' || at[length] == '\n'))
            return true;
    return false;
}

START_TEST(features_are_what_the_kernel_says)
{
    static char line[16384];
    FILE *file = fopen("/proc/cpuinfo", "r");
    ck_assert_ptr_nonnull(file);
    bool found = false;
    while (!found && fgets(line, sizeof(line), file))
        found = strncmp(line, "flags", 5) == 0;
    fclose(file);
    ck_assert(found);
    struct bits_features features = bits_features();
    ck_assert_int_eq(features.sse2, kernel_lists(line, "sse2"));
    ck_assert_int_eq(features.sse42, kernel_lists(line, "sse4_2"));
    ck_assert_int_eq(features.avx2, kernel_lists(line, "avx2"));
    ck_assert_int_eq(features.avx512bw, kernel_lists(line, "avx512bw"));
    ck_assert_int_eq(features.bmi2, kernel_lists(line, "bmi2"));
    ck_assert_int_eq(features.cx16, kernel_lists(line, "cx16"));
    ck_assert_int_eq(features.rdtscp, kernel_lists(line, "rdtscp"));
}
END_TEST
#endif

Suite *check_suite(void)
{
    Suite *suite = suite_create("bits");
    TCase *find = tcase_create("find");
    tcase_add_test(find, the_first_is_found_at_every_place);
    tcase_add_test(find, all_ways_agree_on_random_bytes);
    tcase_add_test(find, nothing_outside_is_read);
    tcase_set_timeout(find, 50);
    suite_add_tcase(suite, find);
    TCase *processor = tcase_create("processor");
    tcase_add_test(processor, the_counter_counts);
    tcase_add_test(processor, hints_change_nothing);
#if defined(__x86_64__)
    tcase_add_test(processor, features_are_what_the_kernel_says);
#endif
    suite_add_tcase(suite, processor);
    return suite;
}
