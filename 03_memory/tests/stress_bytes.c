/* stress_bytes.c - threads that clone, slice, pass on and drop the same blocks.
 *
 *   stress_bytes [SEED]
 *
 * Each thread owns a slot of a shared board. In turn it takes a slice out of some slot (under that
 * slot's lock), reads every byte of it, clones and slices it, puts one in another slot, and drops the
 * rest. Whoever drops last frees, in whichever thread that is; the bytes are written over before
 * they are freed, so that a reader who should not be there any more is seen. A value that all
 * threads share is cloned by bytes_ref all along. At the end nothing may be left allocated.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "03_memory/bytes_buf.h"

enum { THREADS = 4, SLOTS = 8, ROUNDS = 400000, BLOCK_BYTES = 64, SECONDS_MAX = 2 };

static struct slot {
    pthread_mutex_t lock;
    struct bytes bytes; /* guarded by lock */
} slots[SLOTS];

static struct allocator_counting counting;
static struct bytes shared; /* never written to while the threads run */
static atomic_size_t freed_blocks;
static atomic_uint faults;

struct worker {
    uint64_t state;
    size_t made_blocks;
};

/* xorshift64* (Vigna 2016) */
static size_t pick(struct worker *worker, size_t limit)
{
    worker->state ^= worker->state >> 12;
    worker->state ^= worker->state << 25;
    worker->state ^= worker->state >> 27;
    return (size_t)((worker->state * UINT64_C(2685821657736338717)) >> 33) % limit;
}

static void scrub(void *data, size_t size_bytes, void *context)
{
    (void)context;
    memset(data, 0xdd, size_bytes);
    free(data);
    /* Relaxed: only read after the threads are joined. */
    atomic_fetch_add_explicit(&freed_blocks, 1, memory_order_relaxed);
}

/* All bytes of a block are the same, and never 0xdd. */
static void check(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size_bytes; i++)
        if (bytes.data[i] != bytes.data[0] || bytes.data[i] == 0xdd)
            atomic_fetch_add_explicit(&faults, 1, memory_order_relaxed); /* as freed_blocks */
}

static struct bytes make(struct worker *worker)
{
    struct bytes bytes = bytes_empty();
    int value = (int)pick(worker, 200);
    if (pick(worker, 2)) {
        void *data = malloc(BLOCK_BYTES);
        if (data && bytes_adopt(&counting.base, memset(data, value, BLOCK_BYTES), BLOCK_BYTES,
                                scrub, NULL, &bytes) == 0)
            worker->made_blocks++;
        return bytes;
    }
    struct bytes_buf buf, head;
    bytes_buf_init(&buf, &counting.base);
    for (size_t i = 0; i < BLOCK_BYTES; i++)
        (void)bytes_buf_put_u8(&buf, (uint8_t)value);
    if (bytes_buf_split_to(&buf, pick(worker, BLOCK_BYTES), &head) == 0)
        bytes = bytes_buf_freeze(&head);
    bytes_buf_fini(&buf);
    return bytes;
}

/* Put ours into a slot and take what was there: blocks travel between threads. */
static struct bytes exchange(struct slot *slot, struct bytes bytes)
{
    pthread_mutex_lock(&slot->lock);
    struct bytes old = slot->bytes;
    slot->bytes = bytes;
    pthread_mutex_unlock(&slot->lock);
    return old;
}

static struct bytes clone_from(struct slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    struct bytes clone = bytes_clone(&slot->bytes);
    pthread_mutex_unlock(&slot->lock);
    return clone;
}

static void one_round(struct worker *worker)
{
    struct bytes mine = pick(worker, 4) ? clone_from(&slots[pick(worker, SLOTS)]) : make(worker);
    struct bytes all = bytes_ref(&shared), part = bytes_empty();
    check(mine);
    check(all);
    size_t from = pick(worker, BLOCK_BYTES);
    if (from <= mine.size_bytes)
        (void)bytes_slice(&mine, from, mine.size_bytes - from, &part);
    check(part);
    struct bytes old = exchange(&slots[pick(worker, SLOTS)], bytes_clone(&mine));
    check(old);
    bytes_unref(&mine);
    bytes_unref(&part);
    bytes_unref(&all);
    bytes_unref(&old);
}

static void *run(void *argument)
{
    struct worker *worker = argument;
    time_t end = time(NULL) + SECONDS_MAX;
    for (int i = 0; i < ROUNDS && (i % 256 || time(NULL) < end); i++)
        one_round(worker);
    return NULL;
}

static int report(size_t made_blocks)
{
    struct allocator_counts counts = allocator_counting_read(&counting);
    size_t freed = atomic_load(&freed_blocks);
    printf("adopted %zu, freed %zu; %zu allocations, %zu left; %u faults\n", made_blocks, freed,
           counts.alloc_calls, counts.live_blocks, atomic_load(&faults));
    return counts.live_blocks != 0 || freed != made_blocks || atomic_load(&faults) != 0;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    allocator_counting_init(&counting, allocator_system());
    if (bytes_copy(&counting.base, "\1\1\1\1", 4, &shared) != 0)
        return 1;
    for (size_t i = 0; i < SLOTS; i++)
        pthread_mutex_init(&slots[i].lock, NULL);
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    int started = 0;
    size_t made_blocks = 0;
    for (; started < THREADS; started++) {
        workers[started] = (struct worker){(seed * THREADS + (uint64_t)started) | 1, 0};
        if (pthread_create(&threads[started], NULL, run, &workers[started]) != 0)
            break;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        made_blocks += workers[i].made_blocks;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        bytes_unref(&slots[i].bytes);
        pthread_mutex_destroy(&slots[i].lock);
    }
    bytes_unref(&shared);
    return report(made_blocks) || started != THREADS;
}
