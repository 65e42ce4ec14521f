/* bench_hash_map.c - a concurrent map of 64-bit keys: ours beside userspace-rcu's rculfhash and TBB's concurrent_hash_map.
 *
 *   90-10-N      N threads, 48 Ki of 96 Ki keys are there; 90% get, 5% insert, 5% remove
 *   50-50-N      50% get, 25% insert, 25% remove
 *   grow-N       insert half a million keys into an empty map
 *   large-2      90-10-2, with 384 Ki of 768 Ki keys
 *   hazard-N     90-10-N, ours with hazard pointers
 *
 *   bench_hash_map --bytes      how much memory an element takes: all that malloc gave out
 *
 * 48 Ki is in the middle between two sizes of ours. Except where they grow the peers are told beforehand how many keys there will be, ours is
 * not. The peers' nodes come from malloc (TBB: its own allocator); rculfhash frees by call_rcu, and a thread keeps its
 * node for the next insertion where the key was there. Its hash is one multiplication with a constant, TBB's its default;
 * ours is keyed by a secret.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/bench/map_work.h"
#include "02_concurrency/hash_map.h"
#include "bench/bench.h"

#ifdef BENCH_RCULFHASH_INSTALLED
#define _LGPL_SOURCE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#include <urcu/urcu-memb.h>

#include <urcu/rculfhash.h>
#pragma GCC diagnostic pop
#endif

enum { THREADS_MAX = 8, KEYS = 3 << 15, KEYS_LARGE = 3 << 18, GROWN = 1 << 19 };

typedef uint64_t (*job_fn)(const struct map_job *job);

/* ---- ours ---- */

struct ours {
    struct epoch epoch;
    struct hazard hazard;
    struct hash_map map;
};

static const struct hash_map_seed seed = {
    {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89}};

static void *ours_setup(enum reclaim_kind kind, uint64_t keys)
{
    struct ours *ours = allocator_alloc(allocator_system(), sizeof(*ours), _Alignof(struct ours));
    if (!ours)
        return NULL;
    epoch_init(&ours->epoch, allocator_system(), asymmetric_best());
    hazard_init(&ours->hazard, allocator_system(), asymmetric_best());
    struct reclaim_domain *domain =
        kind == RECLAIM_EPOCH ? &ours->epoch.domain : &ours->hazard.domain;
    (void)keys; /* it grows while it is filled */
    if (hash_map_init(&ours->map, domain, &seed) == 0)
        return ours;
    free(ours);
    return NULL;
}

static void *epoch_setup(uint64_t keys)
{
    return ours_setup(RECLAIM_EPOCH, keys);
}

static void *hazard_setup(uint64_t keys)
{
    return ours_setup(RECLAIM_HAZARD, keys);
}

static void ours_teardown(void *context)
{
    struct ours *ours = context;
    hash_map_fini(&ours->map);
    epoch_fini(&ours->epoch);
    hazard_fini(&ours->hazard);
    free(ours);
}

static void *ours_join(void *context)
{
    struct ours *ours = context;
    struct reclaim_thread *me;
    if (reclaim_join(ours->map.domain, &me) != 0)
        abort();
    return me;
}

static void ours_quit(void *context, void *me)
{
    (void)context;
    reclaim_quit(me);
}

static inline bool ours_get(void *context, void *me, uint64_t key, uint64_t *value)
{
    return hash_map_get(&((struct ours *)context)->map, me, key, value);
}

static inline bool ours_insert(void *context, void *me, uint64_t key, uint64_t value)
{
    return hash_map_insert(&((struct ours *)context)->map, me, key, value) == 0;
}

static inline bool ours_remove(void *context, void *me, uint64_t key)
{
    return hash_map_remove(&((struct ours *)context)->map, me, key, NULL);
}

MAP_LOOPS(ours)

/* ---- rculfhash ---- */

#ifdef BENCH_RCULFHASH_INSTALLED
struct node {
    struct cds_lfht_node node;
    uint64_t key, value;
    struct rcu_head rcu;
};

static struct node *rcu_new(void)
{
    struct node *fresh = malloc(sizeof(*fresh));
    if (!fresh)
        abort();
    return fresh;
}

static void *rcu_setup(uint64_t keys)
{
    uint64_t buckets = 1;
    while (buckets < keys)
        buckets *= 2;
    return cds_lfht_new_flavor(buckets, 1, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING,
                               &urcu_memb_flavor, NULL);
}

static void rcu_free(struct rcu_head *head)
{
    free(caa_container_of(head, struct node, rcu));
}

static unsigned long rcu_hash(uint64_t key)
{
    return (key * UINT64_C(0xd1342543de82ef95)) >> 32;
}

static int rcu_match(struct cds_lfht_node *node, const void *key)
{
    return caa_container_of(node, struct node, node)->key == *(const uint64_t *)key;
}

static void *rcu_join(void *map)
{
    (void)map;
    urcu_memb_register_thread();
    struct node **pocket = malloc(sizeof(struct node *));
    if (!pocket)
        abort();
    *pocket = rcu_new();
    return pocket;
}

static void rcu_quit(void *map, void *me)
{
    (void)map;
    struct node **pocket = me;
    free(*pocket);
    free(pocket);
    urcu_memb_unregister_thread();
}

static inline bool rcu_get(void *map, void *me, uint64_t key, uint64_t *value)
{
    struct cds_lfht_iter iter;
    (void)me;
    urcu_memb_read_lock();
    cds_lfht_lookup(map, rcu_hash(key), rcu_match, &key, &iter);
    struct cds_lfht_node *found = cds_lfht_iter_get_node(&iter);
    if (found)
        *value = caa_container_of(found, struct node, node)->value;
    urcu_memb_read_unlock();
    return found != NULL;
}

static inline bool rcu_insert(void *map, void *me, uint64_t key, uint64_t value)
{
    struct node **pocket = me, *fresh = *pocket;
    fresh->key = key;
    fresh->value = value;
    cds_lfht_node_init(&fresh->node);
    urcu_memb_read_lock();
    bool added =
        cds_lfht_add_unique(map, rcu_hash(key), rcu_match, &key, &fresh->node) == &fresh->node;
    urcu_memb_read_unlock();
    if (added)
        *pocket = rcu_new();
    return added;
}

static inline bool rcu_remove(void *map, void *me, uint64_t key)
{
    struct cds_lfht_iter iter;
    (void)me;
    urcu_memb_read_lock();
    cds_lfht_lookup(map, rcu_hash(key), rcu_match, &key, &iter);
    struct cds_lfht_node *found = cds_lfht_iter_get_node(&iter);
    bool removed = found && cds_lfht_del(map, found) == 0;
    if (removed)
        urcu_memb_call_rcu(&caa_container_of(found, struct node, node)->rcu, rcu_free);
    urcu_memb_read_unlock();
    return removed;
}

static void rcu_teardown(void *map)
{
    struct cds_lfht_iter iter;
    struct cds_lfht_node *node;
    urcu_memb_register_thread();
    urcu_memb_read_lock();
    cds_lfht_for_each(map, &iter, node)
    {
        cds_lfht_del(map, node);
        urcu_memb_call_rcu(&caa_container_of(node, struct node, node)->rcu, rcu_free);
    }
    urcu_memb_read_unlock();
    urcu_memb_barrier();
    cds_lfht_destroy(map, NULL);
    urcu_memb_unregister_thread();
}

MAP_LOOPS(rcu)
#define WITH_RCU(function) (function)
#else
#define WITH_RCU(function) NULL
#endif

/* ---- TBB ---- */

static void *tbb_symbol(const char *what)
{
    char name[64];
    snprintf(name, sizeof(name), "peer_tbb_map_%s", what);
    return bench_symbol(bench_peers_cxx(), name);
}

static void *tbb_setup(uint64_t keys)
{
    void *(*setup)(uint64_t keys);
    *(void **)&setup = tbb_symbol("setup");
    return setup ? setup(keys) : NULL;
}

static void tbb_teardown(void *map)
{
    void (*teardown)(void *);
    *(void **)&teardown = tbb_symbol("teardown");
    teardown(map);
}

static uint64_t tbb_do(const char *what, const struct map_job *job)
{
    job_fn work;
    *(void **)&work = tbb_symbol(what);
    return work(job);
}

static uint64_t tbb_fill(const struct map_job *job)
{
    return tbb_do("fill", job);
}

static uint64_t tbb_mixed(const struct map_job *job)
{
    return tbb_do("mixed", job);
}

static uint64_t tbb_grow(const struct map_job *job)
{
    return tbb_do("grow", job);
}

/* ---- threads at one map ---- */

struct kind {
    const char *name, *package;
    void *(*setup)(uint64_t keys);
    void (*teardown)(void *map);
    job_fn fill, mixed, grow;
};

static const struct kind by_epoch = {"syslab",  NULL,       epoch_setup, ours_teardown,
                                     ours_fill, ours_mixed, ours_grow};
static const struct kind by_hazard = {"syslab",  NULL,       hazard_setup, ours_teardown,
                                      ours_fill, ours_mixed, ours_grow};
static const struct kind rculfhash = {
    "rculfhash",        "liburcu-dev",       WITH_RCU(rcu_setup), WITH_RCU(rcu_teardown),
    WITH_RCU(rcu_fill), WITH_RCU(rcu_mixed), WITH_RCU(rcu_grow)};
static const struct kind tbb = {"tbb::concurrent_hash_map",
                                "g++ and libtbb-dev",
                                tbb_setup,
                                tbb_teardown,
                                tbb_fill,
                                tbb_mixed,
                                tbb_grow};

/* What a row is about. */
struct shape {
    unsigned threads;
    uint64_t writes, keys; /* 0 keys: grow */
};

struct crowd {
    const struct kind *kind;
    struct shape shape;
    void *map;
};

static void *crowd_make(const struct kind *kind, struct shape shape)
{
    struct crowd *crowd = malloc(sizeof(*crowd));
    void *map = crowd && kind->setup ? kind->setup(shape.keys / 2) : NULL;
    if (!map) {
        free(crowd);
        return NULL;
    }
    *crowd = (struct crowd){kind, shape, map};
    if (shape.keys)
        kind->fill(&(struct map_job){.map = map, .keys = shape.keys, .threads = 1});
    return crowd;
}

static void crowd_end(void *context)
{
    struct crowd *crowd = context;
    crowd->kind->teardown(crowd->map);
    free(crowd);
}

struct member {
    pthread_t thread;
    pthread_barrier_t *gate;
    job_fn work;
    struct map_job job;
    uint64_t result;
};

static void *member_main(void *argument)
{
    struct member *member = argument;
    pthread_barrier_wait(member->gate);
    member->result = member->work(&member->job);
    return NULL;
}

static uint64_t crowd_run(void *context, uint64_t operations)
{
    struct crowd *crowd = context;
    struct member members[THREADS_MAX];
    unsigned threads = crowd->shape.threads;
    pthread_barrier_t gate;
    uint64_t sum = 0;
    pthread_barrier_init(&gate, NULL, threads);
    for (unsigned i = 0; i < threads; i++) {
        struct map_job job = {.map = crowd->map,
                              .operations = operations / threads,
                              .keys = crowd->shape.keys,
                              .id = i,
                              .threads = threads,
                              .writes = crowd->shape.writes};
        members[i] = (struct member){
            .gate = &gate, .job = job, .work = job.keys ? crowd->kind->mixed : crowd->kind->grow};
        if (i > 0 && pthread_create(&members[i].thread, NULL, member_main, &members[i]) != 0)
            abort();
    }
    member_main(&members[0]);
    for (unsigned i = 0; i < threads; i++) {
        if (i > 0)
            pthread_join(members[i].thread, NULL);
        sum += members[i].result;
    }
    pthread_barrier_destroy(&gate);
    return sum;
}

/* ---- rows ---- */

#define SETUP(row, who, ...)                                                                       \
    static void *row##_##who(void)                                                                 \
    {                                                                                              \
        return crowd_make(&(who), (struct shape){__VA_ARGS__});                                    \
    }
#define CONTENDER(row, label, who, from)                                                           \
    {                                                                                              \
        .name = (label), .run = crowd_run, .setup = row##_##who, .teardown = crowd_end,            \
        .package = (from)                                                                          \
    }
#define ROW(row, ours, ...)                                                                        \
    SETUP(row, ours, __VA_ARGS__)                                                                  \
    SETUP(row, rculfhash, __VA_ARGS__)                                                             \
    SETUP(row, tbb, __VA_ARGS__)                                                                   \
    static const struct bench_contender row[] = {                                                  \
        CONTENDER(row, "syslab", ours, NULL),                                                      \
        CONTENDER(row, "rculfhash", rculfhash, "liburcu-dev"),                                     \
        CONTENDER(row, "tbb::concurrent_hash_map", tbb, "g++ and libtbb-dev"),                     \
        {0}};
ROW(mixed_90_1, by_epoch, 1, 102, KEYS)
ROW(mixed_90_2, by_epoch, 2, 102, KEYS)
ROW(mixed_90_4, by_epoch, 4, 102, KEYS)
ROW(mixed_90_8, by_epoch, 8, 102, KEYS)
ROW(mixed_50_1, by_epoch, 1, 512, KEYS)
ROW(mixed_50_2, by_epoch, 2, 512, KEYS)
ROW(mixed_50_4, by_epoch, 4, 512, KEYS)
ROW(mixed_50_8, by_epoch, 8, 512, KEYS)
ROW(grow_1, by_epoch, 1, 0, 0)
ROW(grow_2, by_epoch, 2, 0, 0)
ROW(grow_4, by_epoch, 4, 0, 0)
ROW(grow_8, by_epoch, 8, 0, 0)
ROW(large_2, by_epoch, 2, 102, KEYS_LARGE)
ROW(hazard_1, by_hazard, 1, 102, KEYS)
ROW(hazard_2, by_hazard, 2, 102, KEYS)

#define MIXED(label, text, floor_of, two, row)                                                     \
    {                                                                                              \
        .name = "hash_map/" label, .work = (text), .operations = 1 << 19, .floor = (floor_of),     \
        .two_threads = (two), .contenders = (row)                                                  \
    }
#define GROW(label, text, two, row)                                                                \
    {                                                                                              \
        .name = "hash_map/" label, .work = (text), .operations = GROWN, .floor = 0.77,             \
        .fresh_memory = true, .two_threads = (two), .contenders = (row)                            \
    }

static const struct bench_row rows[] = {
    MIXED("90-10-1", "get 90, insert 5, remove 5; 48 Ki keys, one thread", 0.77, false, mixed_90_1),
    MIXED("90-10-2", "the same, two threads", 0.77, true, mixed_90_2),
    MIXED("90-10-4", "the same, four threads", 0.77, true, mixed_90_4),
    MIXED("90-10-8", "the same, eight threads", 0.77, true, mixed_90_8),
    MIXED("50-50-1", "get 50, insert 25, remove 25; one thread", 0.77, false, mixed_50_1),
    MIXED("50-50-2", "the same, two threads", 0.77, true, mixed_50_2),
    MIXED("50-50-4", "the same, four threads", 0.77, true, mixed_50_4),
    MIXED("50-50-8", "the same, eight threads", 0.77, true, mixed_50_8),
    GROW("grow-1", "insert 512 Ki keys into an empty map, one thread", false, grow_1),
    GROW("grow-2", "the same, two threads", true, grow_2),
    GROW("grow-4", "the same, four threads", true, grow_4),
    GROW("grow-8", "the same, eight threads", true, grow_8),
    MIXED("large-2", "90-10 with 384 Ki keys, two threads", 0, true, large_2),
    MIXED("hazard-1", "90-10, hazard pointers, one thread", 0, false, hazard_1),
    MIXED("hazard-2", "90-10, hazard pointers, two threads", 0, true, hazard_2),
    {0},
};

/* ---- memory ---- */

static size_t bytes_now(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static int print_bytes(void)
{
    static const struct kind *const kinds[] = {&by_epoch, &rculfhash};
    for (uint64_t keys = 10000; keys <= 160000; keys *= 2)
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            size_t before = bytes_now();
            void *map = kinds[i]->setup ? kinds[i]->setup(0) : NULL;
            if (!map)
                continue;
            kinds[i]->grow(&(struct map_job){.map = map, .operations = keys, .threads = 1});
            printf("%-12s %7llu keys: %5.1f bytes a key\n", kinds[i]->name,
                   (unsigned long long)keys, (double)(bytes_now() - before) / (double)keys);
            kinds[i]->teardown(map);
        }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--bytes") == 0)
        return print_bytes();
    return bench_main(argc, argv, rows);
}
