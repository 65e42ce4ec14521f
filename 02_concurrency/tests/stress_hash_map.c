/* stress_hash_map.c - threads that insert, replace, remove, get and walk, while the map grows and shrinks, with each scheme.
 *
 *   stress_hash_map [SEED [ROUNDS]]      about a second; prints the seed
 *
 *   own keys         changed by one thread, which knows what each call has to return, and read by all
 *   objects          a few keys that all insert and remove; values are objects that are retired: who finds one finds it alive
 *   counts           a few keys that all count up by replace_if: nothing is lost
 *   permanent keys   there from beginning to end: each walk meets each of them once, and each get finds it
 *
 * An allocator lets others run in the middle of what needs memory; some threads quit and join again. In the end the invariants
 * hold and all memory is back. Last, a thousand threads at one small map.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "02_concurrency/hash_map.h"

enum {
    THREADS = 6,
    OPERATIONS = 40000,
    OWN_KEYS = 600, /* of each thread */
    OBJECTS = 12,
    COUNTS = 4,
    PERMANENT = 200,
    CROWD = 1000,
};

enum area { AREA_OWN = 1, AREA_OBJECT, AREA_COUNT, AREA_PERMANENT };

static uint64_t key_in(enum area area, uint64_t number)
{
    return (uint64_t)area << 32 | number;
}

struct object {
    struct reclaim_node reclaim;
    uint64_t key, check; /* check == ~key while it is alive */
};

struct world {
    struct reclaim_domain *domain;
    struct hash_map map;
    /* relaxed, all: read after the joins */
    atomic_ulong errors, counted, walks, resizes;
    atomic_long objects; /* in the map */
};

struct worker {
    struct world *world;
    struct reclaim_thread *me;
    uint64_t random;
    unsigned id, rounds;
    uint64_t values[OWN_KEYS]; /* of own keys; 0: it is not there */
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* An allocator that lets others run. */
struct yielding {
    struct allocator base;
    struct allocator *parent;
};

static void *yielding_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    if (size_bytes > 256)
        sched_yield();
    return allocator_alloc(container_of(self, struct yielding, base)->parent, size_bytes, align);
}

static void yielding_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    if (size_bytes > 256)
        sched_yield();
    allocator_free(container_of(self, struct yielding, base)->parent, block, size_bytes, align);
}

static void expect(struct world *world, bool right)
{
    if (!right)
        atomic_fetch_add_explicit(&world->errors, 1, memory_order_relaxed);
}

static void join(struct worker *worker)
{
    if (reclaim_join(worker->world->domain, &worker->me) != 0)
        abort();
}

/* ---- own keys ---- */

static void change_own(struct worker *worker, uint64_t dice)
{
    struct world *world = worker->world;
    uint64_t number = dice % OWN_KEYS, *mine = &worker->values[number], old = 0;
    uint64_t key = key_in(AREA_OWN, number * THREADS + worker->id);
    uint64_t fresh = key << 16 | (dice >> 48) | 1; /* never 0, and tells the key */
    switch (dice >> 20 & 3) {
    case 0:
        expect(world,
               hash_map_insert(&world->map, worker->me, key, fresh) == (*mine ? -EEXIST : 0));
        *mine = *mine ? *mine : fresh;
        break;
    case 1:
        expect(world, hash_map_put(&world->map, worker->me, key, fresh, &old) == (*mine != 0));
        expect(world, old == *mine);
        *mine = fresh;
        break;
    case 2:
        expect(world, hash_map_remove(&world->map, worker->me, key, &old) == (*mine != 0));
        expect(world, old == *mine);
        *mine = 0;
        break;
    default:
        expect(world, hash_map_get(&world->map, worker->me, key, &old) == (*mine != 0));
        expect(world, old == *mine);
    }
}

static void read_any(struct worker *worker, uint64_t dice)
{
    struct world *world = worker->world;
    uint64_t key = key_in(AREA_OWN, dice % (OWN_KEYS * THREADS)), value;
    if (hash_map_get(&world->map, worker->me, key, &value))
        expect(world, value >> 16 == (key & UINT64_MAX >> 16));
    key = key_in(AREA_PERMANENT, dice % PERMANENT);
    expect(world, hash_map_get(&world->map, worker->me, key, &value) && value == key);
}

/* ---- objects ---- */

static void object_free(struct reclaim_node *reclaim, struct allocator *allocator)
{
    struct object *object = container_of(reclaim, struct object, reclaim);
    object->check = object->key; /* wrong for whoever still reads it */
    allocator_free(allocator, object, sizeof(*object), 16);
}

static void bring_object(struct worker *worker, uint64_t key, bool replace)
{
    struct world *world = worker->world;
    struct object *object = allocator_alloc(reclaim_allocator(worker->me), sizeof(*object), 16);
    uint64_t old = 0;
    if (!object)
        abort();
    object->key = key;
    object->check = ~key;
    int result = replace ? hash_map_put(&world->map, worker->me, key, (uintptr_t)object, &old)
                         : hash_map_insert(&world->map, worker->me, key, (uintptr_t)object);
    if (result < 0) {
        expect(world, result == -EEXIST && !replace);
        object_free(&object->reclaim, reclaim_allocator(worker->me));
        return;
    }
    if (result > 0)
        reclaim_retire(worker->me, &((struct object *)old)->reclaim, object_free);
    else
        atomic_fetch_add_explicit(&world->objects, 1, memory_order_relaxed);
}

static void look_at_object(struct worker *worker, uint64_t key)
{
    struct world *world = worker->world;
    uint64_t value, outer = reclaim_enter(worker->me);
    if (hash_map_get(&world->map, worker->me, key, &value)) {
        struct object *object = (struct object *)value;
        if (next_random(&worker->random) % 256 == 0)
            sched_yield(); /* stalled, with an object in hand */
        expect(world, object->key == key && object->check == ~key);
    }
    reclaim_leave(worker->me, outer);
}

static void use_object(struct worker *worker, uint64_t dice)
{
    struct world *world = worker->world;
    uint64_t key = key_in(AREA_OBJECT, dice % OBJECTS), old;
    switch (dice >> 20 & 7) {
    case 0:
    case 1:
        bring_object(worker, key, dice >> 20 & 1);
        break;
    case 2:
        if (hash_map_remove(&world->map, worker->me, key, &old)) {
            expect(world, ((struct object *)old)->key == key);
            atomic_fetch_sub_explicit(&world->objects, 1, memory_order_relaxed);
            reclaim_retire(worker->me, &((struct object *)old)->reclaim, object_free);
        }
        break;
    default:
        look_at_object(worker, key);
    }
}

/* ---- counts, walks, sizes ---- */

static void count_up(struct worker *worker, uint64_t dice)
{
    struct world *world = worker->world;
    uint64_t key = key_in(AREA_COUNT, dice % COUNTS), expected = 0;
    int result;
    do
        result = hash_map_replace_if(&world->map, worker->me, key, &expected, expected + 1);
    while (result == -EAGAIN);
    expect(world, result == 0);
    atomic_fetch_add_explicit(&world->counted, 1, memory_order_relaxed);
}

static void walk(struct worker *worker)
{
    struct world *world = worker->world;
    struct hash_map_cursor cursor = HASH_MAP_CURSOR_INIT;
    unsigned char seen[PERMANENT] = {0};
    uint64_t key, value;
    while (hash_map_next(&world->map, worker->me, &cursor, &key, &value))
        if (key >> 32 == AREA_PERMANENT)
            seen[key & UINT32_MAX]++;
    for (unsigned i = 0; i < PERMANENT; i++)
        expect(world, seen[i] == 1);
    atomic_fetch_add_explicit(&world->walks, 1, memory_order_relaxed);
}

static void change_size(struct worker *worker, uint64_t dice)
{
    struct world *world = worker->world;
    int error = dice & 1 ? hash_map_reserve(&world->map, worker->me, dice >> 20 & 0xfff)
                         : hash_map_shrink(&world->map, worker->me);
    expect(world, error == 0);
    atomic_fetch_add_explicit(&world->resizes, 1, memory_order_relaxed);
}

static void work_once(struct worker *worker)
{
    uint64_t dice = next_random(&worker->random);
    unsigned action = (unsigned)(dice >> 40) % 4096;
    if (action < 1400)
        change_own(worker, dice);
    else if (action < 2800)
        read_any(worker, dice);
    else if (action < 3500)
        use_object(worker, dice);
    else if (action < 4080)
        count_up(worker, dice);
    else if (action < 4090)
        sched_yield();
    else if (action < 4092)
        walk(worker);
    else if (action < 4095)
        change_size(worker, dice);
    else {
        reclaim_quit(worker->me);
        join(worker);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    join(worker);
    for (unsigned i = 0; i < worker->rounds * OPERATIONS; i++)
        work_once(worker);
    return NULL;
}

/* ---- a round ---- */

static void fill(struct world *world, struct reclaim_thread *me)
{
    int error = 0;
    for (uint64_t i = 0; i < PERMANENT; i++)
        error |=
            hash_map_insert(&world->map, me, key_in(AREA_PERMANENT, i), key_in(AREA_PERMANENT, i));
    for (uint64_t i = 0; i < COUNTS; i++)
        error |= hash_map_insert(&world->map, me, key_in(AREA_COUNT, i), 0);
    if (error)
        abort();
}

static void run_threads(struct world *world, struct worker *workers)
{
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            abort();
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect(world, hash_map_check(&world->map));
}

/* What is in the map at the end, against what was done; objects are retired. */
static void settle_accounts(struct world *world, struct worker *workers, struct reclaim_thread *me)
{
    struct hash_map_cursor cursor = HASH_MAP_CURSOR_INIT;
    uint64_t key, value, own = 0, expected_own = 0, counted = 0;
    long objects = 0;
    while (hash_map_next(&world->map, me, &cursor, &key, &value)) {
        uint64_t number = key & UINT32_MAX;
        if (key >> 32 == AREA_OWN) {
            own++;
            expect(world, workers[number % THREADS].values[number / THREADS] == value);
        } else if (key >> 32 == AREA_COUNT) {
            counted += value;
        } else if (key >> 32 == AREA_OBJECT) {
            objects++;
            reclaim_retire(me, &((struct object *)value)->reclaim, object_free);
        }
    }
    for (unsigned i = 0; i < THREADS * OWN_KEYS; i++)
        expected_own += workers[i % THREADS].values[i / THREADS] != 0;
    expect(world, own == expected_own);
    expect(world, counted == atomic_load(&world->counted));
    expect(world, objects == atomic_load(&world->objects));
    expect(world, hash_map_count(&world->map) ==
                      own + PERMANENT + COUNTS + (unsigned long)atomic_load(&world->objects));
}

/* Returns: whether something was wrong. */
static bool run(enum reclaim_kind kind, uint64_t *random, unsigned rounds)
{
    static struct worker workers[THREADS];
    struct allocator_counting counting;
    struct epoch epoch;
    struct hazard hazard;
    struct reclaim_thread *me;
    allocator_counting_init(&counting, allocator_system());
    struct yielding yielding = {{yielding_alloc, NULL, yielding_free}, &counting.base};
    epoch_init(&epoch, &yielding.base, asymmetric_best());
    hazard_init(&hazard, &yielding.base, asymmetric_best());
    struct world world = {.domain = kind == RECLAIM_EPOCH ? &epoch.domain : &hazard.domain};
    struct hash_map_seed seed = {
        {next_random(random), next_random(random), next_random(random), next_random(random)}};
    if (reclaim_join(world.domain, &me) != 0 || hash_map_init(&world.map, world.domain, &seed) != 0)
        abort();
    fill(&world, me);
    memset(workers, 0, sizeof(workers));
    for (unsigned i = 0; i < THREADS; i++)
        workers[i] = (struct worker){
            .world = &world, .random = next_random(random) | 1, .id = i, .rounds = rounds};
    run_threads(&world, workers);
    settle_accounts(&world, workers, me);
    size_t peak = allocator_counting_read(&counting).peak_bytes;
    hash_map_fini(&world.map);
    epoch_fini(&epoch);
    hazard_fini(&hazard);
    size_t left = allocator_counting_read(&counting).live_bytes;
    printf("%s: walks %lu, resizes %lu, peak %zu bytes, errors %lu, bytes left %zu\n",
           kind == RECLAIM_EPOCH ? "epoch" : "hazard", world.walks, world.resizes, peak,
           world.errors, left);
    return world.errors || left;
}

/* ---- a thousand threads ---- */

static struct hash_map crowded;

static void *insert_one(void *argument)
{
    uint64_t key = (uintptr_t)argument, value = 0;
    struct reclaim_thread *me;
    if (reclaim_join(crowded.domain, &me) != 0)
        abort();
    bool right = hash_map_insert(&crowded, me, key, key) == 0 &&
                 hash_map_get(&crowded, me, key, &value) && value == key;
    return right ? argument : NULL;
}

/* Returns: whether something was wrong. */
static bool run_crowd(void)
{
    static pthread_t threads[CROWD];
    struct hazard hazard;
    pthread_attr_t small;
    unsigned long right = 0;
    hazard_init(&hazard, allocator_system(), asymmetric_best());
    if (hash_map_init(&crowded, &hazard.domain, NULL) != 0 || pthread_attr_init(&small) != 0)
        abort();
    pthread_attr_setstacksize(&small, (size_t)PTHREAD_STACK_MIN + 65536);
    for (uintptr_t i = 0; i < CROWD; i++)
        if (pthread_create(&threads[i], &small, insert_one, (void *)(i + 1)) != 0)
            abort();
    for (uintptr_t i = 0; i < CROWD; i++) {
        void *result;
        pthread_join(threads[i], &result);
        right += result == (void *)(i + 1);
    }
    bool is_right = right == CROWD && hash_map_check(&crowded) && hash_map_count(&crowded) == CROWD;
    printf("crowd: %lu of %d threads are right\n", right, CROWD);
    pthread_attr_destroy(&small);
    hash_map_fini(&crowded);
    hazard_fini(&hazard);
    return !is_right;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    uint64_t random = seed | 1;
    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    bool failed = run(RECLAIM_EPOCH, &random, rounds);
    failed |= run(RECLAIM_HAZARD, &random, rounds);
    failed |= run_crowd();
    return failed;
}
