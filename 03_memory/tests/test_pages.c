#include "03_memory/pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "07_unsafe/sanitizer.h"
#include "tests/support/check_main.h"

static struct allocator *pages;

static void setup(void)
{
    pages = pages_allocator();
}

static bool is_filled(const char *block, size_t size_bytes, char fill)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (block[i] != fill)
            return false;
    return true;
}

START_TEST(blocks_are_zero_and_aligned)
{
    static const size_t sizes[] = {0, 1, 4096, 4097, 100000, PAGES_HUGE_BYTES, 5000000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        for (size_t align = 1; align <= (size_t)16 << 20; align *= 4) {
            char *block = allocator_alloc(pages, sizes[i], align);
            ck_assert_ptr_nonnull(block);
            ck_assert_uint_eq((uintptr_t)block % align, 0);
            ck_assert_uint_eq((uintptr_t)block % 4096, 0);
            if (sizes[i] >= PAGES_HUGE_BYTES)
                ck_assert_uint_eq((uintptr_t)block % PAGES_HUGE_BYTES, 0);
            ck_assert(is_filled(block, sizes[i], 0));
            memset(block, 1, sizes[i]);
            allocator_free(pages, block, sizes[i], align);
        }
}
END_TEST

/* mincore says ENOMEM where nothing is mapped. */
static bool is_mapped(void *page)
{
    unsigned char resident;
    return mincore(page, 1, &resident) == 0 || errno != ENOMEM;
}

START_TEST(what_is_freed_is_unmapped)
{
    char *block = allocator_alloc(pages, 10 * 4096, 8);
    ck_assert(is_mapped(block) && is_mapped(block + 9 * 4096));
    block = allocator_resize(pages, block, 10 * 4096, 3 * 4096 - 100, 8);
    ck_assert(is_mapped(block + 2 * 4096) && !is_mapped(block + 3 * 4096));
    allocator_free(pages, block, 3 * 4096 - 100, 8);
    ck_assert(!is_mapped(block));
}
END_TEST

START_TEST(resize_keeps_contents_and_alignment)
{
    size_t size = 1000;
    char *block = allocator_resize(pages, NULL, 0, size, 8);
    memset(block, 5, size);
    while (size < 10000000) {
        size_t larger = size * 3;
        block = allocator_resize(pages, block, size, larger, 8);
        ck_assert_ptr_nonnull(block);
        ck_assert(is_filled(block, size, 5));
        if (larger >= PAGES_HUGE_BYTES)
            ck_assert_uint_eq((uintptr_t)block % PAGES_HUGE_BYTES, 0);
        memset(block, 5, larger);
        size = larger;
    }
    block = allocator_resize(pages, block, size, 10, 8);
    ck_assert(is_filled(block, 10, 5));
    allocator_free(pages, block, 10, 8);
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
    for (size_t less = 0; less < 10000; less += 333) {
        size_t size = SIZE_MAX - less;
        __asm__ volatile("" : "+r"(size));
        ck_assert_ptr_null(allocator_alloc(pages, size, 8));
        char *block = allocator_alloc(pages, 10, 8);
        ck_assert_ptr_null(allocator_resize(pages, block, 10, size, 8));
        allocator_free(pages, block, 10, 8);
    }
    ck_assert_ptr_null(allocator_alloc(pages, (size_t)1 << 62, 8));
    ck_assert_ptr_null(allocator_alloc(pages, 1, (size_t)1 << 63));
}
END_TEST

/* The kernel's own refusal: no more address space. The sanitizers need it for themselves. */
START_TEST(no_address_space_is_a_null)
{
#if !SANITIZER_ADDRESS && !SANITIZER_THREAD
    char *block = allocator_alloc(pages, 4096, 8);
    memset(block, 3, 4096);
    struct rlimit limit = {1 << 20, 1 << 20};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    ck_assert_ptr_null(allocator_alloc(pages, 8 << 20, 8));
    ck_assert_ptr_null(allocator_resize(pages, block, 4096, 8 << 20, 8));
    ck_assert(is_filled(block, 4096, 3));
    allocator_free(pages, block, 4096, 8);
#endif
}
END_TEST

/* The kilobytes of the mapping that begins here which are in huge pages, or -1: no such line. */
static long huge_kib(const void *start)
{
    char line[256], head[32];
    long kib = -1;
    bool here = false;
    int length = snprintf(head, sizeof(head), "%lx-", (unsigned long)(uintptr_t)start);
    FILE *smaps = fopen("/proc/self/smaps", "re");
    while (smaps && fgets(line, sizeof(line), smaps)) {
        if (strncmp(line, head, (size_t)length) == 0)
            here = true;
        if (here && sscanf(line, "AnonHugePages: %ld kB", &kib) == 1)
            break;
    }
    if (smaps)
        fclose(smaps);
    return kib;
}

static bool huge_pages_enabled(void)
{
    char mode[64] = "";
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
    bool read = file && fgets(mode, sizeof(mode), file);
    if (file)
        fclose(file);
    return read && !strstr(mode, "[never]");
}

/* Two other processes may have taken all huge pages: then there are fewer, but never wrong ones. */
START_TEST(large_blocks_are_huge_and_small_ones_are_not)
{
    char *large = allocator_alloc(pages, 4 * PAGES_HUGE_BYTES, 8);
    char *small = allocator_alloc(pages, 100000, 8);
    memset(small, 1, 100000);
    ck_assert_int_le(huge_kib(small), 0);
    large[0] = 1;
    long kib = huge_kib(large);
    ck_assert_msg(kib == 2048 || kib == 0, "one byte touched, %ld KiB in huge pages", kib);
    if (kib == 0)
        printf("the kernel had no huge page to give\n");
    allocator_free(pages, large, 4 * PAGES_HUGE_BYTES, 8);
    allocator_free(pages, small, 100000, 8);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("pages");
    TCase *tcase = tcase_create("blocks");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, blocks_are_zero_and_aligned);
    tcase_add_test(tcase, what_is_freed_is_unmapped);
    tcase_add_test(tcase, resize_keeps_contents_and_alignment);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("refusals");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, impossible_sizes_are_refused);
    tcase_add_test(tcase, no_address_space_is_a_null);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("huge");
    tcase_add_checked_fixture(tcase, setup, NULL);
    if (huge_pages_enabled())
        tcase_add_test(tcase, large_blocks_are_huge_and_small_ones_are_not);
    else if (getenv("CK_RUN_CASE") && strcmp(getenv("CK_RUN_CASE"), "huge") == 0) {
        printf("skipped: this kernel gives no transparent huge pages\n");
        exit(77);
    }
    suite_add_tcase(suite, tcase);
    return suite;
}
