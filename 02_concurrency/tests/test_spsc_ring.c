/* test_spsc_ring.c - the ring: its edges, its spans, the wrap of its counters, its error paths, two threads. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/spsc_ring.h"

/* Every test: a tracked allocator below, and nothing may be left in it or wrong with it. */
static struct allocator_tracking tracking;
static struct spsc_ring *ring;

static void setup(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    ring = NULL;
}

static void teardown(void)
{
    spsc_ring_destroy(ring);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

/* As if `start` elements had gone through it. */
static void make_ring_at(size_t min_capacity, size_t element_bytes, uint64_t start)
{
    ck_assert_int_eq(spsc_ring_create(&ring, &tracking.base, min_capacity, element_bytes), 0);
    ring->tail_limit += start;
    ring->head_seen += start;
    ring->head_limit += start;
    atomic_store(&ring->tail, start);
    atomic_store(&ring->head, start);
}

static void make_ring(size_t min_capacity, size_t element_bytes)
{
    make_ring_at(min_capacity, element_bytes, 0);
}

static bool push(uint64_t value)
{
    return spsc_ring_try_push_sized(ring, &value, sizeof(value));
}

static void expect(uint64_t value)
{
    uint64_t out = ~value;
    ck_assert(spsc_ring_try_pop_sized(ring, &out, sizeof(out)));
    ck_assert_uint_eq(out, value);
}

/* ---- api ---- */

START_TEST(holds_exactly_its_capacity)
{
    static const size_t asked[] = {1, 2, 3, 4, 5, 1000, 1024}, got[] = {1, 2, 4, 4, 8, 1024, 1024};
    make_ring(asked[_i], sizeof(uint64_t));
    uint64_t capacity = got[_i], out = 77;
    ck_assert_uint_eq(spsc_ring_capacity(ring), capacity);
    for (uint64_t round = 0; round < 3; round++) {
        ck_assert(!spsc_ring_try_pop(ring, &out));
        ck_assert_uint_eq(out, 77);
        for (uint64_t i = 0; i < capacity; i++)
            ck_assert(push(round * capacity + i));
        ck_assert(!push(99));
        ck_assert_uint_eq(spsc_ring_count(ring), capacity);
        for (uint64_t i = 0; i < capacity; i++)
            expect(round * capacity + i);
        ck_assert_uint_eq(spsc_ring_count(ring), 0);
    }
}
END_TEST

START_TEST(one_pop_makes_room_for_one_push)
{
    make_ring(4, sizeof(uint64_t));
    for (uint64_t i = 0; i < 4; i++)
        ck_assert(push(i));
    for (uint64_t i = 0; i < 100; i++) {
        ck_assert(!push(99));
        expect(i);
        ck_assert(push(i + 4));
    }
}
END_TEST

static const size_t sizes[] = {1, 2, 3, 7, 8, 16, 24, 64, 100, 4096};

START_TEST(elements_of_any_size_come_back_whole)
{
    size_t bytes = sizes[_i];
    unsigned char in[4096], out[4096];
    make_ring(8, bytes);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 8; i++) {
            memset(in, round * 8 + i, bytes);
            ck_assert(spsc_ring_try_push(ring, in));
        }
        for (int i = 0; i < 8; i++) {
            memset(in, round * 8 + i, bytes);
            ck_assert(spsc_ring_try_pop(ring, out));
            ck_assert_mem_eq(out, in, bytes);
        }
    }
}
END_TEST

/* ---- spans ---- */

START_TEST(a_span_ends_where_the_array_does)
{
    size_t count = 99;
    make_ring(8, sizeof(uint64_t));
    ck_assert_ptr_null(spsc_ring_peek(ring, 4, &count));
    ck_assert_uint_eq(count, 0);
    for (uint64_t i = 0; i < 5; i++)
        ck_assert(push(i));
    for (uint64_t i = 0; i < 5; i++)
        expect(i);
    uint64_t *span = spsc_ring_reserve(ring, 8, &count);
    ck_assert_uint_eq(count, 3); /* slots 5, 6 and 7; the others are at the array's beginning */
    ck_assert_ptr_eq(span, ring->slots + 5 * sizeof(uint64_t));
    for (uint64_t i = 0; i < 3; i++)
        span[i] = 10 + i;
    spsc_ring_commit(ring, 2);
    ck_assert_uint_eq(spsc_ring_count(ring), 2);
    ck_assert_ptr_eq(spsc_ring_reserve(ring, 8, &count), span + 2);
    ck_assert_uint_eq(count, 1);
    spsc_ring_commit(ring, 1);
    ck_assert_ptr_eq(spsc_ring_reserve(ring, 8, &count), ring->slots);
    ck_assert_uint_eq(count, 5);
    expect(10);
    span = spsc_ring_peek(ring, 8, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(span[0], 11);
    ck_assert_uint_eq(span[1], 12);
    spsc_ring_release(ring, 1);
    expect(12);
}
END_TEST

START_TEST(a_reservation_not_committed_is_nothing)
{
    size_t count;
    uint64_t out;
    make_ring(4, sizeof(uint64_t));
    ck_assert_ptr_nonnull(spsc_ring_reserve(ring, 3, &count));
    ck_assert_uint_eq(count, 3);
    ck_assert(!spsc_ring_try_pop(ring, &out));
    spsc_ring_commit(ring, 0);
    ck_assert(!spsc_ring_try_pop(ring, &out));
    ck_assert(push(7));
    expect(7);
    ck_assert_ptr_null(spsc_ring_reserve(ring, 0, &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(reserve_says_null_when_full)
{
    size_t count = 99;
    make_ring(4, sizeof(uint64_t));
    for (uint64_t i = 0; i < 4; i++)
        ck_assert(push(i));
    ck_assert_ptr_null(spsc_ring_reserve(ring, 1, &count));
    ck_assert_uint_eq(count, 0);
    ck_assert_ptr_nonnull(spsc_ring_peek(ring, 3, &count));
    ck_assert_uint_eq(count, 3);
    spsc_ring_release(ring, 3);
    ck_assert_ptr_eq(spsc_ring_reserve(ring, 4, &count), ring->slots);
    ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(many_wrap_around_the_end)
{
    uint64_t in[8], out[8] = {0};
    make_ring(8, sizeof(uint64_t));
    for (uint64_t round = 0; round < 50; round++) {
        for (uint64_t i = 0; i < 5; i++)
            in[i] = round * 5 + i;
        ck_assert_uint_eq(spsc_ring_push_many(ring, in, 5), 5);
        ck_assert_uint_eq(spsc_ring_pop_many(ring, out, 8), 5);
        ck_assert_mem_eq(in, out, 5 * sizeof(in[0]));
    }
    ck_assert_uint_eq(spsc_ring_push_many(ring, in, 5), 5);
    ck_assert_uint_eq(spsc_ring_push_many(ring, in, 5), 3);
    ck_assert_uint_eq(spsc_ring_push_many(ring, in, 5), 0);
    ck_assert_uint_eq(spsc_ring_pop_many(ring, out, 6), 6);
    ck_assert_uint_eq(out[5], in[0]);
    ck_assert_uint_eq(spsc_ring_pop_many(ring, out, 0), 0);
    ck_assert_uint_eq(spsc_ring_pop_many(ring, out, 8), 2);
    ck_assert_uint_eq(spsc_ring_pop_many(ring, out, 8), 0);
}
END_TEST

/* ---- wrap: the counters pass the end of the integers ---- */

START_TEST(counters_pass_their_end)
{
    uint64_t in[4], out[4], next = 0, expected = 0, start = UINT64_MAX - (uint64_t)_i;
    make_ring_at(4, sizeof(uint64_t), start);
    for (int round = 0; round < 20; round++) {
        ck_assert(push(next++));
        in[0] = next;
        in[1] = next + 1;
        in[2] = next + 2;
        ck_assert_uint_eq(spsc_ring_push_many(ring, in, 3), 3);
        next += 3;
        ck_assert(!push(99));
        ck_assert_uint_eq(spsc_ring_count(ring), 4);
        expect(expected++);
        ck_assert_uint_eq(spsc_ring_pop_many(ring, out, 4), 3);
        for (int i = 0; i < 3; i++)
            ck_assert_uint_eq(out[i], expected++);
        ck_assert(!spsc_ring_try_pop(ring, out));
    }
    ck_assert_uint_eq(atomic_load(&ring->tail), start + 80);
}
END_TEST

/* ---- errors ---- */

START_TEST(bad_requests_are_refused)
{
    ck_assert_int_eq(spsc_ring_create(&ring, &tracking.base, 0, 8), -EINVAL);
    ck_assert_int_eq(spsc_ring_create(&ring, &tracking.base, 8, 0), -EINVAL);
    ck_assert_int_eq(spsc_ring_create(&ring, &tracking.base, SIZE_MAX, 1), -EOVERFLOW);
    ck_assert_int_eq(spsc_ring_create(&ring, &tracking.base, SIZE_MAX / 2 + 1, 2), -EOVERFLOW);
    ck_assert_int_eq(spsc_ring_create(&ring, &tracking.base, 2, SIZE_MAX), -EOVERFLOW);
    ck_assert_ptr_null(ring);
}
END_TEST

START_TEST(memory_that_is_refused_leaves_nothing)
{
    struct allocator_failing failing;
    allocator_failing_init(&failing, &tracking.base, 0);
    ck_assert_int_eq(spsc_ring_create(&ring, &failing.base, 8, 8), -ENOMEM);
    ck_assert_ptr_null(ring);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    allocator_failing_init(&failing, &tracking.base, 1); /* one request is all that it takes */
    ck_assert_int_eq(spsc_ring_create(&ring, &failing.base, 8, 8), 0);
    ck_assert(push(1));
    expect(1);
    spsc_ring_destroy(ring);
    ring = NULL;
}
END_TEST

START_TEST(memory_is_what_the_header_says)
{
    make_ring(1000, 24);
    ck_assert_uint_eq(allocator_tracking_live_bytes(&tracking),
                      1024 * 24 + sizeof(struct spsc_ring));
    ck_assert_uint_eq((uintptr_t)ring % CACHE_LINE_APART, 0);
}
END_TEST

/* ---- threads ---- */

/* Fewer for a smaller ring: each turn of it costs a wait. */
enum { MANY_A_SLOT = 300 };

static void *produce(void *many)
{
    for (uint64_t i = 0; i < *(uint64_t *)many; i++) {
        struct backoff backoff = BACKOFF_INIT;
        while (!push(i))
            backoff_wait(&backoff);
    }
    return NULL;
}

START_TEST(two_threads_keep_the_order)
{
    pthread_t producer;
    uint64_t wrong = 0, out, many = (uint64_t)MANY_A_SLOT << _i;
    make_ring_at((size_t)1 << _i, sizeof(uint64_t), UINT64_MAX - many / 2);
    ck_assert_int_eq(pthread_create(&producer, NULL, produce, &many), 0);
    for (uint64_t i = 0; i < many; i++) {
        struct backoff backoff = BACKOFF_INIT;
        while (!spsc_ring_try_pop(ring, &out))
            backoff_wait(&backoff);
        wrong += out != i;
    }
    ck_assert_int_eq(pthread_join(producer, NULL), 0);
    ck_assert_uint_eq(wrong, 0);
    ck_assert(!spsc_ring_try_pop(ring, &out));
}
END_TEST

static TCase *add_case(Suite *suite, TCase *made)
{
    tcase_add_checked_fixture(made, setup, teardown);
    suite_add_tcase(suite, made);
    return made;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("spsc_ring");
    TCase *api = add_case(suite, tcase_create("api"));
    tcase_add_loop_test(api, holds_exactly_its_capacity, 0, 7);
    tcase_add_test(api, one_pop_makes_room_for_one_push);
    tcase_add_loop_test(api, elements_of_any_size_come_back_whole, 0, 10);
    TCase *spans = add_case(suite, tcase_create("spans"));
    tcase_add_test(spans, a_span_ends_where_the_array_does);
    tcase_add_test(spans, a_reservation_not_committed_is_nothing);
    tcase_add_test(spans, reserve_says_null_when_full);
    tcase_add_test(spans, many_wrap_around_the_end);
    TCase *wrap = add_case(suite, tcase_create("wrap"));
    tcase_add_loop_test(wrap, counters_pass_their_end, 0, 9);
    TCase *errors = add_case(suite, tcase_create("errors"));
    tcase_add_test(errors, bad_requests_are_refused);
    tcase_add_test(errors, memory_that_is_refused_leaves_nothing);
    tcase_add_test(errors, memory_is_what_the_header_says);
    TCase *threads = add_case(suite, tcase_create("threads"));
    tcase_set_timeout(threads, 50); /* seconds, for a machine that does much else */
    tcase_add_loop_test(threads, two_threads_keep_the_order, 0, 5);
    return suite;
}
