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
    return suite;
}
