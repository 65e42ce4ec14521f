/* test_hazard.c - what a slot keeps, what it does not, and how much there can be at most. Each case runs with the
 * kernel's barrier and with fences. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>

#include "02_concurrency/hazard.h"

enum { MANY = 100000 };

struct item {
    struct reclaim_node node;
    _Atomic(uintptr_t) next;
};

static struct allocator_tracking tracking;
static struct allocator_counting counting;
static struct hazard hazard;
static struct hazard_thread *me;
static _Atomic(uintptr_t) link_;

static void item_free(struct reclaim_node *node, struct allocator *allocator)
{
    allocator_free(allocator, container_of(node, struct item, node), sizeof(struct item), 16);
}

static struct item *item_make(void)
{
    struct item *item = allocator_alloc_zeroed(hazard.domain.allocator, sizeof(*item), 16);
    ck_assert_ptr_nonnull(item);
    return item;
}

/* Put a new item into the link and retire the old one. */
static void replace(struct hazard_thread *thread)
{
    struct item *old = (struct item *)atomic_exchange(&link_, (uintptr_t)item_make());
    if (old)
        hazard_retire(thread, &old->node, item_free);
}

static size_t live(void)
{
    return allocator_counting_read(&counting).live_blocks;
}

/* mode: 1 for the kernel's barrier, if there is one. */
static void begin_over(struct allocator *parent, int mode)
{
    allocator_counting_init(&counting, parent);
    hazard_init(&hazard, &counting.base, mode ? asymmetric_best() : ASYMMETRIC_FENCES);
    ck_assert_int_eq(hazard_join(&hazard, &me), 0);
    atomic_store(&link_, 0);
}

static void begin(int mode)
{
    allocator_tracking_init(&tracking, allocator_system());
    begin_over(&tracking.base, mode);
    replace(me);
}

static void end(void)
{
    struct item *last = (struct item *)atomic_load(&link_);
    if (last)
        item_free(&last->node, hazard.domain.allocator);
    hazard_fini(&hazard);
    ck_assert_uint_eq(live(), 0);
}

static void end_tracked(void)
{
    end();
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

/* ---- what stays ---- */

START_TEST(keeps_what_is_in_a_slot)
{
    begin(_i);
    struct item *item = (struct item *)hazard_protect(me, 3, &link_, 0);
    replace(me);
    ck_assert_uint_eq(hazard_collect(me), 0);
    atomic_store(&item->next, 1); /* the sanitizer and the tracking would tell */
    hazard_clear(me, 3);
    ck_assert_uint_eq(hazard_collect(me), 1);
    end_tracked();
}
END_TEST

START_TEST(a_slot_that_is_used_again_keeps_the_new_one)
{
    begin(_i);
    hazard_protect(me, 0, &link_, 0);
    replace(me);
    uintptr_t second = hazard_protect(me, 0, &link_, 0);
    replace(me);
    ck_assert_uint_eq(hazard_collect(me), 1);
    ck_assert_uint_eq(atomic_load(&me->slots[0]), second);
    hazard_clear(me, 0);
    ck_assert_uint_eq(hazard_collect(me), 1);
    end_tracked();
}
END_TEST

START_TEST(marks_are_not_part_of_the_address)
{
    begin(_i);
    uintptr_t plain = atomic_fetch_or(&link_, 3);
    ck_assert_uint_eq(hazard_protect(me, 0, &link_, 3), plain | 3);
    atomic_store(&link_, 0);
    hazard_retire(me, &((struct item *)plain)->node, item_free);
    ck_assert_uint_eq(hazard_collect(me), 0);
    hazard_clear(me, 0);
    ck_assert_uint_eq(hazard_collect(me), 1);
    end_tracked();
}
END_TEST

START_TEST(nothing_is_protected_by_an_empty_link)
{
    begin(_i);
    struct item *item = (struct item *)atomic_exchange(&link_, 0);
    ck_assert_uint_eq(hazard_protect(me, 0, &link_, 0), 0);
    hazard_retire(me, &item->node, item_free);
    ck_assert_uint_eq(hazard_collect(me), 1);
    end_tracked();
}
END_TEST

START_TEST(the_outermost_section_clears)
{
    begin(_i);
    uint64_t outside = hazard_enter(me);
    uint64_t outer = hazard_enter(me);
    hazard_protect(me, 1, &link_, 0);
    replace(me);
    hazard_leave(me, outer);
    ck_assert_uint_eq(hazard_collect(me), 0); /* still in the outer one */
    hazard_leave(me, outside);
    ck_assert_uint_eq(hazard_collect(me), 1);
    end_tracked();
}
END_TEST

/* More slots than are gathered at a time, and every node in one of them but the last. */
START_TEST(looks_into_the_slots_of_all)
{
    enum { RECORDS = 40, NODES = RECORDS * HAZARD_SLOTS };
    struct hazard_thread *records[RECORDS];
    begin(_i);
    for (int i = 0; i < RECORDS; i++) {
        ck_assert_int_eq(hazard_join(&hazard, &records[i]), 0);
        for (unsigned slot = 0; slot < HAZARD_SLOTS; slot++) {
            hazard_protect(records[i], slot, &link_, 0);
            replace(me);
        }
    }
    replace(me);
    ck_assert_uint_eq(hazard_collect(me), 1);
    for (int i = 0; i < RECORDS; i++) {
        hazard_quit(records[i]); /* clears its slots */
        ck_assert_uint_eq(hazard_collect(me), HAZARD_SLOTS);
    }
    end_tracked();
}
END_TEST

/* ---- the bound ---- */

static pthread_barrier_t stalled, released;

static void *stall(void *argument)
{
    struct hazard_thread *thread;
    (void)argument;
    if (hazard_join(&hazard, &thread) == 0)
        for (unsigned slot = 0; slot < HAZARD_SLOTS; slot++)
            hazard_protect(thread, slot, &link_, 0);
    pthread_barrier_wait(&stalled);
    pthread_barrier_wait(&released);
    return NULL; /* without quitting, and with its slots in use */
}

START_TEST(a_stalled_reader_keeps_only_what_it_holds)
{
    pthread_t thread;
    begin_over(allocator_system(), _i);
    replace(me);
    pthread_barrier_init(&stalled, NULL, 2);
    pthread_barrier_init(&released, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, stall, NULL), 0);
    pthread_barrier_wait(&stalled);
    size_t most = 0;
    for (int i = 0; i < MANY; i++) {
        replace(me);
        most = live() > most ? live() : most;
    }
    /* two records, the item in the link, and what is retired */
    ck_assert_uint_le(most, 3 + hazard_bound(&hazard));
    hazard_collect(me);
    ck_assert_uint_eq(live(), 3 + 1); /* all its slots hold one item */
    pthread_barrier_wait(&released);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(hazard_collect(me), 1); /* a thread that ends has quit */
    pthread_barrier_destroy(&stalled);
    pthread_barrier_destroy(&released);
    end();
}
END_TEST

START_TEST(threads_that_quit_leave_no_more_than_the_bound)
{
    begin_over(allocator_system(), _i);
    replace(me);
    for (int i = 0; i < 200; i++) {
        struct hazard_thread *other;
        ck_assert_int_eq(hazard_join(&hazard, &other), 0);
        for (int k = 0; k < HAZARD_BATCH / 2; k++)
            replace(other);
        hazard_quit(other);
        ck_assert_uint_le(live(), 3 + hazard_bound(&hazard));
    }
    end();
}
END_TEST

/* Two records: the first adopts all that was left and retires nothing, the second just not enough to collect. */
static void *come_and_go(void *argument)
{
    int *error = argument;
    struct hazard_thread *idle, *busy;
    *error = hazard_join(&hazard, &idle);
    if (!*error)
        *error = hazard_join(&hazard, &busy);
    for (size_t i = 1; !*error && i < hazard_threshold(busy); i++) {
        struct item *item = allocator_alloc_zeroed(hazard.domain.allocator, sizeof(*item), 16);
        if (item)
            hazard_retire(busy, &item->node, item_free);
        else
            *error = -ENOMEM;
    }
    return NULL; /* which is quitting both */
}

START_TEST(short_lived_threads_leave_no_more_than_the_bound)
{
    begin_over(allocator_system(), _i);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        int error;
        ck_assert_int_eq(pthread_create(&thread, NULL, come_and_go, &error), 0);
        pthread_join(thread, NULL);
        ck_assert_int_eq(error, 0);
        ck_assert_uint_le(live(), 3 + hazard_bound(&hazard));
    }
    end();
}
END_TEST

/* ---- destructors, errors ---- */

static void item_free_with_next(struct reclaim_node *node, struct allocator *allocator)
{
    struct item *item = container_of(node, struct item, node);
    struct item *next = (struct item *)atomic_load(&item->next);
    if (next)
        hazard_retire(me, &next->node, item_free_with_next);
    item_free(node, allocator);
}

START_TEST(a_destructor_may_retire)
{
    begin(_i);
    struct item *first = NULL;
    for (int i = 0; i < 20; i++) {
        struct item *item = item_make();
        atomic_store(&item->next, (uintptr_t)first);
        first = item;
    }
    hazard_retire(me, &first->node, item_free_with_next);
    for (int i = 0; i < 10; i++)
        ck_assert_uint_eq(hazard_collect(me), 1); /* each frees one, and retires the next */
    end_tracked();                                /* and fini frees the rest */
}
END_TEST

START_TEST(join_without_memory_changes_nothing)
{
    struct allocator_failing failing;
    me = NULL;
    allocator_failing_init(&failing, allocator_system(), 0);
    allocator_counting_init(&counting, &failing.base);
    hazard_init(&hazard, &counting.base, _i ? asymmetric_best() : ASYMMETRIC_FENCES);
    ck_assert_int_eq(hazard_join(&hazard, &me), -ENOMEM);
    ck_assert_ptr_null(me);
    hazard_quit(me);
    allocator_failing_init(&failing, allocator_system(), 1 + 3 * HAZARD_BATCH);
    ck_assert_int_eq(hazard_join(&hazard, &me), 0);
    atomic_store(&link_, 0);
    for (int i = 0; i < 3 * HAZARD_BATCH; i++) /* retiring and collecting ask for no memory */
        replace(me);
    ck_assert_uint_lt(live(), 2 * HAZARD_BATCH);
    ck_assert_uint_eq(allocator_failing_refused(&failing), 0);
    end();
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("hazard");
    TCase *slots = tcase_create("slots");
    tcase_add_loop_test(slots, keeps_what_is_in_a_slot, 0, 2);
    tcase_add_loop_test(slots, a_slot_that_is_used_again_keeps_the_new_one, 0, 2);
    tcase_add_loop_test(slots, marks_are_not_part_of_the_address, 0, 2);
    tcase_add_loop_test(slots, nothing_is_protected_by_an_empty_link, 0, 2);
    tcase_add_loop_test(slots, the_outermost_section_clears, 0, 2);
    tcase_add_loop_test(slots, looks_into_the_slots_of_all, 0, 2);
    suite_add_tcase(suite, slots);
    TCase *bound = tcase_create("bound");
    tcase_add_loop_test(bound, a_stalled_reader_keeps_only_what_it_holds, 0, 2);
    tcase_add_loop_test(bound, threads_that_quit_leave_no_more_than_the_bound, 0, 2);
    tcase_add_loop_test(bound, short_lived_threads_leave_no_more_than_the_bound, 0, 2);
    suite_add_tcase(suite, bound);
    TCase *errors = tcase_create("errors");
    tcase_add_loop_test(errors, a_destructor_may_retire, 0, 2);
    tcase_add_loop_test(errors, join_without_memory_changes_nothing, 0, 2);
    suite_add_tcase(suite, errors);
    return suite;
}
