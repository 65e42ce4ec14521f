/* The exported twins, through libsyslab.so: what a stranger may get wrong is an error. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "07_unsafe/ffi/ffi.h"

static int freed_count;
static void count_free(void *data, size_t size_bytes, void *context)
{
    (void)data;
    freed_count += size_bytes == 3 && context == &freed_count;
}

START_TEST(null_handles_are_errors)
{
    uint64_t key = 7;
    uint32_t id = 7, cursor = 0;
    struct bytes bytes;
    ck_assert_int_eq(ffi_arena_create(NULL, 0, NULL), -EINVAL);
    ck_assert_ptr_null(ffi_arena_alloc(NULL, 8, 8));
    ck_assert_int_eq(ffi_arena_reset(NULL), -EINVAL);
    ck_assert_uint_eq(ffi_arena_reserved_bytes(NULL), 0);
    ck_assert_int_eq(ffi_slab_create(NULL, 8, 8, NULL), -EINVAL);
    ck_assert_int_eq(ffi_slab_insert(NULL, &key, &key), -EINVAL);
    ck_assert_ptr_null(ffi_slab_get(NULL, 1));
    ck_assert_int_eq(ffi_slab_remove(NULL, 1, NULL), -EINVAL);
    ck_assert_ptr_null(ffi_slab_next(NULL, &cursor, &key));
    ck_assert_uint_eq(ffi_slab_count(NULL), 0);
    ck_assert_int_eq(ffi_bytes_copy(NULL, "abc", 3, NULL), -EINVAL);
    ck_assert_int_eq(ffi_bytes_copy(NULL, NULL, 3, &bytes), -EINVAL);
    ck_assert_int_eq(ffi_bytes_adopt(NULL, NULL, 3, NULL, NULL, &bytes), -EINVAL);
    ck_assert_int_eq(ffi_bytes_map(NULL, NULL, &bytes), -EINVAL);
    ck_assert_int_eq(ffi_bytes_ref(NULL, &bytes), -EINVAL);
    ck_assert_int_eq(ffi_bytes_slice(NULL, 0, 0, &bytes), -EINVAL);
    ck_assert_int_eq(ffi_intern_create(NULL, 0, NULL), -EINVAL);
    ck_assert_int_eq(ffi_intern_put(NULL, "a", 1, &id), -EINVAL);
    ck_assert_uint_eq(ffi_intern_find(NULL, "a", 1), 0);
    ck_assert_ptr_null(ffi_intern_text(NULL, 1, NULL));
    ck_assert_uint_eq(ffi_intern_count(NULL), 0);
    ck_assert_int_eq(ffi_pool_create(NULL, 8, 8, NULL), -EINVAL);
    ck_assert_ptr_null(ffi_pool_alloc(NULL));
    ck_assert(key == 7 && id == 7);
    ffi_arena_destroy(NULL);
    ffi_slab_destroy(NULL);
    ffi_bytes_unref(NULL);
    ffi_intern_destroy(NULL);
    ffi_pool_free(NULL, &key);
    ck_assert_uint_eq(ffi_pool_destroy(NULL), 0);
}
END_TEST

START_TEST(bad_sizes_are_errors)
{
    struct arena *arena;
    struct slab *slab = NULL;
    struct pool *pool = NULL;
    struct intern *intern;
    ck_assert_int_eq(ffi_arena_create(NULL, 0, &arena), 0);
    ck_assert_ptr_null(ffi_arena_alloc(arena, 8, 3));
    ck_assert_ptr_null(ffi_arena_alloc(arena, 8, 0));
    ck_assert_ptr_null(ffi_arena_alloc(arena, SIZE_MAX, 8));
    ck_assert_ptr_nonnull(ffi_arena_alloc(arena, 0, 1));
    ffi_arena_destroy(arena);
    ck_assert_int_eq(ffi_slab_create(NULL, 8, 3, &slab), -EINVAL);
    ck_assert_int_eq(ffi_slab_create(NULL, (size_t)1 << 40, 8, &slab), -EINVAL);
    ck_assert_ptr_null(slab);
    ck_assert_int_eq(ffi_pool_create(NULL, 0, 8, &pool), -EINVAL);
    ck_assert_int_eq(ffi_pool_create(NULL, 8, 3, &pool), -EINVAL);
    ck_assert_int_eq(ffi_pool_create(NULL, SIZE_MAX, 8, &pool), -EOVERFLOW);
    ck_assert_ptr_null(pool);
    ck_assert_int_eq(ffi_intern_create(NULL, 1, &intern), 0);
    uint32_t id = 0, second = 9;
    ck_assert_int_eq(ffi_intern_put(intern, NULL, 0, &id), 0);
    ck_assert_int_eq(ffi_intern_put(intern, "b", 1, &second), -ENOSPC);
    ck_assert_uint_eq(second, 9);
    ck_assert_uint_eq(ffi_intern_find(intern, NULL, 0), id);
    ffi_intern_destroy(intern);
}
END_TEST

/* One of each, used; -ENOMEM at the first refusal. */
static int use_everything(struct allocator *allocator)
{
    struct arena *arena = NULL;
    struct slab *slab = NULL;
    struct pool *pool = NULL;
    struct intern *intern = NULL;
    struct bytes copy = bytes_empty(), adopted = bytes_empty();
    void *object = NULL;
    uint64_t key, value = 5;
    uint32_t id;
    static char data[] = "abc";
    int error = ffi_arena_create(allocator, 0, &arena);
    if (!error && !ffi_arena_alloc(arena, 100, 16))
        error = -ENOMEM;
    if (!error)
        error = ffi_slab_create(allocator, sizeof(value), _Alignof(uint64_t), &slab);
    if (!error)
        error = ffi_slab_insert(slab, &value, &key);
    if (!error)
        error = ffi_pool_create(allocator, 48, 16, &pool);
    if (!error && !(object = ffi_pool_alloc(pool)))
        error = -ENOMEM;
    if (!error)
        error = ffi_intern_create(allocator, 0, &intern);
    if (!error)
        error = ffi_intern_put(intern, "word", 4, &id);
    if (!error)
        error = ffi_bytes_copy(allocator, "copied", 6, &copy);
    if (!error)
        error = ffi_bytes_adopt(allocator, data, 3, count_free, &freed_count, &adopted);
    ffi_bytes_unref(&adopted);
    ffi_bytes_unref(&copy);
    ffi_intern_destroy(intern);
    ffi_pool_free(pool, object);
    ck_assert_uint_eq(ffi_pool_destroy(pool), 0);
    ffi_slab_destroy(slab);
    ffi_arena_destroy(arena);
    return error;
}

START_TEST(every_refusal_is_enomem_and_nothing_leaks)
{
    struct allocator_tracking tracking;
    struct allocator_failing failing;
    allocator_tracking_init(&tracking, ffi_allocator_system());
    size_t allowed = 0;
    freed_count = 0;
    for (;; allowed++) {
        allocator_failing_init(&failing, &tracking.base, allowed);
        int error = use_everything(&failing.base);
        ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
        if (!allocator_failing_refused(&failing)) {
            ck_assert_int_eq(error, 0);
            break;
        }
        if (error) /* the pool does without a magazine that it cannot have */
            ck_assert_int_eq(error, -ENOMEM);
    }
    ck_assert_uint_ge(allowed, 10);
    ck_assert_int_ge(freed_count, 1);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}
END_TEST

START_TEST(slab_by_key)
{
    struct slab *slab;
    uint64_t first, second, key;
    uint32_t cursor = 0;
    int values[2] = {10, 20}, out = 0;
    ck_assert_int_eq(ffi_slab_create(NULL, sizeof(int), _Alignof(int), &slab), 0);
    ck_assert_int_eq(ffi_slab_insert(slab, NULL, &first), -EINVAL);
    ck_assert_int_eq(ffi_slab_insert(slab, &values[0], &first), 0);
    ck_assert_int_eq(ffi_slab_insert(slab, &values[1], &second), 0);
    ck_assert_int_eq(*(int *)ffi_slab_get(slab, second), 20);
    ck_assert_int_eq(ffi_slab_remove(slab, first, &out), 0);
    ck_assert_int_eq(out, 10);
    ck_assert_int_eq(ffi_slab_remove(slab, first, NULL), -ENOENT);
    ck_assert_ptr_null(ffi_slab_get(slab, UINT64_MAX));
    ck_assert_ptr_nonnull(ffi_slab_next(slab, &cursor, &key));
    ck_assert(key == second && ffi_slab_count(slab) == 1);
    ck_assert_ptr_null(ffi_slab_next(slab, &cursor, &key));
    ffi_slab_destroy(slab);
}
END_TEST

START_TEST(bytes_share)
{
    struct bytes whole, part, more;
    static char data[] = "abc";
    freed_count = 0;
    ck_assert_int_eq(ffi_bytes_adopt(NULL, data, 3, count_free, &freed_count, &whole), 0);
    ck_assert_int_eq(ffi_bytes_slice(&whole, 1, 3, &part), -ERANGE);
    ck_assert_int_eq(ffi_bytes_slice(&whole, SIZE_MAX, 2, &part), -ERANGE);
    ck_assert_int_eq(ffi_bytes_slice(&whole, 1, 2, &part), 0);
    ck_assert_int_eq(ffi_bytes_ref(&part, &more), 0);
    ck_assert_ptr_eq(more.data, data + 1);
    ffi_bytes_unref(&whole);
    ffi_bytes_unref(&whole);
    ffi_bytes_unref(&part);
    ck_assert_int_eq(freed_count, 0);
    ffi_bytes_unref(&more);
    ck_assert_int_eq(freed_count, 1);
    ck_assert_int_eq(ffi_bytes_map(NULL, "/no/such/file", &part), -ENOENT);
    ck_assert_int_eq(ffi_bytes_map(NULL, "/", &part), -EINVAL);
}
END_TEST

START_TEST(version_is_the_projects)
{
    ck_assert_uint_eq(ffi_version(),
                      FFI_VERSION_MAJOR << 16 | FFI_VERSION_MINOR << 8 | FFI_VERSION_PATCH);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("ffi");
    TCase *mistakes = tcase_create("mistakes");
    tcase_add_test(mistakes, null_handles_are_errors);
    tcase_add_test(mistakes, bad_sizes_are_errors);
    suite_add_tcase(suite, mistakes);
    TCase *memory = tcase_create("no_memory");
    tcase_add_test(memory, every_refusal_is_enomem_and_nothing_leaks);
    suite_add_tcase(suite, memory);
    TCase *use = tcase_create("use");
    tcase_add_test(use, slab_by_key);
    tcase_add_test(use, bytes_share);
    tcase_add_test(use, version_is_the_projects);
    suite_add_tcase(suite, use);
    return suite;
}
