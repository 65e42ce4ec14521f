/* test_par.c - each function once, errors that travel, nesting, and all of it without memory or from outside. */
#include "02_concurrency/par.h"

#include <errno.h>
#include <pthread.h>

#include "tests/support/check_main.h"

static struct thread_pool *pool;
static struct allocator_counting counting;

static void setup_threads(unsigned thread_count)
{
    allocator_counting_init(&counting, allocator_system());
    struct thread_pool_options options = {.thread_count = thread_count};
    ck_assert_int_eq(thread_pool_create(&pool, &counting.base, &options), 0);
}

static void setup(void)
{
    setup_threads(3);
}

static void teardown(void)
{
    thread_pool_destroy(pool);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_bytes, 0);
}

/* ---- join ---- */

struct fib {
    unsigned n;
    uint64_t result;
};

static int fib(void *argument)
{
    struct fib *self = argument;
    if (self->n < 2) {
        self->result = self->n;
        return 0;
    }
    struct fib left = {.n = self->n - 1}, right = {.n = self->n - 2};
    int error = par_join(pool, fib, &left, fib, &right);
    self->result = left.result + right.result;
    return error;
}

static void expect_fib(unsigned n, uint64_t result)
{
    struct fib whole = {.n = n};
    ck_assert_int_eq(fib(&whole), 0);
    ck_assert_uint_eq(whole.result, result);
}

START_TEST(join_recurses)
{
    expect_fib(0, 0);
    expect_fib(2, 1);
    expect_fib(20, 6765);
}
END_TEST

START_TEST(join_with_one_thread)
{
    teardown();
    setup_threads(1);
    expect_fib(18, 2584);
}
END_TEST

static int fail_as_told(void *argument)
{
    return *(int *)argument;
}

static int add_one(void *argument)
{
    atomic_fetch_add((atomic_int *)argument, 1);
    return 0;
}

START_TEST(join_returns_the_error_of_either)
{
    int first = -EIO, second = -ENOSPC;
    atomic_int ran = 0;
    ck_assert_int_eq(par_join(pool, fail_as_told, &first, fail_as_told, &second), -EIO);
    ck_assert_int_eq(par_join(pool, add_one, &ran, fail_as_told, &second), -ENOSPC);
    ck_assert_int_eq(ran, 1);
    ck_assert_int_eq(par_join(pool, add_one, &ran, add_one, &ran), 0);
    ck_assert_int_eq(ran, 3);
}
END_TEST

/* One leaf of a deep tree fails; whoever ran it, the root hears of it. */
struct leaf {
    unsigned from, to, bad;
};

static int visit(void *argument)
{
    struct leaf *leaf = argument;
    if (leaf->to - leaf->from == 1)
        return leaf->from == leaf->bad ? -EBADMSG : 0;
    unsigned middle = leaf->from + (leaf->to - leaf->from) / 2;
    struct leaf left = {leaf->from, middle, leaf->bad}, right = {middle, leaf->to, leaf->bad};
    return par_join(pool, visit, &left, visit, &right);
}

START_TEST(an_error_travels_from_any_leaf_to_the_root)
{
    for (unsigned bad = 0; bad < 1000; bad += 37) {
        struct leaf root = {0, 1000, bad};
        ck_assert_int_eq(visit(&root), -EBADMSG);
    }
    struct leaf root = {0, 1000, 1000};
    ck_assert_int_eq(visit(&root), 0);
}
END_TEST

static void *fib_in_a_thread(void *argument)
{
    return (void *)(intptr_t)fib(argument);
}

/* More threads from outside than there are places for guests. */
START_TEST(many_outsiders_at_once)
{
    enum { OUTSIDERS = 12 };
    pthread_t threads[OUTSIDERS];
    struct fib whole[OUTSIDERS];
    for (int i = 0; i < OUTSIDERS; i++) {
        whole[i] = (struct fib){.n = 16};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, fib_in_a_thread, &whole[i]), 0);
    }
    for (int i = 0; i < OUTSIDERS; i++) {
        void *error;
        ck_assert_int_eq(pthread_join(threads[i], &error), 0);
        ck_assert_ptr_null(error);
        ck_assert_uint_eq(whole[i].result, 987);
    }
}
END_TEST

START_TEST(without_a_guests_place_it_is_done_alone)
{
    struct thread_pool_worker *guests[100];
    int count = 0;
    while ((guests[count] = thread_pool_enter(pool)) != NULL)
        count++;
    struct thread_pool_worker *innermost = thread_pool_current;
    thread_pool_current = NULL; /* as a thread that is none of them */
    expect_fib(12, 144);
    thread_pool_current = innermost;
    while (count > 0)
        thread_pool_leave(guests[--count]);
}
END_TEST

static int descend(void *argument)
{
    unsigned *depth = argument;
    atomic_int ran = 0;
    if (*depth == 0)
        return 0;
    unsigned next = *depth - 1;
    return par_join(pool, descend, &next, add_one, &ran);
}

/* 5000 jobs are in the deque at once: it has to grow, and cannot. */
START_TEST(join_without_memory_is_done_alone)
{
    struct allocator_failing failing;
    struct thread_pool_options options = {.thread_count = 1};
    struct thread_pool *whole = pool, *poor;
    allocator_failing_init(&failing, allocator_system(), 7);
    ck_assert_int_eq(thread_pool_create(&poor, &failing.base, &options), -ENOMEM);
    allocator_failing_init(&failing, allocator_system(), 8);
    ck_assert_int_eq(thread_pool_create(&poor, &failing.base, &options), 0);
    pool = poor;
    unsigned depth = 5000;
    ck_assert_int_eq(descend(&depth), 0);
    ck_assert(allocator_failing_refused(&failing));
    pool = whole;
    thread_pool_destroy(poor);
}
END_TEST

static struct thread_pool *other_pool;

static int fib_elsewhere(void *argument)
{
    struct thread_pool *here = pool;
    (void)here;
    return par_join(other_pool, fib, argument, fib, (struct fib *)argument + 1);
}

START_TEST(a_worker_is_a_guest_of_another_pool)
{
    struct thread_pool_options options = {.thread_count = 2};
    ck_assert_int_eq(thread_pool_create(&other_pool, allocator_system(), &options), 0);
    struct fib parts[4] = {{.n = 15}, {.n = 14}, {.n = 13}, {.n = 12}};
    ck_assert_int_eq(par_join(pool, fib_elsewhere, &parts[0], fib_elsewhere, &parts[2]), 0);
    ck_assert_uint_eq(parts[0].result, 610);
    ck_assert_uint_eq(parts[3].result, 144);
    thread_pool_destroy(other_pool);
}
END_TEST

/* ---- loops ---- */

enum { INDICES = 20000 };

static atomic_uint visits[INDICES];

struct visiting {
    size_t slow_every; /* 0: none is slow */
    size_t bad;
    atomic_uint bad_visits;
};

static void be_slow(void)
{
    for (uint64_t until = deadline_now_ns() + 20 * DEADLINE_US; deadline_now_ns() < until;)
        continue;
}

static int visit_range(void *context, size_t from, size_t to)
{
    struct visiting *visiting = context;
    for (size_t i = from; i < to; i++) {
        if (i == visiting->bad)
            return -EBADMSG;
        if (visiting->slow_every && i % visiting->slow_every == 0)
            be_slow();
        atomic_fetch_add(&visits[i], 1);
    }
    return 0;
}

static void expect_visits(size_t count)
{
    size_t wrong = 0; /* an assertion for each would take longer than the loop */
    for (size_t i = 0; i < INDICES; i++)
        wrong += atomic_exchange(&visits[i], 0) != (i < count);
    ck_assert_uint_eq(wrong, 0);
}

START_TEST(for_visits_each_index_once)
{
    static const size_t counts[] = {0, 1, 2, 3, 31, 32, 33, 100, 1000, 1025, INDICES};
    static const size_t paces[] = {0, 1000, 7};
    for (size_t pace = 0; pace < 3; pace++)
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
            struct visiting visiting = {.slow_every = paces[pace], .bad = SIZE_MAX};
            size_t count = pace == 2 && counts[i] > 1025 ? 1025 : counts[i];
            ck_assert_int_eq(par_for(pool, count, visit_range, &visiting), 0);
            expect_visits(count);
        }
}
END_TEST

/* An error in the middle: the loop ends early, reports it, and the pool is as good as before. */
START_TEST(an_error_ends_a_loop)
{
    for (size_t bad = 0; bad < 1500; bad += 299) {
        struct visiting visiting = {.slow_every = 11, .bad = bad};
        ck_assert_int_eq(par_for(pool, 1500, visit_range, &visiting), -EBADMSG);
        unsigned visited = 0;
        for (size_t i = 0; i < INDICES; i++)
            visited += atomic_exchange(&visits[i], 0);
        ck_assert_uint_lt(visited, 1500);
    }
    struct visiting visiting = {.bad = SIZE_MAX};
    ck_assert_int_eq(par_for(pool, 1500, visit_range, &visiting), 0);
    expect_visits(1500);
}
END_TEST

static int wait_for_all(void *context, size_t from, size_t to)
{
    pthread_barrier_t *all = context;
    for (size_t i = from; i < to; i++)
        pthread_barrier_wait(all);
    return 0;
}

/* Three indices that wait for each other: they are run by three threads, of which two were asleep. The first
 * one is run alone until it is clear that it takes long, so it has to be slow and to end. */
static int slow_then_together(void *context, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (i == 0)
            be_slow();
    return from == 0 ? (to > 1 ? wait_for_all(context, 1, to) : 0)
                     : wait_for_all(context, from, to);
}

START_TEST(a_loop_is_run_by_all_threads_at_once)
{
    pthread_barrier_t all;
    for (int round = 0; round < 20; round++) {
        ck_assert_int_eq(pthread_barrier_init(&all, NULL, 2), 0);
        ck_assert_int_eq(par_for(pool, 3, slow_then_together, &all), 0);
        ck_assert_int_eq(pthread_barrier_destroy(&all), 0);
    }
}
END_TEST

static int nested(void *context, size_t from, size_t to)
{
    atomic_size_t *sum = context;
    for (size_t i = from; i < to; i++) {
        struct fib part = {.n = 10};
        struct visiting visiting = {.slow_every = 50, .bad = SIZE_MAX};
        if (i % 2 ? fib(&part) : par_for(pool, 200, visit_range, &visiting))
            return -EIO;
        atomic_fetch_add(sum, 1 + part.result);
    }
    return 0;
}

START_TEST(loops_and_joins_nest)
{
    atomic_size_t sum = 0;
    ck_assert_int_eq(par_for(pool, 20, nested, &sum), 0);
    ck_assert_uint_eq(sum, 20 + 10 * 55);
    for (size_t i = 0; i < INDICES; i++)
        atomic_fetch_sub(&visits[i], i < 200 ? 9 : 0); /* ten nested loops */
    expect_visits(200);
}
END_TEST

static int square(void *context, const void *in, void *out)
{
    int32_t value = *(const int32_t *)in;
    if (value == *(int32_t *)context)
        return -EDOM;
    *(int64_t *)out = (int64_t)value * value;
    return 0;
}

START_TEST(map_maps)
{
    static int32_t in[INDICES];
    static int64_t out[INDICES + 1];
    int32_t bad = -1;
    struct par_map map = {in, sizeof(*in), out, sizeof(*out), square, &bad};
    for (int32_t i = 0; i < INDICES; i++)
        in[i] = i * 100;
    ck_assert_int_eq(par_map(pool, INDICES, &map), 0);
    size_t wrong = out[INDICES] != 0;
    for (int64_t i = 0; i < INDICES; i++)
        wrong += out[i] != i * i * 10000;
    ck_assert_uint_eq(wrong, 0);
    bad = in[INDICES / 2];
    ck_assert_int_eq(par_map(pool, INDICES, &map), -EDOM);
    ck_assert_int_eq(par_map(pool, 0, &map), 0);
}
END_TEST

/* The range as a value: an operation that is associative and not commutative, so that any disorder shows. */
struct span {
    size_t from, to;
    bool broken;
};

static void no_span(void *context, void *value)
{
    (void)context;
    *(struct span *)value = (struct span){SIZE_MAX, SIZE_MAX, false};
}

static void append(void *context, void *left, const void *right)
{
    (void)context;
    struct span *a = left;
    const struct span *b = right;
    if (a->from == SIZE_MAX)
        *a = *b;
    else if (b->from != SIZE_MAX)
        *a = (struct span){a->from, b->to, a->broken || b->broken || a->to != b->from};
}

static int fold_span(void *context, size_t from, size_t to, void *value)
{
    size_t *slow_every = context;
    struct span range = {from, to, false};
    append(NULL, value, &range);
    for (size_t i = from; i < to; i++)
        if (i % *slow_every == 0)
            be_slow();
    return 0;
}

START_TEST(reduce_combines_in_order)
{
    size_t slow_every = 17;
    struct par_reduce reduce = {sizeof(struct span), no_span, fold_span, append, &slow_every};
    static const size_t counts[] = {1, 2, 100, 1000, 3000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct span span = {7, 7, true};
        ck_assert_int_eq(par_reduce(pool, counts[i], &reduce, &span), 0);
        ck_assert_uint_eq(span.from, 0);
        ck_assert_uint_eq(span.to, counts[i]);
        ck_assert(!span.broken);
    }
    struct span none;
    ck_assert_int_eq(par_reduce(pool, 0, &reduce, &none), 0);
    ck_assert_uint_eq(none.from, SIZE_MAX);
}
END_TEST

static int fold_and_fail(void *context, size_t from, size_t to, void *value)
{
    (void)context;
    (void)value;
    be_slow();
    return from <= 500 && 500 < to ? -ERANGE : 0;
}

START_TEST(an_error_leaves_the_result_of_a_reduction)
{
    size_t value = 42;
    struct par_reduce reduce = {sizeof(struct span), no_span, fold_and_fail, append, NULL};
    ck_assert_int_eq(par_reduce(pool, 1000, &reduce, &value), -ERANGE);
    ck_assert_uint_eq(value, 42);
    reduce.value_bytes = PAR_VALUE_BYTES + 1;
    ck_assert_int_eq(par_reduce(pool, 1000, &reduce, &value), -EINVAL);
}
END_TEST

START_TEST(loops_without_a_guests_place)
{
    struct thread_pool_worker *guests[100];
    int count = 0;
    while ((guests[count] = thread_pool_enter(pool)) != NULL)
        count++;
    struct thread_pool_worker *innermost = thread_pool_current;
    thread_pool_current = NULL;
    struct visiting visiting = {.slow_every = 10, .bad = SIZE_MAX};
    ck_assert_int_eq(par_for(pool, 1000, visit_range, &visiting), 0);
    expect_visits(1000);
    thread_pool_current = innermost;
    while (count > 0)
        thread_pool_leave(guests[--count]);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("par");
    TCase *join = tcase_create("join");
    tcase_add_checked_fixture(join, setup, teardown);
    tcase_set_timeout(join, 50);
    tcase_add_test(join, join_recurses);
    tcase_add_test(join, join_with_one_thread);
    tcase_add_test(join, join_returns_the_error_of_either);
    tcase_add_test(join, an_error_travels_from_any_leaf_to_the_root);
    tcase_add_test(join, many_outsiders_at_once);
    tcase_add_test(join, without_a_guests_place_it_is_done_alone);
    tcase_add_test(join, join_without_memory_is_done_alone);
    tcase_add_test(join, a_worker_is_a_guest_of_another_pool);
    suite_add_tcase(suite, join);
    TCase *loops = tcase_create("loops");
    tcase_add_checked_fixture(loops, setup, teardown);
    tcase_set_timeout(loops, 50);
    tcase_add_test(loops, for_visits_each_index_once);
    tcase_add_test(loops, an_error_ends_a_loop);
    tcase_add_test(loops, a_loop_is_run_by_all_threads_at_once);
    tcase_add_test(loops, loops_and_joins_nest);
    tcase_add_test(loops, map_maps);
    tcase_add_test(loops, reduce_combines_in_order);
    tcase_add_test(loops, an_error_leaves_the_result_of_a_reduction);
    tcase_add_test(loops, loops_without_a_guests_place);
    suite_add_tcase(suite, loops);
    return suite;
}
