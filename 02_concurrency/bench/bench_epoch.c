/* bench_epoch.c - sections, and memory that is freed later: ours beside crossbeam-epoch, userspace-rcu and ck_epoch.
 *
 *   enter-leave     a section with the load of a shared pointer in it
 *   read-side       the same beside userspace-rcu, whose read side has no fence either; its flavour by
 *                   quiescent states has nothing at all there, but a thread must report such a state from
 *                   time to time: it does, once in every section
 *   fences          enter-leave of ours without the kernel's barrier
 *   deferred-free   64 B: allocated, put into the place of another, which is freed when nobody can hold it;
 *                   all memory is back when the clock stops
 *
 * All memory is malloc's. What is deferred with userspace-rcu is freed by its batches of defer_rcu.
 */
#include <stdlib.h>

#include "02_concurrency/epoch.h"
#include "bench/bench.h"
#include "bench/ck.h"

#ifdef BENCH_CK_INSTALLED
#include <ck_epoch.h>
#endif
#ifdef BENCH_URCU_INSTALLED
#define _LGPL_SOURCE
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#include <urcu/urcu-memb.h>
#include <urcu/urcu-qsbr.h>
#pragma GCC diagnostic pop
#define WITH_URCU(function) (function)
#else
#define WITH_URCU(function) NULL
#endif

struct item {
    struct reclaim_node node;
    uint64_t words[6];
};

static uint64_t one = 1;
static uint64_t *shared = &one;

/* The pointer, read as a structure without locks would. */
static inline uint64_t read_shared(void)
{
    return *__atomic_load_n(&shared, __ATOMIC_ACQUIRE);
}

/* ---- ours ---- */

struct ours {
    struct epoch epoch;
    struct epoch_thread *me;
};

static void *ours_setup_by(enum asymmetric_mode mode)
{
    struct ours *ours = allocator_alloc(allocator_system(), sizeof(*ours), _Alignof(struct ours));
    if (!ours)
        return NULL;
    epoch_init(&ours->epoch, allocator_system(), mode);
    if (epoch_join(&ours->epoch, &ours->me) == 0)
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
    epoch_fini(&ours->epoch);
    free(ours);
}

static uint64_t ours_enter_leave(void *context, uint64_t operations)
{
    struct epoch_thread *me = ((struct ours *)context)->me;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        uint64_t outer = epoch_enter(me);
        sum += read_shared();
        epoch_leave(me, outer);
    }
    return sum;
}

static uint64_t freed;

static void item_free(struct reclaim_node *node, struct allocator *allocator)
{
    (void)allocator;
    struct item *item = container_of(node, struct item, node);
    freed += item->words[5];
    free(item);
}

static struct item *item_make(void)
{
    struct item *item = malloc(sizeof(*item));
    if (!item)
        abort();
    item->words[5] = 1;
    return item;
}

static struct item *place; /* of the item that is replaced */

static struct item *replace_item(void)
{
    return __atomic_exchange_n(&place, item_make(), __ATOMIC_ACQ_REL);
}

static uint64_t ours_deferred_free(void *context, uint64_t operations)
{
    struct epoch_thread *me = ((struct ours *)context)->me;
    freed = 0;
    place = item_make();
    for (uint64_t i = 0; i < operations; i++) {
        uint64_t outer = epoch_enter(me);
        epoch_retire(me, &replace_item()->node, item_free);
        epoch_leave(me, outer);
    }
    epoch_flush(me);
    free(place);
    return freed;
}

/* ---- concurrencykit ---- */

#ifdef BENCH_CK_INSTALLED
struct with_ck {
    ck_epoch_t epoch;
    ck_epoch_record_t record;
};

struct ck_item {
    ck_epoch_entry_t entry;
    uint64_t words[6];
};
_Static_assert(sizeof(struct ck_item) == sizeof(struct item), "the same work");

static void *ck_setup(void)
{
    struct with_ck *ck = allocator_alloc(allocator_system(), sizeof(*ck), _Alignof(struct with_ck));
    if (!ck)
        return NULL;
    ck_epoch_init(&ck->epoch);
    ck_epoch_register(&ck->epoch, &ck->record, NULL);
    return ck;
}

static uint64_t ck_enter_leave(void *context, uint64_t operations)
{
    ck_epoch_record_t *record = &((struct with_ck *)context)->record;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        ck_epoch_begin(record, NULL);
        sum += read_shared();
        ck_epoch_end(record, NULL);
    }
    return sum;
}

static void ck_item_free(ck_epoch_entry_t *entry)
{
    struct item *item = (struct item *)(void *)entry;
    freed += item->words[5];
    free(item);
}

static uint64_t ck_deferred_free(void *context, uint64_t operations)
{
    ck_epoch_record_t *record = &((struct with_ck *)context)->record;
    freed = 0;
    place = item_make();
    for (uint64_t i = 0; i < operations; i++) {
        ck_epoch_begin(record, NULL);
        ck_epoch_call(record, &((struct ck_item *)(void *)replace_item())->entry, ck_item_free);
        ck_epoch_end(record, NULL);
        if (i % EPOCH_BATCH == 0)
            ck_epoch_poll(record);
    }
    ck_epoch_barrier(record);
    free(place);
    return freed;
}
#else
static void *ck_setup(void)
{
    return NULL;
}
#endif

/* ---- userspace-rcu ---- */

#ifdef BENCH_URCU_INSTALLED
static void memb_leave_at_exit(void)
{
    urcu_memb_defer_unregister_thread();
    urcu_memb_unregister_thread();
}

/* Once: a thread's queue of deferred calls cannot be registered again after it was in use. */
static void *memb_setup(void)
{
    static bool registered;
    if (!registered && atexit(memb_leave_at_exit) == 0) {
        urcu_memb_register_thread();
        urcu_memb_defer_register_thread();
        registered = true;
    }
    return registered ? &one : NULL;
}

static uint64_t memb_enter_leave(void *context, uint64_t operations)
{
    (void)context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        urcu_memb_read_lock();
        sum += read_shared();
        urcu_memb_read_unlock();
    }
    return sum;
}

static void memb_item_free(void *item)
{
    freed += ((struct item *)item)->words[5];
    free(item);
}

static uint64_t memb_deferred_free(void *context, uint64_t operations)
{
    (void)context;
    freed = 0;
    place = item_make();
    for (uint64_t i = 0; i < operations; i++) {
        urcu_memb_read_lock();
        struct item *old = replace_item();
        urcu_memb_read_unlock();
        urcu_memb_defer_rcu(memb_item_free, old);
    }
    urcu_memb_defer_barrier_thread();
    free(place);
    return freed;
}

static void *qsbr_setup(void)
{
    urcu_qsbr_register_thread();
    return &one;
}

#define memb_teardown NULL

static void qsbr_teardown(void *context)
{
    (void)context;
    urcu_qsbr_unregister_thread();
}

static uint64_t qsbr_enter_leave(void *context, uint64_t operations)
{
    (void)context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        urcu_qsbr_read_lock();
        sum += read_shared();
        urcu_qsbr_read_unlock();
        urcu_qsbr_quiescent_state();
    }
    return sum;
}
#else
#define memb_setup    NULL
#define memb_teardown NULL
#define qsbr_setup    NULL
#define qsbr_teardown NULL
#endif

#define OURS(function, make)                                                                       \
    {                                                                                              \
        .name = "syslab", .run = function, .setup = make, .teardown = ours_teardown                \
    }
#define CK(function)                                                                               \
    {                                                                                              \
        .name = "ck_epoch", .run = BENCH_CK(function), .setup = ck_setup, .teardown = free,        \
        .package = BENCH_CK_PACKAGE                                                                \
    }
#define URCU(flavour, function)                                                                    \
    {                                                                                              \
        .name = "urcu " #flavour, .run = WITH_URCU(function), .setup = flavour##_setup,            \
        .teardown = flavour##_teardown, .package = "liburcu-dev"                                   \
    }
#define CROSSBEAM(function)                                                                        \
    {                                                                                              \
        .name = "crossbeam-epoch", .symbol = function                                              \
    }

static const struct bench_contender enter_leave[] = {
    OURS(ours_enter_leave, ours_setup),
    CROSSBEAM("peer_epoch_enter_leave"),
    CK(ck_enter_leave),
    {0},
};
static const struct bench_contender read_side[] = {
    OURS(ours_enter_leave, ours_setup),
    URCU(memb, memb_enter_leave),
    URCU(qsbr, qsbr_enter_leave),
    {0},
};
static const struct bench_contender fences[] = {
    OURS(ours_enter_leave, ours_setup_fences),
    CROSSBEAM("peer_epoch_enter_leave"),
    CK(ck_enter_leave),
    {0},
};
static const struct bench_contender deferred_free[] = {
    OURS(ours_deferred_free, ours_setup),
    CROSSBEAM("peer_epoch_deferred_free"),
    CK(ck_deferred_free),
    URCU(memb, memb_deferred_free),
    {0},
};

static const struct bench_row rows[] = {
    {.name = "epoch/enter-leave",
     .work = "enter, read a shared pointer, leave",
     .operations = 1 << 20,
     .floor = 0.3,
     .contenders = enter_leave},
    {.name = "epoch/read-side",
     .work = "the same, beside read sides without a fence",
     .operations = 1 << 20,
     .contenders = read_side},
    {.name = "epoch/fences",
     .work = "the same, ours with fences too",
     .operations = 1 << 20,
     .contenders = fences},
    {.name = "epoch/deferred-free",
     .work = "64 B replaced, and freed later; all memory back",
     .operations = 1 << 18,
     .floor = 1.0,
     .contenders = deferred_free},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
