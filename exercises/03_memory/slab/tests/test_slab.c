/* test_slab.c - the graded tests of 03_memory/slab: what slab.h and the handout promise. */
#include "slab.h"
#include "subject.h"
#include "subject_door.h"

#include <string.h>

/* Every test's slab takes its memory from an allocator that remembers each block, with red zones. */
static struct allocator_tracking tracking;
static struct allocator_failing failing;

static struct slab *make(size_t element_bytes)
{
    allocator_tracking_init(&tracking, allocator_system());
    allocator_failing_init(&failing, &tracking.base, SIZE_MAX);
    struct slab *slab = slab_create(subject_door(&failing.base), element_bytes);
    expect_not_null(slab, "slab_create(allocator, %zu) returns a slab", element_bytes);
    return slab;
}

/* Destroy the slab. Nothing was written outside of the memory that the allocator gave, and all that was
 * given back was given back as it was taken. Returns: the bytes that were not given back. */
static size_t finish(struct slab *slab)
{
    struct allocator_fault fault;
    slab_destroy(slab);
    size_t lost_bytes = allocator_tracking_live_bytes(&tracking);
    allocator_tracking_fini(&tracking);
    if (!allocator_tracking_fault(&tracking, 0, &fault))
        return lost_bytes;
    subject_expect(false, SUBJECT_HERE, "no fault",
                   subject_format("%s, on a piece of %zu bytes", allocator_fault_name(fault.kind),
                                  fault.block.size_bytes),
                   "you write only inside the memory that the allocator gave you, and give it "
                   "back with the size and alignment that you asked with");
    return lost_bytes;
}

static struct slab_key put(struct slab *slab, uint64_t value)
{
    struct slab_key key = SLAB_KEY_NONE;
    uint64_t *place = slab_insert(slab, &key);
    expect_not_null(place,
                    "slab_insert returns a place for value %llu, with %zu values in the slab",
                    (unsigned long long)value, slab_count(slab));
    expect_true(key.bits != 0, "no value has the key 0, which means `none`");
    *place = value;
    return key;
}

static void expect_value(struct slab *slab, struct slab_key key, uint64_t value, const char *when)
{
    const uint64_t *place = slab_get(slab, key);
    expect_not_null(place, "the key of value %llu finds it, %s", (unsigned long long)value, when);
    expect_int(*place, value, "a key finds the value that it was handed out for, %s", when);
}

static void expect_stale(struct slab *slab, struct slab_key key, const char *when)
{
    expect_null(slab_get(slab, key), "the key of a removed value finds nothing, %s", when);
}

static void insert_gives_a_place(void)
{
    struct slab *slab = make(sizeof(uint64_t));
    struct slab_key first = put(slab, 11), second = put(slab, 22);
    expect_true(first.bits != second.bits, "two values have two keys");
    expect_value(slab, first, 11, "with two in the slab");
    expect_value(slab, second, 22, "with two in the slab");
    expect_int(slab_count(slab), 2, "slab_count after two inserts");
    finish(slab);
    subject_done();
}

/* Fill values of one size with their numbers, and look at all of them at the end. */
static void check_size(size_t element_bytes)
{
    enum { COUNT = 100 };
    struct slab_key keys[COUNT];
    struct slab *slab = make(element_bytes);
    for (size_t i = 0; i < COUNT; i++) {
        unsigned char *place = slab_insert(slab, &keys[i]);
        expect_not_null(place, "slab_insert returns a place of %zu bytes", element_bytes);
        expect_aligned(place, 16, "a place of %zu bytes is aligned to 16", element_bytes);
        memset(place, (int)i + 1, element_bytes);
    }
    for (size_t i = 0; i < COUNT; i++) {
        const unsigned char *place = slab_get(slab, keys[i]);
        expect_not_null(place, "key %zu of %d finds its value of %zu bytes", i, COUNT,
                        element_bytes);
        expect_aligned(place, 16, "a place of %zu bytes is aligned to 16", element_bytes);
        for (size_t at = 0; at < element_bytes; at++)
            expect_int(place[at], i + 1, "byte %zu of value %zu (%zu bytes) keeps its value", at, i,
                       element_bytes);
    }
    finish(slab);
}

static void places_are_disjoint_and_aligned(void)
{
    static const size_t sizes[] = {1, 3, 8, 13, 16, 17, 24, 32, 100, 4096};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        check_size(sizes[i]);
    subject_done();
}

static void values_survive_growth(void)
{
    enum { COUNT = 5000 };
    static struct slab_key keys[COUNT];
    struct slab *slab = make(sizeof(uint64_t));
    for (uint64_t i = 0; i < COUNT; i++)
        keys[i] = put(slab, i);
    for (uint64_t i = 0; i < COUNT; i++)
        expect_value(slab, keys[i], i, "after the slab grew to 5000 values");
    for (uint64_t i = 0; i < COUNT; i += 2)
        expect_true(slab_remove(slab, keys[i]), "a live value is removed");
    for (uint64_t i = 0; i < 2 * COUNT; i++)
        put(slab, COUNT + i);
    for (uint64_t i = 1; i < COUNT; i += 2)
        expect_value(slab, keys[i], i, "after half was removed and the slab grew again");
    finish(slab);
    subject_done();
}

static void removed_keys_are_stale(void)
{
    enum { COUNT = 50 };
    struct slab_key keys[COUNT];
    struct slab *slab = make(sizeof(uint64_t));
    for (uint64_t i = 0; i < COUNT; i++)
        keys[i] = put(slab, i);
    for (uint64_t i = 0; i < COUNT; i += 2) {
        expect_true(slab_remove(slab, keys[i]), "slab_remove of a live value says true");
        expect_stale(slab, keys[i], "right after its removal");
    }
    for (uint64_t i = 0; i < COUNT; i++)
        if (i % 2)
            expect_value(slab, keys[i], i, "after others were removed");
        else
            expect_stale(slab, keys[i], "after others were removed");
    finish(slab);
    subject_done();
}

/* One place, used over and over: whatever the design, some of these values share a slot. */
static void reused_places_have_new_keys(void)
{
    enum { TURNS = 200000, KEPT = 1000 };
    static struct slab_key kept[KEPT];
    struct slab *slab = make(sizeof(uint64_t));
    struct slab_key neighbour = put(slab, 7);
    for (uint64_t i = 0; i < TURNS; i++) {
        struct slab_key key = put(slab, i);
        if (i > 0 && i < KEPT)
            expect_stale(slab, kept[i - 1], "with a new value in the slab");
        if (i < KEPT)
            kept[i] = key;
        /* Every turn: the oldest keys are those that a small generation brings back first. */
        expect_stale(slab, i ? kept[0] : SLAB_KEY_NONE,
                     "after its place was used again many times");
        expect_value(slab, key, i, "in a place that was used before");
        expect_true(slab_remove(slab, key), "a live value is removed");
    }
    for (uint64_t i = 0; i < KEPT; i++)
        expect_stale(slab, kept[i], "after 200000 inserts and removes");
    expect_value(slab, neighbour, 7, "after 200000 inserts and removes beside it");
    finish(slab);
    subject_done();
}

static void second_remove_is_refused(void)
{
    struct slab *slab = make(sizeof(uint64_t));
    struct slab_key first = put(slab, 1), gone = put(slab, 2), last = put(slab, 3);
    expect_true(slab_remove(slab, gone), "slab_remove of a live value says true");
    expect_true(!slab_remove(slab, gone), "a second slab_remove of the same key says false");
    expect_int(slab_count(slab), 2, "slab_count after one value of three was removed (twice)");
    struct slab_key a = put(slab, 4);
    expect_true(!slab_remove(slab, gone),
                "a stale key removes nothing, its place's new value neither");
    struct slab_key b = put(slab, 5), c = put(slab, 6);
    expect_value(slab, a, 4, "after a double remove");
    expect_value(slab, b, 5, "after a double remove");
    expect_value(slab, c, 6, "after a double remove");
    expect_value(slab, first, 1, "after a double remove");
    expect_value(slab, last, 3, "after a double remove");
    expect_int(slab_count(slab), 5, "slab_count with five values");
    finish(slab);
    subject_done();
}

enum { HANDED = 64 };

static bool handed_out(const struct slab_key keys[HANDED], uint64_t bits)
{
    for (int i = 0; i < HANDED; i++)
        if (keys[i].bits == bits)
            return true;
    return false;
}

static void expect_unknown(struct slab *slab, const struct slab_key keys[HANDED], uint64_t bits)
{
    struct slab_key forged = {bits};
    if (handed_out(keys, bits))
        return;
    expect_null(slab_get(slab, forged), "the key %#llx, which was never handed out, finds nothing",
                (unsigned long long)bits);
    expect_true(!slab_remove(slab, forged),
                "the key %#llx, which was never handed out, removes nothing",
                (unsigned long long)bits);
}

/* Keys that are one bit, or one generation, away from real ones: 64 values, half of them removed. */
static void unknown_keys_are_refused(void)
{
    struct slab_key keys[HANDED];
    struct slab *slab = make(sizeof(uint64_t));
    expect_null(slab_get(slab, (struct slab_key){1}), "any key finds nothing in an empty slab");
    expect_null(slab_get(slab, SLAB_KEY_NONE), "the key 0 finds nothing in an empty slab");
    for (int round = 0; round < 2; round++) {
        for (uint64_t i = (uint64_t)round; i < HANDED; i += (uint64_t)round + 1)
            keys[i] = put(slab, i);
        for (uint64_t i = 1; i < HANDED && round == 0; i += 2)
            expect_true(slab_remove(slab, keys[i]), "a live value is removed");
        expect_unknown(slab, keys, 0);
        expect_unknown(slab, keys, UINT64_MAX);
    }
    for (uint64_t i = 3; i < HANDED; i += 4)
        expect_true(slab_remove(slab, keys[i]), "a live value is removed");
    for (int i = 0; i < HANDED; i++) {
        for (int bit = 0; bit < 64; bit++)
            expect_unknown(slab, keys, keys[i].bits ^ UINT64_C(1) << bit);
        expect_unknown(slab, keys, keys[i].bits + (UINT64_C(1) << 32));
        expect_unknown(slab, keys, keys[i].bits + 1);
        expect_unknown(slab, keys, keys[i].bits & UINT32_MAX);
    }
    for (uint64_t i = 0; i < HANDED; i++)
        if (i % 4 != 3)
            expect_value(slab, keys[i], i, "after wrong keys were tried");
    finish(slab);
    subject_done();
}

static void count_follows(void)
{
    struct slab_key keys[20];
    struct slab *slab = make(sizeof(uint64_t));
    expect_int(slab_count(slab), 0, "slab_count of an empty slab");
    for (uint64_t i = 0; i < 20; i++) {
        keys[i] = put(slab, i);
        expect_int(slab_count(slab), i + 1, "slab_count after an insert");
    }
    for (uint64_t i = 0; i < 20; i++) {
        slab_remove(slab, keys[19 - i]);
        slab_remove(slab, keys[19 - i]);
        expect_int(slab_count(slab), 19 - i, "slab_count after a removal (tried twice)");
    }
    finish(slab);
    subject_done();
}

/* One whole visit; each value says where its key is kept. */
static void visit(struct slab *slab, const struct slab_key *keys, bool *live, size_t count,
                  bool removing)
{
    static bool seen[1000];
    memset(seen, 0, sizeof(seen));
    size_t cursor = 0, visits = 0, expected = slab_count(slab);
    struct slab_key key;
    for (const uint64_t *place; (place = slab_next(slab, &cursor, &key)); visits++) {
        expect_true(visits < expected, "slab_next visits %zu values and no more", expected);
        uint64_t value = *place;
        expect_true(value < count && live[value], "slab_next visits live values only");
        expect_true(!seen[value], "slab_next visits each value once");
        expect_true(key.bits == keys[value].bits, "slab_next tells the key of the value");
        seen[value] = true;
        if (removing && value % 3 == 0)
            live[value] = !slab_remove(slab, key);
    }
    expect_int(visits, expected, "slab_next visits every live value");
    expect_null(slab_next(slab, &cursor, &key), "slab_next after the last value says NULL again");
}

static void iteration_visits_each_live_value_once(void)
{
    enum { COUNT = 1000 };
    static struct slab_key keys[COUNT];
    static bool live[COUNT];
    struct slab *slab = make(sizeof(uint64_t));
    visit(slab, keys, live, 0, false);
    for (uint64_t i = 0; i < COUNT; i++) {
        keys[i] = put(slab, i);
        live[i] = true;
    }
    visit(slab, keys, live, COUNT, false);
    for (size_t i = 0; i < COUNT; i += 1 + i % 4)
        live[i] = !slab_remove(slab, keys[i]);
    live[COUNT - 1] = live[COUNT - 1] && !slab_remove(slab, keys[COUNT - 1]);
    visit(slab, keys, live, COUNT, true);
    visit(slab, keys, live, COUNT, false);
    finish(slab);
    subject_done();
}

/* At most 256 values at once, in every order of coming and going: memory as after the first 256. */
static void places_are_used_again(void)
{
    enum { LIVE = 256, TURNS = 20000 };
    struct slab_key keys[LIVE];
    struct slab *slab = make(sizeof(uint64_t));
    for (uint64_t i = 0; i < LIVE; i++)
        keys[i] = put(slab, i);
    size_t peak_bytes = allocator_tracking_live_bytes(&tracking);
    uint64_t random = subject_seed();
    for (uint64_t i = 0; i < TURNS; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        struct slab_key *key = &keys[(random >> 33) % LIVE];
        expect_true(slab_remove(slab, *key), "a live value is removed");
        *key = put(slab, i);
        expect_at_most(
            allocator_tracking_live_bytes(&tracking), peak_bytes,
            "with no more than %d values at once, the slab takes no more memory than the "
            "first %d needed",
            LIVE, LIVE);
    }
    for (int i = 0; i < LIVE; i++)
        expect_true(slab_remove(slab, keys[i]), "a live value is removed");
    for (uint64_t i = 0; i < LIVE; i++)
        put(slab, i);
    expect_at_most(allocator_tracking_live_bytes(&tracking), peak_bytes,
                   "an emptied slab takes no more memory when it is filled again");
    finish(slab);
    subject_done();
}

/* Let `allowed` requests through, then refuse. Returns: whether one was refused. */
static bool fill_with(size_t allowed)
{
    enum { COUNT = 300 };
    static struct slab_key keys[COUNT];
    allocator_tracking_init(&tracking, allocator_system());
    allocator_failing_init(&failing, &tracking.base, allowed);
    struct slab *slab = slab_create(subject_door(&failing.base), sizeof(uint64_t));
    uint64_t have = 0;
    for (uint64_t *place; slab && have < COUNT && (place = slab_insert(slab, &keys[have]));)
        *place = have++;
    if (!slab || have < COUNT)
        expect_true(allocator_failing_refused(&failing) > 0,
                    "slab_create and slab_insert return NULL only when the allocator refuses");
    bool refused = allocator_failing_refused(&failing) > 0;
    allocator_failing_init(&failing, &tracking.base, SIZE_MAX);
    if (slab) {
        expect_int(slab_count(slab), have, "a refused insert leaves slab_count as it was");
        for (uint64_t i = 0; i < have; i++)
            expect_value(slab, keys[i], i, "after the allocator refused");
        for (; have < COUNT; have++)
            keys[have] = put(slab, have);
        for (uint64_t i = 0; i < COUNT; i++)
            expect_value(slab, keys[i], i, "after the allocator refused and then gave");
    }
    expect_no_leak(finish(slab), "after a refused request nothing is lost");
    return refused;
}

static void failure_is_survived(void)
{
    size_t allowed = 0;
    while (fill_with(allowed))
        allowed++;
    subject_done();
}

/* 150000 values: a search through the slots in any of these takes many times the limit. */
static void nothing_searches(void)
{
    enum { COUNT = 150000 };
    static struct slab_key keys[COUNT];
    struct slab *slab = make(sizeof(uint64_t));
    for (uint64_t i = 0; i < COUNT; i++)
        keys[i] = put(slab, i);
    for (uint64_t turn = 0; turn < COUNT; turn++) {
        uint64_t i = (turn * 7919 + 1) % COUNT;
        expect_value(slab, keys[i], i, "among 150000");
        expect_true(slab_remove(slab, keys[i]), "a live value is removed");
        keys[i] = put(slab, i);
    }
    for (uint64_t i = 0; i < COUNT; i++)
        expect_true(slab_remove(slab, keys[(i * 7919 + 1) % COUNT]), "a live value is removed");
    for (uint64_t i = 0; i < COUNT; i++)
        put(slab, i);
    expect_int(slab_count(slab), COUNT, "slab_count of a slab that was emptied and filled again");
    finish(slab);
    subject_done();
}

static void destroy_gives_everything_back(void)
{
    slab_destroy(NULL);
    struct slab *slab = make(40);
    expect_no_leak(finish(slab), "an empty slab gives all memory back");
    slab = make(40);
    struct slab_key keys[200];
    for (uint64_t i = 0; i < 200; i++)
        keys[i] = put(slab, i);
    for (uint64_t i = 0; i < 200; i += 3)
        slab_remove(slab, keys[i]);
    expect_no_leak(finish(slab),
                   "slab_destroy gives all memory back, whatever was still in the slab");
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"insert_gives_a_place", insert_gives_a_place},
    {"places_are_disjoint_and_aligned", places_are_disjoint_and_aligned},
    {"values_survive_growth", values_survive_growth},
    {"removed_keys_are_stale", removed_keys_are_stale},
    {"reused_places_have_new_keys", reused_places_have_new_keys},
    {"second_remove_is_refused", second_remove_is_refused},
    {"unknown_keys_are_refused", unknown_keys_are_refused},
    {"count_follows", count_follows},
    {"iteration_visits_each_live_value_once", iteration_visits_each_live_value_once},
    {"places_are_used_again", places_are_used_again},
    {"failure_is_survived", failure_is_survived},
    {"nothing_searches", nothing_searches},
    {"destroy_gives_everything_back", destroy_gives_everything_back},
    {NULL, NULL},
};
