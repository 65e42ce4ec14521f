/* test_pool.c - the pool: its contract, its error paths, threads that end, forks, and a model. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "03_memory/pool.h"
#include "tests/support/check_main.h"
#include "tests/support/stress.h"

enum { MANY = 1000 };

/* Every test: a tracked allocator below, and nothing may be left in it or wrong with it. */
static struct allocator_tracking tracking;
static struct pool pool;

static void setup(void)
{
    allocator_tracking_init(&tracking, allocator_system());
}

static void teardown(void)
{
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

static void make_pool(size_t object_bytes, size_t align)
{
    struct pool_options options = {.object_bytes = object_bytes, .align = align};
    ck_assert_int_eq(pool_init(&pool, &tracking.base, &options), 0);
}

static struct pool_stats stats(void)
{
    struct pool_stats out;
    pool_stats(&pool, &out);
    return out;
}

static void *take(void)
{
    void *object = pool_alloc(&pool);
    ck_assert_ptr_nonnull(object);
    return object;
}

static void run_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run, argument), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/* ---- api ---- */

START_TEST(objects_are_distinct_and_whole)
{
    static unsigned char *objects[MANY];
    make_pool(40, 0);
    for (int i = 0; i < MANY; i++)
        memset(objects[i] = take(), i & 0xff, 40);
    for (int i = 0; i < MANY; i++)
        for (int at = 0; at < 40; at++)
            ck_assert_int_eq(objects[i][at], i & 0xff);
    ck_assert_uint_eq(stats().in_use_count, MANY);
    for (int i = 0; i < MANY; i++)
        pool_free(&pool, objects[i]);
    ck_assert_uint_eq(stats().in_use_count, 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

START_TEST(the_last_freed_comes_first)
{
    make_pool(64, 0);
    void *object = take();
    pool_free(&pool, object);
    ck_assert_ptr_eq(take(), object);
    pool_free(&pool, object);
    pool_free(&pool, NULL);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

START_TEST(memory_is_reused)
{
    static void *objects[MANY];
    make_pool(64, 0);
    size_t after_first = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < MANY; i++)
            objects[i] = take();
        for (int i = 0; i < MANY; i++)
            pool_free(&pool, objects[i]);
        after_first = round == 0 ? stats().memory_bytes : after_first;
    }
    ck_assert_uint_eq(stats().memory_bytes, after_first);
    ck_assert_uint_eq(allocator_tracking_live_bytes(&tracking), after_first);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

START_TEST(an_unused_pool_allocates_nothing)
{
    make_pool(64, 0);
    pool_flush(&pool);
    ck_assert_uint_eq(pool_trim(&pool), 0);
    ck_assert_uint_eq(stats().memory_bytes, 0);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

START_TEST(fini_counts_what_was_not_freed)
{
    make_pool(64, 0);
    take();
    take();
    pool_free(&pool, take());
    ck_assert_uint_eq(pool_fini(&pool), 2);
}
END_TEST

/* ---- layout ---- */

static const struct layout {
    size_t object_bytes, align;
} layouts[] = {{1, 1},          {1, 64},        {3, 2},     {7, 0},      {8, 8},
               {24, 0},         {64, 64},       {100, 128}, {100, 4096}, {4096, 4096},
               {100 * 1024, 0}, {70000, 65536}, {8, 65536}};

START_TEST(every_layout_holds)
{
    struct layout layout = layouts[_i];
    size_t align = layout.align ? layout.align : _Alignof(max_align_t);
    int count = layout.object_bytes < 1000 && align < 4096 ? MANY : 50;
    unsigned char *objects[MANY];
    make_pool(layout.object_bytes, layout.align);
    for (int i = 0; i < count; i++) {
        objects[i] = take();
        ck_assert_uint_eq((uintptr_t)objects[i] % align, 0);
        memset(objects[i], i & 0xff, layout.object_bytes);
    }
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(objects[i][0], i & 0xff);
        ck_assert_int_eq(objects[i][layout.object_bytes - 1], i & 0xff);
        pool_free(&pool, objects[i]);
    }
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

static const struct refusal {
    size_t object_bytes, align;
    int error;
} refusals[] = {
    {0, 0, -EINVAL},
    {8, 3, -EINVAL},
    {8, 65, -EINVAL},
    {SIZE_MAX, 0, -EOVERFLOW},
    {SIZE_MAX / 2, 0, -EOVERFLOW},
    {8, SIZE_MAX / 2 + 1, -EOVERFLOW},
};

START_TEST(impossible_layouts_are_refused)
{
    struct pool_options options = {.object_bytes = refusals[_i].object_bytes,
                                   .align = refusals[_i].align};
    ck_assert_int_eq(pool_init(&pool, &tracking.base, &options), refusals[_i].error);
}
END_TEST

/* ---- constructors ---- */

struct made {
    int constructed, destructed, fail_at;
};

struct connection {
    int ready; /* what the constructor leaves */
    char buffer[60];
};

static int connect_object(void *object, void *context)
{
    struct made *made = context;
    if (made->constructed == made->fail_at)
        return -EIO;
    made->constructed++;
    ((struct connection *)object)->ready = 42;
    return 0;
}

static void disconnect_object(void *object, void *context)
{
    struct made *made = context;
    made->destructed++;
    ck_assert_int_eq(((struct connection *)object)->ready, 42);
    ((struct connection *)object)->ready = 0;
}

static void make_connections(struct made *made)
{
    struct pool_options options = {.object_bytes = sizeof(struct connection),
                                   .construct = connect_object,
                                   .destruct = disconnect_object,
                                   .context = made};
    ck_assert_int_eq(pool_init(&pool, &tracking.base, &options), 0);
}

START_TEST(constructed_once_and_kept)
{
    struct made made = {.fail_at = -1};
    make_connections(&made);
    for (int i = 0; i < MANY; i++) {
        struct connection *connection = take();
        ck_assert_int_eq(connection->ready, 42);
        pool_free(&pool, connection);
    }
    ck_assert_int_eq(made.constructed, 1);
    ck_assert_int_eq(made.destructed, 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
    ck_assert_int_eq(made.destructed, 1);
}
END_TEST

START_TEST(every_constructed_object_is_destructed)
{
    struct made made = {.fail_at = -1};
    static struct connection *connections[MANY];
    make_connections(&made);
    for (int i = 0; i < MANY; i++)
        connections[i] = take();
    for (int i = 0; i < MANY; i += 2)
        pool_free(&pool, connections[i]);
    ck_assert_uint_eq(pool_trim(&pool) > 0, true); /* magazines, at least */
    ck_assert_int_eq(made.destructed, MANY / 2);
    for (int i = 0; i < MANY; i += 2)
        connections[i] = take();
    ck_assert_int_eq(made.constructed, MANY + MANY / 2);
    for (int i = 0; i < MANY; i++)
        pool_free(&pool, connections[i]);
    ck_assert_uint_eq(pool_fini(&pool), 0);
    ck_assert_int_eq(made.destructed, made.constructed);
}
END_TEST

START_TEST(what_is_in_use_is_not_destructed)
{
    struct made made = {.fail_at = -1};
    make_connections(&made);
    take();
    pool_free(&pool, take());
    ck_assert_uint_eq(pool_fini(&pool), 1);
    ck_assert_int_eq(made.destructed, 1);
}
END_TEST

START_TEST(a_failing_constructor_costs_nothing)
{
    struct made made = {.fail_at = 3};
    make_connections(&made);
    void *objects[3] = {take(), take(), take()};
    for (int i = 0; i < 10; i++)
        ck_assert_ptr_null(pool_alloc(&pool));
    ck_assert_uint_eq(stats().in_use_count, 3);
    made.fail_at = -1;
    void *fourth = take();
    pool_free(&pool, fourth);
    for (int i = 0; i < 3; i++)
        pool_free(&pool, objects[i]);
    ck_assert_uint_eq(pool_fini(&pool), 0);
    ck_assert_int_eq(made.constructed, 4);
    ck_assert_int_eq(made.destructed, 4);
}
END_TEST

/* ---- memory: failures and trim ---- */

/* Use enough to need several slabs, and several magazines on the way back. */
static int use_pool(struct allocator *allocator, int count)
{
    static void *objects[4 * MANY];
    int taken = 0;
    struct pool_options options = {.object_bytes = 64};
    ck_assert_int_eq(pool_init(&pool, allocator, &options), 0);
    while (taken < count && (objects[taken] = pool_alloc(&pool)) != NULL)
        memset(objects[taken++], 0x5a, 64);
    for (int i = 0; i < taken; i++)
        pool_free(&pool, objects[i]);
    ck_assert_uint_eq(stats().in_use_count, 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
    return taken;
}

START_TEST(every_failed_request_is_survived)
{
    struct allocator_failing failing;
    size_t allowed = 0;
    for (;; allowed++) {
        allocator_failing_init(&failing, &tracking.base, allowed);
        int taken = use_pool(&failing.base, 4 * MANY);
        ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
        if (!allocator_failing_refused(&failing)) {
            ck_assert_int_eq(taken, 4 * MANY);
            break;
        }
    }
    ck_assert_uint_gt(allowed, 6); /* it did ask for slabs and magazines */
}
END_TEST

START_TEST(works_without_any_magazine)
{
    struct allocator_failing failing;
    struct made made = {.fail_at = -1};
    allocator_failing_init(&failing, &tracking.base, 1);
    struct pool_options options = {.object_bytes = sizeof(struct connection),
                                   .construct = connect_object,
                                   .destruct = disconnect_object,
                                   .context = &made};
    ck_assert_int_eq(pool_init(&pool, &failing.base, &options), 0);
    pool_slab_put(&pool.slabs, pool_slab_take(&pool.slabs)); /* the one request: a slab */
    for (int i = 0; i < 10; i++)
        pool_free(&pool, take());
    ck_assert_int_eq(made.constructed, 10); /* nowhere to keep them constructed */
    ck_assert_int_eq(made.destructed, 10);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

START_TEST(trim_gives_everything_back)
{
    static void *objects[4 * MANY];
    make_pool(64, 0);
    for (int i = 0; i < 4 * MANY; i++)
        objects[i] = take();
    for (int i = 0; i < 4 * MANY; i++)
        pool_free(&pool, objects[i]);
    size_t held = stats().memory_bytes;
    ck_assert_uint_gt(held, 4 * MANY * 64);
    ck_assert_uint_eq(pool_trim(&pool), held);
    ck_assert_uint_eq(stats().memory_bytes, 0);
    ck_assert_uint_eq(allocator_tracking_live_bytes(&tracking), 0);
    pool_free(&pool, take());
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

START_TEST(trim_keeps_slabs_in_use)
{
    static unsigned char *objects[4 * MANY];
    make_pool(64, 0);
    for (int i = 0; i < 4 * MANY; i++)
        objects[i] = take();
    unsigned char *kept = objects[2 * MANY];
    memset(kept, 0x5a, 64);
    for (int i = 0; i < 4 * MANY; i++)
        if (objects[i] != kept)
            pool_free(&pool, objects[i]);
    ck_assert_uint_gt(pool_trim(&pool), 0);
    ck_assert_uint_eq(stats().slab_count, 1);
    ck_assert_uint_eq(stats().in_use_count, 1);
    for (int at = 0; at < 64; at++)
        ck_assert_int_eq(kept[at], 0x5a);
    pool_free(&pool, kept);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

/* ---- threads ---- */

static void *free_all(void *objects)
{
    for (void **at = objects; *at; at++)
        pool_free(&pool, *at);
    return NULL;
}

START_TEST(freed_by_another_thread)
{
    static void *objects[MANY + 1];
    make_pool(64, 0);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < MANY; i++)
            objects[i] = take();
        run_thread(free_all, objects);
        ck_assert_uint_eq(stats().in_use_count, 0);
    }
    ck_assert_uint_lt(stats().memory_bytes, 3 * MANY * 64); /* they came back to this thread */
    ck_assert_uint_gt(stats().exchange_count, 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

static void *take_and_free_some(void *unused)
{
    void *objects[10];
    for (int i = 0; i < 10; i++)
        objects[i] = pool_alloc(&pool);
    for (int i = 0; i < 10; i++)
        pool_free(&pool, objects[i]);
    return unused;
}

START_TEST(a_thread_that_ends_gives_back)
{
    make_pool(64, 0);
    run_thread(take_and_free_some, NULL);
    run_thread(take_and_free_some, NULL); /* a magazine more: what the first left has rounds */
    struct pool_stats first = stats();
    ck_assert_uint_eq(first.in_threads_count, 0);
    ck_assert_uint_ge(first.in_depot_count, 10);
    for (int i = 0; i < 100; i++)
        run_thread(take_and_free_some, NULL);
    ck_assert_uint_eq(stats().memory_bytes, first.memory_bytes);
    ck_assert_uint_eq(stats().in_depot_count, first.in_depot_count);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

START_TEST(flush_gives_back_without_ending)
{
    make_pool(64, 0);
    pool_free(&pool, take());
    ck_assert_uint_gt(stats().in_threads_count, 0);
    pool_flush(&pool);
    ck_assert_uint_eq(stats().in_threads_count, 0);
    pool_free(&pool, take());
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

/* A thread that goes from step to step as the test says. */
static pthread_barrier_t step;

static void *outlive_the_pool(void *unused)
{
    take_and_free_some(NULL);
    pthread_barrier_wait(&step); /* used */
    pthread_barrier_wait(&step); /* the pool is gone and another has its slot */
    take_and_free_some(NULL);
    pthread_barrier_wait(&step); /* used the second; it goes, too */
    pthread_barrier_wait(&step);
    return unused;
}

START_TEST(the_pool_may_end_before_the_thread)
{
    pthread_t thread;
    pthread_barrier_init(&step, NULL, 2);
    make_pool(64, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, outlive_the_pool, NULL), 0);
    pthread_barrier_wait(&step);
    uint32_t slot = pool.slot;
    ck_assert_uint_eq(pool_fini(&pool), 0);
    make_pool(200, 0);
    ck_assert_uint_eq(pool.slot, slot);
    pthread_barrier_wait(&step);
    pthread_barrier_wait(&step);
    ck_assert_uint_eq(stats().in_use_count, 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
    pthread_barrier_wait(&step);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&step);
}
END_TEST

static pthread_key_t late_key;

/* Runs when the thread ends, in whatever order the keys have: before the pool's and after it. */
static void use_late(void *rounds)
{
    take_and_free_some(NULL);
    if ((uintptr_t)rounds > 1)
        pthread_setspecific(late_key, (void *)((uintptr_t)rounds - 1));
}

static void *end_with_late_use(void *unused)
{
    /* Not in the last iteration: there the thread sanitizer has taken its leave. */
    pthread_setspecific(late_key, (void *)(uintptr_t)(PTHREAD_DESTRUCTOR_ITERATIONS - 1));
    take_and_free_some(NULL);
    return unused;
}

START_TEST(late_use_leaves_nothing_behind)
{
    make_pool(64, 0); /* makes the pool's key, if it is the first */
    ck_assert_int_eq(pthread_key_create(&late_key, use_late), 0);
    for (int i = 0; i < 3; i++)
        run_thread(end_with_late_use, NULL);
    ck_assert_uint_eq(stats().in_threads_count, 0);
    ck_assert_uint_eq(stats().in_use_count, 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
    pthread_key_delete(late_key);
}
END_TEST

START_TEST(more_pools_than_slots)
{
    enum { POOLS = POOL_SLOT_COUNT + 10 };
    static struct pool pools[POOLS];
    static void *objects[POOLS][3];
    struct made made = {.fail_at = -1};
    struct pool_options options = {.object_bytes = sizeof(struct connection),
                                   .construct = connect_object,
                                   .destruct = disconnect_object,
                                   .context = &made};
    for (int i = 0; i < POOLS; i++)
        ck_assert_int_eq(pool_init(&pools[i], &tracking.base, &options), 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < POOLS; i++)
            for (int k = 0; k < 3; k++)
                ck_assert_ptr_nonnull(objects[i][k] = pool_alloc(&pools[i]));
        for (int i = 0; i < POOLS; i++)
            for (int k = 0; k < 3; k++)
                pool_free(&pools[i], objects[i][k]);
    }
    ck_assert_int_eq(made.constructed, POOLS * 3); /* kept constructed, with and without a slot */
    for (int i = 0; i < POOLS; i++)
        ck_assert_uint_eq(pool_fini(&pools[i]), 0);
    ck_assert_int_eq(made.destructed, POOLS * 3);
}
END_TEST

START_TEST(no_key_is_an_error)
{
    pthread_key_t keys[PTHREAD_KEYS_MAX];
    int count = 0;
    while (count < PTHREAD_KEYS_MAX && pthread_key_create(&keys[count], NULL) == 0)
        count++;
    struct pool_options options = {.object_bytes = 64};
    ck_assert_int_eq(pool_init(&pool, &tracking.base, &options), -EAGAIN);
    pthread_key_delete(keys[--count]);
    ck_assert_int_eq(pool_init(&pool, &tracking.base, &options), 0); /* and can be tried again */
    pool_free(&pool, take());
    ck_assert_uint_eq(pool_fini(&pool), 0);
    while (count > 0)
        pthread_key_delete(keys[--count]);
}
END_TEST

/* ---- fork ---- */

static void *hold_until_told(void *unused)
{
    take_and_free_some(NULL);
    pthread_barrier_wait(&step);
    pthread_barrier_wait(&step);
    return unused;
}

/* In the child: all is free, what the vanished thread cached too. Returns: the exit status. */
static int child_of_fork(void)
{
    struct pool_stats now = stats();
    if (now.in_use_count != 0 || now.in_depot_count < 10)
        return 1;
    for (int i = 0; i < MANY; i++)
        take_and_free_some(NULL);
    return pool_fini(&pool) == 0 ? 0 : 2;
}

START_TEST(the_child_of_a_fork_has_it_all)
{
    pthread_t thread;
    int status;
    pthread_barrier_init(&step, NULL, 2);
    make_pool(64, 0);
    take_and_free_some(NULL);
    pthread_create(&thread, NULL, hold_until_told, NULL);
    pthread_barrier_wait(&step);
    pid_t child = fork();
    if (child == 0)
        _exit(child_of_fork());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    pthread_barrier_wait(&step);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(stats().in_use_count, 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
    pthread_barrier_destroy(&step);
}
END_TEST

/* ---- checks ---- */

static void make_checked(void)
{
    struct pool_options options = {.object_bytes = 64, .checked = true};
    ck_assert_int_eq(pool_init(&pool, allocator_system(), &options), 0);
}

static void free_twice(void)
{
    void *first = pool_alloc(&pool), *second = pool_alloc(&pool);
    pool_free(&pool, first);
    pool_free(&pool, second); /* first is not the last one freed, and is found all the same */
    pool_free(&pool, first);
}

static void free_inside(void)
{
    pool_free(&pool, (char *)pool_alloc(&pool) + 8);
}

static void free_to_another(void)
{
    struct pool other;
    struct pool_options options = {.object_bytes = 64, .checked = true};
    if (pool_init(&other, allocator_system(), &options) == 0)
        pool_free(&pool, pool_alloc(&other));
}

static void free_correctly(void)
{
    pool_free(&pool, pool_alloc(&pool));
}

/* Run in a child, silently. Returns: whether it died, of a trap or a sanitizer. */
static bool dies(void (*run)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(0);
        signal(SIGILL, SIG_DFL);
        signal(SIGTRAP, SIG_DFL);
        run();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status != 0;
}

START_TEST(misuse_is_caught)
{
    make_checked();
    ck_assert(!dies(free_correctly));
    ck_assert(dies(free_twice));
    ck_assert(dies(free_inside));
    ck_assert(dies(free_to_another));
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

START_TEST(a_checked_pool_works)
{
    static void *objects[MANY + 1];
    make_checked();
    for (int i = 0; i < MANY; i++)
        memset(objects[i] = take(), 1, 64);
    run_thread(free_all, objects);
    take_and_free_some(NULL);
    ck_assert_uint_eq(stats().in_use_count, 0);
    ck_assert_uint_gt(pool_trim(&pool), 0);
    ck_assert_uint_eq(stats().memory_bytes, 0);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

/* ---- model ---- */

/* The model: which objects are out, and what was written to them. */
static struct {
    uint64_t *objects[MANY], values[MANY];
    size_t count;
} model;

static void model_free_one(uint64_t *random)
{
    size_t at = stress_random(random) % model.count;
    ck_assert_uint_eq(model.objects[at][0], model.values[at]);
    ck_assert_uint_eq(model.objects[at][7], ~model.values[at]);
    pool_free(&pool, model.objects[at]);
    model.count--;
    model.objects[at] = model.objects[model.count];
    model.values[at] = model.values[model.count];
}

static void model_take_one(uint64_t *random)
{
    uint64_t *object = take(), value = stress_random(random);
    object[0] = value;
    object[7] = ~value;
    model.objects[model.count] = object;
    model.values[model.count++] = value;
}

START_TEST(random_operations_against_a_model)
{
    uint64_t random = 20260101 + (uint64_t)_i;
    printf("seed %llu\n", (unsigned long long)random);
    make_pool(64, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t dice = stress_random(&random) % 1000;
        bool growing = (i / 4000) % 2 == 0;
        if (dice == 0)
            pool_flush(&pool);
        else if (dice == 1)
            pool_trim(&pool);
        else if (model.count < MANY && (model.count == 0 || (dice < 600) == growing))
            model_take_one(&random);
        else
            model_free_one(&random);
        struct pool_stats now = stats();
        ck_assert_uint_eq(now.in_use_count, model.count);
        ck_assert_uint_eq(now.memory_bytes, allocator_tracking_live_bytes(&tracking));
    }
    while (model.count > 0)
        model_free_one(&random);
    ck_assert_uint_eq(pool_fini(&pool), 0);
}
END_TEST

static void add_case(Suite *suite, TCase *test_case)
{
    tcase_add_checked_fixture(test_case, setup, teardown);
    tcase_set_timeout(test_case, 50);
    suite_add_tcase(suite, test_case);
}

static void add_threads(TCase *threads)
{
    tcase_add_test(threads, freed_by_another_thread);
    tcase_add_test(threads, a_thread_that_ends_gives_back);
    tcase_add_test(threads, flush_gives_back_without_ending);
    tcase_add_test(threads, the_pool_may_end_before_the_thread);
    tcase_add_test(threads, late_use_leaves_nothing_behind);
    tcase_add_test(threads, more_pools_than_slots);
    tcase_add_test(threads, no_key_is_an_error);
    tcase_add_test(threads, the_child_of_a_fork_has_it_all);
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("pool");
    TCase *api = tcase_create("api");
    tcase_add_test(api, objects_are_distinct_and_whole);
    tcase_add_test(api, the_last_freed_comes_first);
    tcase_add_test(api, memory_is_reused);
    tcase_add_test(api, an_unused_pool_allocates_nothing);
    tcase_add_test(api, fini_counts_what_was_not_freed);
    add_case(suite, api);
    TCase *layout = tcase_create("layout");
    tcase_add_loop_test(layout, every_layout_holds, 0, sizeof(layouts) / sizeof(layouts[0]));
    tcase_add_loop_test(layout, impossible_layouts_are_refused, 0,
                        sizeof(refusals) / sizeof(refusals[0]));
    add_case(suite, layout);
    TCase *constructor = tcase_create("constructor");
    tcase_add_test(constructor, constructed_once_and_kept);
    tcase_add_test(constructor, every_constructed_object_is_destructed);
    tcase_add_test(constructor, what_is_in_use_is_not_destructed);
    tcase_add_test(constructor, a_failing_constructor_costs_nothing);
    add_case(suite, constructor);
    TCase *memory = tcase_create("memory");
    tcase_add_test(memory, every_failed_request_is_survived);
    tcase_add_test(memory, works_without_any_magazine);
    tcase_add_test(memory, trim_gives_everything_back);
    tcase_add_test(memory, trim_keeps_slabs_in_use);
    add_case(suite, memory);
    TCase *threads = tcase_create("threads");
    add_threads(threads);
    add_case(suite, threads);
    TCase *checks = tcase_create("checks");
    tcase_add_test(checks, misuse_is_caught);
    tcase_add_test(checks, a_checked_pool_works);
    add_case(suite, checks);
    TCase *against_model = tcase_create("model");
    tcase_add_loop_test(against_model, random_operations_against_a_model, 0, 4);
    add_case(suite, against_model);
    return suite;
}
