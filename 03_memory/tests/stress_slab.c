/* stress_slab.c [SEED] - two million random operations through the typed functions, on a slab under
 * a tracking allocator, against a plain table. It prints its seed; another is its argument. */
#include <stdio.h>
#include <stdlib.h>

#include "03_memory/slab.h"
#include "tests/support/stress.h"

enum { PLACES = 1 << 12, STEPS = 2000000 };

struct record {
    uint64_t value;
    struct slab_key self;
    uint32_t place;
};

#define RECORDS SLAB_LAYOUT(struct record)

struct place {
    struct slab_key key, stale; /* of the value that is here, and of one that was */
    uint64_t value;
};

static struct place places[PLACES];

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("line %d: %s does not hold\n", __LINE__, #condition);                           \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static void fill(struct slab *slab, struct place *place, uint64_t value)
{
    struct record *record = slab_insert_in(slab, RECORDS, &place->key);
    REQUIRE(record);
    *record = (struct record){value, place->key, (uint32_t)(place - places)};
    place->value = value;
}

static void vacate(struct slab *slab, struct place *place)
{
    struct record record;
    REQUIRE(slab_remove_in(slab, RECORDS, place->key, &record) == 0);
    REQUIRE(record.value == place->value && record.self.bits == place->key.bits);
    place->stale = place->key;
    place->key = SLAB_KEY_NONE;
}

static void compare(const struct slab *slab)
{
    size_t live = 0, seen = 0;
    for (size_t i = 0; i < PLACES; i++) {
        const struct record *record = slab_get_in(slab, RECORDS, places[i].key);
        REQUIRE(!record == !places[i].key.bits);
        REQUIRE(!record || record->value == places[i].value);
        live += record != NULL;
    }
    uint32_t cursor = 0;
    struct slab_key key;
    for (const struct record *r; (r = slab_next_in(slab, RECORDS, &cursor, &key)); seen++)
        REQUIRE(places[r->place].key.bits == key.bits);
    REQUIRE(seen == live && slab_count(slab) == live);
}

static void step(struct slab *slab, uint64_t random)
{
    struct place *place = &places[random % PLACES];
    REQUIRE(!slab_get_in(slab, RECORDS, place->stale));
    REQUIRE(slab_remove_in(slab, RECORDS, place->stale, NULL) == -ENOENT);
    if (place->key.bits)
        vacate(slab, place);
    else
        fill(slab, place, random);
    if (random >> 50 == 0)
        REQUIRE(slab_shrink(slab) == 0);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 20260101, random = seed ? seed : 1;
    printf("seed %llu, %d steps\n", (unsigned long long)seed, STEPS);
    fflush(stdout);
    struct allocator_tracking tracking;
    struct slab slab;
    allocator_tracking_init(&tracking, allocator_system());
    REQUIRE(slab_init(&slab, RECORDS, &tracking.base) == 0);
    for (int i = 0; i < STEPS; i++) {
        step(&slab, stress_random(&random));
        if (i % (STEPS / 50) == 0)
            compare(&slab);
    }
    compare(&slab);
    slab_fini(&slab);
    REQUIRE(allocator_tracking_check(&tracking) == 0);
    REQUIRE(allocator_tracking_fini(&tracking) == 0);
    return 0;
}
