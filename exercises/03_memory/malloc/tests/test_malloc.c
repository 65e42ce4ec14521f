/* test_malloc.c - the graded tests of 03_memory/malloc: the contract, then real traces, then how
 * small a region they fit in. hidden/ has those that the instructor keeps. */
#include "malloc.h"
#include "region.h"
#include "subject.h"
#include "traces.h"

#include <stdlib.h>
#include <string.h>

static const struct heap_api yours = {heap_init, heap_malloc, heap_free, heap_realloc};
static struct heap *heap_make(const struct region *region)
{
    struct heap *heap = heap_init(region->start, region->size_bytes);
    expect_not_null(heap, "heap_init makes a heap of a region of %zu bytes", region->size_bytes);
    return heap;
}

static void *get(struct heap *heap, size_t size)
{
    void *block = heap_malloc(heap, size);
    expect_not_null(block, "heap_malloc(heap, %zu) finds room in a heap that has it", size);
    return block;
}

static void init_takes_a_region(void)
{
    static const size_t sizes[] = {HEAP_REGION_MIN_BYTES, 5000, 4099, 65536, 1000001};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct region region = region_make(sizes[i]);
        struct heap *heap = heap_make(&region);
        size_t most = sizes[i] - HEAP_OVERHEAD_MAX_BYTES;
        uint8_t *block = heap_malloc(heap, most);
        expect_not_null(block, "a fresh heap of %zu bytes gives out one block of %zu", sizes[i],
                        most);
        expect_true(block >= region.start && block + most <= region.start + sizes[i],
                    "the block lies inside the region");
        memset(block, 1, most);
        region_free(&region);
    }
    struct region small = region_make(HEAP_REGION_MIN_BYTES);
    expect_null(heap_init(small.start, HEAP_REGION_MIN_BYTES - 1),
                "heap_init refuses a region below HEAP_REGION_MIN_BYTES");
    region_free(&small);
    subject_done();
}

static void blocks_are_aligned(void)
{
    struct region region = region_make(1 << 18);
    struct heap *heap = heap_make(&region);
    for (size_t size = 1; size < 400; size++)
        expect_aligned(get(heap, size), HEAP_ALIGN, "heap_malloc(heap, %zu) is aligned to 16",
                       size);
    region_free(&region);
    subject_done();
}

static void blocks_are_disjoint(void)
{
    enum { COUNT = 300 };
    struct region region = region_make(1 << 18);
    struct heap *heap = heap_make(&region);
    uint8_t *block[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = get(heap, i + 1);
        expect_true(block[i] >= region.start && block[i] + i + 1 <= region.start + (1 << 18),
                    "every block lies inside the region");
        memset(block[i], (int)(i & 255), i + 1);
    }
    for (size_t i = 0; i < COUNT; i += 2)
        heap_free(heap, block[i]);
    for (size_t i = 0; i < COUNT; i += 2) {
        block[i] = get(heap, i + 1);
        memset(block[i], (int)(i & 255), i + 1);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at <= i; at++)
            expect_int(block[i][at], i & 255, "byte %zu of block %zu (%zu bytes) keeps its value",
                       at, i, i + 1);
    region_free(&region);
    subject_done();
}

static void impossible_requests_get_null(void)
{
    static const size_t sizes[] = {SIZE_MAX,        SIZE_MAX - 1, SIZE_MAX - 7,  SIZE_MAX - 15,
                                   SIZE_MAX - 31,   SIZE_MAX / 2, SIZE_MAX - 64, 65536,
                                   (size_t)1 << 32, 65537,        1 << 20};
    struct region region = region_make(65536);
    struct heap *heap = heap_make(&region);
    uint8_t *kept = get(heap, 100);
    memset(kept, 7, 100);
    expect_null(heap_malloc(heap, 0), "heap_malloc(heap, 0) returns NULL");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        expect_null(heap_malloc(heap, sizes[i]),
                    "heap_malloc(heap, %zu) is more than the region of 65536 holds", sizes[i]);
        expect_null(heap_realloc(heap, kept, sizes[i]),
                    "heap_realloc(heap, block, %zu) is more than the region holds", sizes[i]);
    }
    for (size_t i = 0; i < 100; i++)
        expect_int(kept[i], 7, "after a refused heap_realloc the block keeps byte %zu", i);
    heap_free(heap, kept);
    get(heap, 65536 - HEAP_OVERHEAD_MAX_BYTES);
    region_free(&region);
    subject_done();
}

/* Take all that there is, piece by piece, down to the smallest. */
static void fill_up(struct heap *heap)
{
    for (size_t size = 1 << 20; size > 0; size /= 2)
        while (heap_malloc(heap, size))
            continue;
}

/* One free piece in a full heap serves whatever fits into it. */
static void one_piece_serves(size_t size)
{
    struct region region = region_make(size + 16384);
    struct heap *heap = heap_make(&region);
    void *block = get(heap, size);
    fill_up(heap);
    heap_free(heap, block);
    const size_t smaller[] = {size, size - size / 64, size - size / 8, size / 2, size / 3, 1};
    for (size_t i = 0; i < sizeof(smaller) / sizeof(*smaller); i++) {
        void *again = heap_malloc(heap, smaller[i]);
        expect_not_null(again, "where %zu bytes were freed there is room for %zu", size,
                        smaller[i]);
        heap_free(heap, again);
    }
    for (size_t less = 16; less < 200 && less < size; less += 16) {
        void *again = heap_malloc(heap, size - less);
        expect_not_null(again, "where %zu bytes were freed there is room for %zu", size,
                        size - less);
        heap_free(heap, again);
    }
    region_free(&region);
}

/* The one piece that is large enough is found among many that are not. */
static void the_right_piece_is_found(size_t large, size_t wanted, bool largest_freed_first)
{
    enum { COUNT = 40, SMALL = 2100 };
    struct region region = region_make(1 << 17);
    struct heap *heap = heap_make(&region);
    void *block[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = get(heap, i == 0 ? large : SMALL);
        get(heap, 1); /* so that no two merge */
    }
    fill_up(heap);
    for (size_t i = 0; i < COUNT; i++)
        heap_free(heap, block[largest_freed_first ? i : COUNT - 1 - i]);
    expect_not_null(heap_malloc(heap, wanted),
                    "a free piece of %zu bytes serves %zu, whatever else is free", large, wanted);
    region_free(&region);
}

static void freed_memory_is_used_again(void)
{
    for (size_t size = 24; size < 300000; size += size < 1400 ? 16 : size / 5)
        one_piece_serves(size);
    static const size_t large[] = {2400, 2600, 3200};
    for (size_t i = 0; i < 3; i++) {
        the_right_piece_is_found(large[i], large[i], true);
        the_right_piece_is_found(large[i], large[i] - 120, false);
    }
    struct region region = region_make(65536);
    struct heap *heap = heap_make(&region);
    heap_free(heap, NULL);
    for (int i = 0; i < 20000; i++) {
        size_t size = (size_t)(i * 37 % 3000) + 1;
        void *first = get(heap, size), *second = get(heap, 3001 - size);
        heap_free(heap, first);
        heap_free(heap, second);
    }
    region_free(&region);
    subject_done();
}

/* The orders in which a full heap is emptied: each merges with other neighbours. */
enum order { ASCENDING, DESCENDING, EVEN_THEN_ODD, SHUFFLED, ORDERS };
static const char *const order_words[] = {"first to last", "last to first",
                                          "every other one, then the rest", "in mixed order"};

static void arrange(enum order order, void **block, size_t count)
{
    void **copy = malloc(count * sizeof(*copy));
    if (!copy)
        abort();
    memcpy(copy, block, count * sizeof(*copy));
    size_t evens = (count + 1) / 2;
    for (size_t i = 0; i < count; i++) {
        if (order == DESCENDING)
            block[i] = copy[count - 1 - i];
        else if (order == EVEN_THEN_ODD)
            block[i] = i < evens ? copy[2 * i] : copy[2 * (i - evens) + 1];
    }
    uint32_t random = (uint32_t)subject_seed();
    for (size_t i = count; order == SHUFFLED && i > 1; i--) {
        random = random * 1664525 + 1013904223;
        size_t j = (random >> 8) % i;
        void *swap = block[i - 1];
        block[i - 1] = block[j];
        block[j] = swap;
    }
    free(copy);
}

static void neighbours_merge(void)
{
    enum { REGION = 65536, MOST = REGION / 16 };
    struct region region = region_make(REGION);
    struct heap *heap = heap_make(&region);
    static void *block[MOST];
    for (enum order order = ASCENDING; order < ORDERS; order++) {
        size_t count = 0;
        while (count < MOST && (block[count] = heap_malloc(heap, 16 + count * 48 % 400)))
            count++;
        arrange(order, block, count);
        for (size_t i = 0; i < count; i++)
            heap_free(heap, block[i]);
        void *all = heap_malloc(heap, REGION - HEAP_OVERHEAD_MAX_BYTES);
        expect_not_null(
            all, "%zu blocks filled the heap and were freed %s: now one block of %d fits again",
            count, order_words[order], REGION - HEAP_OVERHEAD_MAX_BYTES);
        heap_free(heap, all);
    }
    region_free(&region);
    subject_done();
}

static void fill(uint8_t *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        block[i] = (uint8_t)(i * 7 + 1);
}

static void expect_filled(const uint8_t *block, size_t size, const char *what)
{
    for (size_t i = 0; i < size; i++)
        expect_int(block[i], (uint8_t)(i * 7 + 1), "%s keeps byte %zu of %zu", what, i, size);
}

/* Whatever heap_realloc did with a block, freed it leaves nothing behind. */
static void realloc_loses_nothing(void)
{
    enum { REGION = 65536 };
    struct region region = region_make(REGION);
    struct heap *heap = heap_make(&region);
    void *block = get(heap, 1000), *wall = get(heap, 1000);
    block = heap_realloc(heap, block, 5000); /* it has to move */
    expect_not_null(block, "heap_realloc grows a block from 1000 to 5000 bytes");
    expect_null(heap_realloc(heap, get(heap, 3000), 0), "heap_realloc(heap, block, 0) is NULL");
    heap_free(heap, block);
    heap_free(heap, wall);
    expect_not_null(heap_malloc(heap, REGION - HEAP_OVERHEAD_MAX_BYTES),
                    "after a block moved in heap_realloc, one was freed by size 0, and all others "
                    "by heap_free, one block of %d fits again",
                    REGION - HEAP_OVERHEAD_MAX_BYTES);
    region_free(&region);
}

static void realloc_keeps_contents(void)
{
    realloc_loses_nothing();
    struct region region = region_make(1 << 18);
    struct heap *heap = heap_make(&region);
    uint8_t *block = heap_realloc(heap, NULL, 10);
    expect_not_null(block, "heap_realloc(heap, NULL, 10) is heap_malloc(heap, 10)");
    fill(block, 10);
    size_t size = 10;
    for (size_t next = 24; next < 20000; size = next, next = next * 3 / 2) {
        void *wall = get(heap, 40); /* so that growing in place is sometimes impossible */
        block = heap_realloc(heap, block, next);
        expect_not_null(block, "heap_realloc grows a block from %zu to %zu bytes", size, next);
        expect_aligned(block, HEAP_ALIGN, "a block that heap_realloc returns is aligned to 16");
        expect_filled(block, size, "a block that grows");
        fill(block, next);
        if (next % 2)
            heap_free(heap, wall);
    }
    for (size_t next = size * 2 / 3; next > 1; size = next, next = next * 2 / 3) {
        block = heap_realloc(heap, block, next);
        expect_not_null(block, "heap_realloc shrinks a block from %zu to %zu bytes", size, next);
        expect_filled(block, next, "a block that shrinks");
    }
    expect_null(heap_realloc(heap, block, 0),
                "heap_realloc(heap, block, 0) frees and returns NULL");
    region_free(&region);
    subject_done();
}

static void shrinking_gives_memory_back(void)
{
    enum { REGION = 65536, ALL = REGION - HEAP_OVERHEAD_MAX_BYTES };
    struct region region = region_make(REGION);
    struct heap *heap = heap_make(&region);
    void *block = get(heap, ALL);
    block = heap_realloc(heap, block, 1000);
    expect_not_null(block, "heap_realloc shrinks a block of %d bytes to 1000", ALL);
    void *other = heap_malloc(heap, ALL / 2);
    expect_not_null(other, "what heap_realloc cut off a block of %d can be allocated", ALL);
    heap_free(heap, block);
    heap_free(heap, other);
    get(heap, ALL);
    region_free(&region);
    region = region_make(REGION);
    heap = heap_make(&region);
    block = get(heap, 20000);
    other = get(heap, 20000);
    get(heap, 16);
    heap_free(heap, other);
    block = heap_realloc(heap, block, 1000);
    expect_not_null(heap_malloc(heap, 30000),
                    "19000 bytes cut off and the 20000 free ones behind them are one piece");
    region_free(&region);
    subject_done();
}

static void exhaustion_is_survived(void)
{
    enum { REGION = 16384, MOST = REGION / 16 };
    struct region region = region_make(REGION);
    struct heap *heap = heap_make(&region);
    static uint8_t *block[MOST];
    size_t count = 0;
    while (count < MOST && (block[count] = heap_malloc(heap, 100)))
        memset(block[count++], 3, 100);
    expect_true(count >= 3 && count < MOST, "a region of %d is full after some blocks of 100",
                REGION);
    expect_null(heap_realloc(heap, block[0], REGION / 2),
                "a full heap refuses to grow a block to %d bytes", REGION / 2);
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < 100; at++)
            expect_int(block[i][at], 3, "in a full heap block %zu keeps byte %zu", i, at);
    heap_free(heap, block[count / 2]);
    expect_not_null(heap_malloc(heap, 100), "a full heap serves 100 bytes after 100 were freed");
    region_free(&region);
    subject_done();
}

static void heaps_are_independent(void)
{
    struct region one = region_make(32768), two = region_make(65536);
    struct heap *first = heap_make(&one), *second = heap_make(&two);
    uint8_t *a = get(first, 1000), *b = get(second, 1000);
    expect_true(a >= one.start && a < one.start + one.size_bytes,
                "a block of the first heap lies in the first region");
    expect_true(b >= two.start && b < two.start + two.size_bytes,
                "a block of the second heap lies in the second region");
    memset(a, 1, 1000);
    memset(b, 2, 1000);
    heap_free(second, b);
    get(second, 65536 - HEAP_OVERHEAD_MAX_BYTES);
    for (size_t i = 0; i < 1000; i++)
        expect_int(a[i], 1, "freeing in one heap leaves byte %zu in the other", i);
    heap_free(first, a);
    get(first, 32768 - HEAP_OVERHEAD_MAX_BYTES);
    region_free(&one);
    region_free(&two);
    subject_done();
}

static void traces_replay(void)
{
    for (struct trace *trace = traces; trace < traces + TRACE_COUNT; trace++) {
        trace_load(trace);
        struct region region = region_make(trace_generous_bytes(trace));
        struct trace_result result =
            trace_replay(trace, &yours, region.start, region.size_bytes, TRACE_CHECKED);
        subject_expect(result.done, SUBJECT_HERE, "every step succeeds",
                       subject_format("step %zu of %zu: %s", result.failed_step, trace->step_count,
                                      result.problem ? result.problem : ""),
                       "the trace %s runs in a region four times its live peak of %zu bytes",
                       trace->name, trace->live_peak_bytes);
        region_free(&region);
        trace_unload(trace);
    }
    subject_done();
}

/* The live peak over the smallest region (to 1%) that the trace fits in. */
static double utilisation_of(const struct trace *trace)
{
    size_t peak = trace->live_peak_bytes, low = peak, high = trace_generous_bytes(trace);
    struct region region = region_make(high);
    while (high - low > peak / 100) {
        size_t middle = (low + (high - low) / 2) & ~(size_t)15;
        if (trace_replay(trace, &yours, region.start, middle, TRACE_UNTOUCHED).done)
            high = middle;
        else
            low = middle;
    }
    bool done = trace_replay(trace, &yours, region.start, high, TRACE_CHECKED).done;
    expect_true(done, "the trace %s runs in a region of %zu bytes", trace->name, high);
    free(region.whole);
    return (double)peak / (double)high;
}

static void utilisation(void)
{
    enum { NO_POINTS = 60, ALL_POINTS = 87 }; /* per cent */
    double sum = 0;
    for (struct trace *trace = traces; trace < traces + TRACE_COUNT; trace++) {
        trace_load(trace);
        sum += utilisation_of(trace);
        trace_unload(trace);
    }
    double percent = 100 * sum / TRACE_COUNT;
    subject_score((percent - NO_POINTS) / (ALL_POINTS - NO_POINTS),
                  "peak utilisation %.0f%% (no points at %d%%, all at %d%%)", percent, NO_POINTS,
                  ALL_POINTS);
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"init_takes_a_region", init_takes_a_region},
    {"blocks_are_aligned", blocks_are_aligned},
    {"blocks_are_disjoint", blocks_are_disjoint},
    {"impossible_requests_get_null", impossible_requests_get_null},
    {"freed_memory_is_used_again", freed_memory_is_used_again},
    {"neighbours_merge", neighbours_merge},
    {"realloc_keeps_contents", realloc_keeps_contents},
    {"shrinking_gives_memory_back", shrinking_gives_memory_back},
    {"exhaustion_is_survived", exhaustion_is_survived},
    {"heaps_are_independent", heaps_are_independent},
    {"traces_replay", traces_replay},
    {"utilisation", utilisation},
    {NULL, NULL},
};
