/* test_intern.c - the same string gives the same id and the same text, and nothing else does. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "03_memory/intern.h"
#include "03_memory/intern_internal.h"

enum { MANY = 20000, MODEL_WORDS = 500, MODEL_ROUNDS = 50000 };

static struct allocator_tracking tracking;

static struct intern *set_up(const struct intern_options *options)
{
    struct intern *intern;
    allocator_tracking_init(&tracking, allocator_system());
    ck_assert_int_eq(intern_create(&intern, &tracking.base, options), 0);
    return intern;
}

static void tear_down(struct intern *intern)
{
    struct allocator_fault fault;
    ck_assert(intern_check(intern));
    intern_destroy(intern);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
    ck_assert(!allocator_tracking_fault(&tracking, 0, &fault));
}

static uint32_t put(struct intern *intern, const char *text)
{
    uint32_t id = INTERN_NONE;
    ck_assert_int_eq(intern_put_string(intern, text, &id), 0);
    ck_assert_uint_ne(id, INTERN_NONE);
    return id;
}

START_TEST(equal_strings_have_one_id)
{
    struct intern *intern = set_up(NULL);
    char copy[] = "index";
    uint32_t id = put(intern, "index"), other = put(intern, "Index");
    ck_assert_uint_eq(put(intern, copy), id);
    ck_assert_uint_ne(other, id);
    ck_assert_uint_eq(intern_find(intern, copy, 5), id);
    ck_assert_uint_eq(intern_count(intern), 2);
    memset(copy, 'x', 5);
    ck_assert_str_eq(intern_text(intern, id, NULL), "index");
    tear_down(intern);
}
END_TEST

START_TEST(ids_count_up_from_one)
{
    struct intern *intern = set_up(NULL);
    char text[16];
    for (uint32_t i = 1; i <= 3000; i++) {
        snprintf(text, sizeof(text), "%u", i);
        ck_assert_uint_eq(put(intern, text), i);
    }
    ck_assert_uint_eq(intern_count(intern), 3000);
    tear_down(intern);
}
END_TEST

START_TEST(bytes_may_be_zero)
{
    struct intern *intern = set_up(NULL);
    uint32_t a, b, c, empty, again;
    size_t length;
    ck_assert_int_eq(intern_put(intern, "a\0b", 3, &a), 0);
    ck_assert_int_eq(intern_put(intern, "a\0c", 3, &b), 0);
    ck_assert_int_eq(intern_put(intern, "a", 1, &c), 0);
    ck_assert_int_eq(intern_put(intern, "", 0, &empty), 0);
    ck_assert_int_eq(intern_put(intern, NULL, 0, &again), 0);
    ck_assert_uint_eq(empty, again);
    ck_assert_uint_eq(intern_count(intern), 4);
    const char *text = intern_text(intern, a, &length);
    ck_assert_uint_eq(length, 3);
    ck_assert_mem_eq(text, "a\0b", 4);
    ck_assert_str_eq(intern_text(intern, empty, &length), "");
    ck_assert_uint_eq(length, 0);
    tear_down(intern);
}
END_TEST

/* Every length, and every single byte that differs: hash and comparison read words, with overlaps. */
START_TEST(every_byte_counts)
{
    struct intern *intern = set_up(&(struct intern_options){.seed = 1, .shards = 1});
    char *exact; /* of the exact size, so that the address sanitizer sees a read beyond it */
    uint32_t expected = 0, id;
    for (size_t length = 0; length <= 70; length++) {
        exact = malloc(length ? length : 1);
        ck_assert_ptr_nonnull(exact);
        memset(exact, 'a', length);
        ck_assert_int_eq(intern_put(intern, exact, length, &id), 0);
        ck_assert_uint_eq(id, ++expected);
        for (size_t at = 0; at < length; at++) {
            exact[at] = 'b';
            ck_assert_int_eq(intern_put(intern, exact, length, &id), 0);
            ck_assert_uint_eq(id, ++expected);
            ck_assert_uint_eq(intern_find(intern, exact, length), id);
            exact[at] = 'a';
        }
        free(exact);
    }
    tear_down(intern);
}
END_TEST

START_TEST(texts_never_move)
{
    struct intern *intern = set_up(NULL);
    static const char *first[100];
    char text[16];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "name%u", i);
        ck_assert_int_eq(intern_put_text(intern, text, strlen(text), &first[i < 100 ? i : 99]), 0);
        if (i >= 99)
            first[99] = NULL;
    }
    for (unsigned i = 0; i < 99; i++) {
        const char *again;
        snprintf(text, sizeof(text), "name%u", i);
        ck_assert_int_eq(intern_put_text(intern, text, strlen(text), &again), 0);
        ck_assert_ptr_eq(again, first[i]);
        ck_assert_ptr_eq(intern_text(intern, i + 1, NULL), first[i]);
        ck_assert_str_eq(again, text);
    }
    tear_down(intern);
}
END_TEST

START_TEST(unknown_is_none)
{
    struct intern *intern = set_up(NULL);
    ck_assert_uint_eq(intern_find(intern, "x", 1), INTERN_NONE);
    ck_assert_uint_eq(intern_find(intern, "", 0), INTERN_NONE);
    ck_assert_ptr_null(intern_text(intern, INTERN_NONE, NULL));
    ck_assert_ptr_null(intern_text(intern, 1, NULL));
    put(intern, "x");
    ck_assert_ptr_nonnull(intern_text(intern, 1, NULL));
    ck_assert_ptr_null(intern_text(intern, INTERN_NONE, NULL));
    ck_assert_ptr_null(intern_text(intern, 2, NULL));
    ck_assert_ptr_null(intern_text(intern, UINT32_MAX, NULL));
    ck_assert_uint_eq(intern_find(intern, "y", 1), INTERN_NONE);
    tear_down(intern);
    intern_destroy(NULL);
}
END_TEST

START_TEST(max_count_is_kept)
{
    struct intern *intern = set_up(&(struct intern_options){.max_count = 2});
    uint32_t a = put(intern, "a"), b = put(intern, "b"), id = 77;
    ck_assert_int_eq(intern_put_string(intern, "c", &id), -ENOSPC);
    ck_assert_uint_eq(id, 77);
    ck_assert_uint_eq(intern_find(intern, "c", 1), INTERN_NONE);
    ck_assert_uint_eq(put(intern, "a"), a);
    ck_assert_uint_eq(put(intern, "b"), b);
    ck_assert_uint_eq(intern_count(intern), 2);
    tear_down(intern);
}
END_TEST

START_TEST(too_long_is_refused)
{
    /* The bytes are not there: that a length is too large is found before any is read. */
    struct intern *intern = set_up(NULL);
    uint32_t id = 77;
    ck_assert_int_eq(intern_put(intern, "", (size_t)UINT32_MAX + 1, &id), -EOVERFLOW);
    ck_assert_uint_eq(id, 77);
    ck_assert_uint_eq(intern_find(intern, "", (size_t)UINT32_MAX + 1), INTERN_NONE);
    tear_down(intern);
}
END_TEST

START_TEST(any_number_of_shards)
{
    const unsigned shards[] = {0, 1, 2, 3, 100, 256, 100000};
    for (size_t i = 0; i < sizeof(shards) / sizeof(shards[0]); i++) {
        struct intern *intern = set_up(&(struct intern_options){.shards = shards[i]});
        char text[16];
        for (uint32_t n = 1; n <= 2000; n++) {
            snprintf(text, sizeof(text), "%u", n);
            ck_assert_uint_eq(put(intern, text), n);
        }
        tear_down(intern);
    }
}
END_TEST

/* ---- many at once -----------------------------------------------------------------------------*/

enum { ITEMS = 700 };

static char item_texts[ITEMS][32];

/* Every third string repeats an earlier one, also of its own group; one is empty, some are long. */
static void spell_items(struct intern_item *items)
{
    for (unsigned i = 0; i < ITEMS; i++) {
        unsigned number = i % 3 == 2 ? i / 2 : i;
        snprintf(item_texts[i], sizeof(item_texts[i]), "%s%u",
                 number % 5 ? "" : "a-name-of-some-length-", number);
        items[i] = (struct intern_item){.bytes = item_texts[i], .length = strlen(item_texts[i])};
    }
    items[ITEMS / 2].length = 0;
}

START_TEST(many_are_as_one_by_one)
{
    static struct intern_item items[ITEMS];
    for (size_t count = 0; count <= ITEMS; count += count < 40 ? 1 : 165) {
        struct intern *intern = set_up(&(struct intern_options){.shards = 2}), *single;
        ck_assert_int_eq(intern_create(&single, &tracking.base, NULL), 0);
        spell_items(items);
        ck_assert_int_eq(intern_put_many(intern, items, count), 0);
        for (size_t i = 0; i < count; i++) {
            uint32_t id;
            ck_assert_int_eq(intern_put(single, items[i].bytes, items[i].length, &id), 0);
            ck_assert_uint_eq(items[i].id, id);
            ck_assert_ptr_eq(items[i].text, intern_text(intern, id, NULL));
        }
        ck_assert_uint_eq(intern_count(intern), intern_count(single));
        intern_destroy(single);
        tear_down(intern);
    }
}
END_TEST

/* Those before `failed` are put, and the others say that they are not. */
static void check_stopped(const struct intern *intern, const struct intern_item *items,
                          size_t failed)
{
    for (size_t i = 0; i < ITEMS; i++) {
        if (i < failed)
            ck_assert_uint_eq(intern_find(intern, items[i].bytes, items[i].length), items[i].id);
        ck_assert_int_eq(items[i].id == INTERN_NONE, i >= failed);
        ck_assert_int_eq(items[i].text == NULL, i >= failed);
    }
}

static size_t first_without_id(const struct intern_item *items)
{
    size_t at = 0;
    while (at < ITEMS && items[at].id != INTERN_NONE)
        at++;
    return at;
}

START_TEST(many_stop_at_the_first_that_fails)
{
    static struct intern_item items[ITEMS];
    const size_t too_long[] = {0, 1, 15, 16, 17, 300, ITEMS - 1};
    for (size_t i = 0; i < sizeof(too_long) / sizeof(too_long[0]); i++) {
        struct intern *intern = set_up(NULL);
        spell_items(items);
        items[too_long[i]].length = (size_t)UINT32_MAX + 1;
        ck_assert_int_eq(intern_put_many(intern, items, ITEMS), -EOVERFLOW);
        check_stopped(intern, items, too_long[i]);
        tear_down(intern);
    }
    struct intern *full = set_up(&(struct intern_options){.max_count = 100});
    spell_items(items);
    ck_assert_int_eq(intern_put_many(full, items, ITEMS), -ENOSPC);
    ck_assert_uint_eq(intern_count(full), 100);
    check_stopped(full, items, first_without_id(items));
    tear_down(full);
}
END_TEST

START_TEST(many_survive_a_failed_allocation)
{
    static struct intern_item items[ITEMS];
    int error = -ENOMEM;
    for (size_t allowed = 5; error; allowed++) { /* 5: creating takes as many */
        struct allocator_failing failing;
        struct intern *intern;
        allocator_tracking_init(&tracking, allocator_system());
        allocator_failing_init(&failing, &tracking.base, allowed);
        const struct intern_options two = {.shards = 2};
        ck_assert_int_eq(intern_create(&intern, &failing.base, &two), 0);
        spell_items(items);
        error = intern_put_many(intern, items, ITEMS);
        ck_assert_int_eq(error, allocator_failing_refused(&failing) ? -ENOMEM : 0);
        check_stopped(intern, items, first_without_id(items));
        ck_assert_int_eq(first_without_id(items) < ITEMS, error != 0);
        tear_down(intern);
    }
}
END_TEST

/* Fill a table until an allocation is refused, and see that it says so and is as it was. */
static bool survives_failure(size_t allowed)
{
    struct allocator_failing failing;
    struct intern *intern = NULL;
    allocator_tracking_init(&tracking, allocator_system());
    allocator_failing_init(&failing, &tracking.base, allowed);
    int error = intern_create(&intern, &failing.base, &(struct intern_options){.shards = 2});
    for (uint32_t n = 1; n <= 600 && !error; n++) {
        char text[16];
        uint32_t id = 77;
        snprintf(text, sizeof(text), "string %u", n);
        error = intern_put_string(intern, text, &id);
        ck_assert_uint_eq(id, error ? 77 : n);
        ck_assert_uint_eq(intern_find(intern, text, strlen(text)), error ? INTERN_NONE : n);
        ck_assert_uint_eq(intern_count(intern), error ? n - 1 : n);
    }
    ck_assert_int_eq(error, allocator_failing_refused(&failing) ? -ENOMEM : 0);
    if (intern) {
        ck_assert(intern_check(intern));
        failing.allowed = SIZE_MAX; /* memory is back: the table goes on */
        uint32_t id;
        ck_assert_int_eq(intern_put_string(intern, "after", &id), 0);
        ck_assert(intern_check(intern));
    }
    intern_destroy(intern);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
    return error == 0;
}

START_TEST(every_allocation_may_fail)
{
    size_t allowed = 0;
    while (!survives_failure(allowed))
        allowed++;
    ck_assert_uint_gt(allowed, 10);
}
END_TEST

START_TEST(seeds_do_not_change_the_answers)
{
    struct intern *a = set_up(&(struct intern_options){.seed = 1}), *b;
    ck_assert_int_eq(intern_create(&b, &tracking.base, &(struct intern_options){.seed = 2}), 0);
    char text[16];
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "%u", i * 7919 % 5000);
        ck_assert_uint_eq(put(a, text), put(b, text));
    }
    ck_assert(intern_check(b));
    intern_destroy(b);
    tear_down(a);
}
END_TEST

/* ---- strings made by someone who has read the source ---- */

enum { ATTACK_STRINGS = 20000, ATTACK_BYTES = 40, SAME_BITS_MAX = 12 };

/* How many hashes have the low 16 bits of the most frequent: what a search would walk past. */
static unsigned most_in_one_slot(const uint64_t *hashes, size_t count)
{
    static uint16_t slots[1 << 16];
    unsigned most = 0;
    memset(slots, 0, sizeof(slots));
    for (size_t i = 0; i < count; i++) {
        unsigned there = ++slots[hashes[i] & 0xffff];
        most = there > most ? there : most;
    }
    return most;
}

/* A word where the hash reads one: as it stands if more than 16 bytes follow from there, else in
 * halves, and the free bytes elsewhere. */
static void make_attack(char *string, size_t length, uint64_t word, uint64_t number)
{
    uint32_t halves[] = {(uint32_t)(word >> 32), (uint32_t)word};
    memset(string, 'x', length);
    if (length > 16) {
        memcpy(string, &word, 8);
        memcpy(string + 8, &number, 8);
    } else {
        memcpy(string, &halves[0], 4);
        memcpy(string + 8, &halves[1], 4);
        memcpy(string + 12, &number, 4);
    }
}

/* All constants that can be read in the source, the words that wyhash is attacked with, and those
 * that make them 0 and all ones. */
static const uint64_t attack_words[] = {
    0,
    1,
    0xa0761d6478bd642f,
    0xe7037ed1a0b428db,
    0x8ebc6af09c88c6e3,
    0x9e3779b97f4a7c15,
    0xbf58476d1ce4e5b9,
    0x94d049bb133111eb,
};

START_TEST(no_known_word_makes_hashes_alike)
{
    static uint64_t hashes[ATTACK_STRINGS];
    static const size_t lengths[] = {16, 17, 32, ATTACK_BYTES};
    for (size_t trial = 0; trial < 4 * 8 * 2 * 3; trial++) {
        size_t length = lengths[trial % 4];
        uint64_t word = attack_words[trial / 4 % 8] ^ -(uint64_t)(trial / 32 % 2);
        struct intern_key key = intern_key_from(trial / 64 + 1);
        for (uint64_t i = 0; i < ATTACK_STRINGS; i++) {
            char string[ATTACK_BYTES];
            make_attack(string, length, word, i);
            hashes[i] = intern_hash((const unsigned char *)string, length, key);
        }
        ck_assert_uint_le(most_in_one_slot(hashes, ATTACK_STRINGS), SAME_BITS_MAX);
    }
}
END_TEST

/* The factors of a product may trade places: the two words of a key must not give away how. */
START_TEST(no_known_word_is_between_the_keys)
{
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct intern_key key = intern_key_from(seed), other = intern_key_from(seed + 1);
        ck_assert_uint_ne(key.first ^ key.second, other.first ^ other.second);
        ck_assert_uint_ne(key.first - key.second, other.first - other.second);
        for (size_t i = 0; i < sizeof(attack_words) / sizeof(attack_words[0]); i++)
            ck_assert_uint_ne(key.first ^ key.second, attack_words[i]);
    }
}
END_TEST

START_TEST(agrees_with_a_model)
{
    unsigned seed = 20260109;
    printf("seed %u\n", seed);
    static char words[MODEL_WORDS][40];
    uint32_t ids[MODEL_WORDS] = {0}, count = 0;
    struct intern *intern = set_up(NULL);
    for (unsigned i = 0; i < MODEL_WORDS; i++) {
        int written = snprintf(words[i], sizeof(words[i]), "%u", i);
        for (int at = written; at < rand_r(&seed) % 39; at++)
            words[i][at] = '.';
    }
    for (unsigned round = 0; round < MODEL_ROUNDS; round++) {
        unsigned i = (unsigned)rand_r(&seed) % MODEL_WORDS;
        if (rand_r(&seed) % 2) {
            if (ids[i] == INTERN_NONE)
                ids[i] = ++count;
            ck_assert_uint_eq(put(intern, words[i]), ids[i]);
        } else {
            ck_assert_uint_eq(intern_find(intern, words[i], strlen(words[i])), ids[i]);
        }
        ck_assert_uint_eq(intern_count(intern), count);
    }
    tear_down(intern);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("intern");
    TCase *same = tcase_create("same");
    tcase_add_test(same, equal_strings_have_one_id);
    tcase_add_test(same, ids_count_up_from_one);
    tcase_add_test(same, seeds_do_not_change_the_answers);
    suite_add_tcase(suite, same);
    TCase *bytes = tcase_create("bytes");
    tcase_add_test(bytes, bytes_may_be_zero);
    tcase_add_test(bytes, every_byte_counts);
    tcase_add_test(bytes, texts_never_move);
    suite_add_tcase(suite, bytes);
    TCase *edges = tcase_create("edges");
    tcase_add_test(edges, unknown_is_none);
    tcase_add_test(edges, max_count_is_kept);
    tcase_add_test(edges, too_long_is_refused);
    tcase_add_test(edges, any_number_of_shards);
    suite_add_tcase(suite, edges);
    TCase *attack = tcase_create("attack");
    tcase_add_test(attack, no_known_word_makes_hashes_alike);
    tcase_add_test(attack, no_known_word_is_between_the_keys);
    suite_add_tcase(suite, attack);
    TCase *many = tcase_create("many");
    tcase_add_test(many, many_are_as_one_by_one);
    tcase_add_test(many, many_stop_at_the_first_that_fails);
    tcase_add_test(many, many_survive_a_failed_allocation);
    suite_add_tcase(suite, many);
    TCase *failure = tcase_create("failure");
    tcase_add_test(failure, every_allocation_may_fail);
    suite_add_tcase(suite, failure);
    TCase *model = tcase_create("model");
    tcase_add_test(model, agrees_with_a_model);
    suite_add_tcase(suite, model);
    TCase *cases[] = {same, bytes, edges, attack, many, failure, model};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        tcase_set_timeout(cases[i], 50);
    return suite;
}
