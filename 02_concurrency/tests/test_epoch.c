/* test_epoch.c - who keeps what from being freed, when it is freed, and that all of it is. Each case runs with
 * the kernel's barrier and with fences. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>

#include "02_concurrency/epoch.h"

enum { SEVERAL = 5 * EPOCH_BATCH };

struct item {
    struct reclaim_node node;
    unsigned number;
};

static struct allocator_tracking tracking;
static struct epoch epoch;
static struct epoch_thread *me;

static void item_free(struct reclaim_node *node, struct allocator *allocator)
{
    allocator_free(allocator, container_of(node, struct item, node), sizeof(struct item), 16);
}

static void retire_one(struct epoch_thread *thread)
{
    struct item *item = allocator_alloc(&tracking.base, sizeof(*item), 16);
    ck_assert_ptr_nonnull(item);
    epoch_retire(thread, &item->node, item_free);
}

static void retire_several(struct epoch_thread *thread, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        retire_one(thread);
}

static size_t live(void)
{
    return allocator_tracking_live_blocks(&tracking);
}

/* One record of each thread is live too. mode: 1 for the kernel's barrier, if there is one. */
static void begin(int mode)
{
    allocator_tracking_init(&tracking, allocator_system());
    /* On an old kernel the case runs twice with fences. */
    epoch_init(&epoch, &tracking.base, mode ? asymmetric_best() : ASYMMETRIC_FENCES);
    ck_assert_int_eq(epoch_join(&epoch, &me), 0);
}

static void end(void)
{
    epoch_fini(&epoch);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

/* ---- a second thread that does as it is told ---- */

struct other {
    pthread_t thread;
    pthread_barrier_t turn;
    struct epoch_thread *record;
    uint64_t outer;
    void (*work)(struct other *other); /* NULL: end */
    int error;
};

static void *other_main(void *argument)
{
    struct other *other = argument;
    other->error = epoch_join(&epoch, &other->record);
    pthread_barrier_wait(&other->turn);
    for (;;) {
        pthread_barrier_wait(&other->turn);
        if (!other->work)
            return NULL; /* without quitting */
        other->work(other);
        pthread_barrier_wait(&other->turn);
    }
}

static void other_start(struct other *other)
{
    *other = (struct other){0};
    pthread_barrier_init(&other->turn, NULL, 2);
    ck_assert_int_eq(pthread_create(&other->thread, NULL, other_main, other), 0);
    pthread_barrier_wait(&other->turn);
    ck_assert_int_eq(other->error, 0);
}

static void other_do(struct other *other, void (*work)(struct other *other))
{
    other->work = work;
    pthread_barrier_wait(&other->turn);
    pthread_barrier_wait(&other->turn);
}

static void other_end(struct other *other)
{
    other->work = NULL;
    pthread_barrier_wait(&other->turn);
    pthread_join(other->thread, NULL);
    pthread_barrier_destroy(&other->turn);
}

static void do_enter(struct other *other)
{
    other->outer = epoch_enter(other->record);
}

static void do_leave(struct other *other)
{
    epoch_leave(other->record, other->outer);
}

static void do_retire(struct other *other)
{
    for (unsigned i = 0; i < EPOCH_BATCH / 2; i++) {
        struct item *item = allocator_alloc(&tracking.base, sizeof(*item), 16);
        if (item)
            epoch_retire(other->record, &item->node, item_free);
    }
}

/* ---- freeing ---- */

START_TEST(frees_after_two_epochs_and_not_before)
{
    begin(_i);
    retire_one(me);
    ck_assert_uint_eq(epoch_collect(me), 0); /* the epoch moves on once */
    ck_assert_uint_eq(live(), 2);
    ck_assert_uint_eq(epoch_collect(me), 1); /* and twice */
    ck_assert_uint_eq(live(), 1);
    end();
}
END_TEST

START_TEST(keeps_what_was_retired_while_a_reader_is_inside)
{
    struct other reader;
    begin(_i);
    other_start(&reader);
    other_do(&reader, do_enter);
    size_t before = live();
    retire_several(me, 40 * EPOCH_BATCH);
    ck_assert_uint_eq(live() - before, 40 * EPOCH_BATCH); /* no bound */
    other_do(&reader, do_leave);
    retire_several(me, 40 * EPOCH_BATCH);
    ck_assert_uint_le(live() - before, 5 * EPOCH_BATCH); /* it caught up */
    other_end(&reader);
    end();
}
END_TEST

START_TEST(keeps_while_its_own_thread_is_inside)
{
    begin(_i);
    uint64_t outer = epoch_enter(me);
    retire_one(me);
    for (int i = 0; i < 10; i++)
        ck_assert_uint_eq(epoch_collect(me), 0);
    epoch_leave(me, outer);
    ck_assert_uint_eq(epoch_collect(me) + epoch_collect(me), 1);
    end();
}
END_TEST

START_TEST(sections_nest)
{
    enum { DEPTH = 50 };
    uint64_t outer[DEPTH];
    begin(_i);
    for (int depth = 0; depth < DEPTH; depth++)
        outer[depth] = epoch_enter(me);
    retire_one(me);
    for (int depth = DEPTH - 1; depth >= 0; depth--) {
        ck_assert(epoch_is_inside(me));
        ck_assert_uint_eq(epoch_collect(me), 0);
        epoch_leave(me, outer[depth]);
    }
    ck_assert(!epoch_is_inside(me));
    ck_assert_uint_eq(epoch_collect(me) + epoch_collect(me), 1);
    end();
}
END_TEST

START_TEST(a_reader_of_a_later_epoch_keeps_nothing_older)
{
    struct other reader;
    begin(_i);
    other_start(&reader);
    retire_one(me);
    epoch_collect(me);
    other_do(&reader, do_enter); /* in the next epoch: the item was unlinked before */
    ck_assert_uint_eq(epoch_collect(me), 1);
    other_do(&reader, do_leave);
    other_end(&reader);
    end();
}
END_TEST

START_TEST(work_of_a_call_is_bounded)
{
    struct other reader;
    begin(_i);
    other_start(&reader);
    other_do(&reader, do_enter);
    retire_several(me, 20 * EPOCH_BATCH);
    other_do(&reader, do_leave);
    size_t most = 0, freed, all = 0;
    for (int i = 0; i < 30; i++) {
        freed = epoch_collect(me);
        all += freed;
        most = freed > most ? freed : most;
    }
    ck_assert_uint_eq(most, 2 * EPOCH_BATCH);
    ck_assert_uint_eq(all, 20 * EPOCH_BATCH);
    other_end(&reader);
    end();
}
END_TEST

START_TEST(garbage_is_bounded_while_readers_leave)
{
    begin(_i);
    size_t most = 0;
    for (unsigned i = 0; i < 100 * EPOCH_BATCH; i++) {
        uint64_t outer = epoch_enter(me);
        epoch_leave(me, outer);
        retire_one(me);
        most = live() > most ? live() : most;
    }
    ck_assert_uint_le(most, 4 * EPOCH_BATCH + 1);
    end();
}
END_TEST

/* Two records: the first adopts all that was left and retires nothing, the second just not enough to collect. */
static void *come_and_go(void *argument)
{
    int *error = argument;
    struct epoch_thread *idle, *busy;
    *error = epoch_join(&epoch, &idle);
    if (!*error)
        *error = epoch_join(&epoch, &busy);
    for (int i = 1; !*error && i < EPOCH_BATCH; i++) {
        struct item *item = allocator_alloc(&tracking.base, sizeof(*item), 16);
        if (item)
            epoch_retire(busy, &item->node, item_free);
        else
            *error = -ENOMEM;
    }
    return NULL; /* which is quitting both */
}

START_TEST(garbage_of_short_lived_threads_is_bounded)
{
    begin(_i);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        int error;
        ck_assert_int_eq(pthread_create(&thread, NULL, come_and_go, &error), 0);
        pthread_join(thread, NULL);
        ck_assert_int_eq(error, 0);
        ck_assert_uint_le(live(), 2 * EPOCH_BATCH + 3);
    }
    end();
}
END_TEST

/* ---- destructors that retire ---- */

struct chain {
    struct reclaim_node node;
    struct chain *next;
};

static void chain_free(struct reclaim_node *node, struct allocator *allocator)
{
    struct chain *chain = container_of(node, struct chain, node);
    if (chain->next)
        epoch_retire(me, &chain->next->node, chain_free);
    allocator_free(allocator, chain, sizeof(*chain), 16);
}

static void retire_chain(unsigned length)
{
    struct chain *first = NULL;
    for (unsigned i = 0; i < length; i++) {
        struct chain *chain = allocator_alloc(&tracking.base, sizeof(*chain), 16);
        ck_assert_ptr_nonnull(chain);
        chain->next = first;
        first = chain;
    }
    epoch_retire(me, &first->node, chain_free);
}

START_TEST(a_destructor_may_retire)
{
    begin(_i);
    retire_chain(20);
    epoch_flush(me);
    ck_assert_uint_eq(live(), 1);
    retire_chain(20);
    end(); /* and fini frees a chain too */
}
END_TEST

/* ---- threads that come and go ---- */

START_TEST(a_thread_that_ends_has_quit)
{
    struct other other;
    begin(_i);
    other_start(&other);
    other_do(&other, do_enter);
    other_do(&other, do_retire);
    size_t before = live();
    other_end(&other); /* inside a section, with items retired */
    ck_assert_uint_eq(live(), before);
    epoch_collect(me);
    epoch_collect(me);
    ck_assert_uint_eq(live(), 2); /* mine are all that is left: the two records */
    end();
}
END_TEST

START_TEST(records_are_used_again)
{
    begin(_i);
    for (int i = 0; i < 50; i++) {
        struct other other;
        other_start(&other);
        other_do(&other, do_enter);
        other_end(&other);
    }
    ck_assert_uint_eq(live(), 2);
    struct epoch_thread *second, *third;
    ck_assert_int_eq(epoch_join(&epoch, &second), 0);
    ck_assert(!epoch_is_inside(second));
    epoch_quit(second);
    epoch_quit(NULL);
    ck_assert_int_eq(epoch_join(&epoch, &third), 0);
    ck_assert_ptr_eq(second, third);
    end();
}
END_TEST

START_TEST(a_thread_may_outlive_the_domain)
{
    struct other other;
    begin(_i);
    other_start(&other);
    other_do(&other, do_retire);
    end();
    other_end(&other); /* its exit finds no record */
}
END_TEST

START_TEST(a_thread_may_join_several_domains)
{
    struct epoch second;
    struct epoch_thread *there;
    begin(_i);
    epoch_init(&second, &tracking.base, epoch.domain.mode);
    ck_assert_int_eq(epoch_join(&second, &there), 0);
    uint64_t outer = epoch_enter(me); /* holds nothing of the other domain */
    retire_several(there, SEVERAL);
    epoch_flush(there);
    ck_assert_uint_eq(live(), 2);
    epoch_leave(me, outer);
    epoch_fini(&second);
    end();
}
END_TEST

/* ---- waiting ---- */

static atomic_bool synchronized;

static void *synchronize_main(void *argument)
{
    struct epoch_thread *thread;
    (void)argument;
    if (epoch_join(&epoch, &thread) != 0)
        return NULL;
    epoch_synchronize(thread);
    atomic_store(&synchronized, true);
    return NULL;
}

START_TEST(synchronize_waits_for_readers_that_were_there)
{
    pthread_t thread;
    begin(_i);
    atomic_store(&synchronized, false);
    uint64_t outer = epoch_enter(me);
    ck_assert_int_eq(pthread_create(&thread, NULL, synchronize_main, NULL), 0);
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    ck_assert(!atomic_load(&synchronized)); /* whether it has begun or not */
    epoch_leave(me, outer);
    pthread_join(thread, NULL);
    ck_assert(atomic_load(&synchronized));
    end();
}
END_TEST

START_TEST(flush_frees_all)
{
    begin(_i);
    retire_several(me, SEVERAL + 7);
    epoch_flush(me);
    ck_assert_uint_eq(live(), 1);
    end();
}
END_TEST

/* ---- errors ---- */

START_TEST(join_without_memory_changes_nothing)
{
    struct allocator_failing failing;
    struct epoch_thread *none = NULL;
    begin(_i);
    struct epoch second;
    allocator_failing_init(&failing, &tracking.base, 0);
    epoch_init(&second, &failing.base, epoch.domain.mode);
    ck_assert_int_eq(epoch_join(&second, &none), -ENOMEM);
    ck_assert_ptr_null(none);
    allocator_failing_init(&failing, &tracking.base, 1);
    ck_assert_int_eq(epoch_join(&second, &none), 0);
    retire_several(none, SEVERAL); /* retiring asks for no memory */
    epoch_flush(none);
    ck_assert_uint_eq(allocator_failing_refused(&failing), 0);
    ck_assert_uint_eq(live(), 2);
    epoch_fini(&second);
    end();
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("epoch");
    TCase *freeing = tcase_create("freeing");
    tcase_add_loop_test(freeing, frees_after_two_epochs_and_not_before, 0, 2);
    tcase_add_loop_test(freeing, keeps_what_was_retired_while_a_reader_is_inside, 0, 2);
    tcase_add_loop_test(freeing, keeps_while_its_own_thread_is_inside, 0, 2);
    tcase_add_loop_test(freeing, sections_nest, 0, 2);
    tcase_add_loop_test(freeing, a_reader_of_a_later_epoch_keeps_nothing_older, 0, 2);
    tcase_add_loop_test(freeing, a_destructor_may_retire, 0, 2);
    suite_add_tcase(suite, freeing);
    TCase *bounds = tcase_create("bounds");
    tcase_add_loop_test(bounds, work_of_a_call_is_bounded, 0, 2);
    tcase_add_loop_test(bounds, garbage_is_bounded_while_readers_leave, 0, 2);
    tcase_add_loop_test(bounds, garbage_of_short_lived_threads_is_bounded, 0, 2);
    suite_add_tcase(suite, bounds);
    TCase *threads = tcase_create("threads");
    tcase_add_loop_test(threads, a_thread_that_ends_has_quit, 0, 2);
    tcase_add_loop_test(threads, records_are_used_again, 0, 2);
    tcase_add_loop_test(threads, a_thread_may_outlive_the_domain, 0, 2);
    tcase_add_loop_test(threads, a_thread_may_join_several_domains, 0, 2);
    suite_add_tcase(suite, threads);
    TCase *waiting = tcase_create("waiting");
    tcase_add_loop_test(waiting, synchronize_waits_for_readers_that_were_there, 0, 2);
    tcase_add_loop_test(waiting, flush_frees_all, 0, 2);
    suite_add_tcase(suite, waiting);
    TCase *errors = tcase_create("errors");
    tcase_add_loop_test(errors, join_without_memory_changes_nothing, 0, 2);
    suite_add_tcase(suite, errors);
    return suite;
}
