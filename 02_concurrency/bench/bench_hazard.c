/* bench_hazard.c - hazard pointers: ours beside ck_hp.
 *
 *   protect         a shared pointer protected, read, and let go
 *   fences          the same, ours without the kernel's barrier
 *   deferred-free   64 B: allocated, put into the place of another, which is freed when no slot holds it;
 *                   all memory is back when the clock stops
 *
 * ck_hp collects at every 256th node that is retired, as ours does about.
 */
#include <stdlib.h>

#include "02_concurrency/hazard.h"
#include "bench/bench.h"
#include "bench/ck.h"

#ifdef BENCH_CK_INSTALLED
#include <ck_hp.h>
#endif

struct item {
    struct reclaim_node node;
    uint64_t words[6];
};

static uint64_t freed;
static struct item constant = {.words = {0, 0, 0, 0, 0, 1}};
static _Atomic(uintptr_t) place;

static struct item *item_make(void)
{
    struct item *item = malloc(sizeof(*item));
    if (!item)
        abort();
    item->words[5] = 1;
    return item;
}

static struct item *replace_item(void)
{
    /* acq_rel: pairs with the acquire of who protects it, and with itself */
    return (struct item *)atomic_exchange_explicit(&place, (uintptr_t)item_make(),
                                                   memory_order_acq_rel);
}

/* ---- ours ---- */

struct ours {
    struct hazard hazard;
    struct hazard_thread *me;
};

static void *ours_setup_by(enum asymmetric_mode mode)
{
    struct ours *ours = malloc(sizeof(*ours));
    if (!ours)
        return NULL;
    atomic_store(&place, (uintptr_t)&constant);
    hazard_init(&ours->hazard, allocator_system(), mode);
    if (hazard_join(&ours->hazard, &ours->me) == 0)
        return ours;
    free(ours);
    return NULL;
}

static void *ours_setup(void)
{
    return ours_setup_by(asymmetric_best());
}

static void *ours_setup_fences(void)
{
    return ours_setup_by(ASYMMETRIC_FENCES);
}

static void ours_teardown(void *context)
{
    struct ours *ours = context;
    hazard_fini(&ours->hazard);
    free(ours);
}

static uint64_t ours_protect(void *context, uint64_t operations)
{
    struct hazard_thread *me = ((struct ours *)context)->me;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        struct item *item = (struct item *)hazard_protect(me, 0, &place, 0);
        sum += item->words[5];
        hazard_clear(me, 0);
    }
    return sum;
}

static void item_free(struct reclaim_node *node, struct allocator *allocator)
{
    (void)allocator;
    struct item *item = container_of(node, struct item, node);
    freed += item->words[5];
    free(item);
}

static uint64_t ours_deferred_free(void *context, uint64_t operations)
{
    struct hazard_thread *me = ((struct ours *)context)->me;
    freed = 0;
    atomic_store(&place, (uintptr_t)item_make());
    for (uint64_t i = 0; i < operations; i++)
        hazard_retire(me, &replace_item()->node, item_free);
    hazard_collect(me);
    free((struct item *)atomic_load(&place));
    return freed;
}

/* ---- concurrencykit ---- */

#ifdef BENCH_CK_INSTALLED
struct with_ck {
    ck_hp_t hazard;
    ck_hp_record_t record;
    void *slots[CK_HP_CACHE];
};

struct ck_item {
    ck_hp_hazard_t hazard;
    uint64_t words[5];
};
_Static_assert(sizeof(struct ck_item) == sizeof(struct item), "the same work");

static void ck_item_free(void *item)
{
    freed += ((struct item *)item)->words[5];
    free(item);
}

static void *ck_setup(void)
{
    struct with_ck *ck = allocator_alloc(allocator_system(), sizeof(*ck), _Alignof(struct with_ck));
    if (!ck)
        return NULL;
    atomic_store(&place, (uintptr_t)&constant);
    ck_hp_init(&ck->hazard, HAZARD_SLOTS, HAZARD_BATCH, ck_item_free);
    ck_hp_register(&ck->hazard, &ck->record, ck->slots);
    return ck;
}

static uint64_t ck_protect(void *context, uint64_t operations)
{
    ck_hp_record_t *record = &((struct with_ck *)context)->record;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        uintptr_t word = atomic_load_explicit(&place, memory_order_relaxed), again;
        for (;; word = again) {
            ck_hp_set_fence(record, 0, (void *)word);
            again = atomic_load_explicit(&place, memory_order_acquire);
            if (again == word)
                break;
        }
        sum += ((struct item *)word)->words[5];
        ck_hp_set(record, 0, NULL);
    }
    return sum;
}

static uint64_t ck_deferred_free(void *context, uint64_t operations)
{
    ck_hp_record_t *record = &((struct with_ck *)context)->record;
    freed = 0;
    atomic_store(&place, (uintptr_t)item_make());
    for (uint64_t i = 0; i < operations; i++) {
        struct ck_item *item = (struct ck_item *)(void *)replace_item();
        ck_hp_free(record, &item->hazard, item, item);
    }
    ck_hp_purge(record);
    free((struct item *)atomic_load(&place));
    return freed;
}
#else
static void *ck_setup(void)
{
    return NULL;
}
#endif

#define OURS(function, make)                                                                       \
    {                                                                                              \
        .name = "syslab", .run = function, .setup = make, .teardown = ours_teardown                \
    }
#define CK(function)                                                                               \
    {                                                                                              \
        .name = "ck_hp", .run = BENCH_CK(function), .setup = ck_setup, .teardown = free,           \
        .package = BENCH_CK_PACKAGE                                                                \
    }

static const struct bench_contender protect[] = {
    OURS(ours_protect, ours_setup), CK(ck_protect), {0}};
static const struct bench_contender fences[] = {
    OURS(ours_protect, ours_setup_fences), CK(ck_protect), {0}};
static const struct bench_contender deferred_free[] = {
    OURS(ours_deferred_free, ours_setup), CK(ck_deferred_free), {0}};

static const struct bench_row rows[] = {
    {.name = "hazard/protect",
     .work = "protect a shared pointer, read, clear",
     .operations = 1 << 20,
     .contenders = protect},
    {.name = "hazard/fences",
     .work = "the same, ours with fences too",
     .operations = 1 << 20,
     .contenders = fences},
    {.name = "hazard/deferred-free",
     .work = "64 B replaced, and freed later; all memory back",
     .operations = 1 << 18,
     .contenders = deferred_free},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
