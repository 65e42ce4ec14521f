/* bench_arena.c - many small objects that die together: ours beside bumpalo, malloc, jemalloc,
 * mimalloc and GLib.
 *
 *   alloc-16B, alloc-64B   a thousand objects, reset, again: all in cache, the fast path alone
 *   mixed                  the same with sizes from 8 to 256 B, known only at run time
 *   strings                copies of words; GLib's string chunk is the peer that C users take
 *   fresh-16B, fresh-64B   objects in memory that the process never touched: page faults
 *
 * "Reset" is freeing each object where there is no other way. Fresh rows: ours maps its chunks from
 * the kernel and gives them back, so every sample is fresh. The others keep what is freed for the
 * next sample; each of their samples therefore runs in a process of its own, which is started
 * before the clock and waits for a byte in a pipe.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "03_memory/arena.h"
#include "03_memory/pages.h"
#include "bench/allocators.h"
#include "bench/bench.h"

enum { BATCH = 1024 };

#define INLINE __attribute__((always_inline)) static inline

/* ---- contenders: how each makes an object and drops a batch -------------------------------------*/

typedef void *(*make_fn)(void *context, size_t size_bytes);
typedef void (*drop_fn)(void *context, void **objects, uint64_t count, size_t size_bytes);

INLINE void *ours_make(void *context, size_t size_bytes)
{
    return arena_alloc(context, size_bytes, 8);
}

static void *arena_with(struct allocator *allocator, size_t first_chunk_bytes)
{
    struct arena *arena = malloc(sizeof(*arena));
    if (arena)
        arena_init(arena, allocator, first_chunk_bytes);
    return arena;
}

static void *ours_setup(void)
{
    return arena_with(allocator_system(), 512 << 10);
}

static void ours_teardown(void *context)
{
    arena_fini(context);
    free(context);
}

INLINE void *allocator_make(void *context, size_t size_bytes)
{
    return ((const struct bench_allocator *)context)->malloc(size_bytes);
}

INLINE void allocator_drop(void *context, void **objects, uint64_t count, size_t size_bytes)
{
    (void)size_bytes;
    for (uint64_t i = 0; i < count; i++)
        ((const struct bench_allocator *)context)->free(objects[i]);
}

/* ISO C has no conversion from an object pointer to a function pointer; POSIX has both of one size. */
static bool find(void *library, const char *name, void *function)
{
    void *symbol = library ? bench_symbol(library, name) : NULL;
    memcpy(function, &symbol, sizeof(symbol));
    return symbol != NULL;
}

struct slices {
    void *(*alloc)(size_t size_bytes);
    void (*free)(size_t size_bytes, void *block);
};

static void *slices_setup(void)
{
    static struct slices slices;
    void *glib = bench_library("libglib-2.0.so.0");
    return find(glib, "g_slice_alloc", &slices.alloc) && find(glib, "g_slice_free1", &slices.free)
               ? &slices
               : NULL;
}

INLINE void *slices_make(void *context, size_t size_bytes)
{
    return ((const struct slices *)context)->alloc(size_bytes);
}

INLINE void slices_drop(void *context, void **objects, uint64_t count, size_t size_bytes)
{
    for (uint64_t i = 0; i < count; i++)
        ((const struct slices *)context)->free(size_bytes, objects[i]);
}

/* ---- in cache: a batch, dropped, again ----------------------------------------------------------*/

/* Write i to an object and read it back. */
INLINE uint64_t touch(void *object, uint64_t i)
{
    uint64_t *value = object;
    *value = i;
    bench_keep(value);
    return *value;
}

INLINE uint64_t batches(void *context, uint64_t operations, size_t size_bytes, make_fn make,
                        drop_fn drop)
{
    void *objects[BATCH];
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations;) {
        uint64_t count = operations - i < BATCH ? operations - i : BATCH;
        for (uint64_t at = 0; at < count; at++, i++) {
            objects[at] = make(context, size_bytes);
            sum += touch(objects[at], i);
        }
        drop(context, objects, count, size_bytes);
    }
    return sum;
}

/* Ours needs no list of what to drop. */
INLINE uint64_t arena_batches(struct arena *arena, uint64_t operations, size_t size_bytes)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations;) {
        uint64_t end = operations - i < BATCH ? operations : i + BATCH;
        for (; i < end; i++)
            sum += touch(ours_make(arena, size_bytes), i);
        arena_reset(arena);
    }
    return sum;
}

#define DEFINE_BATCHES(size)                                                                       \
    static uint64_t ours_##size(void *context, uint64_t operations)                                \
    {                                                                                              \
        return arena_batches(context, operations, size);                                           \
    }                                                                                              \
    static uint64_t allocator_##size(void *context, uint64_t operations)                           \
    {                                                                                              \
        return batches(context, operations, size, allocator_make, allocator_drop);                 \
    }                                                                                              \
    static uint64_t slices_##size(void *context, uint64_t operations)                              \
    {                                                                                              \
        return batches(context, operations, size, slices_make, slices_drop);                       \
    }
DEFINE_BATCHES(16)
DEFINE_BATCHES(64)

#define OURS(function)                                                                             \
    {                                                                                              \
        .name = "syslab", .run = (function), .setup = ours_setup, .teardown = ours_teardown        \
    }
#define SLICES(function)                                                                           \
    {                                                                                              \
        .name = "GLib slices", .run = (function), .setup = slices_setup, .package = "libglib2.0-0" \
    }
static const struct bench_contender alloc_16[] = {
    OURS(ours_16),
    {.name = "bumpalo", .symbol = "peer_bumpalo_alloc_reset_16"},
    BENCH_ALLOCATOR_CONTENDERS(allocator_16),
    SLICES(slices_16),
    {0},
};
static const struct bench_contender alloc_64[] = {
    OURS(ours_64),
    {.name = "bumpalo", .symbol = "peer_bumpalo_alloc_reset_64"},
    BENCH_ALLOCATOR_CONTENDERS(allocator_64),
    SLICES(slices_64),
    {0},
};

/* ---- mixed sizes --------------------------------------------------------------------------------*/

/* 8 to 256 B, spread by a multiplicative hash; the compiler may not know it. */
INLINE size_t mixed_size(uint64_t i)
{
    size_t size_bytes = 8 + ((i * 2654435761u) >> 7 & 248);
    __asm__ volatile("" : "+r"(size_bytes));
    return size_bytes;
}

static uint64_t ours_mixed(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations;) {
        uint64_t end = operations - i < BATCH ? operations : i + BATCH;
        for (; i < end; i++)
            sum += touch(ours_make(context, mixed_size(i)), i);
        arena_reset(context);
    }
    return sum;
}

static uint64_t allocator_mixed(void *context, uint64_t operations)
{
    void *objects[BATCH];
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations;) {
        uint64_t count = operations - i < BATCH ? operations - i : BATCH;
        for (uint64_t at = 0; at < count; at++, i++) {
            objects[at] = allocator_make(context, mixed_size(i));
            sum += touch(objects[at], i);
        }
        allocator_drop(context, objects, count, 0);
    }
    return sum;
}

static const struct bench_contender mixed[] = {
    OURS(ours_mixed),
    {.name = "bumpalo", .symbol = "peer_bumpalo_mixed"},
    BENCH_ALLOCATOR_CONTENDERS(allocator_mixed),
    {0},
};

/* ---- strings ------------------------------------------------------------------------------------*/

static const char *const word_texts[] = {
    "a",
    "arena",
    "chunk",
    "the quick brown fox",
    "Content-Type",
    "text/html",
    "/index.html",
    "application/json; charset=utf-8",
};

/* What the Rust peer reads too. */
static const struct {
    const char *const *text;
    uint64_t count;
} words = {word_texts, sizeof(word_texts) / sizeof(*word_texts)};

static const char *word(uint64_t i)
{
    return words.text[i % words.count];
}

INLINE uint64_t first_letter(const char *copy)
{
    bench_keep(copy);
    return (unsigned char)copy[0];
}

static uint64_t ours_strings(void *context, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations;) {
        uint64_t end = operations - i < BATCH ? operations : i + BATCH;
        for (; i < end; i++)
            sum += first_letter(arena_strdup(context, word(i)));
        arena_reset(context);
    }
    return sum;
}

static uint64_t allocator_strings(void *context, uint64_t operations)
{
    void *objects[BATCH];
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations;) {
        uint64_t count = operations - i < BATCH ? operations - i : BATCH;
        for (uint64_t at = 0; at < count; at++, i++) {
            size_t bytes = strlen(word(i)) + 1;
            objects[at] = memcpy(allocator_make(context, bytes), word(i), bytes);
            sum += first_letter(objects[at]);
        }
        allocator_drop(context, objects, count, 0);
    }
    return sum;
}

struct string_chunk {
    void *(*create)(size_t size_bytes);
    char *(*insert)(void *chunk, const char *text);
    void (*clear)(void *chunk);
    void (*destroy)(void *chunk);
    void *chunk;
};

static void *string_chunk_setup(void)
{
    static struct string_chunk strings;
    void *glib = bench_library("libglib-2.0.so.0");
    if (!find(glib, "g_string_chunk_new", &strings.create) ||
        !find(glib, "g_string_chunk_insert", &strings.insert) ||
        !find(glib, "g_string_chunk_clear", &strings.clear) ||
        !find(glib, "g_string_chunk_free", &strings.destroy))
        return NULL;
    strings.chunk = strings.create(64 << 10);
    return &strings;
}

static void string_chunk_teardown(void *context)
{
    struct string_chunk *strings = context;
    strings->destroy(strings->chunk);
}

static uint64_t string_chunk_strings(void *context, uint64_t operations)
{
    const struct string_chunk *strings = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations;) {
        uint64_t end = operations - i < BATCH ? operations : i + BATCH;
        for (; i < end; i++)
            sum += first_letter(strings->insert(strings->chunk, word(i)));
        strings->clear(strings->chunk);
    }
    return sum;
}

static void *words_setup(void)
{
    return bench_peers() ? (void *)(uintptr_t)&words : NULL;
}

static const struct bench_contender strings[] = {
    OURS(ours_strings),
    {.name = "bumpalo", .symbol = "peer_bumpalo_strings", .setup = words_setup},
    {.name = "GLib string chunk",
     .run = string_chunk_strings,
     .setup = string_chunk_setup,
     .teardown = string_chunk_teardown,
     .package = "libglib2.0-0"},
    BENCH_ALLOCATOR_CONTENDERS(allocator_strings),
    {0},
};

/* ---- fresh memory -------------------------------------------------------------------------------*/

static void *pages_setup(void)
{
    return arena_with(pages_allocator(), PAGES_HUGE_BYTES);
}

INLINE uint64_t keep_all(void *context, uint64_t operations, size_t size_bytes, make_fn make)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++)
        sum += touch(make(context, size_bytes), i);
    return sum;
}

#define DEFINE_FRESH(size)                                                                         \
    static uint64_t ours_fresh_##size(void *context, uint64_t operations)                          \
    {                                                                                              \
        return keep_all(context, operations, size, ours_make);                                     \
    }                                                                                              \
    static uint64_t allocator_fresh_##size(void *context, uint64_t operations)                     \
    {                                                                                              \
        return keep_all(context, operations, size, allocator_make);                                \
    }                                                                                              \
    static uint64_t slices_fresh_##size(void *context, uint64_t operations)                        \
    {                                                                                              \
        return keep_all(context, operations, size, slices_make);                                   \
    }
DEFINE_FRESH(16)
DEFINE_FRESH(64)

/* A process that waits for the number of operations, does them, and answers with the sum. */
struct worker {
    pid_t process;
    int ask[2], answer[2];
};

static void work(const struct worker *worker, bench_run_fn run, void *context)
{
    uint64_t operations, sum;
    if (read(worker->ask[0], &operations, sizeof(operations)) != sizeof(operations))
        _exit(1);
    sum = run(context, operations);
    _exit(write(worker->answer[1], &sum, sizeof(sum)) != sizeof(sum));
}

static void worker_stop(void *context)
{
    struct worker *worker = context;
    close(worker->ask[1]);
    close(worker->answer[0]);
    waitpid(worker->process, NULL, 0);
    free(worker);
}

static void *worker_start(bench_run_fn run, void *context)
{
    struct worker *worker = context ? malloc(sizeof(*worker)) : NULL;
    if (!worker || pipe(worker->ask) != 0 || pipe(worker->answer) != 0) {
        free(worker);
        return NULL;
    }
    worker->process = fork();
    if (worker->process == 0) {
        close(worker->ask[1]);
        work(worker, run, context);
    }
    close(worker->ask[0]);
    close(worker->answer[1]);
    return worker;
}

static uint64_t in_worker(void *context, uint64_t operations)
{
    const struct worker *worker = context;
    uint64_t sum = 0;
    if (write(worker->ask[1], &operations, sizeof(operations)) != sizeof(operations) ||
        read(worker->answer[0], &sum, sizeof(sum)) != sizeof(sum))
        return 0; /* the wrong answer */
    return sum;
}

static void *bumpalo_worker(const char *symbol)
{
    static int no_context;
    bench_run_fn run;
    return find(bench_peers(), symbol, &run) ? worker_start(run, &no_context) : NULL;
}

#define DEFINE_WORKERS(size)                                                                       \
    static void *malloc_worker_##size(void)                                                        \
    {                                                                                              \
        return worker_start(allocator_fresh_##size, bench_allocator_malloc());                     \
    }                                                                                              \
    static void *jemalloc_worker_##size(void)                                                      \
    {                                                                                              \
        return worker_start(allocator_fresh_##size, bench_allocator_jemalloc());                   \
    }                                                                                              \
    static void *mimalloc_worker_##size(void)                                                      \
    {                                                                                              \
        return worker_start(allocator_fresh_##size, bench_allocator_mimalloc());                   \
    }                                                                                              \
    static void *slices_worker_##size(void)                                                        \
    {                                                                                              \
        return worker_start(slices_fresh_##size, slices_setup());                                  \
    }                                                                                              \
    static void *bumpalo_worker_##size(void)                                                       \
    {                                                                                              \
        return bumpalo_worker("peer_bumpalo_fresh_" #size);                                        \
    }
DEFINE_WORKERS(16)
DEFINE_WORKERS(64)

#define WORKER(peer, start)                                                                        \
    {                                                                                              \
        .name = (peer), .run = in_worker, .setup = (start), .teardown = worker_stop                \
    }
#define FRESH(size)                                                                                \
    {                                                                                              \
        {.name = "syslab",                                                                         \
         .run = ours_fresh_##size,                                                                 \
         .setup = pages_setup,                                                                     \
         .teardown = ours_teardown},                                                               \
            WORKER("bumpalo", bumpalo_worker_##size), WORKER("malloc", malloc_worker_##size),      \
            WORKER("jemalloc", jemalloc_worker_##size),                                            \
            WORKER("mimalloc", mimalloc_worker_##size),                                            \
            WORKER("GLib slices", slices_worker_##size), {0},                                      \
    }
static const struct bench_contender fresh_16[] = FRESH(16);
static const struct bench_contender fresh_64[] = FRESH(64);

static const struct bench_row rows[] = {
    {.name = "arena/alloc-16B",
     .work = "16 B objects, reset, in cache",
     .operations = 1 << 20,
     .floor = 1.0,
     .contenders = alloc_16},
    {.name = "arena/alloc-64B",
     .work = "64 B objects, reset, in cache",
     .operations = 1 << 20,
     .floor = 1.0,
     .contenders = alloc_64},
    {.name = "arena/mixed",
     .work = "objects of 8 to 256 B, reset, in cache",
     .operations = 1 << 20,
     .contenders = mixed},
    {.name = "arena/strings",
     .work = "copies of words, reset, in cache",
     .operations = 1 << 20,
     .contenders = strings},
    {.name = "arena/fresh-16B",
     .work = "10 million 16 B objects, memory never touched before",
     .operations = 10000000,
     .floor = 0.6,
     .fresh_memory = true,
     .contenders = fresh_16},
    {.name = "arena/fresh-64B",
     .work = "10 million 64 B objects, memory never touched before",
     .operations = 10000000,
     .floor = 0.6,
     .fresh_memory = true,
     .contenders = fresh_64},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
