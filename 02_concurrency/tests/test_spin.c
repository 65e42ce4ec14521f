/* test_spin.c - the four locks: one holder at a time, and, where the header promises it, first come, first served. */
#include "tests/support/check_main.h"

#include <pthread.h>

#include "02_concurrency/spin.h"

enum { THREADS = 8, ROUNDS = 2000 };

/* One of each, behind one interface: the node is used by those that need one. */
struct locks {
    struct spin_tas tas;
    struct spin_ttas ttas;
    struct spin_ticket ticket;
    struct spin_mcs mcs;
    struct spin_clh clh;
};
struct waiter {
    struct spin_mcs_node mcs;
    struct spin_clh_node *clh;
};
struct kind {
    void (*lock)(struct locks *, struct waiter *);
    void (*unlock)(struct locks *, struct waiter *);
};

static void lock_tas(struct locks *locks, struct waiter *waiter)
{
    (void)waiter;
    spin_tas_lock(&locks->tas);
}
static void unlock_tas(struct locks *locks, struct waiter *waiter)
{
    (void)waiter;
    spin_tas_unlock(&locks->tas);
}
static void lock_ttas(struct locks *locks, struct waiter *waiter)
{
    (void)waiter;
    spin_ttas_lock(&locks->ttas);
}
static void unlock_ttas(struct locks *locks, struct waiter *waiter)
{
    (void)waiter;
    spin_ttas_unlock(&locks->ttas);
}
static void lock_ticket(struct locks *locks, struct waiter *waiter)
{
    (void)waiter;
    spin_ticket_lock(&locks->ticket);
}
static void unlock_ticket(struct locks *locks, struct waiter *waiter)
{
    (void)waiter;
    spin_ticket_unlock(&locks->ticket);
}
static void lock_mcs(struct locks *locks, struct waiter *waiter)
{
    spin_mcs_lock(&locks->mcs, &waiter->mcs);
}
static void unlock_mcs(struct locks *locks, struct waiter *waiter)
{
    spin_mcs_unlock(&locks->mcs, &waiter->mcs);
}
static void lock_clh(struct locks *locks, struct waiter *waiter)
{
    spin_clh_lock(&locks->clh, waiter->clh);
}
static void unlock_clh(struct locks *locks, struct waiter *waiter)
{
    (void)locks;
    waiter->clh = spin_clh_unlock(waiter->clh);
}

static const struct kind kinds[] = {
    {lock_tas, unlock_tas}, {lock_ttas, unlock_ttas}, {lock_ticket, unlock_ticket},
    {lock_mcs, unlock_mcs}, {lock_clh, unlock_clh},
};
enum { FIRST_FAIR = 2, KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct world {
    const struct kind *kind;
    struct locks locks;
    struct spin_clh_node nodes[THREADS + 1];
    struct waiter waiters[THREADS + 1];
    long counter; /* not atomic: the lock is what protects it */
    int order[THREADS];
    int served;
} world;

static void make_world(int kind)
{
    world = (struct world){.kind = &kinds[kind]};
    spin_clh_init(&world.locks.clh);
    for (int i = 0; i <= THREADS; i++)
        world.waiters[i].clh = &world.nodes[i];
}

static void *count_up(void *argument)
{
    struct waiter *mine = argument;
    for (int i = 0; i < ROUNDS; i++) {
        world.kind->lock(&world.locks, mine);
        world.counter++;
        world.kind->unlock(&world.locks, mine);
    }
    return NULL;
}

START_TEST(one_holder_at_a_time)
{
    pthread_t threads[THREADS];
    make_world(_i);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_up, &world.waiters[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(world.counter, (long)THREADS * ROUNDS);
}
END_TEST

/* What changes when another waiter has its place. */
static uintptr_t queue_end(void)
{
    return atomic_load(&world.locks.ticket.next) ^ (uintptr_t)atomic_load(&world.locks.mcs.tail) ^
           (uintptr_t)atomic_load(&world.locks.clh.tail);
}

static void *note_order(void *argument)
{
    struct waiter *mine = argument;
    world.kind->lock(&world.locks, mine);
    world.order[world.served++] = (int)(mine - world.waiters);
    world.kind->unlock(&world.locks, mine);
    return NULL;
}

START_TEST(first_come_first_served)
{
    pthread_t threads[THREADS];
    make_world(_i);
    struct waiter *holder = &world.waiters[THREADS];
    world.kind->lock(&world.locks, holder);
    for (int i = 0; i < THREADS; i++) { /* the next one comes when this one has its place */
        uintptr_t before = queue_end();
        ck_assert_int_eq(pthread_create(&threads[i], NULL, note_order, &world.waiters[i]), 0);
        while (queue_end() == before)
            sched_yield();
    }
    world.kind->unlock(&world.locks, holder);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(world.order[i], i);
}
END_TEST

START_TEST(ticket_numbers_come_round)
{
    struct spin_ticket lock = {UINT32_MAX, UINT32_MAX};
    for (int i = 0; i < 3; i++) {
        spin_ticket_lock(&lock);
        spin_ticket_unlock(&lock);
    }
    ck_assert_uint_eq(atomic_load(&lock.next), 2);
    ck_assert_uint_eq(atomic_load(&lock.serving), 2);
}
END_TEST

START_TEST(mcs_is_free_without_a_successor)
{
    struct spin_mcs lock = {NULL};
    struct spin_mcs_node node;
    for (int i = 0; i < 3; i++) {
        spin_mcs_lock(&lock, &node);
        ck_assert_ptr_eq(atomic_load(&lock.tail), &node);
        spin_mcs_unlock(&lock, &node);
        ck_assert_ptr_null(atomic_load(&lock.tail));
    }
}
END_TEST

START_TEST(clh_nodes_wander)
{
    struct spin_clh lock;
    struct spin_clh_node mine, *node = &mine;
    spin_clh_init(&lock);
    spin_clh_lock(&lock, node);
    node = spin_clh_unlock(node);
    ck_assert_ptr_eq(node, &lock.first);
    spin_clh_lock(&lock, node);
    node = spin_clh_unlock(node);
    ck_assert_ptr_eq(node, &mine);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("spin");
    TCase *threads = tcase_create("threads");
    tcase_add_loop_test(threads, one_holder_at_a_time, 0, KINDS);
    suite_add_tcase(suite, threads);
    TCase *order = tcase_create("order");
    tcase_add_loop_test(order, first_come_first_served, FIRST_FAIR, KINDS);
    suite_add_tcase(suite, order);
    TCase *edges = tcase_create("edges");
    tcase_add_test(edges, ticket_numbers_come_round);
    tcase_add_test(edges, mcs_is_free_without_a_successor);
    tcase_add_test(edges, clh_nodes_wander);
    suite_add_tcase(suite, edges);
    return suite;
}
