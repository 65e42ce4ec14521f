/* reclaim.c - one thread reads the version that is there, the other puts a new one in its place and gives the old one up. It is
 * not freed while it is read, and in the end all is freed. Both schemes.
 *
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DREADS=2 => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DEPOCH => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DJOINS => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DEPOCH -DJOINS => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DEPOCH -DHELPER=1 -DCOLLECTIONS=2 => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DEPOCH -DHELPER=2 -DCOLLECTIONS=1 => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DUNPROTECTED => use after free
 *
 * Orders: epoch.c epoch.h hazard.c hazard.h asymmetric.c asymmetric.h reclaim_domain.c
 * Stays: epoch.h load acquire as relaxed: the fence behind it does as much; with the kernel's barrier there is none.
 * Stays: hazard.h load acquire as relaxed: likewise.
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/rcu.h"
#include "02_concurrency/reclaim.h"
#include "03_memory/allocator.h"

struct version {
    struct reclaim_node node;
    int value;
};

static _Atomic(uintptr_t) current;
#ifndef READS
#define READS 1
#endif
#ifndef COLLECTIONS
#ifdef EPOCH
#define COLLECTIONS 2 /* so many steps of the epoch */
#else
#define COLLECTIONS 1
#endif
#endif
#ifdef EPOCH
static struct epoch scheme;
#define SCHEME_INIT epoch_init
#define SCHEME_FINI epoch_fini
#else
static struct hazard scheme;
#define SCHEME_INIT hazard_init
#define SCHEME_FINI hazard_fini
#endif

static uintptr_t make(void)
{
    struct version *version =
        allocator_alloc(allocator_system(), sizeof(*version), _Alignof(struct version));
    if (!version)
        abort();
    version->value = 7;
    return (uintptr_t)version;
}

static void destroy(struct reclaim_node *node, struct allocator *allocator)
{
    allocator_free(allocator, node, sizeof(struct version), _Alignof(struct version));
}

static uintptr_t protect_current(struct reclaim_thread *me)
{
#ifdef UNPROTECTED
    (void)me;
    return atomic_load_explicit(&current, memory_order_acquire);
#else
    return reclaim_protect(me, 0, &current, 0);
#endif
}

static void use(uintptr_t version)
{
    if (((struct version *)version)->value != 7)
        abort();
}

/* A second look uses the slot of a hazard pointer again. */
static void read_current(struct reclaim_thread *me, int looks)
{
    uint64_t outer = reclaim_enter(me);
    for (int look = 0; look < looks; look++)
        use(protect_current(me));
    reclaim_leave(me, outer);
}

static void *read_some(void *argument)
{
    struct reclaim_thread *me = argument;
#ifdef JOINS
    if (reclaim_join(&scheme.domain, &me) != 0)
        abort();
#endif
#ifdef JOINS
    reclaim_enter(me);
    use(protect_current(me));
    reclaim_quit(me); /* inside of the section */
#else
    read_current(me, READS);
#endif
    return NULL;
}

#ifdef HELPER
/* Moves the epoch on, and has nothing to free. */
static void *collect_some(void *argument)
{
    for (int collection = 0; collection < HELPER; collection++)
        reclaim_collect(argument);
    return NULL;
}
#endif

int main(void)
{
    pthread_t reader;
    struct reclaim_thread *me,
        *of_reader; /* joined here: two threads that join at once are not what is looked at */
    SCHEME_INIT(&scheme, allocator_system(), ASYMMETRIC_FENCES);
    if (reclaim_join(&scheme.domain, &me) != 0)
        abort();
#ifdef JOINS
    of_reader = NULL;
#else
    if (reclaim_join(&scheme.domain, &of_reader) != 0)
        abort();
#endif
    atomic_init(&current, make());
    pthread_create(&reader, NULL, read_some, of_reader);
#ifdef HELPER
    pthread_t helper;
    struct reclaim_thread *of_helper;
    if (reclaim_join(&scheme.domain, &of_helper) != 0)
        abort();
    pthread_create(&helper, NULL, collect_some, of_helper);
#endif
    struct version *old = (struct version *)rcu_replace(&current, make());
    reclaim_retire(me, &old->node, destroy);
    for (int attempt = 0; attempt < COLLECTIONS; attempt++)
        reclaim_collect(me);
    pthread_join(reader, NULL);
#ifdef HELPER
    pthread_join(helper, NULL);
#endif
    destroy(&((struct version *)atomic_load_explicit(&current, memory_order_relaxed))->node,
            allocator_system());
    reclaim_quit(of_reader);
    reclaim_quit(me);
    SCHEME_FINI(&scheme);
    return 0;
}
