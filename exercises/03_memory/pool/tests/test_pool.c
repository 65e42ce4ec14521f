/* test_pool.c - the graded tests of 03_memory/pool. The handout states everything that is tested.
 *
 * Tests whose threads take turns (they join or meet at a barrier between any two steps) give the
 * same verdict every time, whatever the submission does about locks: they judge what becomes of
 * objects. `threads_overlap` is for the thread sanitizer, and has its threads in the pool at the
 * same time, in every pair of operations. */
#include "subject.h"
#include "subject_door.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "pool.h"

enum { OBJECTS_MAX = 4096 };

/* ---- the pool under test, and the allocator below it ---- */

/* Requests pass `failing`, then `counting`; then tracking, which finds wrong sizes, overruns and
 * double frees, and fills what is freed. */
static struct allocator_tracking tracking;
static struct allocator_counting counting;
static struct allocator_failing failing;
static struct pool *pool;
static unsigned char *objects[OBJECTS_MAX];

static void allow(size_t requests)
{
    allocator_failing_init(&failing, &counting.base, requests);
}

static void prepare(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    allocator_counting_init(&counting, &tracking.base);
    allow(SIZE_MAX);
}

static size_t live_bytes(void)
{
    return allocator_counting_read(&counting).live_bytes;
}

static size_t peak_bytes(void)
{
    return allocator_counting_read(&counting).peak_bytes;
}

static void make_pool(size_t object_bytes, size_t align)
{
    pool = pool_create(subject_door(&failing.base), object_bytes, align);
    expect_not_null(pool, "pool_create(allocator, %zu, %zu) makes a pool when there is memory",
                    object_bytes, align);
}

static void start(size_t object_bytes, size_t align)
{
    prepare();
    make_pool(object_bytes, align);
}

/* The allocator's own findings. */
static void check_allocator(void)
{
    struct allocator_fault fault;
    if (allocator_tracking_check(&tracking) > 0 && allocator_tracking_fault(&tracking, 0, &fault))
        subject_expect(false, SUBJECT_HERE, "no fault", allocator_fault_name(fault.kind),
                       "the pool uses only memory that it has from the allocator, and gives each "
                       "block back once, with the size and alignment that it was asked for with");
}

static void destroy_pool(void)
{
    pool_destroy(pool);
    check_allocator();
    expect_no_leak(live_bytes(), "pool_destroy gives all memory back to the allocator");
}

static void finish(void)
{
    destroy_pool();
    allocator_tracking_fini(&tracking);
}

static void *take(void)
{
    void *object = pool_alloc(pool);
    expect_not_null(object, "pool_alloc gives an object when there is memory");
    return object;
}

static void take_filled(size_t from, size_t to, size_t object_bytes)
{
    for (size_t i = from; i < to; i++)
        memset(objects[i] = take(), (int)(i % 251), object_bytes);
}

/* Contents say whose an object is: if two overlap, the later one has spoilt the earlier. */
static void check_filled(size_t i, size_t object_bytes)
{
    for (size_t at = 0; at < object_bytes; at++)
        expect_int(objects[i][at], i % 251,
                   "objects in use never overlap, and nobody else writes to them (byte %zu of a "
                   "%zu-byte object)",
                   at, object_bytes);
}

static void expect_in_use(size_t count)
{
    expect_size(pool_in_use(pool), count,
                "pool_in_use is the number of objects allocated and not yet freed");
}

static void expect_bounded(size_t object_bytes, size_t align, size_t in_use, size_t threads)
{
    check_allocator();
    expect_at_most(peak_bytes(), pool_memory_limit(object_bytes, align, in_use, threads),
                   "freed objects are used again: with at most %zu objects in use and at most %zu "
                   "threads, the pool holds no more than pool_memory_limit() bytes",
                   in_use, threads);
}

static void run_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    expect_int(pthread_create(&thread, NULL, run, argument), 0, "the test can make a thread");
    pthread_join(thread, NULL);
}

/* ---- one thread ---- */

/* The C library has some thousand thread-specific keys, and somebody else has them all. */
static void no_key_is_left(void)
{
    enum { KEYS_MAX = 4096 };
    static pthread_key_t keys[KEYS_MAX];
    size_t count = 0;
    while (count < KEYS_MAX && pthread_key_create(&keys[count], NULL) == 0)
        count++;
    prepare();
    pool = pool_create(subject_door(&failing.base), 64, 16);
    if (pool) {
        take_filled(0, 10, 64);
        destroy_pool();
    }
    check_allocator();
    expect_no_leak(live_bytes(), "a pool_create that fails gives back what it had");
    for (size_t i = 0; i < count; i++)
        expect_int(pthread_key_delete(keys[i]), 0, "a pool deletes no key but its own");
    allocator_tracking_fini(&tracking);
}

static void create_and_destroy(void)
{
    static const size_t impossible[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 2};
    for (int i = 0; i < 3; i++) {
        start(64, 16);
        finish();
    }
    for (int i = 0; i < 3; i++) {
        prepare();
        pool = pool_create(subject_door(&failing.base), impossible[i], 64);
        void *object = pool ? pool_alloc(pool) : NULL;
        expect_null(object, "objects of %zu bytes cannot be had: pool_create or pool_alloc is NULL",
                    impossible[i]);
        if (pool)
            pool_destroy(pool);
        expect_no_leak(live_bytes(), "a pool that could not be used leaves nothing behind");
        allocator_tracking_fini(&tracking);
    }
    no_key_is_left();
    subject_done();
}

static void objects_are_distinct(void)
{
    static const size_t sizes[] = {1, 3, 8, 17, 24, 41, 64, 1000};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        start(sizes[s], 1);
        take_filled(0, 500, sizes[s]);
        for (size_t i = 0; i < 500; i++)
            check_filled(i, sizes[s]);
        for (size_t i = 0; i < 500; i += 2)
            pool_free(pool, objects[i]);
        for (size_t i = 1; i < 500; i += 2)
            check_filled(i, sizes[s]);
        for (size_t i = 0; i < 500; i += 2)
            take_filled(i, i + 1, sizes[s]);
        for (size_t i = 0; i < 500; i++)
            check_filled(i, sizes[s]);
        finish();
    }
    subject_done();
}

static void objects_are_aligned(void)
{
    static const size_t sizes[] = {1, 24, 100};
    for (size_t s = 0; s < 3; s++) {
        for (size_t align = 1; align <= 4096; align *= 4) {
            start(sizes[s], align);
            for (int i = 0; i < 100; i++)
                expect_aligned(take(), align,
                               "every object of a pool with alignment %zu is aligned (object %d "
                               "of %zu bytes)",
                               align, i, sizes[s]);
            finish();
        }
    }
    subject_done();
}

static void freed_objects_are_reused(void)
{
    start(64, 16);
    for (size_t round = 0; round < 20; round++) {
        take_filled(0, 500, 64);
        for (size_t i = 0; i < 500; i++) { /* first to last, last to first, mixed */
            size_t at = round % 3 == 0 ? i : round % 3 == 1 ? 499 - i : i * 7 % 500;
            check_filled(at, 64);
            pool_free(pool, objects[at]);
        }
    }
    expect_bounded(64, 16, 500, 1);
    finish();
    subject_done();
}

#define AGAIN                                                                                      \
    "an object that a thread freed can be allocated by it again, even when the allocator has no "  \
    "memory: pool_free needs none and loses nothing"

static void *take_again(void)
{
    void *object = pool_alloc(pool);
    expect_not_null(object, AGAIN);
    return object;
}

/* Objects that the test's own thread allocated, freed here and allocated again. */
static void *free_and_take_again(void *count)
{
    for (size_t i = 0; i < *(size_t *)count; i += 2)
        pool_free(pool, objects[i]);
    for (size_t i = 0; i < *(size_t *)count; i += 2)
        if ((objects[i] = pool_alloc(pool)) != NULL)
            memset(objects[i], (int)(i % 251), 40);
    return NULL;
}

/* All that needs memory, with only so many requests granted. Returns: whether any was not. */
static bool survive(size_t requests)
{
    enum { WANTED = 300 };
    size_t taken = 0;
    prepare();
    allow(requests);
    pool = pool_create(subject_door(&failing.base), 40, 8);
    if (!pool) {
        expect_no_leak(live_bytes(), "a pool_create that fails gives back what it had");
        allocator_tracking_fini(&tracking);
        return true;
    }
    while (taken < WANTED && (objects[taken] = pool_alloc(pool)) != NULL) {
        memset(objects[taken], (int)(taken % 251), 40);
        taken++;
    }
    bool refused = allocator_failing_refused(&failing) > 0;
    if (!refused)
        expect_size(taken, WANTED, "pool_alloc gives an object when there is memory");
    expect_in_use(taken);
    allow(0);
    for (size_t i = 0; i < taken; i += 2)
        pool_free(pool, objects[i]);
    for (size_t i = 0; i < taken; i++)
        if (i % 2 == 1)
            check_filled(i, 40);
    expect_in_use(taken / 2);
    for (size_t i = 0; i < taken; i += 2)
        memset(objects[i] = take_again(), (int)(i % 251), 40);
    run_thread(free_and_take_again, &taken);
    for (size_t i = 0; i < taken; i++) {
        expect_not_null(objects[i], AGAIN);
        check_filled(i, 40);
    }
    expect_in_use(taken);
    allow(SIZE_MAX);
    for (size_t i = taken; i < WANTED; i++)
        expect_not_null(objects[i] = pool_alloc(pool),
                        "the pool works again when the allocator has memory again");
    expect_in_use(WANTED);
    finish();
    return refused;
}

static void failure_is_survived(void)
{
    start(40, 8);
    finish();
    for (size_t requests = 0; requests < 1000 && survive(requests); requests++)
        ;
    subject_done();
}

static void destroy_gives_everything_back(void)
{
    static const size_t counts[] = {0, 1, 40, 3000};
    for (size_t c = 0; c < 4; c++) {
        start(48, 16);
        take_filled(0, counts[c], 48);
        for (size_t i = 0; i < counts[c]; i += 3)
            pool_free(pool, objects[i]);
        finish(); /* two in three are still in use */
    }
    subject_done();
}

/* Threads that hold objects and end when they are told to. */
struct holder {
    pthread_t thread;
    pthread_barrier_t turn;
    size_t from;
};

static void *hold_until_told(void *argument)
{
    struct holder *holder = argument;
    for (size_t i = holder->from; i < holder->from + 10; i++)
        objects[i] = pool_alloc(pool);
    pthread_barrier_wait(&holder->turn); /* it holds them */
    pthread_barrier_wait(&holder->turn); /* it may end */
    return NULL;
}

static void count_of_threads_that_end(const size_t order[3])
{
    static struct holder holders[3];
    start(32, 8);
    for (size_t i = 0; i < 3; i++) {
        holders[i].from = 10 * i;
        pthread_barrier_init(&holders[i].turn, NULL, 2);
        expect_int(pthread_create(&holders[i].thread, NULL, hold_until_told, &holders[i]), 0,
                   "the test can make a thread");
        pthread_barrier_wait(&holders[i].turn);
        expect_in_use(10 * (i + 1));
    }
    for (size_t i = 0; i < 3; i++) {
        struct holder *next = &holders[order[i]];
        pthread_barrier_wait(&next->turn);
        pthread_join(next->thread, NULL);
        expect_in_use(30); /* a thread's end frees nothing */
    }
    for (size_t i = 0; i < 30; i++)
        pool_free(pool, objects[i]);
    expect_in_use(0);
    finish();
}

static void in_use_is_counted(void)
{
    count_of_threads_that_end((const size_t[]){0, 1, 2});
    count_of_threads_that_end((const size_t[]){2, 1, 0});
    count_of_threads_that_end((const size_t[]){1, 0, 2});
    start(32, 8);
    expect_in_use(0);
    take_filled(0, 5, 32);
    expect_in_use(5);
    pool_free(pool, objects[0]);
    pool_free(pool, objects[3]);
    expect_in_use(3);
    pool_free(pool, NULL);
    expect_in_use(3);
    take_filled(5, 1000, 32);
    expect_in_use(998);
    finish();
    subject_done();
}

static void free_range(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        pool_free(pool, objects[i]);
}

static void trim_gives_memory_back(void)
{
    static const size_t counts[] = {2000, 200, 70, 1000};
    start(64, 16);
    for (size_t c = 0; c < 4; c++) {
        for (int twice = 0; twice < 2; twice++) {
            take_filled(0, counts[c], 64);
            free_range(0, counts[c]);
        }
        take_filled(0, 400, 64);
        free_range(0, 200);
        take_filled(0, 100, 64);
        free_range(0, 100);
        free_range(200, 400);
        pool_trim(pool);
        expect_at_most(live_bytes(), POOL_TRIMMED_MAX_BYTES,
                       "after pool_trim, a pool without an object in use holds at most "
                       "POOL_TRIMMED_MAX_BYTES");
        expect_in_use(0);
        take_filled(0, 500, 64);
        free_range(0, 10);
        pool_trim(pool); /* with objects in use: what it does, it must get right */
        free_range(10, 500);
    }
    pool_trim(pool);
    expect_at_most(live_bytes(), POOL_TRIMMED_MAX_BYTES,
                   "a trim while objects are in use does not keep a later one from its work");
    finish();
    subject_done();
}

static void trim_keeps_what_is_in_use(void)
{
    start(64, 16);
    take_filled(0, 2000, 64);
    for (size_t i = 0; i < 2000; i++)
        if (i % 97 != 0)
            pool_free(pool, objects[i]);
    pool_trim(pool);
    check_allocator();
    for (size_t i = 0; i < 2000; i += 97)
        check_filled(i, 64);
    for (size_t i = 0; i < 2000; i++)
        if (i % 97 != 0)
            take_filled(i, i + 1, 64);
    for (size_t i = 0; i < 2000; i++)
        check_filled(i, 64);
    expect_in_use(2000);
    finish();
    subject_done();
}

static void pools_are_independent(void)
{
    start(64, 16);
    struct pool *small = pool, *large = pool_create(subject_door(&failing.base), 640, 64);
    expect_not_null(large, "two pools may exist at once");
    void *of_small = take(), *of_large = pool_alloc(large);
    expect_not_null(of_large, "pool_alloc gives an object when there is memory");
    pool_free(small, of_small);
    expect_true(pool_alloc(large) != of_small,
                "an object that was freed to one pool is not given out by another");
    pool_free(large, of_large);
    expect_true(pool_alloc(small) != of_large,
                "an object that was freed to one pool is not given out by another");
    for (size_t i = 0; i < 400; i++) {
        size_t size = i % 2 ? 640 : 64;
        objects[i] = pool_alloc(i % 2 ? large : small);
        expect_not_null(objects[i], "pool_alloc gives an object when there is memory");
        memset(objects[i], (int)(i % 251), size);
        if (i % 4 == 3) { /* an odd one goes back, and one of the other pool is wanted next */
            pool_free(large, objects[i]);
            pool_free(small, objects[i - 1]);
        }
    }
    for (size_t i = 0; i < 400; i++)
        if (i % 4 < 2)
            check_filled(i, i % 2 ? 640 : 64);
    expect_size(pool_in_use(large), 101, "each pool counts its own objects");
    pool_destroy(large);
    for (size_t i = 0; i < 400; i += 4)
        check_filled(i, 64);
    expect_in_use(101);
    finish();
    subject_done();
}

/* ---- threads that take turns ---- */

struct errand {
    size_t from, to;
    bool alloc;
    pthread_barrier_t *turn;
    int rounds;
};

/* Free objects[from..to), or allocate them; failures leave a NULL that the test finds. */
static void *run_errand(void *argument)
{
    struct errand *errand = argument;
    for (size_t i = errand->from; i < errand->to; i++) {
        if (!errand->alloc)
            pool_free(pool, objects[i]);
        else if ((objects[i] = pool_alloc(pool)) != NULL)
            memset(objects[i], (int)(i % 251), 64);
    }
    return NULL;
}

static void *free_in_turns(void *argument)
{
    struct errand *errand = argument;
    for (int round = 0; round < errand->rounds; round++) {
        pthread_barrier_wait(errand->turn);
        run_errand(errand);
        pthread_barrier_wait(errand->turn);
    }
    return NULL;
}

enum { MOST = 3000, LEAST = MOST - POOL_KEPT_MAX };

static void *touch_together(void *turn)
{
    void *object = pool_alloc(pool);
    pthread_barrier_wait(turn);
    pool_free(pool, object);
    return NULL;
}

/* Leave in the pool what four threads had kept at the same time. */
static void let_threads_end(void)
{
    pthread_barrier_t turn;
    pthread_t threads[4];
    pthread_barrier_init(&turn, NULL, 4);
    for (int i = 0; i < 4; i++)
        expect_int(pthread_create(&threads[i], NULL, touch_together, &turn), 0,
                   "the test can make a thread");
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

/* Allocates one object; then, when it is told to, all that the test's thread may not keep. */
static void *take_the_rest(void *argument)
{
    pthread_barrier_t *turn = argument;
    objects[MOST] = pool_alloc(pool);
    pthread_barrier_wait(turn);
    pthread_barrier_wait(turn);
    for (size_t i = 0; i < LEAST; i++)
        objects[i] = pool_alloc(pool);
    return NULL;
}

/* Free MOST objects here, and see how many another thread can get while the allocator has none.
 * by_others: it was other threads that allocated them. */
static void little_is_kept(bool by_others)
{
    pthread_barrier_t turn;
    pthread_t thread;
    struct errand take_all = {.from = 0, .to = MOST, .alloc = true};
    pthread_barrier_init(&turn, NULL, 2);
    start(64, 16);
    let_threads_end();
    void *own = take();
    if (by_others)
        run_thread(run_errand, &take_all);
    else
        take_filled(0, MOST, 64);
    expect_int(pthread_create(&thread, NULL, take_the_rest, &turn), 0,
               "the test can make a thread");
    pthread_barrier_wait(&turn);
    free_range(0, MOST);
    allow(0);
    pthread_barrier_wait(&turn);
    pthread_join(thread, NULL);
    for (size_t i = 0; i < LEAST; i++)
        expect_not_null(objects[i],
                        "of %d objects that one thread freed, another can get all but %d", MOST,
                        POOL_KEPT_MAX);
    pool_free(pool, own);
    finish();
}

static void freed_in_another_thread(void)
{
    little_is_kept(false);
    little_is_kept(true);
    pthread_barrier_t turn;
    pthread_t consumer;
    struct errand errand = {.from = 0, .to = 1000, .turn = &turn, .rounds = 30};
    pthread_barrier_init(&turn, NULL, 2);
    start(64, 16);
    expect_int(pthread_create(&consumer, NULL, free_in_turns, &errand), 0,
               "the test can make a thread");
    for (int round = 0; round < errand.rounds; round++) {
        take_filled(0, 1000, 64);
        for (size_t i = 0; i < 1000; i++)
            check_filled(i, 64);
        pthread_barrier_wait(&turn); /* the consumer frees them all */
        pthread_barrier_wait(&turn);
        expect_in_use(0);
    }
    pthread_join(consumer, NULL);
    expect_bounded(64, 16, 1000, 2);
    finish();
    subject_done();
}

static void ended_thread_gives_back(void)
{
    struct errand take_some = {.from = 0, .to = 200, .alloc = true};
    struct errand free_some = {.from = 0, .to = 200, .alloc = false};
    start(64, 16);
    run_thread(run_errand, &take_some);
    for (size_t i = 0; i < 200; i++)
        expect_not_null(objects[i], "any thread may allocate");
    run_thread(run_errand, &free_some);
    finish();
    start(64, 16);
    for (int i = 0; i < 50; i++) {
        run_thread(run_errand, &take_some);
        for (size_t at = 0; at < 200; at++)
            check_filled(at, 64);
        run_thread(run_errand, &free_some);
        expect_in_use(0);
    }
    expect_bounded(64, 16, 200, 2);
    pool_trim(pool);
    expect_at_most(live_bytes(), POOL_TRIMMED_MAX_BYTES,
                   "what a thread held comes back when it ends: after pool_trim, an unused pool "
                   "holds at most POOL_TRIMMED_MAX_BYTES");
    finish();
    subject_done();
}

static void *outlive(void *argument)
{
    struct errand *errand = argument;
    struct errand give_back = {.from = errand->from, .to = errand->to, .alloc = false};
    for (int round = 0; round < errand->rounds; round++) {
        pthread_barrier_wait(errand->turn);
        run_errand(errand);
        run_errand(&give_back);
        pthread_barrier_wait(errand->turn); /* the pool is destroyed while we live */
    }
    return NULL;
}

static void thread_may_outlive_pool(void)
{
    pthread_barrier_t turn;
    pthread_t thread;
    struct errand errand = {.from = 0, .to = 100, .alloc = true, .turn = &turn, .rounds = 3};
    pthread_barrier_init(&turn, NULL, 2);
    prepare();
    expect_int(pthread_create(&thread, NULL, outlive, &errand), 0, "the test can make a thread");
    for (int round = 0; round < errand.rounds; round++) {
        make_pool(64, 16);
        pthread_barrier_wait(&turn);
        pthread_barrier_wait(&turn);
        for (size_t i = 0; i < 100; i++)
            expect_not_null(objects[i], "a thread that used a pool may use the next one");
        expect_in_use(0);
        destroy_pool();
    }
    pthread_join(thread, NULL);
    check_allocator(); /* the thread's end touched nothing of the pools that are gone */
    allocator_tracking_fini(&tracking);
    subject_done();
}

/* ---- threads that overlap ---- */

enum { STEPS = 7, OVERLAPS = 2 * STEPS * STEPS, MANY = 150 };

struct overlapping {
    unsigned number;
    void *mine[OVERLAPS * (MANY + 1)];
    size_t count;
    size_t refused;
};

static void take_one(struct overlapping *self)
{
    void *object = pool_alloc(pool);
    if (object)
        memset(self->mine[self->count++] = object, (int)self->number, 64);
    else
        self->refused++;
}

static void free_one(struct overlapping *self)
{
    if (self->count > 0)
        pool_free(pool, self->mine[--self->count]);
}

static void *use_and_end(void *argument)
{
    pool_free(pool, pool_alloc(pool));
    return argument;
}

static void do_step(struct overlapping *self, unsigned step)
{
    pthread_t thread;
    switch (step) {
    case 0:
        take_one(self);
        break;
    case 1:
        free_one(self);
        break;
    case 2: /* many: past the edge of any cache that a thread may have */
        for (int i = 0; i < MANY; i++)
            take_one(self);
        break;
    case 3:
        for (int i = 0; i < MANY; i++)
            free_one(self);
        break;
    case 4:
        (void)pool_in_use(pool);
        break;
    case 5:
        pool_trim(pool);
        break;
    default:
        if (pthread_create(&thread, NULL, use_and_end, NULL) == 0)
            pthread_join(thread, NULL);
    }
}

/* Both threads get here before either goes on. Not a pthread_barrier: to the sanitizer that orders
 * what is before it and after it, and a thread that wakes late would seem to come after all that
 * the other did meanwhile. Relaxed operations order nothing: only the pool's own locks do. */
static void meet(unsigned step)
{
    static atomic_uint arrived;
    atomic_fetch_add_explicit(&arrived, 1, memory_order_relaxed);
    while (atomic_load_explicit(&arrived, memory_order_relaxed) < 2 * (step + 1))
        sched_yield();
}

/* In each step both threads leave together, and each does its one of the pair. */
static void *overlap(void *argument)
{
    struct overlapping *self = argument;
    for (unsigned i = 0; i < OVERLAPS; i++) {
        meet(i);
        do_step(self, self->number == 0 ? i % STEPS : i / STEPS % STEPS);
    }
    while (self->count > 0)
        free_one(self);
    return NULL;
}

static void threads_overlap(void)
{
    static struct overlapping selves[2];
    pthread_t threads[2];
    prepare();
    /* No tracking here: its lock would order the threads and hide a race from the sanitizer. */
    allocator_counting_init(&counting, allocator_system());
    pool = pool_create(subject_door(&counting.base), 64, 16);
    expect_not_null(pool, "pool_create makes a pool when there is memory");
    for (unsigned i = 0; i < 2; i++) {
        selves[i] = (struct overlapping){.number = i};
        expect_int(pthread_create(&threads[i], NULL, overlap, &selves[i]), 0,
                   "the test can make a thread");
    }
    for (unsigned i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    expect_size(selves[0].refused + selves[1].refused, 0,
                "pool_alloc gives an object when there is memory");
    expect_in_use(0);
    finish();
    subject_done();
}

/* ---- contention ---- */

enum { CONTENDERS = 4, CONTENDED_OPERATIONS = 20000, HELD_MAX = 100 };

struct contender {
    uint64_t random;
    size_t spoilt, refused;
};

/* The shelves are where objects change threads. */
static _Atomic(uint64_t *) shelves[16];

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void give(struct contender *self, uint64_t *object)
{
    if (object[1] != ~object[0] || object[7] != object[0])
        self->spoilt++;
    object[1] = object[7] = 0;
    pool_free(pool, object);
}

static uint64_t *take_marked(struct contender *self)
{
    uint64_t *object = pool_alloc(pool);
    if (!object) {
        self->refused++;
        return NULL;
    }
    object[0] = object[7] = next_random(&self->random);
    object[1] = ~object[0];
    return object;
}

static void *contend(void *argument)
{
    struct contender *self = argument;
    uint64_t *held[HELD_MAX];
    size_t count = 0;
    for (int i = 0; i < CONTENDED_OPERATIONS; i++) {
        unsigned dice = (unsigned)(next_random(&self->random) >> 40);
        if (count == 0 || (dice % 2 == 0 && count < HELD_MAX)) {
            count += (held[count] = take_marked(self)) != NULL;
        } else if (dice % 8 == 1) {
            uint64_t *other = atomic_exchange(&shelves[dice / 8 % 16], held[--count]);
            if (other)
                give(self, other);
        } else {
            give(self, held[--count]);
        }
    }
    while (count > 0)
        give(self, held[--count]);
    return NULL;
}

static void contention_is_survived(void)
{
    static struct contender contenders[CONTENDERS];
    pthread_t threads[CONTENDERS];
    size_t spoilt = 0, refused = 0;
    start(64, 16);
    for (unsigned i = 0; i < CONTENDERS; i++) {
        contenders[i].random = subject_seed() * 8 + i + 1; /* xorshift's state is never 0 */
        expect_int(pthread_create(&threads[i], NULL, contend, &contenders[i]), 0,
                   "the test can make a thread");
    }
    for (unsigned i = 0; i < CONTENDERS; i++) {
        pthread_join(threads[i], NULL);
        spoilt += contenders[i].spoilt;
        refused += contenders[i].refused;
    }
    expect_size(spoilt, 0, "no object is in use by two threads at once");
    expect_size(refused, 0, "pool_alloc gives an object when there is memory");
    size_t shelved = 0;
    for (int i = 0; i < 16; i++)
        shelved += shelves[i] != NULL;
    expect_in_use(shelved);
    expect_bounded(64, 16, CONTENDERS * HELD_MAX + 16, CONTENDERS);
    finish();
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"create_and_destroy", create_and_destroy},
    {"objects_are_distinct", objects_are_distinct},
    {"objects_are_aligned", objects_are_aligned},
    {"freed_objects_are_reused", freed_objects_are_reused},
    {"failure_is_survived", failure_is_survived},
    {"destroy_gives_everything_back", destroy_gives_everything_back},
    {"in_use_is_counted", in_use_is_counted},
    {"trim_gives_memory_back", trim_gives_memory_back},
    {"trim_keeps_what_is_in_use", trim_keeps_what_is_in_use},
    {"pools_are_independent", pools_are_independent},
    {"freed_in_another_thread", freed_in_another_thread},
    {"ended_thread_gives_back", ended_thread_gives_back},
    {"thread_may_outlive_pool", thread_may_outlive_pool},
    {"threads_overlap", threads_overlap},
    {"contention_is_survived", contention_is_survived},
    {NULL, NULL},
};
