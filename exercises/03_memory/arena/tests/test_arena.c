/* test_arena.c - the graded tests of 03_memory/arena: what arena.h and the handout promise.
 *
 * Every arena takes its memory from a stack of allocators that sees all that it asks for:
 *
 *     the arena -> failing -> strict -> tracking -> the system
 *
 * Tracking remembers each piece, with red zones around it. Strict gives what was asked for and not a
 * bit more: an address aligned to `align` and not to twice that, bytes that end right before a red
 * zone, nothing beyond a gibibyte.
 */
#include "arena.h"
#include "subject.h"
#include "subject_door.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, STRICT_MAX_BYTES = 1 << 30 };

static struct allocator_tracking tracking;
static struct allocator_failing failing;

/* A piece of `align` bytes in front makes the address an odd multiple of align. */
static void *strict_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self;
    if (size_bytes > STRICT_MAX_BYTES || align > STRICT_MAX_BYTES)
        return NULL;
    char *whole = allocator_alloc(&tracking.base, size_bytes + align, 2 * align);
    return whole ? whole + align : NULL;
}

static void strict_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)self;
    allocator_free(&tracking.base, (char *)block - align, size_bytes + align, 2 * align);
}

static void *strict_resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                           size_t align)
{
    void *moved = strict_alloc(self, new_bytes, align);
    if (moved && block) {
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        strict_free(self, block, old_bytes, align);
    }
    return moved;
}

static struct allocator strict = {strict_alloc, strict_resize, strict_free};

static void allow(size_t requests)
{
    allocator_failing_init(&failing, &strict, requests);
}

static size_t live_bytes(void)
{
    return allocator_tracking_live_bytes(&tracking);
}

static struct arena *make(size_t chunk_bytes)
{
    allocator_tracking_init(&tracking, allocator_system());
    allow(SIZE_MAX);
    struct arena *arena = arena_create(subject_door(&failing.base), chunk_bytes);
    subject_expect(arena != NULL, SUBJECT_HERE, "an arena", "NULL",
                   "arena_create(allocator, %zu) returns an arena", chunk_bytes);
    return arena;
}

/* Nothing was written outside of the memory that the allocator gave, and all that was given back
 * was given back as it was taken. */
static void expect_clean(void)
{
    struct allocator_fault fault;
    allocator_tracking_check(&tracking);
    if (!allocator_tracking_fault(&tracking, 0, &fault))
        return;
    subject_expect(false, SUBJECT_HERE, "no fault", allocator_fault_name(fault.kind),
                   "you write only inside the memory that the allocator gave you, and give it "
                   "back once, with the size and alignment that you asked with");
}

struct range {
    const char *from, *to;
    bool inside;
};

static void look_inside(const struct allocator_block *piece, void *context)
{
    struct range *range = context;
    const char *start = piece->block;
    if (range->from >= start && range->to <= start + piece->size_bytes)
        range->inside = true;
}

/* Before a test writes to it: else a block that sticks out would break the test itself. */
static void expect_inside(const void *block, size_t size)
{
    struct range range = {block, (const char *)block + size, false};
    allocator_tracking_each(&tracking, look_inside, &range);
    subject_expect(range.inside, SUBJECT_HERE, "all of its bytes in memory from the allocator",
                   "some or all of them are outside",
                   "a block of %zu bytes lies within what you got from the allocator", size);
}

static void *get(struct arena *arena, size_t size, size_t align)
{
    void *block = arena_alloc(arena, size, align);
    expect_not_null(block, "arena_alloc(arena, %zu, %zu) returns a block", size, align);
    expect_aligned(block, align, "arena_alloc(arena, %zu, %zu) is aligned to %zu", size, align,
                   align);
    expect_inside(block, size);
    return block;
}

static void alloc_gives_memory(void)
{
    struct arena *arena = make(CHUNK);
    expect_true(live_bytes() > 0, "the arena itself is in memory from the allocator");
    char *block = get(arena, 16, 8);
    memset(block, 'x', 16);
    char *second = get(arena, 16, 8);
    memset(second, 'y', 16);
    expect_int(block[15], 'x', "a second block leaves the first one's last byte alone");
    struct arena *other = arena_create(subject_door(&failing.base), CHUNK);
    expect_true(other && other != arena, "a second arena is another one");
    memset(get(other, 16, 8), 'z', 16);
    arena_destroy(other);
    expect_int(second[15], 'y', "what happens in one arena leaves another one alone");
    memset(get(arena, 16, 8), 'x', 16);
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

/* Blocks of many sizes, each filled with its number, all checked at the end. */
static void blocks_are_disjoint(void)
{
    enum { COUNT = 600 };
    static unsigned char *block[COUNT];
    struct arena *arena = make(CHUNK);
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = get(arena, i % 97 + 1, (size_t)1 << i % 5);
        memset(block[i], (int)(i & 255), i % 97 + 1);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at <= i % 97; at++)
            expect_int(block[i][at], i & 255, "byte %zu of block %zu (%zu bytes) keeps its value",
                       at, i, i % 97 + 1);
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

static void blocks_are_aligned(void)
{
    struct arena *arena = make(CHUNK);
    for (int round = 0; round < 20; round++) {
        for (size_t align = 1; align <= 4096; align *= 2)
            memset(get(arena, 3, align), 1, 3);
    }
    /* Fill chunks to their last byte, at every alignment, so that padding meets the end. */
    for (size_t align = 16; align <= 256; align *= 4)
        for (size_t i = 0; i < 300; i++)
            memset(get(arena, 40 + i % 7, align), 1, 40 + i % 7);
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

static void large_requests_are_served(void)
{
    static const size_t sizes[] = {CHUNK - 1, CHUNK, CHUNK + 1, 10 * CHUNK, 1000000};
    static const size_t aligns[] = {1, 16, 64, 256};
    struct arena *arena = make(CHUNK);
    char *small = get(arena, 100, 1);
    memset(small, 's', 100);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        char *large = get(arena, sizes[i], 64);
        memset(large, 'l', sizes[i]);
    }
    /* Every size near that of a chunk: where the padding just fits, and where it just does not. */
    for (size_t i = 0; i < sizeof(aligns) / sizeof(*aligns); i++)
        for (size_t size = CHUNK - 330; size <= CHUNK + 10; size++)
            memset(get(arena, size, aligns[i]), 'm', size);
    expect_int(small[99], 's', "large blocks leave a small one alone");
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

/* As the first thing that it is asked for, and again and again. */
static void a_new_arena_refuses(void)
{
    struct arena *arena = make(CHUNK);
    for (size_t less = 0; less < 64; less++) {
        expect_null(arena_alloc(arena, SIZE_MAX - less, 16),
                    "arena_alloc(arena, SIZE_MAX - %zu, 16) in a new arena is NULL", less);
    }
    expect_at_most(live_bytes(), 2 * CHUNK,
                   "64 requests that cannot be served hold no more than a chunk");
    memset(get(arena, 100, 8), 'n', 100);
    arena_destroy(arena);
    expect_clean();
    allocator_tracking_fini(&tracking);
}

static void impossible_requests_get_null(void)
{
    static const size_t aligns[] = {1, 16, 4096};
    a_new_arena_refuses();
    struct arena *arena = make(CHUNK);
    char *kept = get(arena, 10, 1);
    memset(kept, 'k', 10);
    for (size_t j = 0; j < sizeof(aligns) / sizeof(*aligns); j++) {
        for (size_t less = 0; less < 5000; less += less < 100 ? 1 : 50)
            expect_null(arena_alloc(arena, SIZE_MAX - less, aligns[j]),
                        "arena_alloc(arena, SIZE_MAX - %zu, %zu): no machine has that much", less,
                        aligns[j]);
        for (size_t size = SIZE_MAX / 2 + 1; size > STRICT_MAX_BYTES; size /= 2)
            expect_null(arena_alloc(arena, size, aligns[j]),
                        "arena_alloc(arena, %zu, %zu): no allocator here has that much", size,
                        aligns[j]);
    }
    for (size_t align = 1; align <= 64; align *= 2) {
        void *empty = arena_alloc(arena, 0, align);
        expect_not_null(empty, "arena_alloc(arena, 0, %zu) gives a pointer that is not NULL",
                        align);
        expect_aligned(empty, align, "a block of 0 bytes is aligned to %zu", align);
    }
    memset(get(arena, 100, 8), 'n', 100);
    expect_int(kept[9], 'k', "refused requests leave older blocks alone");
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

static void small_blocks_share_chunks(void)
{
    struct arena *arena = make(CHUNK);
    size_t before = allocator_failing_requests(&failing);
    for (int i = 0; i < 1000; i++)
        memset(get(arena, 16, 8), 1, 16);
    size_t calls = allocator_failing_requests(&failing) - before;
    expect_at_most(
        calls, 8, "1000 blocks of 16 bytes from chunks of %d ask the allocator a few times", CHUNK);
    expect_at_most(live_bytes(), 32768,
                   "1000 blocks of 16 bytes take not much more than 16000 bytes");
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

static char *copy_string(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);
    expect_not_null(copy, "arena_strdup of %zu bytes returns a copy", strlen(text));
    expect_inside(copy, strlen(text) + 1);
    return copy;
}

static void strings_are_copied(void)
{
    struct arena *arena = make(64);
    char text[] = "the quick brown fox";
    char *copy = copy_string(arena, text);
    char *empty = copy_string(arena, "");
    char *next = copy_string(arena, "jumps");
    memset(text, 'x', sizeof(text) - 1);
    expect_string(copy, "the quick brown fox", "the copy does not change with the original");
    expect_string(empty, "", "the copy of the empty string is empty");
    expect_string(next, "jumps", "strings do not run into each other");
    char long_text[500];
    memset(long_text, 'z', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    expect_string(copy_string(arena, long_text), long_text,
                  "a string longer than a chunk is copied whole");
    for (size_t length = 0; length < 200; length++) {
        const char *tail = long_text + sizeof(long_text) - 1 - length;
        char *copied = copy_string(arena, tail);
        memset(get(arena, 1, 1), 'n', 1);
        expect_string(copied, tail, "the block after a string leaves its terminator alone");
    }
    allow(0);
    expect_null(arena_strdup(arena, long_text), "arena_strdup is NULL when there is no memory");
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

/* Some chunks' worth of blocks, and a large one. */
static void allocate_a_lot(struct arena *arena)
{
    for (int i = 0; i < 500; i++)
        memset(get(arena, 50, 8), 'r', 50);
    memset(get(arena, 3 * CHUNK, 16), 'r', 3 * CHUNK);
}

/* Blocks before the outer mark, between the two, and after the inner one. */
static void nest_marks(struct arena *arena)
{
    char *oldest = memset(get(arena, 700, 8), 'o', 700);
    struct arena_mark outer = arena_mark(arena);
    for (int turn = 0; turn < 3; turn++) {
        char *older = memset(get(arena, 300, 1), 'p', 300);
        struct arena_mark inner = arena_mark(arena);
        allocate_a_lot(arena);
        arena_rewind(arena, inner);
        allocate_a_lot(arena);
        for (int i = 0; i < 300; i++)
            expect_int(older[i], 'p', "a rewind to the inner mark keeps what is older: byte %d", i);
        arena_rewind(arena, outer);
    }
    allocate_a_lot(arena);
    for (int i = 0; i < 700; i++)
        expect_int(oldest[i], 'o', "a rewind to the outer mark keeps what is older: byte %d", i);
}

static void rewind_drops_what_came_later(void)
{
    struct arena *arena = make(CHUNK);
    struct arena_mark empty = arena_mark(arena);
    char *kept = get(arena, 1000, 8);
    memset(kept, 'k', 1000);
    struct arena_mark mark = arena_mark(arena);
    size_t held = 0;
    for (int turn = 0; turn < 20; turn++) {
        allocate_a_lot(arena);
        struct arena_mark inner = arena_mark(arena);
        allocate_a_lot(arena);
        arena_rewind(arena, inner);
        arena_rewind(arena, mark);
        for (int i = 0; i < 1000; i++)
            expect_int(kept[i], 'k', "turn %d: a block older than the mark keeps byte %d", turn, i);
        if (turn == 1)
            held = live_bytes();
        else if (turn > 1)
            expect_at_most(live_bytes(), held,
                           "turn %d of mark, allocate, rewind takes no more memory than turn 1",
                           turn);
    }
    memset(get(arena, 100, 8), 'n', 100);
    expect_int(kept[999], 'k', "after a rewind new blocks leave older ones alone");
    arena_rewind(arena, empty);
    nest_marks(arena);
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

/* A rewind in the middle of a chunk gives that memory out again. */
static void rewind_reuses_the_chunk(void)
{
    struct arena *arena = make(CHUNK);
    memset(get(arena, 100, 8), 'a', 100);
    struct arena_mark mark = arena_mark(arena);
    void *first = get(arena, 200, 8);
    arena_rewind(arena, mark);
    void *second = get(arena, 200, 8);
    expect_pointer(second, first, "after a rewind the same request gets the same memory");
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

static void reset_drops_everything(void)
{
    struct arena *arena = make(CHUNK);
    size_t held = 0;
    for (int turn = 0; turn < 20; turn++) {
        allocate_a_lot(arena);
        arena_reset(arena);
        if (turn == 1)
            held = live_bytes();
        else if (turn > 1)
            expect_at_most(live_bytes(), held,
                           "turn %d of allocate, reset takes no more memory than turn 1", turn);
    }
    arena_reset(arena);
    arena_reset(arena);
    memset(get(arena, 100, 8), 'n', 100);
    memset(get(arena, 20 * CHUNK, 8), 'n', 20 * CHUNK); /* in no memory of earlier turns */
    expect_clean();
    arena_destroy(arena);
    subject_done();
}

static void small_blocks_after_a_refusal(void)
{
    struct arena *arena = make(CHUNK);
    memset(get(arena, 16, 8), 'a', 16);
    allow(0);
    expect_null(arena_alloc(arena, 100000, 8),
                "a block that needs memory is NULL when the allocator refuses");
    char *block = arena_alloc(arena, 16, 8);
    expect_not_null(block, "after a refusal the arena is as before: a small block is still cut off "
                           "the chunk that it has");
    expect_inside(block, 16);
    arena_destroy(arena);
    allocator_tracking_fini(&tracking);
}

/* Refuse the first request, then the second, ... until a whole run goes through. */
static void failure_is_survived(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    for (size_t allowed = 0;; allowed++) {
        expect_true(allowed < 100, "30 blocks need fewer than 100 requests to the allocator");
        allow(allowed);
        struct arena *arena = arena_create(subject_door(&failing.base), 128);
        char *kept = NULL;
        for (int i = 0; arena && i < 30; i++) {
            char *block = arena_alloc(arena, 100, 8);
            if (block)
                memset(block, 'f', 100);
            kept = kept ? kept : block;
        }
        if (!arena)
            expect_no_leak(live_bytes(), "arena_create that returns NULL leaves nothing behind");
        expect_true(arena || allocator_failing_refused(&failing) > 0,
                    "arena_create returns NULL only when the allocator refuses");
        if (kept)
            expect_int(kept[99], 'f', "a refused request leaves older blocks alone");
        bool refused = allocator_failing_refused(&failing) > 0;
        allow(SIZE_MAX);
        if (arena)
            memset(get(arena, 100, 8), 'f', 100); /* it works again when there is memory again */
        arena_destroy(arena);
        expect_clean();
        expect_no_leak(live_bytes(), "a refusal makes the arena forget nothing that it holds");
        if (!refused)
            break;
    }
    allocator_tracking_fini(&tracking);
    small_blocks_after_a_refusal();
    subject_done();
}

static void destroy_gives_everything_back(void)
{
    struct arena *arena = make(CHUNK);
    arena_destroy(arena);
    expect_no_leak(live_bytes(), "arena_destroy of an empty arena gives all of it back");
    expect_clean();
    allocator_tracking_fini(&tracking);
    arena = make(CHUNK);
    allocate_a_lot(arena);
    struct arena_mark mark = arena_mark(arena);
    allocate_a_lot(arena);
    arena_rewind(arena, mark);
    allocate_a_lot(arena);
    arena_reset(arena);
    allocate_a_lot(arena);
    arena_destroy(arena);
    expect_no_leak(live_bytes(), "after arena_destroy nothing is kept of the allocator's");
    arena_destroy(NULL);
    expect_clean();
    allocator_tracking_fini(&tracking);
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"alloc_gives_memory", alloc_gives_memory},
    {"blocks_are_disjoint", blocks_are_disjoint},
    {"blocks_are_aligned", blocks_are_aligned},
    {"large_requests_are_served", large_requests_are_served},
    {"impossible_requests_get_null", impossible_requests_get_null},
    {"small_blocks_share_chunks", small_blocks_share_chunks},
    {"strings_are_copied", strings_are_copied},
    {"rewind_drops_what_came_later", rewind_drops_what_came_later},
    {"rewind_reuses_the_chunk", rewind_reuses_the_chunk},
    {"reset_drops_everything", reset_drops_everything},
    {"failure_is_survived", failure_is_survived},
    {"destroy_gives_everything_back", destroy_gives_everything_back},
    {NULL, NULL},
};
