/* test_condvar.c - one is woken, or all; who is moved to the mutex's queue is not forgotten there. */
#include "tests/support/check_main.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "02_concurrency/condvar.h"

static void nap(void)
{
    struct timespec pause = {.tv_nsec = 100000};
    nanosleep(&pause, NULL);
}

/* All but the condvar is guarded by the mutex. */
struct room {
    struct mutex mutex;
    struct condvar condvar;
    int tickets, waiting, served;
};

struct guest {
    struct room *room;
    uint64_t deadline_ns;
    pthread_t thread;
    bool was_woken;
};

/* Wait for a ticket; until the deadline, once. */
static void *guest_main(void *argument)
{
    struct guest *guest = argument;
    struct room *room = guest->room;
    mutex_lock(&room->mutex);
    room->waiting++;
    guest->was_woken = true;
    while (room->tickets == 0 && guest->was_woken)
        guest->was_woken = condvar_wait_until(&room->condvar, &room->mutex, guest->deadline_ns);
    room->waiting--;
    if (room->tickets > 0) {
        room->tickets--;
        room->served++;
    }
    mutex_unlock(&room->mutex);
    return NULL;
}

static void start(struct guest *guest, struct room *room, uint64_t deadline_ns)
{
    pthread_attr_t small;
    *guest = (struct guest){.room = room, .deadline_ns = deadline_ns};
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 * 1024);
    ck_assert_int_eq(pthread_create(&guest->thread, &small, guest_main, guest), 0);
    pthread_attr_destroy(&small);
}

/* Returns when so many are in the condvar's queue: each joined before it gave the mutex back. */
static void await_waiting(struct room *room, int count)
{
    for (int waiting = -1; waiting != count;) {
        mutex_lock(&room->mutex);
        waiting = room->waiting;
        mutex_unlock(&room->mutex);
        nap();
    }
}

static void start_all(struct guest *guests, int count, struct room *room)
{
    for (int i = 0; i < count; i++)
        start(&guests[i], room, DEADLINE_NEVER);
    await_waiting(room, count);
}

static void join_all(struct guest *guests, int count)
{
    for (int i = 0; i < count; i++)
        pthread_join(guests[i].thread, NULL);
}

static void close_room(struct room *room)
{
    mutex_fini(&room->mutex);
    condvar_fini(&room->condvar);
}

/* ---- waking ---- */

START_TEST(signal_wakes_one)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct guest guests[3];
    condvar_signal(&room.condvar); /* for nobody: not kept */
    start_all(guests, 3, &room);
    for (int i = 1; i <= 3; i++) {
        mutex_lock(&room.mutex);
        room.tickets++;
        condvar_signal(&room.condvar);
        mutex_unlock(&room.mutex);
        await_waiting(&room, 3 - i);
        ck_assert_int_eq(room.served, i);
    }
    join_all(guests, 3);
    close_room(&room);
}
END_TEST

/* held: whether the mutex is held during the broadcast. */
static void broadcast_to(int count, bool held)
{
    static struct guest guests[1000];
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    start_all(guests, count, &room);
    mutex_lock(&room.mutex);
    room.tickets = count;
    if (held)
        condvar_broadcast(&room.condvar);
    mutex_unlock(&room.mutex);
    if (!held)
        condvar_broadcast(&room.condvar);
    join_all(guests, count);
    ck_assert_int_eq(room.served, count);
    close_room(&room);
}

START_TEST(broadcast_wakes_all)
{
    for (int round = 0; round < 20; round++) {
        broadcast_to(1, round % 2);
        broadcast_to(4, round % 2);
    }
}
END_TEST

START_TEST(a_thousand_threads)
{
    broadcast_to(1000, true);
    broadcast_to(200, false);
}
END_TEST

START_TEST(signal_moves_to_the_mutex)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct guest guests[2];
    start_all(guests, 2, &room);
    mutex_lock(&room.mutex);
    room.tickets = 2;
    condvar_signal(&room.condvar);
    ck_assert(wait_queue_is_announced(&room.mutex));
    ck_assert_int_eq(room.waiting, 2); /* nobody has run */
    mutex_unlock(&room.mutex);
    await_waiting(&room, 1);
    ck_assert_int_eq(room.served, 1);
    condvar_signal(&room.condvar); /* free: woken at once */
    join_all(guests, 2);
    ck_assert_int_eq(room.served, 2);
    close_room(&room);
}
END_TEST

START_TEST(broadcast_moves_to_the_mutex)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct guest guests[3];
    start_all(guests, 3, &room);
    mutex_lock(&room.mutex);
    room.tickets = 3;
    condvar_broadcast(&room.condvar);
    ck_assert_uint_eq(wait_queue_unpark_all(&room.condvar, 0), 0); /* the queue is empty */
    ck_assert(wait_queue_is_announced(&room.mutex));
    ck_assert_int_eq(room.waiting, 3); /* and nobody has run */
    mutex_unlock(&room.mutex);
    join_all(guests, 3);
    ck_assert_int_eq(room.served, 3);
    close_room(&room);
}
END_TEST

/* ---- deadlines ---- */

START_TEST(deadlines_in_the_past_and_soon)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    mutex_lock(&room.mutex);
    ck_assert(!condvar_wait_until(&room.condvar, &room.mutex, 0));
    ck_assert(!condvar_wait_until(&room.condvar, &room.mutex, deadline_now_ns()));
    uint64_t deadline_ns = deadline_after_ns(3 * DEADLINE_MS);
    ck_assert(!condvar_wait_until(&room.condvar, &room.mutex, deadline_ns));
    ck_assert(deadline_has_passed(deadline_ns));
    ck_assert(mutex_is_locked(&room.mutex)); /* taken again, each time */
    mutex_unlock(&room.mutex);
    close_room(&room);
}
END_TEST

START_TEST(a_timeout_leaves_the_others)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct guest patient[2], hasty;
    start_all(patient, 2, &room);
    start(&hasty, &room, deadline_after_ns(DEADLINE_MS));
    pthread_join(hasty.thread, NULL);
    ck_assert(!hasty.was_woken);
    mutex_lock(&room.mutex);
    room.tickets = 2;
    condvar_broadcast(&room.condvar);
    mutex_unlock(&room.mutex);
    join_all(patient, 2);
    ck_assert_int_eq(room.served, 2);
    close_room(&room);
}
END_TEST

/* The deadline passes in the mutex's queue, where both were moved to.
 * Returns: false if the machine was too slow for that: it had passed before. */
static bool move_and_be_late(uint64_t patience_ns)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct guest guests[2];
    uint64_t deadline_ns = deadline_after_ns(patience_ns);
    start(&guests[0], &room, DEADLINE_NEVER - 1);
    await_waiting(&room, 1);
    start(&guests[1], &room, deadline_ns);
    mutex_lock(&room.mutex);
    while (room.waiting < 2 && !deadline_has_passed(deadline_ns)) {
        mutex_unlock(&room.mutex);
        nap();
        mutex_lock(&room.mutex);
    }
    room.tickets = 2;
    condvar_broadcast(&room.condvar);
    bool was_in_time = room.waiting == 2 && !deadline_has_passed(deadline_ns);
    while (!deadline_has_passed(deadline_ns))
        nap();
    nap(); /* it has left the queue by now, and waits for the mutex; or will */
    mutex_unlock(&room.mutex);
    join_all(guests, 2);
    if (was_in_time) {
        ck_assert_int_eq(room.served, 2); /* each looked again, and there was a ticket */
        ck_assert(guests[1].was_woken);   /* by the broadcast, whenever it had the mutex */
    }
    close_room(&room);
    return was_in_time;
}

START_TEST(moved_and_then_late)
{
    uint64_t patience_ns = 5 * DEADLINE_MS;
    while (!move_and_be_late(patience_ns))
        patience_ns *= 2;
}
END_TEST

/* ---- disturbed ---- */

static void on_signal(int number)
{
    (void)number;
}

START_TEST(signals_do_not_end_a_wait)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct sigaction action = {.sa_handler = on_signal};
    struct guest guest;
    sigaction(SIGUSR1, &action, NULL);
    start_all(&guest, 1, &room);
    for (int i = 0; i < 20; i++) {
        pthread_kill(guest.thread, SIGUSR1);
        nap();
    }
    ck_assert_int_eq(room.waiting, 1);
    mutex_lock(&room.mutex);
    room.tickets = 1;
    condvar_signal(&room.condvar);
    mutex_unlock(&room.mutex);
    join_all(&guest, 1);
    ck_assert_int_eq(room.served, 1);
    close_room(&room);
}
END_TEST

/* Woken for nothing: by another user of the same address. The loop around the wait is for this. */
START_TEST(spurious_wake_ups_are_looked_through)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct guest guest;
    start_all(&guest, 1, &room);
    for (int i = 0; i < 20; i++) {
        wait_queue_unpark_all(&room.condvar, 0);
        nap();
    }
    await_waiting(&room, 1);
    mutex_lock(&room.mutex);
    room.tickets = 1;
    condvar_broadcast(&room.condvar);
    mutex_unlock(&room.mutex);
    join_all(&guest, 1);
    ck_assert_int_eq(room.served, 1);
}
END_TEST

static int in_the_child(struct room *room)
{
    struct mutex other = MUTEX_INIT;
    mutex_lock(&other);
    if (condvar_wait_until(&room->condvar, &other, 0)) /* with another mutex */
        return 1;
    mutex_unlock(&other);
    condvar_fini(&room->condvar);
    return 0;
}

/* Who waits in the parent does not wait in the child, though the condvar says so. */
START_TEST(usable_in_the_child_of_a_fork)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct guest guest;
    start_all(&guest, 1, &room);
    for (int i = 0; i < 3; i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) {
            if (i == 1)
                condvar_fini(&room.condvar);
            if (i == 2)
                condvar_signal(&room.condvar);
            _exit(i == 1 ? 0 : in_the_child(&room));
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
    }
    mutex_lock(&room.mutex);
    room.tickets = 1;
    condvar_signal(&room.condvar);
    mutex_unlock(&room.mutex);
    join_all(&guest, 1);
    ck_assert_int_eq(room.served, 1);
    close_room(&room);
}
END_TEST

#ifndef NDEBUG
START_TEST(two_mutexes_are_stopped)
{
    struct room room = {MUTEX_INIT, CONDVAR_INIT, 0, 0, 0};
    struct mutex other = MUTEX_INIT;
    struct guest guest;
    start_all(&guest, 1, &room);
    mutex_lock(&other);
    condvar_wait(&room.condvar, &other);
}
END_TEST
#endif

Suite *check_suite(void)
{
    Suite *suite = suite_create("condvar");
    TCase *wake = tcase_create("wake");
    tcase_set_timeout(wake, 50);
    tcase_add_test(wake, signal_wakes_one);
    tcase_add_test(wake, broadcast_wakes_all);
    tcase_add_test(wake, signal_moves_to_the_mutex);
    tcase_add_test(wake, broadcast_moves_to_the_mutex);
    tcase_add_test(wake, a_thousand_threads);
    suite_add_tcase(suite, wake);
    TCase *deadline = tcase_create("deadline");
    tcase_set_timeout(deadline, 50);
    tcase_add_test(deadline, deadlines_in_the_past_and_soon);
    tcase_add_test(deadline, a_timeout_leaves_the_others);
    tcase_add_test(deadline, moved_and_then_late);
    suite_add_tcase(suite, deadline);
    TCase *disturbed = tcase_create("disturbed");
    tcase_set_timeout(disturbed, 50);
    tcase_add_test(disturbed, signals_do_not_end_a_wait);
    tcase_add_test(disturbed, spurious_wake_ups_are_looked_through);
    tcase_add_test(disturbed, usable_in_the_child_of_a_fork);
#ifndef NDEBUG
    tcase_add_test_raise_signal(disturbed, two_mutexes_are_stopped, SIGILL);
#endif
    suite_add_tcase(suite, disturbed);
    return suite;
}
