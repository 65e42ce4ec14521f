/* test_seqlock.c - what a reader accepts and what it refuses, sizes, and writers against readers. */
#include "tests/support/check_main.h"

#include <pthread.h>

#include "02_concurrency/seqlock.h"

enum { BYTES_MAX = 40, READERS = 3, WRITERS = 2, WRITES = 3000 };

START_TEST(what_was_written_is_read)
{
    struct seqlock lock = {0};
    for (size_t bytes = 0; bytes <= BYTES_MAX; bytes++) {
        SEQLOCK_WORDS(words, BYTES_MAX) = {0};
        unsigned char in[BYTES_MAX], out[BYTES_MAX + 1];
        for (size_t i = 0; i < bytes; i++)
            in[i] = (unsigned char)(i * 7 + bytes);
        memset(out, 0xee, sizeof(out));
        seqlock_write(&lock, words, in, bytes);
        seqlock_read(&lock, words, out, bytes);
        ck_assert_int_eq(memcmp(in, out, bytes), 0);
        ck_assert_uint_eq(out[bytes], 0xee); /* and not a byte more */
    }
    ck_assert_uint_eq(atomic_load(&lock.sequence), 2 * (BYTES_MAX + 1));
}
END_TEST

START_TEST(words_are_as_many_as_needed)
{
    SEQLOCK_WORDS(one, 1);
    SEQLOCK_WORDS(eight, 8);
    SEQLOCK_WORDS(nine, 9);
    ck_assert_uint_eq(sizeof(one), 8);
    ck_assert_uint_eq(sizeof(eight), 8);
    ck_assert_uint_eq(sizeof(nine), 16);
}
END_TEST

START_TEST(a_read_that_was_disturbed_is_refused)
{
    struct seqlock lock = {0};
    uint64_t sequence = seqlock_read_begin(&lock);
    ck_assert(seqlock_read_is_valid(&lock, sequence));
    seqlock_write_begin(&lock);
    ck_assert(!seqlock_read_is_valid(&lock, sequence)); /* in the middle of a write */
    seqlock_write_end(&lock);
    ck_assert(!seqlock_read_is_valid(&lock, sequence)); /* and behind it */
    sequence = seqlock_read_begin(&lock);
    ck_assert(seqlock_read_is_valid(&lock, sequence));
}
END_TEST

static struct world {
    struct seqlock lock;
    SEQLOCK_WORDS(words, 3 * sizeof(uint64_t));
    atomic_bool began, ended;
    atomic_uint writing;
    atomic_ulong torn, accepted;
} world;

static void *read_once(void *unused)
{
    uint64_t sequence = seqlock_read_begin(&world.lock);
    atomic_store(&world.ended, true);
    atomic_store(&world.torn, !seqlock_read_is_valid(&world.lock, sequence));
    return unused;
}

START_TEST(a_reader_waits_for_the_writer_to_end)
{
    pthread_t reader;
    memset(&world, 0, sizeof(world));
    seqlock_write_begin(&world.lock);
    ck_assert_int_eq(pthread_create(&reader, NULL, read_once, NULL), 0);
    for (int i = 0; i < 20; i++) { /* time enough for a reader that does not wait */
        sched_yield();
        ck_assert(!atomic_load(&world.ended));
    }
    seqlock_write_end(&world.lock);
    pthread_join(reader, NULL);
    ck_assert(atomic_load(&world.ended));
    ck_assert_uint_eq(atomic_load(&world.torn), 0);
}
END_TEST

static void *write_many(void *unused)
{
    for (uint64_t i = 0; i < WRITES; i++) {
        uint64_t value[3] = {i, ~i, i * i};
        seqlock_write_begin(&world.lock);
        if (atomic_fetch_add(&world.writing, 1) != 0)
            atomic_fetch_add(&world.torn, 1);
        seqlock_store(world.words, value, sizeof(value));
        atomic_fetch_sub(&world.writing, 1);
        seqlock_write_end(&world.lock);
    }
    return unused;
}

static void *read_many(void *unused)
{
    do {
        uint64_t value[3];
        seqlock_read(&world.lock, world.words, value, sizeof(value));
        if (value[1] != ~value[0] || value[2] != value[0] * value[0])
            atomic_fetch_add(&world.torn, 1);
        atomic_fetch_add(&world.accepted, 1);
    } while (!atomic_load(&world.ended));
    return unused;
}

START_TEST(readers_see_whole_values)
{
    pthread_t readers[READERS], writers[WRITERS];
    memset(&world, 0, sizeof(world));
    seqlock_write(&world.lock, world.words, (uint64_t[3]){0, ~UINT64_C(0), 0}, 24);
    for (int i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_create(&readers[i], NULL, read_many, NULL), 0);
    for (int i = 0; i < WRITERS; i++)
        ck_assert_int_eq(pthread_create(&writers[i], NULL, write_many, NULL), 0);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);
    atomic_store(&world.ended, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    ck_assert_uint_eq(atomic_load(&world.torn), 0);
    ck_assert_uint_ge(atomic_load(&world.accepted), READERS);
    ck_assert_uint_eq(atomic_load(&world.lock.sequence), 2 * (WRITERS * WRITES + 1));
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("seqlock");
    TCase *values = tcase_create("values");
    tcase_add_test(values, what_was_written_is_read);
    tcase_add_test(values, words_are_as_many_as_needed);
    suite_add_tcase(suite, values);
    TCase *refused = tcase_create("refused");
    tcase_add_test(refused, a_read_that_was_disturbed_is_refused);
    suite_add_tcase(suite, refused);
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, a_reader_waits_for_the_writer_to_end);
    tcase_add_test(threads, readers_see_whole_values);
    suite_add_tcase(suite, threads);
    return suite;
}
