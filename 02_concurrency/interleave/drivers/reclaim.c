/* reclaim.c - one thread reads the version that is there, the other puts a new one in its place and gives the old one up. It is
 * not freed while it is read, and in the end all is freed. Both schemes.
 *
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DEPOCH => complete:
 * Run: 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DUNPROTECTED => use after free
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

static void *read_once(void *argument)
{
    struct reclaim_thread *me = argument;
    uint64_t outer = reclaim_enter(me);
#ifdef UNPROTECTED
    uintptr_t seen = atomic_load_explicit(&current, memory_order_acquire);
#else
    uintptr_t seen = reclaim_protect(me, 0, &current, 0);
#endif
    if (((struct version *)seen)->value != 7)
        abort();
    reclaim_leave(me, outer);
    return NULL;
}

int main(void)
{
    pthread_t reader;
    struct reclaim_thread *me,
        *of_reader; /* joined here: two threads that join at once are not what is looked at */
    SCHEME_INIT(&scheme, allocator_system(), ASYMMETRIC_FENCES);
    if (reclaim_join(&scheme.domain, &me) != 0 || reclaim_join(&scheme.domain, &of_reader) != 0)
        abort();
    atomic_init(&current, make());
    pthread_create(&reader, NULL, read_once, of_reader);
    struct version *old = (struct version *)rcu_replace(&current, make());
    reclaim_retire(me, &old->node, destroy);
    for (int attempt = 0; attempt < 3; attempt++)
        reclaim_collect(me);
    pthread_join(reader, NULL);
    destroy(&((struct version *)atomic_load(&current))->node, allocator_system());
    reclaim_quit(of_reader);
    reclaim_quit(me);
    SCHEME_FINI(&scheme);
    return 0;
}
