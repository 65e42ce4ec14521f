/* bench_slab.c - 03_memory/slab beside the slab crate, whose keys carry no generation, and beside
 * one heap object each from malloc, jemalloc and mimalloc, where a pointer is the key.
 *
 * The loops, the order of keys and the 16-byte element are those of bench/peers/src/slab.rs.
 */
#include <stdlib.h>

#include "03_memory/slab.h"
#include "bench/allocators.h"
#include "bench/bench.h"

enum { POPULATION = 4096, PICKS = 16384 };

struct body {
    uint64_t a, b;
};

#define BODIES SLAB_LAYOUT(struct body)

struct full {
    struct slab slab;
    struct slab_key keys[POPULATION];
    uint32_t order[POPULATION];
    uint16_t picks[PICKS];
};

/* xorshift64*: Vigna 2016. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static void shuffle(uint32_t order[POPULATION])
{
    uint64_t state = 88172645463325252;
    for (uint32_t i = 0; i < POPULATION; i++)
        order[i] = i;
    for (uint32_t i = POPULATION - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(next_random(&state) % (i + 1)), swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}

/* Random places, drawn beforehand: the generator would take longer than the slab. */
static void pick(uint16_t picks[PICKS])
{
    uint64_t state = 88172645463325252;
    for (uint32_t i = 0; i < PICKS; i++)
        picks[i] = (uint16_t)((next_random(&state) >> 32) % POPULATION);
}

static inline struct slab_key insert(struct slab *slab, uint64_t a)
{
    struct slab_key key;
    struct body *body = slab_insert_in(slab, BODIES, &key);
    if (!body)
        abort();
    *body = (struct body){a, ~a};
    return key;
}

static inline uint64_t removed(struct slab *slab, struct slab_key key)
{
    struct body body;
    if (slab_remove_in(slab, BODIES, key, &body) != 0)
        abort();
    return body.a;
}

static void *setup_full(void)
{
    struct full *full = malloc(sizeof(*full));
    if (!full)
        return NULL;
    slab_init(&full->slab, BODIES, allocator_system());
    for (uint32_t i = 0; i < POPULATION; i++)
        full->keys[i] = insert(&full->slab, i);
    shuffle(full->order);
    pick(full->picks);
    return full;
}

static void *setup_holes(void)
{
    struct full *full = setup_full();
    for (uint32_t i = 0; full && i < POPULATION / 4; i++)
        removed(&full->slab, full->keys[full->order[i]]);
    return full;
}

static void teardown(void *context)
{
    struct full *full = context;
    slab_fini(&full->slab);
    free(full);
}

static uint64_t batch_of(uint64_t left)
{
    return left < POPULATION ? left : POPULATION;
}

static inline uint64_t fill(uint64_t operations, size_t capacity)
{
    uint64_t sum = 0;
    for (uint64_t batch, done = 0; done < operations; done += batch) {
        batch = batch_of(operations - done);
        struct slab slab;
        slab_init(&slab, BODIES, allocator_system());
        if (slab_reserve(&slab, capacity) != 0)
            abort();
        for (uint64_t i = 0; i < batch; i++) {
            struct slab_key key = insert(&slab, i);
            __asm__ volatile("" : "+r"(key.bits)); /* kept in a register, as in slab.rs */
            sum += slab_key_index(key);
        }
        slab_fini(&slab);
    }
    return sum;
}

static uint64_t ours_insert(void *context, uint64_t operations)
{
    (void)context;
    return fill(operations, POPULATION);
}

static uint64_t ours_insert_grow(void *context, uint64_t operations)
{
    (void)context;
    return fill(operations, 0);
}

static uint64_t ours_get(void *context, uint64_t operations)
{
    const struct full *full = context;
    struct slab_key shuffled[POPULATION];
    for (uint32_t i = 0; i < POPULATION; i++)
        shuffled[i] = full->keys[full->order[i]];
    uint64_t sum = 0;
    for (uint64_t batch, done = 0; done < operations; done += batch) {
        batch = batch_of(operations - done);
        for (uint64_t i = 0; i < batch; i++) {
            const struct body *body = slab_get_in(&full->slab, BODIES, shuffled[i]);
            if (body)
                sum += body->a ^ (body->b << 1 | body->b >> 63);
        }
    }
    return sum;
}

static uint64_t ours_remove(void *context, uint64_t operations)
{
    struct full *full = context;
    uint64_t sum = 0;
    for (uint64_t batch, done = 0; done < operations; done += batch) {
        batch = batch_of(operations - done);
        for (uint64_t i = 0; i < batch; i++)
            sum += removed(&full->slab, full->keys[full->order[i]]);
        for (uint64_t i = 0; i < batch; i++)
            full->keys[full->order[i]] = insert(&full->slab, done + full->order[i]);
    }
    return sum;
}

static uint64_t ours_churn(void *context, uint64_t operations)
{
    struct full *full = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        uint32_t at = full->picks[i % PICKS] % POPULATION;
        sum += removed(&full->slab, full->keys[at]);
        full->keys[at] = insert(&full->slab, i);
    }
    return sum;
}

static uint64_t ours_iterate(void *context, uint64_t operations)
{
    const struct full *full = context;
    uint64_t sum = 0;
    for (uint64_t done = 0; done < operations; done += slab_count(&full->slab)) {
        bench_keep(full);
        struct slab_key key;
        uint32_t cursor = 0;
        for (const struct body *body; (body = slab_next_in(&full->slab, BODIES, &cursor, &key));)
            sum += body->a ^ slab_key_index(key);
    }
    return sum;
}

/* The design that slab.h declines: chunks of 512 slots that never move. */
struct chunked {
    char *chunks[POPULATION / 512];
    uint32_t limit;
};

static inline void *chunked_get(const struct chunked *slab, struct slab_key key)
{
    uint32_t index = slab_key_index(key);
    if (index >= slab->limit)
        return NULL;
    char *chunk = slab->chunks[index / 512];
    struct slab_word *word =
        (struct slab_word *)(void *)(chunk + (size_t)(index % 512) * BODIES.stride_bytes);
    return word->bits == key.bits ? (char *)word + BODIES.offset_bytes : NULL;
}

static uint64_t chunks_get(void *context, uint64_t operations)
{
    const struct full *full = context;
    struct chunked chunked = {.limit = POPULATION};
    for (size_t i = 0; i < POPULATION / 512; i++)
        chunked.chunks[i] = full->slab.slots + i * 512 * BODIES.stride_bytes;
    struct slab_key shuffled[POPULATION];
    for (uint32_t i = 0; i < POPULATION; i++)
        shuffled[i] = full->keys[full->order[i]];
    uint64_t sum = 0;
    for (uint64_t batch, done = 0; done < operations; done += batch) {
        batch = batch_of(operations - done);
        bench_keep(&chunked);
        for (uint64_t i = 0; i < batch; i++) {
            const struct body *body = chunked_get(&chunked, shuffled[i]);
            if (body)
                sum += body->a ^ (body->b << 1 | body->b >> 63);
        }
    }
    return sum;
}

/* The same churn with one heap object each: the pointer is the key, and nothing finds a stale one. */
static uint64_t heap_churn(void *context, uint64_t operations)
{
    const struct bench_allocator *heap = context;
    struct body *bodies[POPULATION];
    static uint16_t picks[PICKS];
    uint64_t sum = 0;
    pick(picks);
    for (uint64_t i = 0; i < POPULATION; i++) {
        bodies[i] = heap->malloc(sizeof(*bodies[i]));
        *bodies[i] = (struct body){i, ~i};
    }
    for (uint64_t i = 0; i < operations; i++) {
        uint32_t at = picks[i % PICKS] % POPULATION;
        sum += bodies[at]->a;
        heap->free(bodies[at]);
        bodies[at] = heap->malloc(sizeof(*bodies[at]));
        *bodies[at] = (struct body){i, ~i};
    }
    for (uint64_t i = 0; i < POPULATION; i++)
        heap->free(bodies[i]);
    return sum;
}

static void *peer_setup(const char *symbol)
{
    void *(*setup)(void);
    void *found = bench_peers() ? bench_symbol(bench_peers(), symbol) : NULL;
    memcpy(&setup, &found, sizeof(setup));
    return setup ? setup() : NULL;
}

static void *peer_setup_full(void)
{
    return peer_setup("peer_slab_setup_full");
}

static void *peer_setup_holes(void)
{
    return peer_setup("peer_slab_setup_holes");
}

static void peer_teardown(void *context)
{
    void (*with)(void *);
    void *found = bench_symbol(bench_peers(), "peer_slab_teardown");
    memcpy(&with, &found, sizeof(with));
    with(context);
}

#define OURS(function, before)                                                                     \
    {                                                                                              \
        .name = "syslab", .run = function, .setup = before, .teardown = teardown                   \
    }
#define CRATE(peer, before)                                                                        \
    {                                                                                              \
        .name = "slab", .symbol = peer, .setup = before, .teardown = peer_teardown                 \
    }

static const struct bench_contender insert_contenders[] = {
    {.name = "syslab", .run = ours_insert},
    {.name = "slab", .symbol = "peer_slab_insert"},
    {.name = NULL},
};
static const struct bench_contender grow_contenders[] = {
    {.name = "syslab", .run = ours_insert_grow},
    {.name = "slab", .symbol = "peer_slab_insert_grow"},
    {.name = NULL},
};
static const struct bench_contender get_contenders[] = {
    OURS(ours_get, setup_full),
    CRATE("peer_slab_get", peer_setup_full),
    {.name = NULL},
};
static const struct bench_contender chunk_contenders[] = {
    OURS(ours_get, setup_full),
    {.name = "chunks", .run = chunks_get, .setup = setup_full, .teardown = teardown},
    {.name = NULL},
};
static const struct bench_contender remove_contenders[] = {
    OURS(ours_remove, setup_full),
    CRATE("peer_slab_remove", peer_setup_full),
    {.name = NULL},
};
static const struct bench_contender churn_contenders[] = {
    OURS(ours_churn, setup_full),
    CRATE("peer_slab_churn", peer_setup_full),
    BENCH_ALLOCATOR_CONTENDERS(heap_churn),
    {.name = NULL},
};
static const struct bench_contender iterate_contenders[] = {
    OURS(ours_iterate, setup_holes),
    CRATE("peer_slab_iterate", peer_setup_holes),
    {.name = NULL},
};

static const struct bench_row rows[] = {
    {"slab/insert", "16 B into an empty slab with room", 1 << 20, 1.0,
     .contenders = insert_contenders},
    {"slab/insert-grow", "16 B into a slab that grows from nothing to 4096", 1 << 20, 0,
     .contenders = grow_contenders},
    {"slab/get", "4096 elements in random order", 1 << 20, 1.0, .contenders = get_contenders},
    {"slab/get-in-chunks", "the same, beside slots in chunks that never move", 1 << 20, 0,
     .contenders = chunk_contenders},
    {"slab/remove", "remove 4096 in random order and insert as many", 1 << 20, 1.0,
     .contenders = remove_contenders},
    {"slab/churn", "remove a random one of 4096, insert another", 1 << 20, 1.0,
     .contenders = churn_contenders},
    {"slab/iterate", "a quarter of 4096 slots is vacant; one element", 1 << 20, 0,
     .contenders = iterate_contenders},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
