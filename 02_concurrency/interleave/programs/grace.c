/* grace.c - when may the old version be freed? Three answers, each small: a hazard pointer, an epoch of two phases, and RCU, which
 * waits for whoever reads. One thread reads the version that is there; the other puts a new one and frees the old one.
 *
 * Run: -- -DHAZARD => complete:
 * Run: -- -DHAZARD -DANNOUNCE=memory_order_release -DCHECK=memory_order_acquire => use after free
 * Run: -- -DHAZARD -DNO_CHECK => data race
 * Run: -- -DRCU => complete:
 * Run: -- -DRCU -DANNOUNCE=memory_order_release -DCHECK=memory_order_acquire => use after free
 * Run: -- -DRCU -DLEAVE=memory_order_relaxed => data race
 * Run: -- -DEPOCH => complete:
 * Run: -- -DEPOCH -DANNOUNCE=memory_order_release -DCHECK=memory_order_acquire => use after free
 * Run: -- -DEPOCH -DNO_GRACE => use after free
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* "I am about to read", and the look at what there is behind it: a store and a load, which must not change places. The
 * writer's side are a store and a load too. All four are seq_cst. */
#ifndef ANNOUNCE
#define ANNOUNCE memory_order_seq_cst
#endif
#ifndef CHECK
#define CHECK memory_order_seq_cst
#endif
#ifndef LEAVE
#define LEAVE memory_order_release
#endif

static _Atomic(int *) current;

#if defined(HAZARD)
/* Michael 2004: say what you look at, and look again whether it is still what is there. */
static _Atomic(int *) hazard;

static int *enter(void)
{
    int *seen = atomic_load_explicit(&current, memory_order_relaxed);
    for (;;) {
        atomic_store_explicit(&hazard, seen, ANNOUNCE);
#ifdef NO_CHECK
        return seen;
#endif
        int *again = atomic_load_explicit(&current, CHECK);
        if (again == seen)
            return seen;
        seen = again;
    }
}
static void leave(void)
{
    atomic_store_explicit(&hazard, NULL, LEAVE);
}
static void wait_for_readers(const int *old)
{
    while (atomic_load_explicit(&hazard, memory_order_seq_cst) == old)
        ;
}
#elif defined(RCU)
/* McKenney: the writer waits until nobody is inside. */
static atomic_bool is_inside;

static int *enter(void)
{
    atomic_store_explicit(&is_inside, true, ANNOUNCE);
    return atomic_load_explicit(&current, CHECK);
}
static void leave(void)
{
    atomic_store_explicit(&is_inside, false, LEAVE);
}
static void wait_for_readers(const int *old)
{
    (void)old;
    while (atomic_load_explicit(&is_inside, memory_order_seq_cst))
        ;
}
#elif defined(EPOCH)
/* Fraser 2004, with one reader: it notes the epoch in which it came. What was taken out in epoch e is freed in e + 2, and the epoch moves on
 * only when the reader, if inside, has noted the present one. */
static atomic_uint epoch = 2, noted; /* 0: not inside */

static int *enter(void)
{
    atomic_store_explicit(&noted, atomic_load_explicit(&epoch, memory_order_relaxed), ANNOUNCE);
    return atomic_load_explicit(&current, CHECK);
}
static void leave(void)
{
    atomic_store_explicit(&noted, 0, LEAVE);
}
static void move_on(void)
{
    unsigned now = atomic_load_explicit(&epoch, memory_order_relaxed), seen;
    do
        seen = atomic_load_explicit(&noted, memory_order_seq_cst);
    while (seen != 0 && seen != now);
    atomic_store_explicit(&epoch, now + 1, memory_order_seq_cst);
}
static void wait_for_readers(const int *old)
{
    (void)old;
#ifndef NO_GRACE
    move_on();
    move_on();
#endif
}
#endif

static void *read_once(void *argument)
{
    int *version = enter();
    assert(*version == 7);
    leave();
    return argument;
}

static int *make_version(void)
{
    int *version = malloc(sizeof(*version));
    if (!version)
        abort();
    *version = 7;
    return version;
}

int main(void)
{
    pthread_t reader;
    atomic_init(&current, make_version());
    pthread_create(&reader, NULL, read_once, NULL);
    int *old = atomic_exchange_explicit(&current, make_version(), memory_order_seq_cst);
    wait_for_readers(old);
    free(old);
    pthread_join(reader, NULL);
    free(atomic_load(&current));
    return 0;
}
