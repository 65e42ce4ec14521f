/* test_par_scan.c - scans and filters against a serial one: order, errors, nesting, one thread. */
#include "02_concurrency/par_scan.h"

#include <errno.h>
#include <time.h>

#include "02_concurrency/par_filter.h"
#include "tests/support/check_main.h"

#define PAR_FILTER_NAME    keep_multiples
#define PAR_FILTER_TYPE    uint64_t
#define PAR_FILTER_KEEP(x) ((x) % *(uint64_t *)context == 0)
#include "02_concurrency/par_filter_template.h"

enum { COUNT = 300000, NESTED = 3000 };

static struct thread_pool *threads;
static uint64_t in[COUNT], out[COUNT + 1];

static void setup(void)
{
    struct thread_pool_options options = {.thread_count = 3};
    ck_assert_int_eq(thread_pool_create(&threads, allocator_system(), &options), 0);
    for (size_t i = 0; i < COUNT; i++)
        in[i] = i * UINT64_C(2654435761) >> 7;
}

static void teardown(void)
{
    thread_pool_destroy(threads);
}

/* An associative operation that does not commute: x -> a x + b, composed. */
struct affine {
    uint64_t a, b;
};

static void nothing(void *context, void *value)
{
    (void)context;
    *(struct affine *)value = (struct affine){1, 0};
}

static void compose(void *context, void *left, const void *right)
{
    (void)context;
    struct affine *f = left;
    const struct affine *g = right;
    *f = (struct affine){g->a * f->a, g->a * f->b + g->b};
}

static struct affine nth(size_t i)
{
    return (struct affine){2 * in[i] + 1, in[i] ^ i};
}

struct job {
    size_t bad;
    bool nested;
};

static void be_slow(size_t i)
{
    if (i % 5000 == 0)
        for (uint64_t until = deadline_now_ns() + 20 * DEADLINE_US; deadline_now_ns() < until;)
            continue;
}

static int fold(void *context, size_t from, size_t to, void *value)
{
    const struct job *job = context;
    for (size_t i = from; i < to; i++) {
        struct affine next = nth(i);
        compose(NULL, value, &next);
        be_slow(i);
    }
    return from <= job->bad && job->bad < to ? -EBADMSG : 0;
}

static int nothing_to_do(void *context, size_t from, size_t to)
{
    (void)context;
    for (size_t i = from; i < to; i++)
        be_slow(0);
    return 0;
}

static uint64_t inner_sum(void);

static int scan(void *context, size_t from, size_t to, void *value, const void *end)
{
    const struct job *job = context;
    if (job->nested && (par_for(threads, 4, nothing_to_do, NULL) != 0 || inner_sum() != 4950))
        return -EIO;
    for (size_t i = from; i < to; i++) {
        struct affine next = nth(i);
        compose(NULL, value, &next);
        out[i] = ((struct affine *)value)->b;
        be_slow(i);
    }
    if (end && memcmp(end, value, sizeof(struct affine)) != 0)
        return -EILSEQ;
    return from <= job->bad && job->bad < to ? -EBADMSG : 0;
}

static int run(size_t count, struct job job, struct affine *total)
{
    struct par_scan affine = {sizeof(struct affine), nothing, compose, fold, scan, &job};
    return par_scan(threads, count, &affine, total);
}

static void expect_scanned(size_t count, struct affine total)
{
    struct affine sum = {1, 0};
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct affine next = nth(i);
        compose(NULL, &sum, &next);
        wrong += out[i] != sum.b;
        out[i] = 0;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(out[count], 0);
    ck_assert_uint_eq(total.a, sum.a);
    ck_assert_uint_eq(total.b, sum.b);
}

START_TEST(every_prefix_in_order)
{
    static const size_t counts[] = {0, 1, 2, 63, 64, 65, 1000, 20000, COUNT};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct affine total = {7, 7};
        ck_assert_int_eq(run(counts[i], (struct job){.bad = SIZE_MAX}, &total), 0);
        expect_scanned(counts[i], total);
    }
    ck_assert_int_eq(run(100, (struct job){.bad = SIZE_MAX}, NULL), 0);
}
END_TEST

START_TEST(an_error_ends_a_scan)
{
    for (size_t bad = 0; bad < COUNT; bad += COUNT / 7) {
        struct affine total = {7, 7};
        ck_assert_int_eq(run(COUNT, (struct job){.bad = bad}, &total), -EBADMSG);
        ck_assert_uint_eq(total.a, 7);
    }
    struct par_scan large = {PAR_VALUE_BYTES + 1, nothing, compose, fold, scan, NULL};
    ck_assert_int_eq(par_scan(threads, COUNT, &large, NULL), -EINVAL);
}
END_TEST

static int inner_scan(void *context, size_t from, size_t to, void *value, const void *end)
{
    (void)context;
    (void)end;
    for (size_t i = from; i < to; i++)
        *(size_t *)value += i;
    be_slow(0);
    return 0;
}

static int inner_fold(void *context, size_t from, size_t to, void *value)
{
    return inner_scan(context, from, to, value, NULL);
}

static uint64_t inner_sum(void)
{
    size_t sum = 0;
    struct par_scan sums = {sizeof(size_t), par_filter_none, par_filter_add,
                            inner_fold,     inner_scan,      NULL};
    par_scan(threads, 100, &sums, &sum);
    return sum;
}

/* Loops and scans inside of a scan, whose threads wait for turns: nobody waits for itself. */
START_TEST(scans_nest)
{
    struct affine total;
    for (int round = 0; round < 5; round++) {
        ck_assert_int_eq(run(NESTED, (struct job){.bad = SIZE_MAX, .nested = true}, &total), 0);
        expect_scanned(NESTED, total);
    }
}
END_TEST

/* A task that waits for a latch, as the thief of half a loop does, ... */
static struct waiting {
    struct thread_pool_task task;
    struct thread_pool_latch latch;
    atomic_bool has_begun, has_ended;
} waiting;

static void wait_for_latch(struct thread_pool_task *task)
{
    (void)task;
    waiting.latch.waiter = thread_pool_current;
    waiting.has_begun = true;
    thread_pool_wait(thread_pool_current, &waiting.latch);
    waiting.has_ended = true;
}

static bool comes_true(atomic_bool *flag)
{
    for (int ms = 0; ms < 10000 && !*flag; ms++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return *flag;
}

/* ... and a block that waits for that task, once its thread has taken the scan's only helper. The first block is slow,
 * so that there is one. */
static int scan_and_await(void *context, size_t from, size_t to, void *value, const void *end)
{
    struct ws_deque *helpers = &thread_pool_current->deque;
    inner_scan(context, from, to, value, end);
    if (from == 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (from == 0 || waiting.has_ended)
        return 0;
    while (!ws_deque_is_empty(helpers))
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    thread_pool_latch_set(&waiting.latch);
    return comes_true(&waiting.has_ended) ? 0 : -EDEADLK;
}

static struct scan_task {
    struct thread_pool_task task;
    int error;
    size_t sum;
} scan_task;

static void run_scan(struct thread_pool_task *task)
{
    (void)task;
    struct par_scan sums = {sizeof(size_t), par_filter_none, par_filter_add,
                            inner_fold,     scan_and_await,  NULL};
    scan_task.error = par_scan(thread_pool_current->pool, 100, &sums, &scan_task.sum);
}

START_TEST(a_waiting_thread_takes_no_block)
{
    struct thread_pool *two;
    struct thread_pool_options options = {.thread_count = 2};
    ck_assert_int_eq(thread_pool_create(&two, allocator_system(), &options), 0);
    waiting.task.run = wait_for_latch;
    thread_pool_spawn(two, &waiting.task);
    ck_assert(comes_true(&waiting.has_begun));
    scan_task.task.run = run_scan;
    thread_pool_spawn(two, &scan_task.task);
    thread_pool_destroy(two);
    ck_assert_int_eq(scan_task.error, 0);
    ck_assert_uint_eq(scan_task.sum, 4950);
    ck_assert(waiting.has_ended);
}
END_TEST

START_TEST(scan_without_a_guests_place)
{
    struct thread_pool_worker *guests[100];
    int count = 0;
    while ((guests[count] = thread_pool_enter(threads)) != NULL)
        count++;
    struct thread_pool_worker *innermost = thread_pool_current;
    struct affine total;
    thread_pool_current = NULL;
    ck_assert_int_eq(run(COUNT, (struct job){.bad = SIZE_MAX}, &total), 0);
    expect_scanned(COUNT, total);
    thread_pool_current = innermost;
    while (count > 0)
        thread_pool_leave(guests[--count]);
}
END_TEST

static bool is_multiple(void *context, const void *element)
{
    return *(const uint64_t *)element % *(uint64_t *)context == 0;
}

START_TEST(filters_keep_order)
{
    static const size_t counts[] = {0, 1, 64, 1000, 50000, COUNT};
    static uint64_t divisors[] = {1, 2, 1000, UINT64_MAX};
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
        for (size_t d = 0; d < 8; d++) {
            uint64_t *divisor = &divisors[d / 2];
            struct par_filter filter = {in, out, sizeof(*in), is_multiple, divisor};
            size_t kept = d % 2 ? par_filter(threads, counts[c], &filter)
                                : keep_multiples(threads, in, counts[c], out, divisor);
            size_t expected = 0, wrong = 0;
            for (size_t i = 0; i < counts[c]; i++)
                if (in[i] % *divisor == 0)
                    wrong += out[expected++] != in[i];
            ck_assert_uint_eq(kept, expected);
            ck_assert_uint_eq(wrong, 0);
        }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("par_scan");
    TCase *scans = tcase_create("scans");
    tcase_add_checked_fixture(scans, setup, teardown);
    tcase_set_timeout(scans, 55);
    tcase_add_test(scans, every_prefix_in_order);
    tcase_add_test(scans, an_error_ends_a_scan);
    tcase_add_test(scans, scans_nest);
    tcase_add_test(scans, a_waiting_thread_takes_no_block);
    tcase_add_test(scans, scan_without_a_guests_place);
    suite_add_tcase(suite, scans);
    TCase *filters = tcase_create("filters");
    tcase_add_checked_fixture(filters, setup, teardown);
    tcase_set_timeout(filters, 55);
    tcase_add_test(filters, filters_keep_order);
    suite_add_tcase(suite, filters);
    return suite;
}
