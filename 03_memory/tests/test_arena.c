#include "03_memory/arena.h"

#include <string.h>

#include "tests/support/check_main.h"

START_TEST(blocks_are_aligned)
{
    struct arena arena;
    arena_init(&arena, allocator_system(), 0);
    for (size_t align = 1; align <= 8192; align *= 2)
        for (size_t size = 0; size < 20; size++) {
            void *block = arena_alloc(&arena, size, align);
            ck_assert_uint_eq((uintptr_t)block % align, 0);
            ck_assert_ptr_nonnull(block);
            memset(block, 1, size);
            ck_assert(arena_check(&arena));
        }
    arena_fini(&arena);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("alloc");
    tcase_add_test(tcase, blocks_are_aligned);
    suite_add_tcase(suite, tcase);
    return suite;
}
