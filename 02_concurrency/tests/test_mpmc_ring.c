/* test_mpmc_ring.c - the ring: its edges, the wrap of its tickets, a thread that stops half way, errors, threads. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <pthread.h>

#include "02_concurrency/mpmc_ring.h"

/* Every test: a tracked allocator below, and nothing may be left in it or wrong with it. */
static struct allocator_tracking tracking;
static struct mpmc_ring *ring;

static void setup(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    ring = NULL;
}

static void teardown(void)
{
    mpmc_ring_destroy(ring);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

/* As if `start` elements had gone through it. */
static void make_ring_at(size_t min_capacity, size_t element_bytes, uint64_t start)
{
    ck_assert_int_eq(mpmc_ring_create(&ring, &tracking.base, min_capacity, element_bytes), 0);
    atomic_store(&ring->tail, start);
    atomic_store(&ring->head, start);
    for (uint64_t ticket = start; ticket != start + ring->mask + 1; ticket++)
        atomic_store(&mpmc_ring_slot(ring, ticket, element_bytes)->sequence, ticket);
}

static void make_ring(size_t min_capacity, size_t element_bytes)
{
    ck_assert_int_eq(mpmc_ring_create(&ring, &tracking.base, min_capacity, element_bytes), 0);
}

static bool push(uint64_t value)
{
    return mpmc_ring_try_push_sized(ring, &value, sizeof(value));
}

static void expect(uint64_t value)
{
    uint64_t out = ~value;
    ck_assert(mpmc_ring_try_pop_sized(ring, &out, sizeof(out)));
    ck_assert_uint_eq(out, value);
}

/* ---- api ---- */

START_TEST(holds_exactly_its_capacity)
{
    static const size_t asked[] = {1, 2, 3, 4, 5, 1000, 1024}, got[] = {2, 2, 4, 4, 8, 1024, 1024};
    make_ring(asked[_i], sizeof(uint64_t));
    uint64_t capacity = got[_i], out = 77;
    ck_assert_uint_eq(mpmc_ring_capacity(ring), capacity);
    for (uint64_t round = 0; round < 3; round++) {
        ck_assert(!mpmc_ring_try_pop(ring, &out));
        ck_assert_uint_eq(out, 77);
        for (uint64_t i = 0; i < capacity; i++)
            ck_assert(push(round * capacity + i));
        ck_assert(!push(99));
        ck_assert_uint_eq(mpmc_ring_count(ring), capacity);
        for (uint64_t i = 0; i < capacity; i++)
            expect(round * capacity + i);
        ck_assert_uint_eq(mpmc_ring_count(ring), 0);
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

static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 16, 24, 64, 100, 4096};

START_TEST(elements_of_any_size_come_back_whole)
{
    size_t bytes = sizes[_i];
    unsigned char in[4096], out[4096];
    make_ring(8, bytes);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 8; i++) {
            memset(in, round * 8 + i, bytes);
            ck_assert(mpmc_ring_try_push(ring, in));
        }
        for (int i = 0; i < 8; i++) {
            memset(in, round * 8 + i, bytes);
            ck_assert(mpmc_ring_try_pop(ring, out));
            ck_assert_mem_eq(out, in, bytes);
        }
    }
}
END_TEST

START_TEST(tickets_pass_their_end)
{
    uint64_t next = 0, expected = 0, out, start = UINT64_MAX - (uint64_t)_i;
    make_ring_at(4, sizeof(uint64_t), start);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 4; i++)
            ck_assert(push(next++));
        ck_assert(!push(99));
        ck_assert_uint_eq(mpmc_ring_count(ring), 4);
        for (int i = 0; i < 4; i++)
            expect(expected++);
        ck_assert(!mpmc_ring_try_pop(ring, &out));
    }
    ck_assert_uint_eq(atomic_load(&ring->tail), start + 80);
}
END_TEST

/* ---- stopped: a thread has drawn its ticket and has not done the rest ---- */

START_TEST(a_stopped_producer_hides_what_is_behind_it)
{
    uint64_t ticket = 0, out = 77, value = 1;
    make_ring(4, sizeof(uint64_t));
    struct mpmc_ring_slot *slot = mpmc_ring_claim(ring, &ring->tail, 0, sizeof(value), &ticket);
    ck_assert_uint_eq(ticket, 0);
    ck_assert(push(2));
    ck_assert_uint_eq(mpmc_ring_count(ring), 2);
    ck_assert(!mpmc_ring_try_pop(ring, &out));
    ck_assert_uint_eq(out, 77);
    memcpy(slot->element, &value, sizeof(value)); /* it goes on */
    atomic_store(&slot->sequence, ticket + 1);
    expect(1);
    expect(2);
}
END_TEST

START_TEST(a_stopped_consumer_keeps_its_slot)
{
    uint64_t ticket = 0;
    make_ring(2, sizeof(uint64_t));
    ck_assert(push(1));
    ck_assert(push(2));
    struct mpmc_ring_slot *slot = mpmc_ring_claim(ring, &ring->head, 1, sizeof(uint64_t), &ticket);
    expect(2);
    ck_assert(!push(3)); /* the oldest slot is still being read */
    atomic_store(&slot->sequence, ticket + ring->mask + 1);
    ck_assert(push(3));
    ck_assert(push(4));
    expect(3);
    expect(4);
}
END_TEST

/* ---- errors ---- */

START_TEST(bad_requests_are_refused)
{
    ck_assert_int_eq(mpmc_ring_create(&ring, &tracking.base, 0, 8), -EINVAL);
    ck_assert_int_eq(mpmc_ring_create(&ring, &tracking.base, 8, 0), -EINVAL);
    ck_assert_int_eq(mpmc_ring_create(&ring, &tracking.base, SIZE_MAX, 1), -EOVERFLOW);
    ck_assert_int_eq(mpmc_ring_create(&ring, &tracking.base, SIZE_MAX / 2 + 1, 1), -EOVERFLOW);
    for (size_t less = 0; less < 20; less++)
        ck_assert_int_eq(mpmc_ring_create(&ring, &tracking.base, 2, SIZE_MAX - less), -EOVERFLOW);
    ck_assert_ptr_null(ring);
}
END_TEST

START_TEST(memory_that_is_refused_leaves_nothing)
{
    struct allocator_failing failing;
    allocator_failing_init(&failing, &tracking.base, 0);
    ck_assert_int_eq(mpmc_ring_create(&ring, &failing.base, 8, 8), -ENOMEM);
    ck_assert_ptr_null(ring);
    ck_assert_uint_eq(allocator_tracking_live_blocks(&tracking), 0);
    allocator_failing_init(&failing, &tracking.base, 1); /* one request is all that it takes */
    ck_assert_int_eq(mpmc_ring_create(&ring, &failing.base, 8, 8), 0);
    ck_assert(push(1));
    expect(1);
    mpmc_ring_destroy(ring);
    ring = NULL;
}
END_TEST

START_TEST(memory_is_what_the_header_says)
{
    make_ring(1000, 20);
    ck_assert_uint_eq(allocator_tracking_live_bytes(&tracking),
                      1024 * (24 + 8) + sizeof(struct mpmc_ring));
    ck_assert_uint_eq((uintptr_t)ring % CACHE_LINE_APART, 0);
}
END_TEST

/* ---- threads ---- */

/* Fewer for a smaller ring: each turn of it costs a wait. */
enum { PAIRS = 3, EACH_A_SLOT = 50 };
static uint64_t each;

static void *produce(void *unused)
{
    (void)unused;
    for (uint64_t i = 1; i <= each; i++) {
        struct backoff backoff = BACKOFF_INIT;
        while (!push(i))
            backoff_wait(&backoff);
    }
    return NULL;
}

static void *consume(void *sum)
{
    for (uint64_t i = 0, value; i < each; i++) {
        struct backoff backoff = BACKOFF_INIT;
        while (!mpmc_ring_try_pop_sized(ring, &value, sizeof(value)))
            backoff_wait(&backoff);
        *(uint64_t *)sum += value;
    }
    return NULL;
}

START_TEST(nothing_is_lost_or_doubled)
{
    pthread_t producers[PAIRS], consumers[PAIRS];
    uint64_t sums[PAIRS] = {0}, sum = 0, out;
    each = (uint64_t)EACH_A_SLOT << _i;
    make_ring_at((size_t)1 << _i, sizeof(uint64_t), UINT64_MAX - each);
    for (int i = 0; i < PAIRS; i++) {
        ck_assert_int_eq(pthread_create(&producers[i], NULL, produce, NULL), 0);
        ck_assert_int_eq(pthread_create(&consumers[i], NULL, consume, &sums[i]), 0);
    }
    for (int i = 0; i < PAIRS; i++) {
        ck_assert_int_eq(pthread_join(producers[i], NULL), 0);
        ck_assert_int_eq(pthread_join(consumers[i], NULL), 0);
        sum += sums[i];
    }
    ck_assert_uint_eq(sum, PAIRS * each * (each + 1) / 2);
    ck_assert(!mpmc_ring_try_pop(ring, &out));
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
    Suite *suite = suite_create("mpmc_ring");
    TCase *api = add_case(suite, tcase_create("api"));
    tcase_add_loop_test(api, holds_exactly_its_capacity, 0, 7);
    tcase_add_test(api, one_pop_makes_room_for_one_push);
    tcase_add_loop_test(api, elements_of_any_size_come_back_whole, 0, 11);
    TCase *wrap = add_case(suite, tcase_create("wrap"));
    tcase_add_loop_test(wrap, tickets_pass_their_end, 0, 9);
    TCase *stopped = add_case(suite, tcase_create("stopped"));
    tcase_add_test(stopped, a_stopped_producer_hides_what_is_behind_it);
    tcase_add_test(stopped, a_stopped_consumer_keeps_its_slot);
    TCase *errors = add_case(suite, tcase_create("errors"));
    tcase_add_test(errors, bad_requests_are_refused);
    tcase_add_test(errors, memory_that_is_refused_leaves_nothing);
    tcase_add_test(errors, memory_is_what_the_header_says);
    TCase *threads = add_case(suite, tcase_create("threads"));
    tcase_set_timeout(threads, 50); /* seconds, for a machine that does much else */
    tcase_add_loop_test(threads, nothing_is_lost_or_doubled, 1, 8);
    return suite;
}
