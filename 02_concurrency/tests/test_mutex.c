/* test_mutex.c - one holder at a time, deadlines, disturbances, and that nobody is forgotten. */
#include "tests/support/check_main.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "02_concurrency/mutex.h"

static void nap(void)
{
    struct timespec pause = {.tv_nsec = 100000};
    nanosleep(&pause, NULL);
}

/* ---- one thread ---- */

START_TEST(one_byte_that_may_be_zeroed)
{
    struct mutex mutex = MUTEX_INIT, *zeroed = calloc(1, sizeof(*zeroed));
    ck_assert_uint_eq(sizeof(mutex), 1);
    ck_assert_ptr_nonnull(zeroed);
    mutex_lock(&mutex);
    mutex_lock(zeroed);
    ck_assert(mutex_is_locked(&mutex) && mutex_is_locked(zeroed));
    mutex_unlock(zeroed);
    mutex_unlock(&mutex);
    ck_assert(!mutex_is_locked(&mutex) && !mutex_is_locked(zeroed));
    mutex_fini(&mutex);
    free(zeroed);
}
END_TEST

/* ---- a second thread that tries while this one holds it ---- */

struct attempt {
    struct mutex *mutex;
    uint64_t deadline_ns;
    bool is_taken;
};

static void *attempt_try(void *argument)
{
    struct attempt *attempt = argument;
    attempt->is_taken = mutex_try_lock(attempt->mutex);
    if (attempt->is_taken)
        mutex_unlock(attempt->mutex);
    return NULL;
}

static void *attempt_until(void *argument)
{
    struct attempt *attempt = argument;
    attempt->is_taken = mutex_lock_until(attempt->mutex, attempt->deadline_ns);
    if (attempt->is_taken)
        mutex_unlock(attempt->mutex);
    return NULL;
}

static bool other_thread(void *(*how)(void *), struct mutex *mutex, uint64_t deadline_ns)
{
    struct attempt attempt = {mutex, deadline_ns, false};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, how, &attempt), 0);
    pthread_join(thread, NULL);
    return attempt.is_taken;
}

START_TEST(try_takes_only_a_free_one)
{
    struct mutex mutex;
    mutex_init(&mutex);
    ck_assert(mutex_try_lock(&mutex));
    ck_assert(!other_thread(attempt_try, &mutex, 0));
    mutex_unlock(&mutex);
    ck_assert(other_thread(attempt_try, &mutex, 0));
    mutex_fini(&mutex);
}
END_TEST

START_TEST(deadlines_in_the_past_and_soon)
{
    struct mutex mutex = MUTEX_INIT;
    ck_assert(mutex_lock_until(&mutex, 0)); /* free: then the deadline is no matter */
    ck_assert(!other_thread(attempt_until, &mutex, 0));
    ck_assert(!other_thread(attempt_until, &mutex, deadline_now_ns() - 1));
    uint64_t deadline_ns = deadline_after_ns(3 * DEADLINE_MS);
    ck_assert(!other_thread(attempt_until, &mutex, deadline_ns));
    ck_assert(deadline_has_passed(deadline_ns));
    mutex_unlock(&mutex);
    ck_assert(other_thread(attempt_until, &mutex, 0)); /* who gave up left nothing behind */
    mutex_fini(&mutex);
}
END_TEST

/* ---- waiters ---- */

struct waiter {
    struct mutex *mutex;
    uint64_t deadline_ns;
    pthread_t thread;
    bool is_taken;
    atomic_bool is_through;
    int *guarded;
};

static void *lock_and_count(void *argument)
{
    struct waiter *waiter = argument;
    waiter->is_taken = mutex_lock_until(waiter->mutex, waiter->deadline_ns);
    if (waiter->is_taken) {
        (*waiter->guarded)++;
        mutex_unlock(waiter->mutex);
    }
    atomic_store(&waiter->is_through, true);
    return NULL;
}

static void start(struct waiter *waiter, struct mutex *mutex, int *guarded)
{
    pthread_attr_t small;
    *waiter = (struct waiter){.mutex = mutex, .guarded = guarded, .deadline_ns = DEADLINE_NEVER};
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 * 1024);
    ck_assert_int_eq(pthread_create(&waiter->thread, &small, lock_and_count, waiter), 0);
    pthread_attr_destroy(&small);
}

static void await_parked(const struct mutex *mutex)
{
    while (!wait_queue_is_announced(mutex))
        nap();
    nap();
}

START_TEST(the_end_of_time_waits)
{
    static const uint64_t deadlines[] = {DEADLINE_NEVER, DEADLINE_NEVER - 1};
    for (size_t i = 0; i < 2; i++) {
        struct mutex mutex = MUTEX_INIT;
        int guarded = 0;
        struct waiter waiter = {.mutex = &mutex, .guarded = &guarded, .deadline_ns = deadlines[i]};
        mutex_lock(&mutex);
        ck_assert_int_eq(pthread_create(&waiter.thread, NULL, lock_and_count, &waiter), 0);
        await_parked(&mutex);
        ck_assert_int_eq(guarded, 0);
        mutex_unlock(&mutex);
        pthread_join(waiter.thread, NULL);
        ck_assert(waiter.is_taken);
        ck_assert_int_eq(guarded, 1);
        mutex_fini(&mutex);
    }
}
END_TEST

static void on_signal(int number)
{
    (void)number;
}

/* Signals, and wake-ups for nothing: of the parked thread alone, or of one that other users of the address wake. */
START_TEST(disturbances_do_not_let_it_in)
{
    struct mutex mutex = MUTEX_INIT;
    int guarded = 0;
    struct waiter waiter;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    mutex_lock(&mutex);
    start(&waiter, &mutex, &guarded);
    await_parked(&mutex);
    for (int i = 0; i < 20; i++) {
        pthread_kill(waiter.thread, SIGUSR1);
        wait_queue_unpark_all(&mutex, 0);
        mutex_unlock_late(&mutex); /* of a former mutex at this address */
        nap();
    }
    ck_assert(!atomic_load(&waiter.is_through));
    ck_assert_int_eq(guarded, 0);
    mutex_unlock(&mutex);
    pthread_join(waiter.thread, NULL);
    ck_assert_int_eq(guarded, 1);
    mutex_fini(&mutex);
}
END_TEST

/* A waiter that gives up must not take a wake-up with it that was for another. */
START_TEST(who_gives_up_leaves_the_others)
{
    struct mutex mutex = MUTEX_INIT;
    int guarded = 0;
    struct waiter waiters[8];
    mutex_lock(&mutex);
    for (int i = 0; i < 8; i++) {
        waiters[i] = (struct waiter){.mutex = &mutex, .guarded = &guarded};
        waiters[i].deadline_ns = i % 2 ? DEADLINE_NEVER : deadline_after_ns(2 * DEADLINE_MS);
        ck_assert_int_eq(pthread_create(&waiters[i].thread, NULL, lock_and_count, &waiters[i]), 0);
    }
    for (int i = 0; i < 8; i += 2)
        pthread_join(waiters[i].thread, NULL);
    mutex_unlock(&mutex);
    for (int i = 1; i < 8; i += 2)
        pthread_join(waiters[i].thread, NULL);
    for (int i = 0; i < 8; i++)
        ck_assert(waiters[i].is_taken == (i % 2 == 1));
    ck_assert_int_eq(guarded, 4);
    mutex_fini(&mutex);
}
END_TEST

enum { MANY = 1000 };

START_TEST(a_thousand_threads)
{
    static struct waiter waiters[MANY];
    struct mutex mutex = MUTEX_INIT;
    int guarded = 0;
    mutex_lock(&mutex);
    for (int i = 0; i < MANY; i++)
        start(&waiters[i], &mutex, &guarded);
    mutex_unlock(&mutex);
    for (int i = 0; i < MANY; i++)
        pthread_join(waiters[i].thread, NULL);
    ck_assert_int_eq(guarded, MANY);
    mutex_fini(&mutex);
}
END_TEST

/* ---- fairness: a thread that takes it again at once does not keep it for ever ---- */

static void *hog(void *argument)
{
    struct waiter *other = argument;
    while (!atomic_load(&other->is_through)) {
        mutex_lock(other->mutex);
        for (uint64_t until_ns = deadline_after_ns(DEADLINE_MS / 20);
             !deadline_has_passed(until_ns);)
            ; /* holds it nearly always */
        mutex_unlock(other->mutex);
    }
    return NULL;
}

START_TEST(a_waiter_gets_its_turn)
{
    struct mutex mutex = MUTEX_INIT;
    int guarded = 0;
    pthread_t hogs[2];
    struct waiter waiter = {.mutex = &mutex, .guarded = &guarded, .deadline_ns = DEADLINE_NEVER};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&hogs[i], NULL, hog, &waiter), 0);
    ck_assert_int_eq(pthread_create(&waiter.thread, NULL, lock_and_count, &waiter), 0);
    pthread_join(waiter.thread, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(hogs[i], NULL);
    ck_assert_int_eq(guarded, 1);
    mutex_fini(&mutex);
}
END_TEST

/* ---- its end ---- */

struct counted {
    struct mutex mutex;
    int references;
};

static void *drop(void *argument)
{
    struct counted *counted = argument;
    mutex_lock(&counted->mutex);
    bool is_last = --counted->references == 0;
    mutex_unlock(&counted->mutex);
    if (is_last) {
        mutex_fini(&counted->mutex);
        free(counted); /* the other's unlock may not be over: the address sanitizer looks on */
    }
    return NULL;
}

START_TEST(freed_by_the_last_one)
{
    for (int i = 0; i < 200; i++) {
        pthread_t threads[2];
        struct counted *counted = malloc(sizeof(*counted));
        ck_assert_ptr_nonnull(counted);
        mutex_init(&counted->mutex);
        counted->references = 2;
        for (int t = 0; t < 2; t++)
            ck_assert_int_eq(pthread_create(&threads[t], NULL, drop, counted), 0);
        for (int t = 0; t < 2; t++)
            pthread_join(threads[t], NULL);
    }
}
END_TEST

START_TEST(usable_in_the_child_of_a_fork)
{
    struct mutex held = MUTEX_INIT, other = MUTEX_INIT;
    int guarded = 0, status = -1;
    struct waiter waiter;
    mutex_lock(&held);
    start(&waiter, &held, &guarded);
    await_parked(&held);
    pid_t child = fork();
    if (child == 0) {
        mutex_lock(&other);
        mutex_unlock(&other);
        mutex_unlock(&held); /* the waiter is not in this process */
        _exit(mutex_try_lock(&held) ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    mutex_unlock(&held);
    pthread_join(waiter.thread, NULL);
    ck_assert_int_eq(guarded, 1);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("mutex");
    TCase *basics = tcase_create("basics");
    tcase_set_timeout(basics, 50);
    tcase_add_test(basics, one_byte_that_may_be_zeroed);
    tcase_add_test(basics, try_takes_only_a_free_one);
    suite_add_tcase(suite, basics);
    TCase *deadline = tcase_create("deadline");
    tcase_set_timeout(deadline, 50);
    tcase_add_test(deadline, deadlines_in_the_past_and_soon);
    tcase_add_test(deadline, the_end_of_time_waits);
    suite_add_tcase(suite, deadline);
    TCase *waiting = tcase_create("waiting");
    tcase_set_timeout(waiting, 50);
    tcase_add_test(waiting, disturbances_do_not_let_it_in);
    tcase_add_test(waiting, who_gives_up_leaves_the_others);
    tcase_add_test(waiting, a_thousand_threads);
    tcase_add_test(waiting, a_waiter_gets_its_turn);
    suite_add_tcase(suite, waiting);
    TCase *end = tcase_create("end");
    tcase_set_timeout(end, 50);
    tcase_add_test(end, freed_by_the_last_one);
    tcase_add_test(end, usable_in_the_child_of_a_fork);
    suite_add_tcase(suite, end);
    return suite;
}
