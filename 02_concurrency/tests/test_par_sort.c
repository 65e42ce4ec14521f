/* test_par_sort.c - every sort against qsort and against what stability asks, on inputs that hurt quicksorts. */
#include "02_concurrency/par_sort.h"

#include <errno.h>
#include <stdlib.h>

#include "02_concurrency/par_radix.h"
#include "tests/support/check_main.h"
#include "tests/support/stress.h"

#define PAR_SORT_NAME       sort_u64
#define PAR_SORT_TYPE       uint64_t
#define PAR_SORT_LESS(a, b) ((a) < (b))
#include "02_concurrency/par_sort_template.h"

/* Ordered by key alone; serial tells equal ones apart. */
struct record {
    uint32_t key, serial;
};

#define PAR_SORT_NAME       sort_records
#define PAR_SORT_TYPE       struct record
#define PAR_SORT_LESS(a, b) ((a).key < (b).key)
#include "02_concurrency/par_sort_template.h"

#define PAR_SORT_NAME       sort_counting
#define PAR_SORT_TYPE       uint64_t
#define PAR_SORT_LESS(a, b) (atomic_fetch_add((atomic_size_t *)context, 1), (a) < (b))
#include "02_concurrency/par_sort_template.h"

enum { COUNT = 150000, RECORDS = 40000, SHAPES = 12 };

static struct thread_pool *threads;
static struct allocator_counting counting;
static uint64_t numbers[COUNT], expected[COUNT];

static void setup(void)
{
    struct thread_pool_options options = {.thread_count = 3};
    allocator_counting_init(&counting, allocator_system());
    ck_assert_int_eq(thread_pool_create(&threads, allocator_system(), &options), 0);
}

static void teardown(void)
{
    thread_pool_destroy(threads);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_bytes, 0);
}

static uint64_t nth_of_shape(unsigned shape, size_t i, size_t count, uint64_t random)
{
    switch (shape) {
    case 0:
        return random;
    case 1:
        return i;
    case 2:
        return count - i;
    case 3:
        return 7;
    case 4:
        return random % 3;
    case 5:
        return i < count / 2 ? i : count - i; /* an organ pipe */
    case 6:
        return i % 1000; /* a saw */
    case 7:
        return random % 1000 == 0 ? random : i; /* nearly sorted */
    case 8:
        return random << 48; /* the highest digits alone */
    case 9:
        return random & 0xff00ff; /* digits that are the same for all in between */
    case 10:
        return random % 100 ? 5 : random; /* one part takes nearly all */
    default:
        return (random >> 62) << 62 | (random & 1023); /* apart only at both ends */
    }
}

static void fill(unsigned shape, size_t count)
{
    uint64_t random = 20260102 + count;
    for (size_t i = 0; i < count; i++)
        numbers[i] = expected[i] = nth_of_shape(shape, i, count, stress_random(&random));
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int compare_u64_in(const void *a, const void *b, void *context)
{
    (void)context;
    return compare_u64(a, b);
}

static void expect_sorted(size_t count, const char *what, unsigned shape)
{
    ck_assert_msg(memcmp(numbers, expected, count * sizeof(*numbers)) == 0, "%s, shape %u, %zu",
                  what, shape, count);
}

enum { WAYS = 5 };
static const char *const way_names[WAYS] = {"unstable", "stable", "pointer", "stable pointer",
                                            "radix"};

static int sort_by(unsigned way, struct allocator *allocator, size_t count)
{
    struct par_sort sort = {numbers, count, sizeof(*numbers), compare_u64_in, NULL};
    switch (way) {
    case 0:
        sort_u64(threads, numbers, count, NULL);
        return 0;
    case 1:
        return sort_u64_stable(threads, allocator, numbers, count, NULL);
    case 2:
        return par_sort(threads, allocator, &sort);
    case 3:
        return par_sort_stable(threads, allocator, &sort);
    default:
        par_radix_u64(threads, allocator, numbers, count);
        return 0;
    }
}

START_TEST(small_inputs_of_every_length)
{
    for (size_t count = 0; count < 600; count += count < 50 ? 1 : 37)
        for (unsigned shape = 0; shape < SHAPES; shape++)
            for (unsigned way = 0; way < WAYS; way++) {
                fill(shape, count);
                qsort(expected, count, sizeof(*expected), compare_u64);
                if (sort_by(way, &counting.base, count) != 0)
                    ck_abort_msg("%s failed", way_names[way]);
                if (memcmp(numbers, expected, count * sizeof(*numbers)) != 0)
                    expect_sorted(count, way_names[way], shape);
            }
}
END_TEST

START_TEST(large_inputs_of_every_shape)
{
    static uint64_t sorted[COUNT];
    static const size_t counts[] = {
        20000, COUNT}; /* the longer is for the sort by digits: a pass by all threads */
    for (size_t c = 0; c < 2; c++)
        for (unsigned shape = 0; shape < SHAPES; shape++) {
            fill(shape, counts[c]);
            memcpy(sorted, expected, sizeof(sorted));
            qsort(sorted, counts[c], sizeof(*sorted), compare_u64);
            for (unsigned way = c == 0 ? 0 : WAYS - 1; way < WAYS; way++) {
                fill(shape, counts[c]);
                memcpy(expected, sorted, sizeof(sorted));
                ck_assert_int_eq(sort_by(way, &counting.base, counts[c]), 0);
                expect_sorted(counts[c], way_names[way], shape);
            }
        }
}
END_TEST

static size_t unstable_places(const struct record *records, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 1; i < count; i++)
        wrong += records[i - 1].key > records[i].key || (records[i - 1].key == records[i].key &&
                                                         records[i - 1].serial > records[i].serial);
    return wrong;
}

static int compare_keys(const void *a, const void *b, void *context)
{
    (void)context;
    uint32_t x = ((const struct record *)a)->key, y = ((const struct record *)b)->key;
    return (x > y) - (x < y);
}

START_TEST(stable_sorts_keep_the_order_of_equals)
{
    struct record *records = (struct record *)numbers;
    static const uint32_t keys[] = {1, 2, 100, 50000};
    for (int i = 0; i < 8; i++) {
        uint64_t random = 5;
        for (uint32_t j = 0; j < RECORDS; j++)
            records[j] = (struct record){(uint32_t)(stress_random(&random) >> 40) % keys[i / 2], j};
        struct par_sort sort = {records, RECORDS, sizeof(*records), compare_keys, NULL};
        int error = i % 2 ? par_sort_stable(threads, &counting.base, &sort)
                          : sort_records_stable(threads, &counting.base, records, RECORDS, NULL);
        ck_assert_int_eq(error, 0);
        ck_assert_uint_eq(unstable_places(records, RECORDS), 0);
    }
}
END_TEST

/* Elements of odd sizes: a key, and bytes that must travel with it. */
static int compare_first_bytes(const void *a, const void *b, void *context)
{
    return memcmp(a, b, *(size_t *)context);
}

START_TEST(elements_of_any_size)
{
    static unsigned char bytes[40 * 5000];
    static const size_t sizes[] = {1, 2, 3, 4, 7, 8, 12, 16, 17, 40};
    enum { ELEMENTS = 5000 };
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (int stable = 0; stable < 2; stable++) {
            size_t size = sizes[s], key_bytes = size < 3 ? 1 : 2, wrong = 0;
            uint64_t random = 9;
            for (size_t i = 0; i < ELEMENTS; i++) {
                memset(bytes + i * size, 0, size);
                uint16_t key = (uint16_t)(stress_random(&random) >> 50);
                memcpy(bytes + i * size, &key, key_bytes);
                for (size_t j = key_bytes; j < size; j++)
                    bytes[i * size + j] = (unsigned char)(bytes[i * size] * 3 + j);
            }
            struct par_sort sort = {bytes, ELEMENTS, size, compare_first_bytes, &key_bytes};
            int error = stable ? par_sort_stable(threads, &counting.base, &sort)
                               : par_sort(threads, &counting.base, &sort);
            ck_assert_int_eq(error, 0);
            for (size_t i = 0; i < ELEMENTS; i++) {
                wrong += i > 0 && memcmp(bytes + (i - 1) * size, bytes + i * size, key_bytes) > 0;
                for (size_t j = key_bytes; j < size; j++)
                    wrong += bytes[i * size + j] != (unsigned char)(bytes[i * size] * 3 + j);
            }
            ck_assert_uint_eq(wrong, 0);
        }
    struct par_sort none = {bytes, 5, 0, compare_first_bytes, NULL};
    ck_assert_int_eq(par_sort(threads, &counting.base, &none), -EINVAL);
    ck_assert_int_eq(par_sort_stable(threads, &counting.base, &none), -EINVAL);
}
END_TEST

/* Elements with no alignment are copied, and the comparator may read the copies as any type. */
static int compare_aligned(const void *a, const void *b, void *context)
{
    atomic_size_t *unaligned = context;
    *unaligned += (uintptr_t)a % 16 != 0;
    *unaligned += (uintptr_t)b % 16 != 0;
    return memcmp(a, b, 4);
}

START_TEST(comparators_get_aligned_elements)
{
    static unsigned char bytes[16 * 1000 + 1];
    for (size_t size = 4; size <= 16; size *= 2)
        for (int stable = 0; stable < 2; stable++) {
            atomic_size_t unaligned = 0;
            uint64_t random = 11;
            for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char)(stress_random(&random) >> 56);
            struct par_sort sort = {bytes + 1, 1000, size, compare_aligned, &unaligned};
            int error = stable ? par_sort_stable(threads, &counting.base, &sort)
                               : par_sort(threads, &counting.base, &sort);
            ck_assert_int_eq(error, 0);
            ck_assert_uint_eq(unaligned, 0);
        }
}
END_TEST

START_TEST(without_memory_nothing_is_moved)
{
    struct allocator_failing failing;
    static unsigned char odd[3 * 1000], before[3 * 1000];
    size_t key_bytes = 3;
    uint64_t random = 3;
    for (size_t i = 0; i < sizeof(odd); i++)
        odd[i] = before[i] = (unsigned char)(stress_random(&random) >> 56);
    struct par_sort sort = {odd, 1000, 3, compare_first_bytes, &key_bytes};
    for (size_t allowed = 0; allowed < 2; allowed++) {
        allocator_failing_init(&failing, &counting.base, allowed);
        ck_assert_int_eq(par_sort_stable(threads, &failing.base, &sort), -ENOMEM);
        ck_assert_mem_eq(odd, before, sizeof(odd));
    }
    allocator_failing_init(&failing, &counting.base, 0);
    ck_assert_int_eq(par_sort(threads, &failing.base, &sort), -ENOMEM);
    ck_assert_mem_eq(odd, before, sizeof(odd));
    fill(0, 1000);
    ck_assert_int_eq(sort_u64_stable(threads, &failing.base, numbers, 1000, NULL), -ENOMEM);
    ck_assert_mem_eq(numbers, expected, 1000 * sizeof(*numbers));
}
END_TEST

/* The radix sort needs memory twice or more, and does without. */
START_TEST(radix_without_memory_sorts_all_the_same)
{
    struct allocator_failing failing;
    for (size_t allowed = 0;; allowed++) {
        fill(10, COUNT);
        qsort(expected, COUNT, sizeof(*expected), compare_u64);
        allocator_failing_init(&failing, &counting.base, allowed);
        par_radix_u64(threads, &failing.base, numbers, COUNT);
        expect_sorted(COUNT, "radix", 10);
        if (!allocator_failing_refused(&failing)) {
            ck_assert_uint_ge(allowed, 2);
            break;
        }
    }
}
END_TEST

/* Against a quicksort that picks its pivots by position: McIlroy's adversary decides as late as it can. */
struct adversary {
    uint64_t values[5000];
    uint64_t gas, solid_count, candidate;
    size_t comparisons;
};

static bool adversary_less(struct adversary *self, uint64_t x, uint64_t y)
{
    self->comparisons++;
    if (self->values[x] == self->gas && self->values[y] == self->gas)
        self->values[x == self->candidate ? x : y] = self->solid_count++;
    if (self->values[x] == self->gas)
        self->candidate = x;
    else if (self->values[y] == self->gas)
        self->candidate = y;
    return self->values[x] < self->values[y];
}

#define PAR_SORT_NAME       sort_adversary
#define PAR_SORT_TYPE       uint64_t
#define PAR_SORT_LESS(a, b) adversary_less(context, a, b)
#include "02_concurrency/par_sort_template.h"

START_TEST(the_worst_case_is_n_log_n)
{
    static struct adversary adversary;
    enum { VALUES = 4000 }; /* fewer than are sorted by several threads: the adversary is one */
    adversary.gas = VALUES;
    for (uint64_t i = 0; i < VALUES; i++) {
        numbers[i] = i;
        adversary.values[i] = VALUES;
    }
    sort_adversary(threads, numbers, VALUES, &adversary);
    ck_assert_uint_lt(adversary.comparisons,
                      VALUES * 12 * 6); /* n log n is 48000; n * n / 4 4000000 */
    size_t wrong = 0;
    for (size_t i = 1; i < VALUES; i++)
        wrong += adversary.values[numbers[i - 1]] > adversary.values[numbers[i]];
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(sorted_inputs_take_one_pass)
{
    for (unsigned shape = 1; shape <= 3; shape++) {
        atomic_size_t comparisons = 0;
        fill(shape, COUNT);
        sort_counting(threads, numbers, COUNT, &comparisons);
        ck_assert_uint_lt(comparisons, COUNT + 1);
        fill(shape, COUNT);
        comparisons = 0;
        ck_assert_int_eq(
            sort_counting_stable(threads, &counting.base, numbers, COUNT, &comparisons), 0);
        ck_assert_uint_lt(comparisons, COUNT + 1);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("par_sort");
    TCase *sorts = tcase_create("sorts");
    tcase_add_checked_fixture(sorts, setup, teardown);
    tcase_set_timeout(sorts, 55);
    tcase_add_test(sorts, small_inputs_of_every_length);
    tcase_add_test(sorts, large_inputs_of_every_shape);
    tcase_add_test(sorts, elements_of_any_size);
    tcase_add_test(sorts, comparators_get_aligned_elements);
    tcase_add_test(sorts, sorted_inputs_take_one_pass);
    tcase_add_test(sorts, the_worst_case_is_n_log_n);
    suite_add_tcase(suite, sorts);
    TCase *stable = tcase_create("stable");
    tcase_add_checked_fixture(stable, setup, teardown);
    tcase_set_timeout(stable, 55);
    tcase_add_test(stable, stable_sorts_keep_the_order_of_equals);
    suite_add_tcase(suite, stable);
    TCase *memory = tcase_create("memory");
    tcase_add_checked_fixture(memory, setup, teardown);
    tcase_set_timeout(memory, 55);
    tcase_add_test(memory, without_memory_nothing_is_moved);
    tcase_add_test(memory, radix_without_memory_sorts_all_the_same);
    suite_add_tcase(suite, memory);
    return suite;
}
