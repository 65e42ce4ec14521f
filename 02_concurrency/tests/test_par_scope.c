/* test_par_scope.c - tasks that find tasks, errors and cancelling amid them, nesting, and no place or memory. */
#include "02_concurrency/par_scope.h"

#include <errno.h>

#include "07_unsafe/list.h"
#include "tests/support/check_main.h"

enum { TASKS = 5000 };

static struct thread_pool *threads;

struct visit {
    struct par_scope_task task;
    atomic_uint visits;
};

static struct visit visits[TASKS];
static size_t bad, cancel_at;
static atomic_uint visited;

static void setup(void)
{
    struct thread_pool_options options = {.thread_count = 3};
    ck_assert_int_eq(thread_pool_create(&threads, allocator_system(), &options), 0);
    bad = cancel_at = SIZE_MAX;
}

static void teardown(void)
{
    thread_pool_destroy(threads);
}

/* Task i finds 2i + 1 and 2i + 2. */
static int visit(struct par_scope *scope, struct par_scope_task *task)
{
    struct visit *self = container_of(task, struct visit, task);
    size_t number = (size_t)(self - visits);
    atomic_fetch_add(&self->visits, 1);
    atomic_fetch_add(&visited, 1);
    for (size_t found = 2 * number + 1; found <= 2 * number + 2 && found < TASKS; found++)
        par_scope_spawn(scope, &visits[found].task, visit);
    if (number == cancel_at) {
        par_scope_cancel(scope, -ECANCELED);
        ck_assert(par_scope_is_cancelled(scope));
    }
    return number == bad ? -EBADMSG : 0;
}

static int begin(struct par_scope *scope, void *argument)
{
    ck_assert(!par_scope_is_cancelled(scope));
    par_scope_spawn(scope, &visits[0].task, visit);
    return argument ? *(int *)argument : 0;
}

static void expect_all_visited(void)
{
    size_t wrong = 0;
    for (size_t i = 0; i < TASKS; i++)
        wrong += atomic_exchange(&visits[i].visits, 0) != 1;
    ck_assert_uint_eq(wrong, 0);
    atomic_store(&visited, 0);
}

START_TEST(all_that_is_found_is_done)
{
    for (int round = 0; round < 10; round++) {
        ck_assert_int_eq(par_scope(threads, begin, NULL), 0);
        expect_all_visited();
    }
}
END_TEST

static int nothing(struct par_scope *scope, void *argument)
{
    (void)scope;
    return *(int *)argument;
}

START_TEST(an_empty_scope_returns_what_its_body_does)
{
    int error = 0;
    ck_assert_int_eq(par_scope(threads, nothing, &error), 0);
    error = -EIO;
    ck_assert_int_eq(par_scope(threads, nothing, &error), -EIO);
}
END_TEST

static void forget(void)
{
    for (size_t i = 0; i < TASKS; i++)
        ck_assert_uint_le(atomic_exchange(&visits[i].visits, 0), 1);
    atomic_store(&visited, 0);
}

/* Task 1 fails before it is joined by its half of the tree: those that it found are called off, too, unless begun. */
START_TEST(an_error_cancels_the_rest)
{
    for (bad = 0; bad < 8; bad++) {
        ck_assert_int_eq(par_scope(threads, begin, NULL), -EBADMSG);
        ck_assert_uint_ge(visited, 1);
        if (bad == 0)
            ck_assert_uint_lt(visited, TASKS);
        forget();
    }
    bad = SIZE_MAX;
    ck_assert_int_eq(par_scope(threads, begin, NULL), 0); /* the pool is as good as before */
    expect_all_visited();
}
END_TEST

START_TEST(cancelled_from_a_task_and_from_the_body)
{
    cancel_at = 0;
    ck_assert_int_eq(par_scope(threads, begin, NULL), -ECANCELED);
    ck_assert_uint_lt(visited, TASKS);
    forget();
    cancel_at = SIZE_MAX;
    int error = -EPERM;
    ck_assert_int_eq(par_scope(threads, begin, &error), -EPERM);
    forget();
}
END_TEST

struct nest {
    struct par_scope_task task;
    unsigned depth;
};

static int begin_nest(struct par_scope *scope, void *argument);

static int nest(struct par_scope *scope, struct par_scope_task *task)
{
    (void)scope;
    struct nest *self = container_of(task, struct nest, task);
    atomic_fetch_add(&visited, 1);
    return self->depth ? par_scope(threads, begin_nest, &self->depth) : -EDOM;
}

static int begin_nest(struct par_scope *scope, void *argument)
{
    static struct nest nests[64];
    static atomic_size_t used;
    for (int i = 0; i < 2; i++) {
        struct nest *inner = &nests[atomic_fetch_add(&used, 1) % 64];
        inner->depth = *(unsigned *)argument - 1;
        par_scope_spawn(scope, &inner->task, nest);
    }
    return 0;
}

START_TEST(an_error_travels_through_nested_scopes)
{
    unsigned depth = 4;
    ck_assert_int_eq(par_scope(threads, begin_nest, &depth), -EDOM);
    ck_assert_uint_ge(visited, 4);
}
END_TEST

START_TEST(without_a_guests_place_tasks_are_called_at_once)
{
    struct thread_pool_worker *guests[100];
    int count = 0;
    while ((guests[count] = thread_pool_enter(threads)) != NULL)
        count++;
    struct thread_pool_worker *innermost = thread_pool_current;
    thread_pool_current = NULL;
    ck_assert_int_eq(par_scope(threads, begin, NULL), 0);
    expect_all_visited();
    thread_pool_current = innermost;
    while (count > 0)
        thread_pool_leave(guests[--count]);
}
END_TEST

static int begin_many(struct par_scope *scope, void *argument)
{
    (void)argument;
    for (size_t i = TASKS / 2; i < TASKS; i++) /* leaves: they find nothing */
        par_scope_spawn(scope, &visits[i].task, visit);
    return 0;
}

START_TEST(without_memory_tasks_are_called_at_once)
{
    struct allocator_failing failing;
    struct thread_pool_options options = {.thread_count = 1};
    struct thread_pool *whole = threads;
    allocator_failing_init(&failing, allocator_system(), 8);
    ck_assert_int_eq(thread_pool_create(&threads, &failing.base, &options), 0);
    ck_assert_int_eq(par_scope(threads, begin_many, NULL), 0);
    ck_assert(allocator_failing_refused(&failing));
    ck_assert_uint_eq(visited, TASKS - TASKS / 2);
    thread_pool_destroy(threads);
    threads = whole;
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("par_scope");
    TCase *tasks = tcase_create("tasks");
    tcase_add_checked_fixture(tasks, setup, teardown);
    tcase_set_timeout(tasks, 55);
    tcase_add_test(tasks, all_that_is_found_is_done);
    tcase_add_test(tasks, an_empty_scope_returns_what_its_body_does);
    tcase_add_test(tasks, an_error_cancels_the_rest);
    tcase_add_test(tasks, cancelled_from_a_task_and_from_the_body);
    tcase_add_test(tasks, an_error_travels_through_nested_scopes);
    suite_add_tcase(suite, tasks);
    TCase *alone = tcase_create("alone");
    tcase_add_checked_fixture(alone, setup, teardown);
    tcase_add_test(alone, without_a_guests_place_tasks_are_called_at_once);
    tcase_add_test(alone, without_memory_tasks_are_called_at_once);
    suite_add_tcase(suite, alone);
    return suite;
}
