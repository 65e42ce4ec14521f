/* hash_map.c - a key is got while another thread does something to it, by either scheme. By -D:
 *
 *     GROW      its bucket is moved to a larger table, and the old table goes
 *     SHRINK    two buckets are moved into one
 *     TWICE     two threads insert it: one of them does
 *     REUSE     it is removed, and another key takes its slot: its value is never the other one's
 *     TAKEN     it takes the slot of another key, which is removed: its value is never the other one's
 *     OBJECT    it is removed, with an object that goes: who has found it finds it whole
 *     REPLACE   two threads count it up
 *
 * Run: 02_concurrency/hash_map.c 02_concurrency/hash_map_table.c 02_concurrency/counter.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DGROW => complete:
 * Run: 02_concurrency/hash_map.c 02_concurrency/hash_map_table.c 02_concurrency/counter.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DGROW -DEPOCH => complete:
 * Run: 02_concurrency/hash_map.c 02_concurrency/hash_map_table.c 02_concurrency/counter.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DSHRINK -DEPOCH => complete:
 * Run: 02_concurrency/hash_map.c 02_concurrency/hash_map_table.c 02_concurrency/counter.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DTWICE -DEPOCH => complete:
 * Run: 02_concurrency/hash_map.c 02_concurrency/hash_map_table.c 02_concurrency/counter.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DREUSE -DEPOCH => complete:
 * Run: 02_concurrency/hash_map.c 02_concurrency/hash_map_table.c 02_concurrency/counter.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DTAKEN -DEPOCH => complete:
 * Run: 02_concurrency/hash_map.c 02_concurrency/hash_map_table.c 02_concurrency/counter.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DOBJECT => complete:
 * Run: 02_concurrency/hash_map.c 02_concurrency/hash_map_table.c 02_concurrency/counter.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DREPLACE -DEPOCH => complete:
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/hash_map.h"

#ifdef EPOCH
static struct epoch scheme;
#define SCHEME_INIT epoch_init
#define SCHEME_FINI epoch_fini
#else
static struct hazard scheme;
#define SCHEME_INIT hazard_init
#define SCHEME_FINI hazard_fini
#endif

enum { KEY = 1, OTHER = 2, VALUE = 11, OTHER_VALUE = 22 };

static struct hash_map map;
static struct reclaim_thread *first, *second;

/* In place of hash_map_seed.c, which would draw another one each time. */
int hash_map_seed_draw(struct hash_map_seed *out)
{
    *out = (struct hash_map_seed){{0, 0, 0, 0}}; /* one bucket for all keys */
    return 0;
}

static void require(int condition)
{
    if (!condition)
        abort();
}

static void insert(struct reclaim_thread *me, uint64_t key, uint64_t value)
{
    require(hash_map_insert(&map, me, key, value) == 0);
}

#if defined(GROW) || defined(SHRINK)
static void prepare(void)
{
#ifdef SHRINK
    require(hash_map_reserve(&map, first, 5) == 0);
#endif
    insert(first, KEY, VALUE);
}

static void *other(void *argument)
{
#ifdef SHRINK
    require(hash_map_shrink(&map, second) == 0);
#else
    require(hash_map_reserve(&map, second, 5) == 0);
#endif
    return argument;
}

static void look(void)
{
    uint64_t value;
    require(hash_map_get(&map, first, KEY, &value) && value == VALUE);
}
#elif defined(TWICE)
static int inserted;

static void prepare(void)
{
}

static void *other(void *argument)
{
    inserted = hash_map_insert(&map, second, KEY, OTHER_VALUE);
    return argument;
}

static void look(void)
{
    uint64_t value;
    int error = hash_map_insert(&map, first, KEY, VALUE);
    require(hash_map_get(&map, first, KEY, &value));
    require(value == (error ? OTHER_VALUE : VALUE));
}
#elif defined(REUSE)
static void prepare(void)
{
    insert(first, KEY, VALUE);
}

static void *other(void *argument)
{
    require(hash_map_remove(&map, second, KEY, NULL));
    insert(second, OTHER, OTHER_VALUE);
    require(hash_map_remove(&map, second, OTHER, NULL));
    insert(second, KEY, VALUE + 1);
    return argument;
}

static void look(void)
{
    uint64_t value;
    if (hash_map_get(&map, first, KEY, &value))
        require(value == VALUE || value == VALUE + 1);
}
#elif defined(TAKEN)
static void prepare(void)
{
    insert(first, OTHER, OTHER_VALUE);
}

static void *other(void *argument)
{
    require(hash_map_remove(&map, second, OTHER, NULL));
    insert(second, KEY, VALUE);
    return argument;
}

static void look(void)
{
    uint64_t value;
    if (hash_map_get(&map, first, KEY, &value))
        require(value == VALUE);
}
#elif defined(OBJECT)
struct object {
    struct reclaim_node reclaim;
    int number;
};

static void destroy(struct reclaim_node *node, struct allocator *allocator)
{
    allocator_free(allocator, node, sizeof(struct object), _Alignof(struct object));
}

static void prepare(void)
{
    struct object *object =
        allocator_alloc(allocator_system(), sizeof(*object), _Alignof(struct object));
    require(object != NULL);
    object->number = VALUE;
    insert(first, KEY, (uintptr_t)object);
}

static void *other(void *argument)
{
    uint64_t value;
    require(hash_map_remove(&map, second, KEY, &value));
    reclaim_retire(second, &((struct object *)value)->reclaim, destroy);
    for (int i = 0; i < 3; i++)
        reclaim_collect(second);
    return argument;
}

static void look(void)
{
    uint64_t value;
    if (hash_map_get(&map, first, KEY, &value))
        require(((struct object *)value)->number == VALUE);
}
#elif defined(REPLACE)
static void count_up(struct reclaim_thread *me)
{
    uint64_t expected = VALUE;
    int error = hash_map_replace_if(&map, me, KEY, &expected, expected + 1);
    if (error == -EAGAIN)
        error = hash_map_replace_if(&map, me, KEY, &expected, expected + 1);
    require(error == 0);
}

static void prepare(void)
{
    insert(first, KEY, VALUE);
}

static void *other(void *argument)
{
    count_up(second);
    return argument;
}

static void look(void)
{
    count_up(first);
}
#endif

/* All in one section: its fence stands before everything, and orders nothing between two operations. With the kernel's
 * barrier there would be none either. */
static void *other_in_section(void *argument)
{
    uint64_t outer = reclaim_enter(second);
    argument = other(argument);
    reclaim_leave(second, outer);
    return argument;
}

int main(void)
{
    pthread_t thread;
    SCHEME_INIT(&scheme, allocator_system(), ASYMMETRIC_FENCES);
    require(reclaim_join(&scheme.domain, &first) == 0);
    require(reclaim_join(&scheme.domain, &second) ==
            0); /* for the other thread, which begins later */
    require(hash_map_init(&map, &scheme.domain, NULL) == 0);
    prepare();
    pthread_create(&thread, NULL, other_in_section, NULL);
    uint64_t outer = reclaim_enter(first);
    look();
    reclaim_leave(first, outer);
    pthread_join(thread, NULL);
#ifdef TWICE
    uint64_t value;
    require(hash_map_get(&map, first, KEY, &value));
    require(value == (inserted == 0 ? OTHER_VALUE : VALUE));
#elif defined(REPLACE)
    uint64_t value;
    require(hash_map_get(&map, first, KEY, &value) && value == VALUE + 2);
#endif
    require(hash_map_check(&map));
    hash_map_fini(&map);
    reclaim_quit(second);
    reclaim_quit(first);
    SCHEME_FINI(&scheme);
    return 0;
}
