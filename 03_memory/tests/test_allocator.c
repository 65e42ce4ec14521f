/* test_allocator.c - the four allocators: what they hand out, what they count, refuse and find out.
 */
#include "tests/support/check_main.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "03_memory/allocator.h"

enum { THREADS = 4, THREAD_ROUNDS = 2000, MODEL_BLOCKS = 64, MODEL_ROUNDS = 20000 };

static const size_t aligns[] = {1, 2, 4, 8, 16, 32, 64, 256, 4096};
static const size_t align_count = sizeof(aligns) / sizeof(aligns[0]);

/* What every allocator promises, whatever else it does. */
static void conforms(struct allocator *allocator)
{
    for (size_t i = 0; i < align_count; i++) {
        size_t align = aligns[i];
        unsigned char *block = allocator_alloc(allocator, 100, align);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_eq((uintptr_t)block % align, 0);
        memset(block, (int)i, 100);
        block = allocator_resize(allocator, block, 100, 5000, align);
        ck_assert_ptr_nonnull(block);
        ck_assert_uint_eq((uintptr_t)block % align, 0);
        for (size_t at = 0; at < 100; at++)
            ck_assert_uint_eq(block[at], i);
        memset(block, (int)i, 5000);
        block = allocator_resize(allocator, block, 5000, 10, align);
        ck_assert_ptr_nonnull(block);
        for (size_t at = 0; at < 10; at++)
            ck_assert_uint_eq(block[at], i);
        allocator_free(allocator, block, 10, align);
    }
    void *a = allocator_alloc(allocator, 0, 1), *b = allocator_alloc(allocator, 0, 64);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_ne(a, b);
    allocator_free(allocator, a, 0, 1);
    b = allocator_resize(allocator, b, 0, 0, 64);
    ck_assert_ptr_nonnull(b);
    allocator_free(allocator, b, 0, 64);
    void *from_nothing = allocator_resize(allocator, NULL, 0, 40, 8);
    ck_assert_ptr_nonnull(from_nothing);
    allocator_free(allocator, from_nothing, 40, 8);
    unsigned char *zeroed = allocator_alloc_zeroed(allocator, 300, 8);
    ck_assert_ptr_nonnull(zeroed);
    for (size_t at = 0; at < 300; at++)
        ck_assert_uint_eq(zeroed[at], 0);
    allocator_free(allocator, zeroed, 300, 8);
    allocator_free(allocator, NULL, 8, 8);
}

/* No allocator can give a block that pointers into it could not be subtracted in. The size is
 * volatile because gcc, which sees through the inline functions, already warns of it. */
static void refuses_what_is_too_large(struct allocator *allocator)
{
    size_t volatile too_large = SIZE_MAX - 31;
    for (size_t i = 0; i < align_count; i++) {
        ck_assert_ptr_null(allocator_alloc(allocator, SIZE_MAX, aligns[i]));
        ck_assert_ptr_null(allocator_alloc(allocator, (size_t)PTRDIFF_MAX + 1, aligns[i]));
        ck_assert_ptr_null(allocator_alloc_zeroed(allocator, too_large, aligns[i]));
        unsigned char *block = allocator_alloc(allocator, 8, aligns[i]);
        ck_assert_ptr_nonnull(block);
        memset(block, 7, 8);
        ck_assert_ptr_null(allocator_resize(allocator, block, 8, SIZE_MAX, aligns[i]));
        ck_assert_ptr_null(
            allocator_resize(allocator, block, 8, (size_t)PTRDIFF_MAX + 1, aligns[i]));
        ck_assert_uint_eq(block[0] + block[7], 14);
        allocator_free(allocator, block, 8, aligns[i]);
    }
}

START_TEST(system_conforms)
{
    conforms(allocator_system());
    refuses_what_is_too_large(allocator_system());
    ck_assert_ptr_eq(allocator_system(), allocator_system());
}
END_TEST

START_TEST(counting_conforms)
{
    struct allocator_counting counting;
    allocator_counting_init(&counting, allocator_system());
    conforms(&counting.base);
    refuses_what_is_too_large(&counting.base);
    struct allocator_counts counts = allocator_counting_read(&counting);
    ck_assert_uint_eq(counts.live_blocks, 0);
    ck_assert_uint_eq(counts.live_bytes, 0);
    ck_assert_uint_eq(counts.failed_calls, 5 * align_count);
}
END_TEST

START_TEST(counting_counts_each_kind)
{
    struct allocator_counting counting;
    allocator_counting_init(&counting, allocator_system());
    void *a = allocator_alloc(&counting.base, 100, 8);
    void *b = allocator_resize(&counting.base, NULL, 0, 50, 8);
    a = allocator_resize(&counting.base, a, 100, 300, 8);
    b = allocator_resize(&counting.base, b, 50, 20, 8);
    struct allocator_counts counts = allocator_counting_read(&counting);
    ck_assert_uint_eq(counts.alloc_calls, 1);
    ck_assert_uint_eq(counts.resize_calls, 3);
    ck_assert_uint_eq(counts.free_calls, 0);
    ck_assert_uint_eq(counts.live_blocks, 2);
    ck_assert_uint_eq(counts.live_bytes, 320);
    ck_assert_uint_eq(counts.peak_bytes, 350);
    ck_assert_uint_eq(counts.total_bytes, 350);
    allocator_free(&counting.base, a, 300, 8);
    allocator_free(&counting.base, b, 20, 8);
    counts = allocator_counting_read(&counting);
    ck_assert_uint_eq(counts.free_calls, 2);
    ck_assert_uint_eq(counts.live_blocks, 0);
    ck_assert_uint_eq(counts.live_bytes, 0);
    ck_assert_uint_eq(counts.peak_bytes, 350);
}
END_TEST

START_TEST(counting_leaves_failures_out)
{
    struct allocator_failing failing;
    struct allocator_counting counting;
    allocator_failing_init(&failing, allocator_system(), 1);
    allocator_counting_init(&counting, &failing.base);
    void *block = allocator_alloc(&counting.base, 10, 1);
    ck_assert_ptr_null(allocator_alloc(&counting.base, 10, 1));
    ck_assert_ptr_null(allocator_resize(&counting.base, block, 10, 20, 1));
    struct allocator_counts counts = allocator_counting_read(&counting);
    ck_assert_uint_eq(counts.failed_calls, 2);
    ck_assert_uint_eq(counts.alloc_calls, 1);
    ck_assert_uint_eq(counts.resize_calls, 0);
    ck_assert_uint_eq(counts.live_bytes, 10);
    allocator_free(&counting.base, block, 10, 1);
}
END_TEST

START_TEST(failing_lets_n_through)
{
    struct allocator_failing failing;
    for (size_t allowed = 0; allowed < 5; allowed++) {
        void *blocks[6];
        allocator_failing_init(&failing, allocator_system(), allowed);
        for (size_t i = 0; i < 6; i++) {
            blocks[i] = allocator_alloc(&failing.base, 16, 8);
            ck_assert_int_eq(blocks[i] != NULL, i < allowed);
            ck_assert_uint_eq(allocator_failing_requests(&failing), i + 1);
        }
        ck_assert_uint_eq(allocator_failing_refused(&failing), 6 - allowed);
        for (size_t i = 0; i < 6; i++)
            allocator_free(&failing.base, blocks[i], 16, 8);
        ck_assert_uint_eq(allocator_failing_requests(&failing), 6);
    }
    allocator_failing_init(&failing, allocator_system(), SIZE_MAX);
    conforms(&failing.base);
    ck_assert_uint_eq(allocator_failing_refused(&failing), 0);
}
END_TEST

START_TEST(failing_resize_keeps_the_block)
{
    struct allocator_failing failing;
    allocator_failing_init(&failing, allocator_system(), 1);
    char *block = allocator_alloc(&failing.base, 6, 1);
    ck_assert_ptr_nonnull(block);
    memcpy(block, "hello", 6);
    ck_assert_ptr_null(allocator_resize(&failing.base, block, 6, 600, 1));
    ck_assert_ptr_null(allocator_resize(&failing.base, block, 6, 2, 1));
    ck_assert_str_eq(block, "hello");
    allocator_free(&failing.base, block, 6, 1);
}
END_TEST

/* ---- tracking ---------------------------------------------------------------------------------*/

static struct allocator_counting beneath;
static struct allocator_tracking tracking;

/* Tracking over counting: what it keeps from its parent must be nothing in the end. */
static void set_up(void)
{
    allocator_counting_init(&beneath, allocator_system());
    allocator_tracking_init(&tracking, &beneath.base);
}

static void expect_only_fault(enum allocator_fault_kind kind, const void *block)
{
    struct allocator_fault fault;
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 1);
    ck_assert(allocator_tracking_fault(&tracking, 0, &fault));
    ck_assert_str_eq(allocator_fault_name(fault.kind), allocator_fault_name(kind));
    ck_assert_ptr_eq(fault.block.block, block);
    ck_assert_ptr_nonnull(fault.site);
    ck_assert(!allocator_tracking_fault(&tracking, 1, &fault));
}

static void tear_down(size_t leaks, size_t faults)
{
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), leaks);
    struct allocator_fault fault;
    for (size_t i = 0; i < faults; i++)
        ck_assert(allocator_tracking_fault(&tracking, i, &fault));
    ck_assert(!allocator_tracking_fault(&tracking, faults, &fault));
    ck_assert_uint_eq(allocator_counting_read(&beneath).live_blocks, 0);
    ck_assert_uint_eq(allocator_counting_read(&beneath).live_bytes, 0);
}

START_TEST(tracking_conforms)
{
    set_up();
    conforms(&tracking.base);
    refuses_what_is_too_large(&tracking.base);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_live_bytes(&tracking), 0);
    tear_down(0, 0);
}
END_TEST

static void collect(const struct allocator_block *block, void *context)
{
    struct allocator_block **next = context;
    *(*next)++ = *block;
}

START_TEST(tracking_visits_leaks_in_order)
{
    set_up();
    void *a = allocator_alloc(&tracking.base, 10, 1);
    void *b = allocator_alloc(&tracking.base, 20, 64);
    void *c = allocator_alloc(&tracking.base, 0, 4);
    allocator_free(&tracking.base, b, 20, 64);
    struct allocator_block seen[3], *next = seen;
    allocator_tracking_each(&tracking, collect, &next);
    ck_assert_int_eq(next - seen, 2);
    ck_assert_ptr_eq(seen[0].block, a);
    ck_assert_uint_eq(seen[0].size_bytes, 10);
    ck_assert_uint_eq(seen[0].align, 1);
    ck_assert_uint_eq(seen[0].serial, 1);
    ck_assert_ptr_eq(seen[1].block, c);
    ck_assert_uint_eq(seen[1].serial, 3);
    ck_assert_ptr_ne(seen[0].site, seen[1].site);
    ck_assert_uint_eq(allocator_tracking_live_bytes(&tracking), 10);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 2);
    tear_down(2, 0);
}
END_TEST

__attribute__((noinline)) static void *asks_here(void)
{
    void *block = allocator_alloc(&tracking.base, 1, 1);
    bool volatile keep_frame =
        block != NULL; /* no tail call: the address must be in this function */
    ck_assert(keep_frame);
    return block;
}

START_TEST(tracking_names_the_caller)
{
    set_up();
    void *block = asks_here();
    struct allocator_block seen[1], *next = seen;
    allocator_tracking_each(&tracking, collect, &next);
    uintptr_t site = (uintptr_t)seen[0].site, caller = (uintptr_t)asks_here;
    ck_assert(site > caller && site < caller + 1024);
    allocator_free(&tracking.base, block, 1, 1);
    tear_down(0, 0);
}
END_TEST

START_TEST(finds_double_free)
{
    set_up();
    void *block = allocator_alloc(&tracking.base, 24, 8);
    allocator_free(&tracking.base, block, 24, 8);
    allocator_free(&tracking.base, block, 24, 8);
    expect_only_fault(ALLOCATOR_DOUBLE_FREE, block);
    tear_down(0, 1);
}
END_TEST

START_TEST(finds_resize_of_freed)
{
    set_up();
    void *block = allocator_alloc(&tracking.base, 24, 8);
    allocator_free(&tracking.base, block, 24, 8);
    ck_assert_ptr_null(allocator_resize(&tracking.base, block, 24, 48, 8));
    expect_only_fault(ALLOCATOR_DOUBLE_FREE, block);
    tear_down(0, 1);
}
END_TEST

START_TEST(finds_foreign_pointers)
{
    set_up();
    char mine[8];
    char *block = allocator_alloc(&tracking.base, 24, 8);
    allocator_free(&tracking.base, mine, 8, 1);
    expect_only_fault(ALLOCATOR_FOREIGN_POINTER, mine);
    allocator_free(&tracking.base, block + 8, 16, 8);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 2);
    ck_assert_ptr_null(allocator_resize(&tracking.base, mine, 8, 16, 1));
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 3);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 1);
    allocator_free(&tracking.base, block, 24, 8);
    tear_down(0, 3);
}
END_TEST

START_TEST(finds_wrong_size_and_frees)
{
    set_up();
    void *block = allocator_alloc(&tracking.base, 24, 8);
    allocator_free(&tracking.base, block, 25, 8);
    expect_only_fault(ALLOCATOR_WRONG_SIZE, block);
    struct allocator_fault fault;
    ck_assert(allocator_tracking_fault(&tracking, 0, &fault));
    ck_assert_uint_eq(fault.given_bytes, 25);
    ck_assert_uint_eq(fault.block.size_bytes, 24);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    block = allocator_alloc(&tracking.base, 24, 8);
    block = allocator_resize(&tracking.base, block, 48, 50, 8);
    ck_assert_ptr_nonnull(block);
    allocator_free(&tracking.base, block, 50, 8);
    tear_down(0, 2);
}
END_TEST

START_TEST(finds_wrong_align)
{
    set_up();
    void *block = allocator_alloc(&tracking.base, 24, 64);
    allocator_free(&tracking.base, block, 24, 8);
    expect_only_fault(ALLOCATOR_WRONG_ALIGN, block);
    tear_down(0, 1);
}
END_TEST

START_TEST(refuses_bad_align)
{
    set_up();
    ck_assert_ptr_null(allocator_alloc(&tracking.base, 24, 24));
    expect_only_fault(ALLOCATOR_BAD_ALIGN, NULL);
    ck_assert_ptr_null(allocator_alloc(&tracking.base, 24, 0));
    tear_down(0, 2);
}
END_TEST

/* What a stray store does. The address sanitizer would stop it: here tracking must find it. */
__attribute__((noinline, no_sanitize("address"))) static void scribble(char *at)
{
    *(char volatile *)at = 'x';
}

START_TEST(finds_overrun_at_free)
{
    for (size_t size = 0; size < 20; size++)
        for (size_t beyond = 0; beyond < 16; beyond++) {
            set_up();
            char *block = allocator_alloc(&tracking.base, size, 1);
            scribble(block + size + beyond);
            allocator_free(&tracking.base, block, size, 1);
            expect_only_fault(ALLOCATOR_OVERRUN, block);
            tear_down(0, 1);
        }
}
END_TEST

START_TEST(finds_underrun_by_check)
{
    set_up();
    char *block = allocator_alloc(&tracking.base, 24, 64);
    scribble(block - 64);
    expect_only_fault(ALLOCATOR_UNDERRUN, block);
    expect_only_fault(ALLOCATOR_UNDERRUN, block);
    allocator_free(&tracking.base, block, 24, 64);
    tear_down(0, 1);
}
END_TEST

START_TEST(finds_write_after_free)
{
    set_up();
    char *block = allocator_alloc(&tracking.base, 24, 8);
    allocator_free(&tracking.base, block, 24, 8);
    scribble(block + 23);
    expect_only_fault(ALLOCATOR_WRITE_AFTER_FREE, block);
    for (int i = 0; i < 2 * ALLOCATOR_QUARANTINE_BLOCKS; i++)
        allocator_free(&tracking.base, allocator_alloc(&tracking.base, 8, 8), 8, 8);
    tear_down(0, 1);
}
END_TEST

START_TEST(finds_write_after_free_when_it_leaves)
{
    set_up();
    char *block = allocator_alloc(&tracking.base, 24, 8);
    allocator_free(&tracking.base, block, 24, 8);
    scribble(block);
    void *large = allocator_alloc(&tracking.base, ALLOCATOR_QUARANTINE_BYTES, 8);
    allocator_free(&tracking.base, large, ALLOCATOR_QUARANTINE_BYTES, 8);
    struct allocator_fault fault;
    ck_assert(allocator_tracking_fault(&tracking, 0, &fault));
    ck_assert_int_eq(fault.kind, ALLOCATOR_WRITE_AFTER_FREE);
    tear_down(0, 1);
}
END_TEST

START_TEST(counts_more_faults_than_it_keeps)
{
    set_up();
    char mine;
    for (int i = 0; i < 3 * ALLOCATOR_FAULTS_MAX; i++)
        allocator_free(&tracking.base, &mine, 1, 1);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 3 * ALLOCATOR_FAULTS_MAX);
    tear_down(0, ALLOCATOR_FAULTS_MAX);
}
END_TEST

START_TEST(fault_names)
{
    for (int kind = ALLOCATOR_DOUBLE_FREE; kind <= ALLOCATOR_WRITE_AFTER_FREE; kind++)
        ck_assert_str_ne(allocator_fault_name((enum allocator_fault_kind)kind), "no fault");
    ck_assert_str_eq(allocator_fault_name((enum allocator_fault_kind)0), "no fault");
    ck_assert_str_eq(allocator_fault_name(ALLOCATOR_WRITE_AFTER_FREE + 1), "no fault");
}
END_TEST

START_TEST(tracking_passes_failure_on)
{
    struct allocator_failing failing;
    set_up();
    allocator_failing_init(&failing, &beneath.base, 1);
    tracking.parent = &failing.base;
    char *block = allocator_alloc(&tracking.base, 3, 1);
    memcpy(block, "ab", 3);
    ck_assert_ptr_null(allocator_alloc(&tracking.base, 8, 8));
    ck_assert_ptr_null(allocator_resize(&tracking.base, block, 3, 8, 1));
    ck_assert_str_eq(block, "ab");
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 1);
    allocator_free(&tracking.base, block, 3, 1);
    tear_down(0, 0);
}
END_TEST

/* ---- a model, and threads ---------------------------------------------------------------------*/

struct held {
    unsigned char *block;
    size_t size, align;
    unsigned char mark;
};

static void drop(struct held *held)
{
    size_t same = 0;
    while (same < held->size && held->block[same] == held->mark)
        same++;
    ck_assert_uint_eq(same, held->size);
    allocator_free(&tracking.base, held->block, held->size, held->align);
    held->block = NULL;
}

START_TEST(tracking_agrees_with_a_model)
{
    unsigned seed = 20260107;
    printf("seed %u\n", seed);
    struct held held[MODEL_BLOCKS] = {{0}};
    size_t blocks = 0, bytes = 0;
    set_up();
    for (int round = 0; round < MODEL_ROUNDS; round++) {
        struct held *slot = &held[(size_t)rand_r(&seed) % MODEL_BLOCKS];
        if (slot->block) {
            blocks--;
            bytes -= slot->size;
            drop(slot);
        } else {
            *slot = (struct held){.size = (size_t)rand_r(&seed) % 300,
                                  .align = aligns[(size_t)rand_r(&seed) % align_count],
                                  .mark = (unsigned char)rand_r(&seed)};
            slot->block = allocator_alloc(&tracking.base, slot->size, slot->align);
            ck_assert_ptr_nonnull(slot->block);
            memset(slot->block, slot->mark, slot->size);
            blocks++;
            bytes += slot->size;
        }
        ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), blocks);
        ck_assert_uint_eq(allocator_tracking_live_bytes(&tracking), bytes);
    }
    tear_down(blocks, 0);
}
END_TEST

static void *churn(void *context)
{
    struct allocator *allocator = context;
    for (size_t i = 1; i <= THREAD_ROUNDS; i++) {
        void *block = allocator_alloc(allocator, i % 97, 8);
        if (block)
            block = allocator_resize(allocator, block, i % 97, i % 97 + 10, 8);
        if (block)
            allocator_free(allocator, block, i % 97 + 10, 8);
    }
    return NULL;
}

START_TEST(threads_share_all_of_them)
{
    struct allocator_failing failing;
    struct allocator_counting above;
    pthread_t threads[THREADS];
    set_up();
    allocator_failing_init(&failing, &tracking.base, SIZE_MAX);
    allocator_counting_init(&above, &failing.base);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, &above.base), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    struct allocator_counts counts = allocator_counting_read(&above);
    ck_assert_uint_eq(counts.alloc_calls, THREADS * THREAD_ROUNDS);
    ck_assert_uint_eq(counts.resize_calls, THREADS * THREAD_ROUNDS);
    ck_assert_uint_eq(counts.free_calls, THREADS * THREAD_ROUNDS);
    ck_assert_uint_eq(counts.live_bytes, 0);
    ck_assert_uint_ge(counts.peak_bytes, 96 + 10);
    ck_assert_uint_le(counts.peak_bytes, THREADS * 106);
    ck_assert_uint_eq(allocator_failing_requests(&failing), 2 * THREADS * THREAD_ROUNDS);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    tear_down(0, 0);
}
END_TEST

static TCase *add_case(Suite *suite, TCase *tcase)
{
    tcase_set_timeout(tcase, 50);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("allocator");
    TCase *system = add_case(suite, tcase_create("system"));
    tcase_add_test(system, system_conforms);
    TCase *counting = add_case(suite, tcase_create("counting"));
    tcase_add_test(counting, counting_conforms);
    tcase_add_test(counting, counting_counts_each_kind);
    tcase_add_test(counting, counting_leaves_failures_out);
    TCase *failing = add_case(suite, tcase_create("failing"));
    tcase_add_test(failing, failing_lets_n_through);
    tcase_add_test(failing, failing_resize_keeps_the_block);
    TCase *live = add_case(suite, tcase_create("tracking_live"));
    tcase_add_test(live, tracking_conforms);
    tcase_add_test(live, tracking_visits_leaks_in_order);
    tcase_add_test(live, tracking_names_the_caller);
    tcase_add_test(live, tracking_passes_failure_on);
    TCase *faults = add_case(suite, tcase_create("tracking_faults"));
    tcase_add_test(faults, finds_double_free);
    tcase_add_test(faults, finds_resize_of_freed);
    tcase_add_test(faults, finds_foreign_pointers);
    tcase_add_test(faults, finds_wrong_size_and_frees);
    tcase_add_test(faults, finds_wrong_align);
    tcase_add_test(faults, refuses_bad_align);
    tcase_add_test(faults, counts_more_faults_than_it_keeps);
    tcase_add_test(faults, fault_names);
    TCase *zones = add_case(suite, tcase_create("tracking_red_zones"));
    tcase_add_test(zones, finds_overrun_at_free);
    tcase_add_test(zones, finds_underrun_by_check);
    tcase_add_test(zones, finds_write_after_free);
    tcase_add_test(zones, finds_write_after_free_when_it_leaves);
    TCase *model = add_case(suite, tcase_create("tracking_model"));
    tcase_add_test(model, tracking_agrees_with_a_model);
    TCase *threads = add_case(suite, tcase_create("threads"));
    tcase_add_test(threads, threads_share_all_of_them);
    return suite;
}
