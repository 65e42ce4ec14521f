/* bench_pool.c - objects of 64 B: ours beside malloc, jemalloc, mimalloc and GLib's slices.
 *
 *   alloc-free-64B      one object at a time, in one thread: the fast paths alone
 *   batch-64B           1000 allocated, then 1000 freed: magazines go to the depot and come back
 *   cross-thread-64B    allocated in one thread and freed in another, which are a ring apart
 *   constructed-64B     objects that hold a mutex and a buffer: kept made, or made each time
 *
 * Objects are not touched where threads differ: the row is about the allocators, and every
 * contender pays for the same ring.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "03_memory/pool.h"
#include "bench/allocators.h"
#include "bench/bench.h"

enum { OBJECT_BYTES = 64, BATCH = 1000 };

#define INLINE __attribute__((always_inline)) static inline

/* ---- contenders: how each takes an object and gives it back ---- */

typedef void *(*take_fn)(void *context);
typedef void (*give_fn)(void *context, void *object);

INLINE void *ours_take(void *context)
{
    return pool_alloc(context);
}

INLINE void ours_give(void *context, void *object)
{
    pool_free(context, object);
}

static void *ours_setup(void)
{
    struct pool *pool = malloc(sizeof(*pool));
    struct pool_options options = {.object_bytes = OBJECT_BYTES};
    if (pool && pool_init(pool, allocator_system(), &options) == 0)
        return pool;
    free(pool);
    return NULL;
}

static void ours_teardown(void *context)
{
    pool_fini(context);
    free(context);
}

INLINE void *allocator_take(void *context)
{
    return ((const struct bench_allocator *)context)->malloc(OBJECT_BYTES);
}

INLINE void allocator_give(void *context, void *object)
{
    ((const struct bench_allocator *)context)->free(object);
}

struct slices {
    void *(*alloc)(size_t size_bytes);
    void (*free)(size_t size_bytes, void *block);
};

INLINE void *slices_take(void *context)
{
    return ((const struct slices *)context)->alloc(OBJECT_BYTES);
}

INLINE void slices_give(void *context, void *object)
{
    ((const struct slices *)context)->free(OBJECT_BYTES, object);
}

static void *slices_setup(void)
{
    static struct slices slices;
    void *library = bench_library("libglib-2.0.so.0");
    void *alloc = bench_symbol(library, "g_slice_alloc");
    void *free1 = bench_symbol(library, "g_slice_free1");
    memcpy(&slices.alloc, &alloc, sizeof(alloc));
    memcpy(&slices.free, &free1, sizeof(free1));
    return alloc && free1 ? &slices : NULL;
}

/* ---- one thread ---- */

INLINE uint64_t alloc_free(void *context, uint64_t operations, take_fn take, give_fn give)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        uint64_t *object = take(context);
        *object = i;
        bench_keep(object);
        sum += *object;
        give(context, object);
    }
    return sum;
}

INLINE uint64_t batch(void *context, uint64_t operations, take_fn take, give_fn give)
{
    static uint64_t *objects[BATCH];
    uint64_t sum = 0;
    for (uint64_t done = 0; done < operations; done += BATCH) {
        uint64_t count = operations - done < BATCH ? operations - done : BATCH;
        for (uint64_t i = 0; i < count; i++) {
            objects[i] = take(context);
            *objects[i] = i;
        }
        for (uint64_t i = 0; i < count; i++) {
            sum += *objects[i];
            give(context, objects[i]);
        }
    }
    return sum;
}

/* ---- two threads ---- */

enum { CRATE = 64, CRATES = 64 }; /* pointers cross in crates, so that the ring costs little */

/* One producer, one consumer; each counter on a line of its own. */
struct ring {
    _Alignas(64) atomic_size_t sent;
    _Alignas(64) atomic_size_t received;
    _Alignas(64) void *crates[CRATES][CRATE];
};

struct consumer {
    struct ring *ring;
    void *context;
    uint64_t operations, freed;
};

static void wait_a_little(unsigned *turns)
{
    if (++*turns % 256 == 0)
        sched_yield(); /* the other thread may need this core */
#if defined(__x86_64__)
    else
        __builtin_ia32_pause();
#endif
}

INLINE void consume(struct consumer *consumer, give_fn give)
{
    struct ring *ring = consumer->ring;
    unsigned turns = 0;
    for (size_t at = 0; consumer->freed < consumer->operations; at++) {
        /* acquire: pairs with the release in produce; the crate is filled */
        while (atomic_load_explicit(&ring->sent, memory_order_acquire) == at)
            wait_a_little(&turns);
        uint64_t left = consumer->operations - consumer->freed;
        for (uint64_t i = 0; i < CRATE && i < left; i++, consumer->freed++)
            give(consumer->context, ring->crates[at % CRATES][i]);
        /* release: pairs with the acquire in produce; the crate may be filled again */
        atomic_store_explicit(&ring->received, at + 1, memory_order_release);
    }
}

INLINE void produce(struct ring *ring, void *context, uint64_t operations, take_fn take)
{
    unsigned turns = 0;
    uint64_t taken = 0;
    for (size_t at = 0; taken < operations; at++) {
        /* acquire: pairs with the release in consume */
        while (at - atomic_load_explicit(&ring->received, memory_order_acquire) == CRATES)
            wait_a_little(&turns);
        for (uint64_t i = 0; i < CRATE && taken < operations; i++, taken++)
            ring->crates[at % CRATES][i] = take(context);
        /* release: pairs with the acquire in consume */
        atomic_store_explicit(&ring->sent, at + 1, memory_order_release);
    }
}

INLINE uint64_t cross_thread(void *context, uint64_t operations, take_fn take,
                             void *(*consumer_main)(void *))
{
    static struct ring ring;
    struct consumer consumer = {&ring, context, operations, 0};
    pthread_t thread;
    atomic_store(&ring.sent, 0);
    atomic_store(&ring.received, 0);
    if (pthread_create(&thread, NULL, consumer_main, &consumer) != 0)
        return 0;
    produce(&ring, context, operations, take);
    pthread_join(thread, NULL);
    return consumer.freed;
}

/* ---- an object that is costly to make ---- */

struct session {
    pthread_mutex_t lock;
    char *buffer;
};
enum { BUFFER_BYTES = 256 };

static int session_make(void *object, void *context)
{
    struct session *session = object;
    (void)context;
    pthread_mutex_init(&session->lock, NULL);
    session->buffer = calloc(1, BUFFER_BYTES);
    return session->buffer ? 0 : -1;
}

static void session_unmake(void *object, void *context)
{
    struct session *session = object;
    (void)context;
    free(session->buffer);
    pthread_mutex_destroy(&session->lock);
}

static void *sessions_setup(void)
{
    struct pool *pool = malloc(sizeof(*pool));
    struct pool_options options = {.object_bytes = sizeof(struct session),
                                   .construct = session_make,
                                   .destruct = session_unmake};
    if (pool && pool_init(pool, allocator_system(), &options) == 0)
        return pool;
    free(pool);
    return NULL;
}

static uint64_t sessions_ours(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        struct session *session = pool_alloc(context);
        session->buffer[0] = (char)i;
        bench_keep(session);
        sum += (unsigned char)session->buffer[0];
        pool_free(context, session);
    }
    return sum;
}

/* The buffer comes from where it comes from for ours; the session from the peer. */
static uint64_t sessions_made_each_time(void *context, uint64_t operations)
{
    const struct bench_allocator *allocator = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        struct session *session = allocator->malloc(sizeof(*session));
        if (!session || session_make(session, NULL) != 0)
            return 0;
        session->buffer[0] = (char)i;
        bench_keep(session);
        sum += (unsigned char)session->buffer[0];
        session_unmake(session, NULL);
        allocator->free(session);
    }
    return sum;
}

/* ---- the contenders' functions: one loop each, with the two calls inside it ---- */

#define LOOPS(name)                                                                                \
    static uint64_t name##_alloc_free(void *context, uint64_t operations)                          \
    {                                                                                              \
        return alloc_free(context, operations, name##_take, name##_give);                          \
    }                                                                                              \
    static uint64_t name##_batch(void *context, uint64_t operations)                               \
    {                                                                                              \
        return batch(context, operations, name##_take, name##_give);                               \
    }                                                                                              \
    static void *name##_consumer(void *consumer)                                                   \
    {                                                                                              \
        consume(consumer, name##_give);                                                            \
        return NULL;                                                                               \
    }                                                                                              \
    static uint64_t name##_cross_thread(void *context, uint64_t operations)                        \
    {                                                                                              \
        return cross_thread(context, operations, name##_take, name##_consumer);                    \
    }
LOOPS(ours)
LOOPS(allocator)
LOOPS(slices)

#define CONTENDERS(work)                                                                           \
    {                                                                                              \
        {.name = "syslab", .run = ours_##work, .setup = ours_setup, .teardown = ours_teardown},    \
            BENCH_ALLOCATOR_CONTENDERS(allocator_##work),                                          \
            {.name = "glib slices",                                                                \
             .run = slices_##work,                                                                 \
             .setup = slices_setup,                                                                \
             .package = "libglib2.0-0"},                                                           \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static const struct bench_contender one_at_a_time[] = CONTENDERS(alloc_free);
static const struct bench_contender in_batches[] = CONTENDERS(batch);
static const struct bench_contender across_threads[] = CONTENDERS(cross_thread);
static const struct bench_contender sessions[] = {
    {.name = "syslab", .run = sessions_ours, .setup = sessions_setup, .teardown = ours_teardown},
    BENCH_ALLOCATOR_CONTENDERS(sessions_made_each_time),
    {0},
};

static const struct bench_row rows[] = {
    {.name = "pool/alloc-free-64B",
     .work = "64 B, alloc and free, one thread",
     .operations = 1 << 20,
     .floor = 0.8,
     .contenders = one_at_a_time},
    {.name = "pool/batch-64B",
     .work = "64 B, 1000 allocated and then freed, one thread",
     .operations = 1 << 20,
     .contenders = in_batches},
    {.name = "pool/cross-thread-64B",
     .work = "64 B, allocated in one thread and freed in another",
     .operations = 1 << 20,
     .floor = 0.8,
     .two_threads = true,
     .contenders = across_threads},
    {.name = "pool/constructed-64B",
     .work = "mutex and buffer kept made, or made for each use",
     .operations = 1 << 18,
     .contenders = sessions},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
