/* test_thread_pool.c - tasks from outside and inside, sleeping and waking, draining, guests, and what fails at create. */
#include "02_concurrency/thread_pool.h"

/* The pool, with a step between two looks at a latch: see a_wake_up_is_passed_on. */
static bool look_at_latch(struct thread_pool_latch *latch);
#define thread_pool_latch_is_set look_at_latch
#include "02_concurrency/thread_pool.c"
#undef thread_pool_latch_is_set

#include <errno.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <time.h>

#include "02_concurrency/cpu_limit.h"
#include "tests/support/check_main.h"

enum { TASKS = 1000 };

static struct thread_pool *pool;
static struct allocator_counting counting;
static atomic_uint ran;
static sem_t happened;

struct job {
    struct thread_pool_task task;
    unsigned runs, depth;
    struct thread_pool_worker *by;
};

static struct job jobs[TASKS];

static void setup(void)
{
    allocator_counting_init(&counting, allocator_system());
    struct thread_pool_options options = {.thread_count = 3};
    ck_assert_int_eq(thread_pool_create(&pool, &counting.base, &options), 0);
    ck_assert_uint_eq(thread_pool_thread_count(pool), 3);
    ck_assert_int_eq(sem_init(&happened, 0, 0), 0);
}

static void end_pool(void)
{
    thread_pool_destroy(pool);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_bytes, 0);
}

/* A wait that a lost wake-up turns into a failure, not into a hang. */
static void await(sem_t *event)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 30;
    ck_assert_int_eq(sem_timedwait(event, &until), 0);
}

static void count(struct thread_pool_task *task)
{
    struct job *job = container_of(task, struct job, task);
    job->runs++;
    job->by = thread_pool_current;
    /* relaxed: read after the end of the threads */
    atomic_fetch_add_explicit(&ran, 1, memory_order_relaxed);
}

START_TEST(destroy_runs_what_is_left)
{
    for (int i = 0; i < TASKS; i++) {
        jobs[i].task.run = count;
        thread_pool_spawn(pool, &jobs[i].task);
    }
    end_pool();
    for (int i = 0; i < TASKS; i++) {
        ck_assert_uint_eq(jobs[i].runs, 1);
        ck_assert_ptr_nonnull(jobs[i].by);
    }
    ck_assert_ptr_null(thread_pool_current);
}
END_TEST

/* Job i spawns 2i + 1 and 2i + 2, so that most are spawned inside, while the pool is ending. */
static void count_and_spawn(struct thread_pool_task *task)
{
    struct job *job = container_of(task, struct job, task);
    size_t number = (size_t)(job - jobs);
    struct thread_pool *here = thread_pool_current->pool;
    count(task);
    for (size_t child = 2 * number + 1; child <= 2 * number + 2 && child < TASKS; child++) {
        jobs[child].task.run = count_and_spawn;
        thread_pool_spawn(here, &jobs[child].task);
    }
}

START_TEST(destroy_runs_what_the_tasks_spawn)
{
    jobs[0].task.run = count_and_spawn;
    thread_pool_spawn(pool, &jobs[0].task);
    end_pool();
    for (int i = 0; i < TASKS; i++)
        ck_assert_uint_eq(jobs[i].runs, 1);
}
END_TEST

static void tell(struct thread_pool_task *task)
{
    count(task);
    sem_post(&happened);
}

/* Between two tasks the pool falls asleep, or is about to: every moment of that is met in some round. */
START_TEST(a_sleeping_pool_wakes_for_each_task)
{
    for (int i = 0; i < TASKS / 4; i++) {
        jobs[i].task.run = tell;
        thread_pool_spawn(pool, &jobs[i].task);
        await(&happened);
        nanosleep(&(struct timespec){.tv_nsec = i % 50 * 1000}, NULL);
    }
    end_pool();
    ck_assert_uint_eq(ran, TASKS / 4);
}
END_TEST

static sem_t go_on;

static void block(struct thread_pool_task *task)
{
    (void)task;
    sem_post(&happened);
    while (sem_wait(&go_on) != 0)
        continue;
}

static void spawn_and_block(struct thread_pool_task *task)
{
    thread_pool_spawn(thread_pool_current->pool, &container_of(task, struct job, task)[1].task);
    block(task);
}

/* What a busy worker pushed is stolen: it is run although its worker does not come back to it. */
START_TEST(a_task_of_a_busy_worker_is_stolen)
{
    ck_assert_int_eq(sem_init(&go_on, 0, 0), 0);
    jobs[0].task.run = spawn_and_block;
    jobs[1].task.run = tell;
    thread_pool_spawn(pool, &jobs[0].task);
    await(&happened);
    await(&happened); /* with the first one still blocked */
    sem_post(&go_on);
    end_pool();
}
END_TEST

START_TEST(as_many_tasks_at_once_as_threads)
{
    ck_assert_int_eq(sem_init(&go_on, 0, 0), 0);
    for (int i = 0; i < 3; i++) {
        jobs[i].task.run = block;
        thread_pool_spawn(pool, &jobs[i].task);
    }
    for (int i = 0; i < 3; i++)
        await(&happened); /* all three are in their task */
    for (int i = 0; i < 3; i++)
        sem_post(&go_on);
    end_pool();
}
END_TEST

static void respawn(struct thread_pool_task *task)
{
    if (!atomic_load(&ran))
        thread_pool_spawn(thread_pool_current->pool, task);
}

/* A task that spawns itself for ever must not keep the injected ones waiting. */
START_TEST(injected_tasks_are_not_starved)
{
    for (int i = 0; i < 6; i++) {
        jobs[i].task.run = respawn;
        thread_pool_spawn(pool, &jobs[i].task);
    }
    jobs[6].task.run = tell;
    thread_pool_spawn(pool, &jobs[6].task);
    await(&happened);
    end_pool();
}
END_TEST

/* ---- guests and latches ---- */

struct latched {
    struct thread_pool_task task;
    struct thread_pool_latch latch;
    uint64_t delay_us;
    int value;
};

static void set_latch(struct thread_pool_task *task)
{
    struct latched *latched = container_of(task, struct latched, task);
    nanosleep(&(struct timespec){.tv_nsec = (long)latched->delay_us * 1000}, NULL);
    latched->value = 7;
    thread_pool_latch_set(&latched->latch);
}

START_TEST(a_guest_waits_for_a_task_however_long_it_takes)
{
    for (int i = 0; i < 200; i++) {
        struct thread_pool_worker *guest = thread_pool_enter(pool);
        ck_assert_ptr_eq(thread_pool_current, guest);
        struct latched latched = {.task.run = set_latch,
                                  .latch = THREAD_POOL_LATCH_INIT(guest),
                                  .delay_us = (uint64_t)i % 40};
        ck_assert(thread_pool_push(guest, &latched.task));
        thread_pool_wait(guest, &latched.latch);
        ck_assert_int_eq(latched.value, 7);
        thread_pool_leave(guest);
        ck_assert_ptr_null(thread_pool_current);
    }
    end_pool();
}
END_TEST

enum { SLEEPERS = 3 };
enum moment { NEVER, BEFORE_THE_LOOK, AFTER_THE_LOOK };

static struct sleeper {
    struct thread_pool_task task;
    struct thread_pool_latch latch;
} sleepers[SLEEPERS];

static struct sleeper *const last = &sleepers[SLEEPERS - 1];
static _Atomic(enum moment) set_at; /* when the last sleeper's latch is set: at its next look */

static bool look_at_latch(struct thread_pool_latch *latch)
{
    enum moment moment = latch == &last->latch ? atomic_exchange(&set_at, NEVER) : NEVER;
    if (moment == BEFORE_THE_LOOK)
        thread_pool_latch_set(latch);
    bool is_set = thread_pool_latch_is_set(latch);
    if (moment == AFTER_THE_LOOK)
        thread_pool_latch_set(latch);
    return is_set;
}

static void sleep_in_task(struct thread_pool_task *task)
{
    struct sleeper *sleeper = container_of(task, struct sleeper, task);
    sleeper->latch.waiter = thread_pool_current;
    thread_pool_wait(thread_pool_current, &sleeper->latch);
    while (sleeper == last && sem_wait(&go_on) != 0)
        continue;
}

static void await_sleepers(size_t expected)
{
    size_t count;
    do {
        sched_yield();
        pthread_mutex_lock(&pool->lock);
        count = list_count(&pool->waiting);
        pthread_mutex_unlock(&pool->lock);
    } while (count < expected);
}

/* All sleep in waits. A push wakes the last, whose latch is set at that moment, and which is busy then. What was pushed
 * is run all the same: by that one before it leaves, or by another one that it wakes. */
START_TEST(a_wake_up_is_passed_on)
{
    ck_assert_int_eq(sem_init(&go_on, 0, 0), 0);
    for (unsigned i = 0; i < SLEEPERS; i++) {
        sleepers[i].task.run = sleep_in_task;
        thread_pool_spawn(pool, &sleepers[i].task);
        await_sleepers(i + 1);
    }
    struct thread_pool_worker *guest = thread_pool_enter(pool);
    set_at = _i == 0 ? BEFORE_THE_LOOK : AFTER_THE_LOOK;
    jobs[0].task.run = tell;
    ck_assert(thread_pool_push(guest, &jobs[0].task));
    await(&happened);
    if (atomic_exchange(&set_at, NEVER) != NEVER) /* another one was faster */
        thread_pool_latch_set(&last->latch);
    for (unsigned i = 0; i < SLEEPERS - 1; i++)
        thread_pool_latch_set(&sleepers[i].latch);
    sem_post(&go_on);
    thread_pool_leave(guest);
    end_pool();
}
END_TEST

START_TEST(what_a_guest_leaves_behind_is_run)
{
    struct thread_pool_worker *guest = thread_pool_enter(pool);
    for (int i = 0; i < TASKS; i++) {
        jobs[i].task.run = count;
        thread_pool_spawn(pool, &jobs[i].task);
    }
    thread_pool_leave(guest);
    end_pool();
    ck_assert_uint_eq(ran, TASKS);
}
END_TEST

START_TEST(guests_have_a_limit_and_come_back)
{
    struct thread_pool_worker *guests[100];
    for (int round = 0; round < 2; round++) {
        int count = 0;
        while (count < 100 && (guests[count] = thread_pool_enter(pool)) != NULL)
            count++;
        ck_assert_int_ge(count, 3);
        ck_assert_int_lt(count, 100);
        while (count > 0)
            thread_pool_leave(guests[--count]);
    }
    end_pool();
}
END_TEST

/* ---- create ---- */

START_TEST(create_without_memory)
{
    struct thread_pool_options options = {.thread_count = 2};
    struct allocator_failing failing;
    for (size_t allowed = 0;; allowed++) {
        struct thread_pool *made = NULL;
        allocator_failing_init(&failing, &counting.base, allowed);
        int error = thread_pool_create(&made, &failing.base, &options);
        if (!allocator_failing_refused(&failing)) {
            ck_assert_int_eq(error, 0);
            ck_assert_uint_ge(allowed, 3);
            thread_pool_destroy(made);
            break;
        }
        ck_assert_int_eq(error, -ENOMEM);
        ck_assert_ptr_null(made);
    }
    end_pool();
}
END_TEST

START_TEST(create_refuses_what_makes_no_sense)
{
    struct thread_pool *made = NULL;
    struct thread_pool_options many = {.thread_count = THREAD_POOL_THREADS_MAX + 1};
    struct thread_pool_options small = {.thread_count = 1, .stack_bytes = 1};
    ck_assert_int_eq(thread_pool_create(&made, &counting.base, &many), -EINVAL);
    ck_assert_int_eq(thread_pool_create(&made, &counting.base, &small), -EINVAL);
    ck_assert_ptr_null(made);
    thread_pool_destroy(NULL);
    end_pool();
}
END_TEST

/* A stack that no address space holds: the second thread at the latest is refused, and the first one ended. */
START_TEST(create_without_threads)
{
    struct thread_pool *made = NULL;
    struct thread_pool_options options = {.thread_count = 4, .stack_bytes = (size_t)60 << 40};
    ck_assert_int_eq(thread_pool_create(&made, &counting.base, &options), -EAGAIN);
    ck_assert_ptr_null(made);
    end_pool();
}
END_TEST

START_TEST(the_default_is_what_can_run_at_once)
{
    struct thread_pool *made;
    ck_assert_int_eq(thread_pool_create(&made, &counting.base, NULL), 0);
    ck_assert_uint_eq(thread_pool_thread_count(made), cpu_limit_count());
    thread_pool_destroy(made);
    end_pool();
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("thread_pool");
    TCase *tasks = tcase_create("tasks");
    tcase_add_checked_fixture(tasks, setup, NULL);
    tcase_set_timeout(tasks, 50);
    tcase_add_test(tasks, destroy_runs_what_is_left);
    tcase_add_test(tasks, destroy_runs_what_the_tasks_spawn);
    tcase_add_test(tasks, a_task_of_a_busy_worker_is_stolen);
    tcase_add_test(tasks, as_many_tasks_at_once_as_threads);
    tcase_add_test(tasks, injected_tasks_are_not_starved);
    suite_add_tcase(suite, tasks);
    TCase *sleeping = tcase_create("sleeping");
    tcase_add_checked_fixture(sleeping, setup, NULL);
    tcase_set_timeout(sleeping, 50);
    tcase_add_test(sleeping, a_sleeping_pool_wakes_for_each_task);
    suite_add_tcase(suite, sleeping);
    TCase *guests = tcase_create("guests");
    tcase_add_checked_fixture(guests, setup, NULL);
    tcase_set_timeout(guests, 50);
    tcase_add_test(guests, a_guest_waits_for_a_task_however_long_it_takes);
    tcase_add_loop_test(guests, a_wake_up_is_passed_on, 0, 2);
    tcase_add_test(guests, what_a_guest_leaves_behind_is_run);
    tcase_add_test(guests, guests_have_a_limit_and_come_back);
    suite_add_tcase(suite, guests);
    TCase *create = tcase_create("create");
    tcase_add_checked_fixture(create, setup, NULL);
    tcase_add_test(create, create_without_memory);
    tcase_add_test(create, create_refuses_what_makes_no_sense);
    tcase_add_test(create, create_without_threads);
    tcase_add_test(create, the_default_is_what_can_run_at_once);
    suite_add_tcase(suite, create);
    return suite;
}
