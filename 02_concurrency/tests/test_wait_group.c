/* test_wait_group.c - what begins more is waited for too; reuse, deadlines, signals, and a group that is freed at once. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/wait_group.h"

enum { DEPTH = 7, NODES = (1 << DEPTH) - 1 };

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

START_TEST(counts)
{
    struct wait_group group = {0};
    wait_group_wait(&group); /* nothing was begun */
    wait_group_add(&group, 2);
    ck_assert_int_eq(wait_group_wait_until(&group, 0), -ETIMEDOUT);
    wait_group_done(&group);
    ck_assert_int_eq(wait_group_wait_until(&group, deadline_after_ns(DEADLINE_MS)), -ETIMEDOUT);
    wait_group_done(&group);
    ck_assert_int_eq(wait_group_wait_until(&group, 0), 0);
    ck_assert_int_eq(wait_group_wait_until(&group, DEADLINE_NEVER), 0);
    wait_group_add(&group, 1); /* and again */
    ck_assert_int_eq(wait_group_wait_until(&group, 0), -ETIMEDOUT);
    wait_group_done(&group);
    wait_group_wait(&group);
    ck_assert_uint_eq(sizeof(group), 4);
}
END_TEST

/* A tree of threads: each begins two more, and is done before they are. */
static struct {
    struct wait_group group;
    unsigned made[NODES + 1]; /* plain: the group is what orders them */
    atomic_uint failed;
} tree;

static void *grow(void *argument);

static void begin(uintptr_t node)
{
    pthread_t thread;
    wait_group_add(&tree.group, 1);
    if (pthread_create(&thread, NULL, grow, (void *)node) == 0) {
        pthread_detach(thread);
        return;
    }
    atomic_fetch_add(&tree.failed, 1);
    wait_group_done(&tree.group);
}

static void *grow(void *argument)
{
    uintptr_t node = (uintptr_t)argument;
    if (2 * node + 1 <= NODES) {
        begin(2 * node);
        begin(2 * node + 1);
    }
    tree.made[node] = (unsigned)node;
    wait_group_done(&tree.group);
    return NULL;
}

START_TEST(what_begins_more_is_waited_for)
{
    for (int round = 0; round < 3; round++) {
        begin(1);
        wait_group_wait(&tree.group);
        ck_assert_uint_eq(atomic_load(&tree.failed), 0);
        for (unsigned i = 1; i <= NODES; i++) {
            ck_assert_uint_eq(tree.made[i], i);
            tree.made[i] = 0;
        }
    }
}
END_TEST

static atomic_bool passed;

static void *wait_in_thread(void *group)
{
    wait_group_wait(group);
    atomic_store(&passed, true);
    return NULL;
}

static void ignore_signal(int number)
{
    (void)number;
}

START_TEST(signals_end_no_wait)
{
    pthread_t thread;
    struct wait_group group = {0};
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore_signal}, NULL); /* no SA_RESTART */
    wait_group_add(&group, 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_in_thread, &group), 0);
    for (int i = 0; i < 20; i++) {
        pthread_kill(thread, SIGUSR1);
        nap();
    }
    ck_assert(!atomic_load(&passed));
    wait_group_done(&group);
    pthread_join(thread, NULL);
    ck_assert(atomic_load(&passed));
}
END_TEST

static void *be_done(void *group)
{
    wait_group_done(group);
    return NULL;
}

/* The address sanitizer looks on: who was done last must not touch it any more. */
START_TEST(freed_as_soon_as_all_is_done)
{
    for (int i = 0; i < 300; i++) {
        pthread_t thread;
        struct wait_group *group = calloc(1, sizeof(*group));
        ck_assert_ptr_nonnull(group);
        wait_group_add(group, 1);
        ck_assert_int_eq(pthread_create(&thread, NULL, be_done, group), 0);
        wait_group_wait(group);
        free(group);
        pthread_join(thread, NULL);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("wait_group");
    TCase *alone = tcase_create("alone");
    tcase_add_test(alone, counts);
    suite_add_tcase(suite, alone);
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, what_begins_more_is_waited_for);
    tcase_add_test(threads, signals_end_no_wait);
    tcase_add_test(threads, freed_as_soon_as_all_is_done);
    suite_add_tcase(suite, threads);
    return suite;
}
