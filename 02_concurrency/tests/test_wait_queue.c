/* test_wait_queue.c - who is woken, with which token, and that nobody is forgotten. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "02_concurrency/wait_queue.h"

static void nap(void)
{
    struct timespec pause = {.tv_nsec = 100000};
    nanosleep(&pause, NULL);
}

/* ---- one thread ---- */

static bool say_no(void *context)
{
    (void)context;
    return false;
}

START_TEST(nothing_to_wait_for)
{
    char object = 0;
    struct wait_queue_park how = {.validate = say_no};
    ck_assert_int_eq(wait_queue_park(&object, &how, DEADLINE_NEVER, NULL), -EAGAIN);
    ck_assert_uint_eq(wait_queue_unpark_one(&object, NULL, NULL), 0); /* it is in no queue */
}
END_TEST

struct times {
    int timed_out;
    bool was_last;
};

static void count_timeout(void *context, bool was_last)
{
    struct times *times = context;
    times->timed_out++;
    times->was_last = was_last;
}

static void one_timeout(uint64_t deadline_ns)
{
    char object = 0;
    struct times times = {0};
    struct wait_queue_park how = {.timed_out = count_timeout, .context = &times};
    ck_assert_int_eq(wait_queue_park(&object, &how, deadline_ns, NULL), -ETIMEDOUT);
    ck_assert_int_eq(times.timed_out, 1);
    ck_assert(times.was_last);
    ck_assert_uint_eq(wait_queue_unpark_all(&object, 0), 0);
}

START_TEST(deadlines_in_the_past_and_soon)
{
    one_timeout(0);
    one_timeout(deadline_now_ns());
    uint64_t deadline_ns = deadline_after_ns(3 * DEADLINE_MS);
    one_timeout(deadline_ns);
    ck_assert(deadline_has_passed(deadline_ns));
}
END_TEST

static uintptr_t keep_result(const struct wait_queue_result *result, void *context)
{
    *(struct wait_queue_result *)context = *result;
    return 7;
}

START_TEST(decide_is_asked_where_nobody_waits)
{
    char object = 0;
    struct wait_queue_result result = {.unparked_count = 9, .have_more = true, .is_fair = true};
    ck_assert_uint_eq(wait_queue_unpark_one(&object, keep_result, &result), 0);
    ck_assert_uint_eq(result.unparked_count, 0);
    ck_assert(!result.have_more && !result.is_fair);
}
END_TEST

static void unpark_myself(void *address)
{
    wait_queue_unpark_all(address, 5);
}

/* Between joining the queue and sleeping: the wake-up must not be lost. */
START_TEST(woken_before_asleep)
{
    char object = 0;
    uintptr_t token = 0;
    struct wait_queue_park how = {.before_sleep = unpark_myself, .context = &object};
    ck_assert_int_eq(wait_queue_park(&object, &how, DEADLINE_NEVER, &token), 0);
    ck_assert_uint_eq(token, 5);
    ck_assert_int_eq(wait_queue_park(&object, &how, 0, &token), 0); /* woken, and so not too late */
}
END_TEST

/* ---- waiters ---- */

struct waiter_thread {
    pthread_t thread;
    const void *address;
    uintptr_t kind, token;
    bool is_announced;
    uint64_t deadline_ns;
    int result;
    atomic_bool is_queued, is_done;
    struct times times;
};

static bool tell_queued(void *context)
{
    /* Still locked: whoever asks the queue from now on finds this thread in it. */
    atomic_store(&((struct waiter_thread *)context)->is_queued, true);
    return true;
}

static void count_own_timeout(void *context, bool was_last)
{
    count_timeout(&((struct waiter_thread *)context)->times, was_last);
}

static void *wait_once(void *argument)
{
    struct waiter_thread *self = argument;
    struct wait_queue_park how = {.validate = tell_queued,
                                  .timed_out = count_own_timeout,
                                  .context = self,
                                  .kind = self->kind,
                                  .is_announced = self->is_announced};
    self->result = wait_queue_park(self->address, &how, self->deadline_ns, &self->token);
    atomic_store(&self->is_done, true);
    return NULL;
}

static void launch(struct waiter_thread *self, const void *address, uintptr_t kind)
{
    pthread_attr_t small;
    *self = (struct waiter_thread){.address = address, .kind = kind, .deadline_ns = DEADLINE_NEVER};
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 * 1024);
    ck_assert_int_eq(pthread_create(&self->thread, &small, wait_once, self), 0);
    pthread_attr_destroy(&small);
}

static void await_queued(struct waiter_thread *self)
{
    while (!atomic_load(&self->is_queued))
        nap();
}

static void start(struct waiter_thread *self, const void *address, uintptr_t kind)
{
    launch(self, address, kind);
    await_queued(self);
}

static void ends_with(struct waiter_thread *self, int result, uintptr_t token)
{
    pthread_join(self->thread, NULL);
    ck_assert_int_eq(self->result, result);
    ck_assert_uint_eq(self->token, token);
}

START_TEST(the_oldest_is_woken_first)
{
    char object = 0;
    struct waiter_thread waiters[4];
    for (uintptr_t i = 0; i < 4; i++)
        start(&waiters[i], &object, 0);
    for (uintptr_t i = 0; i < 4; i++) {
        struct wait_queue_result result = {0};
        ck_assert_uint_eq(wait_queue_unpark_one(&object, keep_result, &result), 1);
        ck_assert_uint_eq(result.unparked_count, 1);
        ck_assert(result.have_more == (i < 3));
        ends_with(&waiters[i], 0, 7);
        for (uintptr_t later = i + 1; later < 4; later++)
            ck_assert(!atomic_load(&waiters[later].is_done));
    }
}
END_TEST

START_TEST(all_are_woken_at_one_address_only)
{
    char objects[2] = {0};
    struct waiter_thread waiters[4];
    for (uintptr_t i = 0; i < 4; i++)
        start(&waiters[i], &objects[i == 3], 0);
    ck_assert_uint_eq(wait_queue_unpark_all(&objects[0], 11), 3);
    for (uintptr_t i = 0; i < 3; i++)
        ends_with(&waiters[i], 0, 11);
    ck_assert(!atomic_load(&waiters[3].is_done));
    ck_assert_uint_eq(wait_queue_unpark_all(&objects[1], 12), 1);
    ends_with(&waiters[3], 0, 12);
}
END_TEST

static enum wait_queue_choice choose_odd_below_five(uintptr_t kind, void *context)
{
    (void)context;
    if (kind >= 5)
        return WAIT_QUEUE_STOP;
    return kind % 2 ? WAIT_QUEUE_WAKE : WAIT_QUEUE_SKIP;
}

START_TEST(some_are_chosen)
{
    char object = 0;
    struct waiter_thread waiters[7];
    struct wait_queue_result result = {0};
    struct wait_queue_some some = {choose_odd_below_five, keep_result, &result};
    for (uintptr_t i = 0; i < 7; i++)
        start(&waiters[i], &object, i);
    ck_assert_uint_eq(wait_queue_unpark_some(&object, &some), 2);
    ck_assert_uint_eq(result.unparked_count, 2);
    ck_assert(result.have_more);
    ends_with(&waiters[1], 0, 7);
    ends_with(&waiters[3], 0, 7);
    ck_assert_uint_eq(wait_queue_unpark_all(&object, 1), 5);
    for (uintptr_t i = 0; i < 7; i++)
        if (i != 1 && i != 3)
            ends_with(&waiters[i], 0, 1);
}
END_TEST

static void wait_for_end(struct waiter_thread *self, uint64_t deadline_ns)
{
    self->deadline_ns = deadline_ns;
    ck_assert_int_eq(pthread_create(&self->thread, NULL, wait_once, self), 0);
}

START_TEST(a_timeout_leaves_the_others)
{
    char object = 0;
    struct waiter_thread waiters[2], late = {.address = &object};
    start(&waiters[0], &object, 0);
    start(&waiters[1], &object, 0);
    wait_for_end(&late, 0);
    ends_with(&late, -ETIMEDOUT, 0);
    ck_assert_int_eq(late.times.timed_out, 1);
    ck_assert(!late.times.was_last);
    ck_assert_uint_eq(wait_queue_unpark_all(&object, 3), 2);
    ends_with(&waiters[0], 0, 3);
    ends_with(&waiters[1], 0, 3);
}
END_TEST

START_TEST(fair_after_a_while)
{
    char object = 0;
    struct waiter_thread waiter;
    struct wait_queue_result result = {0};
    struct timespec pause = {.tv_nsec = 2000000};
    start(&waiter, &object, 0);
    wait_queue_unpark_one(&object, NULL, NULL);
    ends_with(&waiter, 0, 0);
    nanosleep(&pause, NULL); /* more than the millisecond that two fair moments are apart at most */
    start(&waiter, &object, 0);
    wait_queue_unpark_one(&object, keep_result, &result);
    ends_with(&waiter, 0, 7);
    ck_assert(result.is_fair);
}
END_TEST

/* ---- requeue ---- */

static struct wait_queue_plan wake_one_move_two(void *context)
{
    (void)context;
    return (struct wait_queue_plan){.wake_count = 1, .requeue_count = 2};
}

START_TEST(requeue_moves_without_waking)
{
    char from = 0, to = 0;
    struct waiter_thread waiters[5];
    struct wait_queue_result result = {0};
    struct wait_queue_requeue requeue = {
        .plan = wake_one_move_two, .decide = keep_result, .context = &result};
    start(&waiters[4], &to, 0);
    for (uintptr_t i = 0; i < 4; i++)
        start(&waiters[i], &from, 0);
    ck_assert_uint_eq(wait_queue_requeue(&from, &to, &requeue), 1);
    ck_assert_uint_eq(result.unparked_count, 1);
    ck_assert_uint_eq(result.requeued_count, 2);
    ck_assert(result.have_more);
    ends_with(&waiters[0], 0, 7);
    for (uintptr_t i = 0; i < 3; i++) { /* who was there already, then who was moved */
        static const uintptr_t order[] = {4, 1, 2};
        ck_assert_uint_eq(wait_queue_unpark_one(&to, NULL, NULL), 1);
        ends_with(&waiters[order[i]], 0, 0);
    }
    ck_assert_uint_eq(wait_queue_unpark_all(&from, 2), 1);
    ends_with(&waiters[3], 0, 2);
}
END_TEST

START_TEST(requeue_to_itself_moves_nobody)
{
    char object = 0;
    struct waiter_thread waiters[3];
    struct wait_queue_result result = {0};
    struct wait_queue_requeue requeue = {
        .plan = wake_one_move_two, .decide = keep_result, .context = &result};
    for (uintptr_t i = 0; i < 3; i++)
        start(&waiters[i], &object, 0);
    ck_assert_uint_eq(wait_queue_requeue(&object, &object, &requeue), 1);
    ck_assert_uint_eq(result.requeued_count, 0);
    ck_assert_uint_eq(wait_queue_unpark_all(&object, 0), 2);
    ends_with(&waiters[0], 0, 7);
    ends_with(&waiters[1], 0, 0);
    ends_with(&waiters[2], 0, 0);
}
END_TEST

static struct wait_queue_plan move_all(void *context)
{
    (void)context;
    return (struct wait_queue_plan){.requeue_count = SIZE_MAX};
}

static void *move_after_a_while(void *addresses)
{
    struct wait_queue_requeue requeue = {.plan = move_all};
    char *pair = addresses;
    for (int i = 0; i < 20; i++) {
        nap();
        wait_queue_requeue(&pair[i % 2], &pair[(i + 1) % 2], &requeue);
    }
    return NULL;
}

/* A deadline that passes in another queue than the one that was joined. */
START_TEST(a_moved_waiter_can_time_out)
{
    char pair[2] = {0};
    pthread_t mover;
    struct waiter_thread late = {.address = &pair[0]};
    wait_for_end(&late, deadline_after_ns(DEADLINE_MS));
    ck_assert_int_eq(pthread_create(&mover, NULL, move_after_a_while, pair), 0);
    ends_with(&late, -ETIMEDOUT, 0);
    pthread_join(mover, NULL);
    ck_assert_uint_eq(wait_queue_unpark_all(&pair[0], 0) + wait_queue_unpark_all(&pair[1], 0), 0);
}
END_TEST

/* ---- announced waits ---- */

START_TEST(refused_without_an_announcement)
{
    char object = 0;
    struct wait_queue_park how = {.is_announced = true};
    ck_assert(!wait_queue_is_announced(&object));
    ck_assert_int_eq(wait_queue_park(&object, &how, DEADLINE_NEVER, NULL), -EAGAIN);
    wait_queue_announce(&object);
    ck_assert(wait_queue_is_announced(&object));
    ck_assert_int_eq(wait_queue_park(&object, &how, 0, NULL), -ETIMEDOUT);
    ck_assert_uint_eq(wait_queue_unpark_announced(&object, NULL, NULL), 0);
    ck_assert(!wait_queue_is_announced(&object)); /* nobody was there */
}
END_TEST

static void start_announced(struct waiter_thread *self, const void *address)
{
    wait_queue_announce(address);
    *self = (struct waiter_thread){
        .address = address, .is_announced = true, .deadline_ns = DEADLINE_NEVER};
    ck_assert_int_eq(pthread_create(&self->thread, NULL, wait_once, self), 0);
    await_queued(self);
}

START_TEST(only_the_announced_are_woken)
{
    char object = 0;
    struct waiter_thread plain, announced[2];
    struct wait_queue_result result = {0};
    start(&plain, &object, 0);
    start_announced(&announced[0], &object);
    start_announced(&announced[1], &object);
    ck_assert_uint_eq(wait_queue_unpark_announced(&object, keep_result, &result), 1);
    ck_assert(result.have_more);
    ck_assert(!wait_queue_is_announced(&object)); /* the one that is woken sees to the rest */
    ends_with(&announced[0], 0, 7);
    wait_queue_announce(&object);
    ck_assert_uint_eq(wait_queue_unpark_announced(&object, NULL, NULL), 1);
    ends_with(&announced[1], 0, 0);
    ck_assert_uint_eq(wait_queue_unpark_announced(&object, NULL, NULL), 0);
    ck_assert_uint_eq(wait_queue_unpark_all(&object, 3), 1);
    ends_with(&plain, 0, 3);
}
END_TEST

/* The announcement of a bucket is one for all its addresses: nobody may withdraw another one's. */
START_TEST(others_in_the_bucket_stay_announced)
{
    static char objects[1 << 14];
    size_t twin = 1;
    while (wait_queue_bucket_of(&objects[twin]) != wait_queue_bucket_of(&objects[0]))
        ck_assert_uint_lt(++twin, sizeof(objects));
    struct waiter_thread waiters[2];
    start_announced(&waiters[0], &objects[0]);
    start_announced(&waiters[1], &objects[twin]);
    ck_assert_uint_eq(wait_queue_unpark_announced(&objects[0], NULL, NULL), 1);
    ends_with(&waiters[0], 0, 0);
    ck_assert(wait_queue_is_announced(&objects[twin]));
    ck_assert_uint_eq(wait_queue_unpark_announced(&objects[twin], NULL, NULL), 1);
    ends_with(&waiters[1], 0, 0);
    ck_assert(!wait_queue_is_announced(&objects[twin]));
}
END_TEST

START_TEST(moved_waiters_can_be_announced)
{
    char from = 0, to = 0;
    struct waiter_thread waiter;
    struct wait_queue_requeue requeue = {.plan = move_all, .moved_are_announced = true};
    start(&waiter, &from, 0);
    ck_assert_uint_eq(wait_queue_requeue(&from, &to, &requeue), 0);
    ck_assert_uint_eq(wait_queue_unpark_announced(&from, NULL, NULL), 0);
    ck_assert_uint_eq(wait_queue_unpark_announced(&to, keep_result, &(struct wait_queue_result){0}),
                      1);
    ends_with(&waiter, 0, 7);
}
END_TEST

/* ---- disturbed, many, forked ---- */

static void on_signal(int number)
{
    (void)number;
}

START_TEST(signals_do_not_end_a_wait)
{
    char object = 0;
    struct waiter_thread waiter;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    start(&waiter, &object, 0);
    for (int i = 0; i < 20; i++) {
        pthread_kill(waiter.thread, SIGUSR1);
        nap();
    }
    ck_assert(!atomic_load(&waiter.is_done));
    ck_assert_uint_eq(wait_queue_unpark_all(&object, 4), 1);
    ends_with(&waiter, 0, 4);
}
END_TEST

enum { MANY = 1000 };

static uintptr_t hand_out(const struct wait_queue_result *result, void *context)
{
    (void)result;
    return *(uintptr_t *)context;
}

/* More addresses than buckets: some share one, and must not be taken for each other. */
START_TEST(a_thousand_threads_at_a_thousand_addresses)
{
    static struct waiter_thread waiters[MANY];
    static char objects[MANY];
    for (uintptr_t i = 0; i < MANY; i++)
        launch(&waiters[i], &objects[i], 0);
    for (uintptr_t i = 0; i < MANY; i++)
        await_queued(&waiters[i]);
    for (uintptr_t i = MANY; i-- > 0;)
        ck_assert_uint_eq(wait_queue_unpark_one(&objects[i], hand_out, &i), 1);
    for (uintptr_t i = 0; i < MANY; i++)
        ends_with(&waiters[i], 0, i);
}
END_TEST

static int in_the_child(const void *address)
{
    struct wait_queue_park how = {0};
    if (wait_queue_unpark_all(address, 0) != 0)
        return 1;
    if (wait_queue_park(address, &how, deadline_after_ns(DEADLINE_MS), NULL) != -ETIMEDOUT)
        return 2;
    return 0;
}

START_TEST(the_child_of_a_fork_has_empty_queues)
{
    char object = 0;
    int status = -1;
    struct waiter_thread waiter;
    start(&waiter, &object, 0);
    pid_t child = fork();
    if (child == 0)
        _exit(in_the_child(&object));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(wait_queue_unpark_all(&object, 1), 1);
    ends_with(&waiter, 0, 1);
}
END_TEST

static void add_requeue(Suite *suite)
{
    TCase *requeue = tcase_create("requeue");
    tcase_set_timeout(requeue, 50);
    tcase_add_test(requeue, requeue_moves_without_waking);
    tcase_add_test(requeue, requeue_to_itself_moves_nobody);
    tcase_add_test(requeue, a_moved_waiter_can_time_out);
    suite_add_tcase(suite, requeue);
}

static void add_announced(Suite *suite)
{
    TCase *announced = tcase_create("announced");
    tcase_set_timeout(announced, 50);
    tcase_add_test(announced, refused_without_an_announcement);
    tcase_add_test(announced, only_the_announced_are_woken);
    tcase_add_test(announced, others_in_the_bucket_stay_announced);
    tcase_add_test(announced, moved_waiters_can_be_announced);
    suite_add_tcase(suite, announced);
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("wait_queue");
    TCase *alone = tcase_create("alone");
    tcase_set_timeout(alone, 50);
    tcase_add_test(alone, nothing_to_wait_for);
    tcase_add_test(alone, deadlines_in_the_past_and_soon);
    tcase_add_test(alone, decide_is_asked_where_nobody_waits);
    tcase_add_test(alone, woken_before_asleep);
    suite_add_tcase(suite, alone);
    TCase *unpark = tcase_create("unpark");
    tcase_set_timeout(unpark, 50);
    tcase_add_test(unpark, the_oldest_is_woken_first);
    tcase_add_test(unpark, all_are_woken_at_one_address_only);
    tcase_add_test(unpark, some_are_chosen);
    tcase_add_test(unpark, a_timeout_leaves_the_others);
    tcase_add_test(unpark, fair_after_a_while);
    suite_add_tcase(suite, unpark);
    add_requeue(suite);
    add_announced(suite);
    TCase *faults = tcase_create("faults");
    tcase_set_timeout(faults, 50);
    tcase_add_test(faults, signals_do_not_end_a_wait);
    tcase_add_test(faults, a_thousand_threads_at_a_thousand_addresses);
    tcase_add_test(faults, the_child_of_a_fork_has_empty_queues);
    suite_add_tcase(suite, faults);
    return suite;
}
