/* treiber_stack.c - a thread pops the node that is there, and gives it back; another pushes one and pops one. A node is not
 * freed while somebody looks into it, and none is had twice.
 *
 * Run: 02_concurrency/treiber_stack.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c => complete:
 * Run: 02_concurrency/treiber_stack.c 02_concurrency/hazard.c 02_concurrency/epoch.c 02_concurrency/reclaim_domain.c 02_concurrency/asymmetric.c 03_memory/allocator.c -- -DEPOCH => complete:
 *
 * Orders: treiber_stack.c
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "02_concurrency/treiber_stack.h"
#include "03_memory/allocator.h"

struct job {
    struct treiber_stack_node node;
    int had; /* plain: the stack hands it over */
};

static struct treiber_stack stack;
#ifdef EPOCH
static struct epoch scheme;
#define SCHEME_INIT epoch_init
#define SCHEME_FINI epoch_fini
#else
static struct hazard scheme;
#define SCHEME_INIT hazard_init
#define SCHEME_FINI hazard_fini
#endif
static atomic_int pops;

static struct job *make(void)
{
    struct job *job = allocator_alloc(allocator_system(), sizeof(*job), _Alignof(struct job));
    if (!job)
        abort();
    job->had = 0;
    return job;
}

static void destroy(struct reclaim_node *node, struct allocator *allocator)
{
    allocator_free(allocator, node, sizeof(struct job), _Alignof(struct job));
}

static void pop_one(struct reclaim_thread *me)
{
    struct treiber_stack_node *node = treiber_stack_pop(&stack, me);
    if (!node)
        return;
    if (((struct job *)node)->had++ != 0)
        abort();
    atomic_fetch_add_explicit(&pops, 1, memory_order_relaxed);
    reclaim_retire(me, &node->reclaim, destroy);
}

static void *pop(void *argument)
{
    struct reclaim_thread *me;
    if (reclaim_join(&scheme.domain, &me) != 0)
        abort();
    pop_one(me);
    reclaim_quit(me);
    return argument;
}

int main(void)
{
    pthread_t thread;
    struct reclaim_thread *me;
    /* No fences, which would hide that an order is too weak; nothing is collected before the end, so no barrier is needed. */
    SCHEME_INIT(&scheme, allocator_system(), ASYMMETRIC_KERNEL);
    if (reclaim_join(&scheme.domain, &me) != 0)
        abort();
    treiber_stack_init(&stack);
    treiber_stack_push(&stack, &make()->node);
    pthread_create(&thread, NULL, pop, NULL);
    treiber_stack_push(&stack, &make()->node);
    pop_one(me);
    pthread_join(thread, NULL);
    if (atomic_load_explicit(&pops, memory_order_relaxed) != 2)
        abort();
    reclaim_quit(me);
    SCHEME_FINI(&scheme);
    return 0;
}
