#include "03_memory/arena.h"

#include <locale.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/check_main.h"

/* Every arena here takes its chunks from a stack that counts, refuses and remembers. */
static struct allocator_tracking tracking;
static struct allocator_counting counting;
static struct allocator_failing failing;
static struct arena arena;

static void allow(size_t requests)
{
    allocator_failing_init(&failing, &counting.base, requests);
}

static void setup(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    allocator_counting_init(&counting, &tracking.base);
    allow(SIZE_MAX);
    arena_init(&arena, &failing.base, 0);
}

static void teardown(void)
{
    ck_assert(arena_check(&arena));
    arena_fini(&arena);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

static size_t requests(void)
{
    return allocator_failing_requests(&failing);
}

/* A size that the compiler does not know: it would warn of the impossible ones. */
static size_t hidden(size_t size)
{
    __asm__ volatile("" : "+r"(size));
    return size;
}

static void *take(size_t size_bytes, size_t align)
{
    void *block = arena_alloc(&arena, size_bytes, align);
    ck_assert_ptr_nonnull(block);
    ck_assert_uint_eq((uintptr_t)block & (align - 1), 0);
    ck_assert(arena_owns(&arena, block));
    return memset(block, 0xab, size_bytes);
}

/* ---- alloc ------------------------------------------------------------------------------------*/

START_TEST(blocks_are_aligned_and_apart)
{
    char *last = NULL;
    for (size_t align = 1; align <= 65536; align *= 2)
        for (size_t size = 0; size < 40; size++) {
            char *block = take(size, align);
            ck_assert_ptr_ne(block, last);
            ck_assert(arena_check(&arena));
            last = block;
        }
}
END_TEST

START_TEST(zero_bytes_have_an_address)
{
    char *a = take(0, 1), *b = take(0, 1), *c = take(0, 8);
    ck_assert_ptr_ne(a, b);
    ck_assert_ptr_ne(b, c);
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
    for (int round = 0; round < 2; round++) {
        for (size_t align = 1; align; align *= 2)
            for (size_t less = 0; less < 70; less++)
                ck_assert_ptr_null(arena_alloc(&arena, hidden(SIZE_MAX - less), align));
        ck_assert_ptr_null(arena_alloc(&arena, hidden((size_t)PTRDIFF_MAX + 1), 1));
        ck_assert_ptr_null(arena_alloc(&arena, 1, hidden((size_t)1 << 63)));
        ck_assert_ptr_null(arena_alloc_array(&arena, hidden(SIZE_MAX / 2), 3, 1));
        ck_assert_ptr_null(arena_alloc_array(&arena, hidden((size_t)1 << 32), (size_t)1 << 32, 8));
        ck_assert(arena_check(&arena));
        take(100, 8);
    }
}
END_TEST

START_TEST(zeroed_is_zero)
{
    char zeros[200] = {0};
    take(200, 1);
    arena_reset(&arena);
    ck_assert_mem_eq(arena_alloc_zeroed(&arena, 200, 1), zeros, 200);
    allow(0);
    ck_assert_ptr_null(arena_alloc_zeroed(&arena, 100000, 1));
}
END_TEST

START_TEST(typed_objects)
{
    long double *one = arena_new(&arena, long double);
    long double *many = arena_new_array(&arena, long double, 100);
    ck_assert_uint_eq((uintptr_t)one % _Alignof(long double), 0);
    ck_assert_uint_eq((uintptr_t)many % _Alignof(long double), 0);
    ck_assert_ptr_nonnull(arena_new_array(&arena, int, 0));
    ck_assert_ptr_null(arena_new_array(&arena, int, hidden(SIZE_MAX / 2)));
}
END_TEST

/* ---- chunks -----------------------------------------------------------------------------------*/

START_TEST(small_blocks_share_chunks_that_double)
{
    for (int i = 0; i < 100000; i++)
        take(16, 8);
    ck_assert_uint_le(requests(), 14);
    ck_assert_uint_le(arena_reserved_bytes(&arena), SANITIZER_ADDRESS ? 16 << 20 : 6 << 20);
}
END_TEST

START_TEST(nothing_is_allocated_before_it_is_needed)
{
    ck_assert_uint_eq(requests(), 0);
    ck_assert_uint_eq(arena_reserved_bytes(&arena), 0);
    arena_reset(&arena);
    arena_rewind(&arena, arena_mark(&arena));
    ck_assert_uint_eq(requests(), 0);
    take(1, 1);
    ck_assert_uint_eq(arena_reserved_bytes(&arena), ARENA_FIRST_CHUNK_BYTES);
}
END_TEST

START_TEST(first_chunk_is_as_large_as_told)
{
    static const size_t sizes[][2] = {{1, 128}, {1000, 1008}, {8192, 8192}};
    for (size_t i = 0; i < 3; i++) {
        struct arena other;
        arena_init(&other, &counting.base, sizes[i][0]);
        ck_assert_ptr_nonnull(arena_alloc(&other, 8, 8));
        ck_assert_uint_eq(arena_reserved_bytes(&other), sizes[i][1]);
        arena_fini(&other);
    }
    struct arena huge;
    arena_init(&huge, allocator_system(), SIZE_MAX);
    ck_assert_ptr_nonnull(arena_alloc(&huge, 8, 8));
    ck_assert_uint_eq(arena_reserved_bytes(&huge), ARENA_LARGEST_CHUNK_BYTES);
    arena_fini(&huge);
}
END_TEST

START_TEST(a_large_block_wastes_nothing)
{
    struct arena_mark empty = arena_mark(&arena);
    char *before = take(16, 8);
    take(100000, 8);
    char *behind = take(16, 8);
    ck_assert_uint_lt((size_t)(behind - before), 128); /* the chunk goes on where it was */
    size_t held = allocator_counting_read(&counting).live_bytes;
    ck_assert_uint_eq(arena_reserved_bytes(&arena), held);
    ck_assert_uint_le(held, ARENA_FIRST_CHUNK_BYTES + 100000 + 4096);
    arena_rewind(&arena, empty);
    ck_assert_uint_eq(arena_reserved_bytes(&arena),
                      100000 + sizeof(struct arena_chunk) + (SANITIZER_ADDRESS ? 32 : 0));
}
END_TEST

START_TEST(many_blocks_as_large_as_a_chunk_are_amortised)
{
    for (int i = 0; i < 1000; i++)
        take(1500, 8);
    ck_assert_uint_lt(requests(), 20);
}
END_TEST

START_TEST(growing_stops_at_the_largest_chunk)
{
    struct arena other;
    arena_init(&other, allocator_system(), ARENA_LARGEST_CHUNK_BYTES);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(arena_alloc(&other, ARENA_LARGEST_CHUNK_BYTES / 5, 8));
    size_t before = arena_reserved_bytes(&other);
    for (int i = 0; i < 10; i++)
        ck_assert_ptr_nonnull(arena_alloc(&other, ARENA_LARGEST_CHUNK_BYTES / 5, 8));
    ck_assert_uint_le(arena_reserved_bytes(&other), before + 3ul * ARENA_LARGEST_CHUNK_BYTES);
    arena_fini(&other);
    arena_init(&other, allocator_system(), ARENA_LARGEST_CHUNK_BYTES / 2);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(arena_alloc(&other, ARENA_LARGEST_CHUNK_BYTES / 9 * 2, 8));
    ck_assert_uint_eq(arena_reserved_bytes(&other), ARENA_LARGEST_CHUNK_BYTES / 2 * 3ul);
    arena_fini(&other);
}
END_TEST

/* ---- going back -------------------------------------------------------------------------------*/

START_TEST(rewind_gives_the_same_memory_again)
{
    take(10, 1);
    struct arena_mark mark = arena_mark(&arena);
    char *first = take(100, 8);
    arena_rewind(&arena, mark);
    ck_assert_ptr_eq(take(100, 8), first);
}
END_TEST

START_TEST(marks_nest_across_chunks)
{
    struct arena_mark empty = arena_mark(&arena);
    char *oldest = take(3000, 8);
    struct arena_mark outer = arena_mark(&arena);
    for (int i = 0; i < 10; i++)
        take(3000, 8);
    take(100000, 64);
    struct arena_mark inner = arena_mark(&arena);
    char *older = take(30, 1);
    struct arena_mark innermost = arena_mark(&arena);
    for (int i = 0; i < 100; i++)
        take((size_t)i * 100, 8);
    arena_rewind(&arena, innermost);
    ck_assert_int_eq(older[29], (char)0xab);
    arena_rewind(&arena, inner);
    ck_assert_ptr_eq(take(30, 1), older);
    arena_rewind(&arena, outer);
    ck_assert_int_eq(oldest[2999], (char)0xab);
    ck_assert(!arena_owns(&arena, older) || older < oldest + 4096);
    arena_rewind(&arena, empty);
    ck_assert(!arena_owns(&arena, oldest));
    take(1, 1);
}
END_TEST

START_TEST(a_spare_chunk_is_used_by_what_just_fits)
{
    take(10, 1);
    struct arena_mark mark = arena_mark(&arena);
    take(100000, 8);
    arena_rewind(&arena, mark);
    size_t before = requests();
    take(100000, 8);
    ck_assert_uint_eq(requests(), before);
}
END_TEST

START_TEST(an_arena_owns_its_blocks_and_nothing_else)
{
    char *small = take(8, 8), *large = take(100000, 8);
    ck_assert(arena_owns(&arena, small + 7) && arena_owns(&arena, large + 99999));
    ck_assert(!arena_owns(&arena, arena_mark(&arena).top));
    ck_assert(!arena_owns(&arena, small - 17 - (SANITIZER_ADDRESS ? 16 : 0)));
    ck_assert(!arena_owns(&arena, large + (SANITIZER_ADDRESS ? 100016 : 100000)));
    ck_assert(!arena_owns(&arena, &arena));
}
END_TEST

/* Without the spare chunk each turn of such a loop would allocate and free one. */
START_TEST(a_loop_over_a_chunk_boundary_does_not_allocate)
{
    take(3900, 1);
    size_t before = 0;
    for (int turn = 0; turn < 100; turn++) {
        struct arena_mark mark = arena_mark(&arena);
        take(1000, 8);
        arena_rewind(&arena, mark);
        if (turn == 0)
            before = requests();
    }
    ck_assert_uint_eq(requests(), before);
}
END_TEST

START_TEST(reset_keeps_the_largest_chunk)
{
    for (int i = 0; i < 100; i++)
        take(1000, 8);
    size_t held = arena_reserved_bytes(&arena);
    arena_reset(&arena);
    size_t kept = arena_reserved_bytes(&arena);
    ck_assert_uint_lt(kept, held);
    ck_assert_uint_ge(kept, held / 3);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_blocks, 1);
    size_t before = requests();
    for (int turn = 0; turn < 10; turn++) {
        for (size_t i = 0; i < kept / 2000; i++)
            take(1000, 8);
        arena_reset(&arena);
    }
    ck_assert_uint_eq(requests(), before);
}
END_TEST

START_TEST(reset_keeps_a_large_block_s_chunk)
{
    take(10, 1);
    take(1000000, 8);
    arena_reset(&arena);
    size_t before = requests();
    take(1000000, 8);
    ck_assert_uint_eq(requests(), before);
}
END_TEST

/* ---- a buffer ---------------------------------------------------------------------------------*/

START_TEST(a_buffer_is_used_to_its_last_byte)
{
    static _Alignas(ARENA_ALIGN) char buffer[1024];
    struct arena fixed;
    arena_init_buffer(&fixed, buffer, sizeof(buffer), NULL);
    size_t whole = SANITIZER_ADDRESS ? sizeof(buffer) - 16 : sizeof(buffer);
    for (int turn = 0; turn < 3; turn++) {
        ck_assert_ptr_null(arena_alloc(&fixed, whole + 1, 1));
        char *block = arena_alloc(&fixed, whole, 16);
        ck_assert_ptr_eq(block, buffer);
        memset(block, 1, whole);
        ck_assert(arena_check(&fixed));
        ck_assert_ptr_null(arena_alloc(&fixed, 1, 1));
        ck_assert_ptr_null(arena_alloc(&fixed, 0, 1));
        arena_reset(&fixed);
    }
    ck_assert_uint_eq(arena_reserved_bytes(&fixed), 0);
    arena_fini(&fixed);
    memset(buffer, 2, sizeof(buffer)); /* it is the caller's again */
}
END_TEST

START_TEST(an_odd_buffer_stays_within_its_bounds)
{
    char buffer[200];
    for (size_t from = 0; from < 32; from++)
        for (size_t size = 0; size < 100; size++) {
            struct arena fixed;
            memset(buffer, 7, sizeof(buffer));
            arena_init_buffer(&fixed, buffer + from, size, NULL);
            for (char *block; (block = arena_alloc(&fixed, 3, 1)) != NULL;) {
                ck_assert(block >= buffer + from && block + 3 <= buffer + from + size);
                memset(block, 8, 3);
            }
            ck_assert(arena_check(&fixed));
            arena_fini(&fixed);
            ck_assert_int_eq(buffer[from + size], 7);
        }
#if !SANITIZER_ADDRESS
    static _Alignas(ARENA_ALIGN) char smallest[ARENA_ALIGN];
    struct arena one;
    arena_init_buffer(&one, smallest, sizeof(smallest), NULL);
    ck_assert_ptr_eq(arena_alloc(&one, ARENA_ALIGN, 1), smallest);
    arena_fini(&one);
#endif
    struct arena none;
    arena_init_buffer(&none, NULL, 0, NULL);
    ck_assert_ptr_null(arena_alloc(&none, 1, 1));
    arena_reset(&none);
    arena_fini(&none);
}
END_TEST

START_TEST(a_buffer_goes_on_to_chunks)
{
    _Alignas(ARENA_ALIGN) char buffer[256];
    struct arena both;
    arena_init_buffer(&both, buffer, sizeof(buffer), &counting.base);
    char *first = arena_alloc(&both, 100, 8);
    ck_assert_ptr_eq(first, buffer);
    struct arena_mark mark = arena_mark(&both);
    for (int i = 0; i < 100; i++)
        ck_assert_ptr_nonnull(arena_alloc(&both, 100, 8));
    ck_assert_uint_gt(arena_reserved_bytes(&both), 0);
    arena_rewind(&both, mark);
    char *in_buffer = arena_alloc(&both, 20, 8);
    ck_assert(in_buffer > first && in_buffer < buffer + sizeof(buffer));
    for (int turn = 0; turn < 3; turn++) {
        arena_reset(&both);
        ck_assert_ptr_eq(arena_alloc(&both, 100, 8), buffer);
        ck_assert_ptr_nonnull(arena_alloc(&both, 1000, 8));
        ck_assert(arena_check(&both));
    }
    arena_fini(&both);
}
END_TEST

/* ---- resize -----------------------------------------------------------------------------------*/

START_TEST(the_last_block_grows_in_place)
{
    char *text = take(10, 1);
    for (size_t size = 10; size < 2000; size += 10) {
        ck_assert_ptr_eq(arena_resize(&arena, text, size, size + 10, 1), text);
        memset(text + size, 0xab, 10);
    }
    char *shrunk = arena_resize(&arena, text, 2000, 5, 1);
    ck_assert_ptr_eq(shrunk, text);
    char *next = take(5, 1);
    ck_assert_uint_lt((size_t)(next - text), 64); /* what was cut off is used again */
}
END_TEST

START_TEST(another_block_moves)
{
    char *moving = take(100, 16), *behind = take(10, 1);
    ck_assert_ptr_eq(arena_resize(&arena, moving, 100, 100, 16), moving);
    char *moved = arena_resize(&arena, moving, 100, 200, 16);
    ck_assert_ptr_ne(moved, moving);
    ck_assert_uint_eq((uintptr_t)moved % 16, 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(moved[i], (char)0xab);
    memset(moved, 1, 200);
    ck_assert_int_eq(behind[9], (char)0xab);
    ck_assert_ptr_eq(arena_resize(&arena, behind, 10, 4, 1), behind);
}
END_TEST

START_TEST(a_block_too_large_for_its_chunk_moves_whole)
{
    char *block = take(3000, 8);
    char *moved = arena_resize(&arena, block, 3000, 100000, 8);
    for (int i = 0; i < 3000; i++)
        ck_assert_int_eq(moved[i], (char)0xab);
    memset(moved, 2, 100000);
}
END_TEST

START_TEST(resize_of_nothing)
{
    char *block = arena_resize(&arena, NULL, 0, 50, 8);
    memset(block, 1, 50);
    char *empty = take(0, 1);
    ck_assert_ptr_eq(arena_resize(&arena, empty, 0, 30, 1), empty);
    ck_assert_ptr_eq(arena_resize(&arena, empty, 30, 0, 1), empty);
    ck_assert_ptr_ne(take(1, 1), empty);
}
END_TEST

START_TEST(a_failed_resize_leaves_the_block)
{
    char *block = take(3000, 8);
    allow(0);
    ck_assert_ptr_null(arena_resize(&arena, block, 3000, 100000, 8));
    ck_assert_ptr_null(arena_resize(&arena, block, 3000, hidden(SIZE_MAX), 8));
    for (int i = 0; i < 3000; i++)
        ck_assert_int_eq(block[i], (char)0xab);
    ck_assert_ptr_eq(arena_resize(&arena, block, 3000, 3100, 8), block);
}
END_TEST

/* A parent whose first piece ends where the buffer begins. */
static _Alignas(16) char region[65536];
static size_t region_used;

static void *region_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self, (void)align;
    size_t at = region_used;
    region_used += (size_bytes + 15) / 16 * 16 + 4096;
    return region + at;
}

static void region_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)self, (void)block, (void)size_bytes, (void)align;
}

START_TEST(a_block_that_ends_at_the_buffer_is_not_the_last)
{
    struct allocator neighbour = {region_alloc, NULL, region_free};
    struct arena odd;
    /* The piece: header (32, with its red zone 48), the block, red zone (16). */
    size_t block_bytes = SANITIZER_ADDRESS ? 1984 : 2016, behind = SANITIZER_ADDRESS ? 16 : 0;
    arena_init_buffer(&odd, region + 2048, 64, &neighbour);
    char *aside = arena_alloc(&odd, block_bytes, 8);
    ck_assert_ptr_eq(aside + block_bytes + behind, region + 2048);
    char *grown = arena_resize(&odd, aside, block_bytes, block_bytes + 16, 8);
    ck_assert_ptr_ne(grown, aside);
    arena_fini(&odd);
}
END_TEST

/* ---- strings ----------------------------------------------------------------------------------*/

START_TEST(strings_are_copied)
{
    char text[] = "text";
    char *copy = arena_strdup(&arena, text), *empty = arena_strdup(&arena, "");
    text[0] = 'n';
    ck_assert_str_eq(copy, "text");
    ck_assert_str_eq(empty, "");
    ck_assert_str_eq(arena_strndup(&arena, "abcdef", 3), "abc");
    ck_assert_str_eq(arena_strndup(&arena, "abcdef", 100), "abcdef");
    ck_assert_str_eq(arena_strndup(&arena, "abcdef", SIZE_MAX), "abcdef");
    ck_assert_str_eq(arena_strndup(&arena, "abcdef", 0), "");
    char unterminated[3] = {'x', 'y', 'z'};
    ck_assert_str_eq(arena_strndup(&arena, unterminated, 3), "xyz");
    ck_assert_mem_eq(arena_memdup(&arena, unterminated, 3, 1), "xyz", 3);
    ck_assert_ptr_nonnull(arena_memdup(&arena, NULL, 0, 1));
}
END_TEST

START_TEST(formatted_at_every_distance_from_the_end)
{
    for (int length = 0; length < 300; length++) {
        char *text = arena_printf(&arena, "%0*d|", length, 7);
        ck_assert_uint_eq(strlen(text), (size_t)(length > 1 ? length : 1) + 1);
        char *next = arena_printf(&arena, "%s", "next");
        ck_assert_str_eq(next, "next");
        ck_assert_int_eq(text[strlen(text) - 1], '|');
        ck_assert(arena_check(&arena));
    }
    char *large = arena_printf(&arena, "%100000d", 1);
    ck_assert_uint_eq(strlen(large), 100000);
}
END_TEST

START_TEST(a_format_that_fails_is_null)
{
    take(1, 1);
    struct arena_mark before = arena_mark(&arena);
    static const wchar_t outside[] = {0x110000, 0};
    ck_assert_ptr_null(arena_printf(&arena, "%ls", outside));
    ck_assert_ptr_eq(arena_mark(&arena).top, before.top);
}
END_TEST

START_TEST(strings_without_memory_are_null)
{
    allow(0);
    ck_assert_ptr_null(arena_strdup(&arena, "text"));
    ck_assert_ptr_null(arena_strndup(&arena, "text", 2));
    ck_assert_ptr_null(arena_memdup(&arena, "text", 4, 1));
    ck_assert_ptr_null(arena_printf(&arena, "text"));
    allow(1);
    ck_assert_str_eq(arena_printf(&arena, "text"), "text");
    ck_assert_ptr_null(arena_printf(&arena, "%10000d", 1));
}
END_TEST

/* ---- as an allocator --------------------------------------------------------------------------*/

START_TEST(an_arena_is_an_allocator)
{
    struct arena_allocator adapter;
    struct allocator_counting counted;
    arena_allocator_init(&adapter, &arena);
    allocator_counting_init(&counted, &adapter.base);
    struct allocator *allocator = &counted.base;
    char *first = allocator_alloc(allocator, 100, 64);
    ck_assert_uint_eq((uintptr_t)first % 64, 0);
    char *last = allocator_alloc(allocator, 50, 1);
    ck_assert_ptr_eq(allocator_resize(allocator, last, 50, 500, 1), last);
    allocator_free(allocator, last, 500, 1); /* the last: its memory comes again */
    ck_assert_ptr_eq(allocator_alloc(allocator, 7, 1), last);
    allocator_free(allocator, first, 100, 64); /* not the last: nothing happens */
    ck_assert_ptr_ne(allocator_alloc(allocator, 100, 64), first);
    ck_assert_uint_eq(allocator_counting_read(&counted).live_blocks, 2);
    char *empty = allocator_alloc(allocator, 0, 1);
    allocator_free(allocator, empty, 0, 1);
    ck_assert_ptr_eq(allocator_alloc(allocator, 1, 1), empty);
}
END_TEST

START_TEST(an_arena_on_an_arena)
{
    struct arena_allocator adapter;
    struct arena inner;
    arena_allocator_init(&adapter, &arena);
    arena_init(&inner, &adapter.base, 0);
    for (int i = 0; i < 1000; i++)
        memset(arena_alloc(&inner, 100, 8), 1, 100);
    arena_reset(&inner);
    memset(arena_alloc(&inner, 100, 8), 1, 100);
    arena_fini(&inner);
}
END_TEST

/* ---- refusals ---------------------------------------------------------------------------------*/

/* All kinds of requests. Returns: whether one was refused. */
static bool mixed_work(void)
{
    bool refused = false;
    struct arena_mark mark = arena_mark(&arena);
    char *block = arena_alloc(&arena, 100, 8);
    refused |= !block;
    char *grown = arena_resize(&arena, block, 100, 5000, 8);
    refused |= !grown;
    refused |= !arena_printf(&arena, "%5000d", 5);
    refused |= !arena_strdup(&arena, "a string");
    arena_rewind(&arena, mark);
    for (int i = 0; i < 50; i++)
        refused |= !arena_alloc(&arena, (size_t)i * 1000, 64);
    return refused;
}

START_TEST(every_refusal_is_survived)
{
    bool refused = true;
    for (size_t allowed = 0; refused; allowed++) {
        allow(allowed);
        refused = mixed_work();
        ck_assert(refused == (allocator_failing_refused(&failing) > 0));
        ck_assert(arena_check(&arena));
        allow(SIZE_MAX);
        take(10000, 8);
        arena_fini(&arena);
        ck_assert_uint_eq(allocator_counting_read(&counting).live_blocks, 0);
        arena_init(&arena, &failing.base, 0);
    }
}
END_TEST

START_TEST(a_refusal_leaves_what_the_chunk_has)
{
    char *block = take(16, 8);
    allow(0);
    ck_assert_ptr_null(arena_alloc(&arena, 100000, 8));
    char *next = take(16, 8);
    ck_assert_uint_lt((size_t)(next - block), 64);
}
END_TEST

/* ---- against a model --------------------------------------------------------------------------*/

enum { MODEL_BLOCKS = 4096, MODEL_MARKS = 32, MODEL_STEPS = 20000 };

static struct {
    struct {
        unsigned char *at;
        size_t size_bytes;
        unsigned char fill;
    } blocks[MODEL_BLOCKS];
    size_t count;
    struct {
        struct arena_mark mark;
        size_t count;
    } marks[MODEL_MARKS];
    size_t mark_count;
} model;

static uint64_t random_state;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

static bool all_are(const unsigned char *block, size_t size_bytes, unsigned char fill)
{
    for (size_t at = 0; at < size_bytes; at++)
        if (block[at] != fill)
            return false;
    return true;
}

static void model_verify(size_t from)
{
    for (size_t i = from; i < model.count; i++)
        if (!all_are(model.blocks[i].at, model.blocks[i].size_bytes, model.blocks[i].fill))
            ck_abort_msg("block %zu of %zu bytes was overwritten", i, model.blocks[i].size_bytes);
}

static void model_alloc(void)
{
    size_t size = random_below(20) ? random_below(100) : random_below(20000);
    size_t align = (size_t)1 << random_below(random_below(20) ? 5 : 13);
    if (model.count == MODEL_BLOCKS)
        return;
    unsigned char fill = (unsigned char)random_below(256);
    unsigned char *at = arena_alloc(&arena, size, align);
    ck_assert_uint_eq((uintptr_t)at % align, 0);
    model.blocks[model.count].at = memset(at, fill, size);
    model.blocks[model.count].size_bytes = size;
    model.blocks[model.count].fill = fill;
    model.count++;
}

static void model_resize(void)
{
    if (!model.count)
        return;
    size_t back = random_below(4);
    size_t i = back < model.count ? model.count - 1 - back : 0;
    if (model.mark_count && i < model.marks[model.mark_count - 1].count)
        return; /* a rewind would bring its old place back */
    size_t had = model.blocks[i].size_bytes, wants = random_below(600);
    model.blocks[i].at = arena_resize(&arena, model.blocks[i].at, had, wants, 1);
    ck_assert_ptr_nonnull(model.blocks[i].at);
    if (wants > had)
        memset(model.blocks[i].at + had, model.blocks[i].fill, wants - had);
    model.blocks[i].size_bytes = wants;
}

static void model_mark(void)
{
    if (model.mark_count == MODEL_MARKS)
        return;
    model.marks[model.mark_count].mark = arena_mark(&arena);
    model.marks[model.mark_count++].count = model.count;
}

static void model_rewind(void)
{
    if (!model.mark_count)
        return;
    size_t to = random_below(model.mark_count);
    model_verify(model.marks[to].count);
    arena_rewind(&arena, model.marks[to].mark);
    model.count = model.marks[to].count;
    model.mark_count = to;
}

static void model_reset(void)
{
    model_verify(0);
    arena_reset(&arena);
    model.count = model.mark_count = 0;
}

START_TEST(random_operations_agree_with_a_model)
{
    random_state = (uint64_t)time(NULL) | 1;
    const char *given = getenv("SYSLAB_SEED");
    if (given)
        random_state = strtoull(given, NULL, 10) | 1;
    printf("seed %llu (again with SYSLAB_SEED)\n", (unsigned long long)random_state);
    fflush(stdout);
    for (int step = 0; step < MODEL_STEPS; step++) {
        size_t what = random_below(1000);
        if (what < 700)
            model_alloc();
        else if (what < 900)
            model_resize();
        else if (what < 960)
            model_mark();
        else if (what < 998)
            model_rewind();
        else
            model_reset();
        ck_assert(arena_check(&arena));
    }
    model_verify(0);
}
END_TEST

/* ---- under the address sanitizer ----------------------------------------------------------------*/

#if SANITIZER_ADDRESS

#define ck_assert_poisoned(address) ck_assert(__asan_address_is_poisoned(address))
#define ck_assert_open(address)     ck_assert(!__asan_address_is_poisoned(address))

START_TEST(blocks_have_red_zones)
{
    char *first = take(13, 1), *second = take(16, 1);
    ck_assert_poisoned(first - 1);
    ck_assert_open(first + 12);
    ck_assert_poisoned(first + 13);
    ck_assert_poisoned(second - 1);
    ck_assert_poisoned(second + 16);
}
END_TEST

START_TEST(what_is_gone_is_poisoned)
{
    char *kept = take(10, 1);
    struct arena_mark mark = arena_mark(&arena);
    char *rewound = take(10, 1);
    arena_rewind(&arena, mark);
    ck_assert_open(kept);
    ck_assert_poisoned(rewound);
    ck_assert_ptr_eq(take(10, 1), rewound);
    ck_assert_open(rewound);
    char *cut = arena_resize(&arena, kept, 10, 3, 1);
    ck_assert_poisoned(cut + 3);
    char *moved = arena_resize(&arena, cut, 3, 100, 1);
    ck_assert_poisoned(cut);
    ck_assert_open(moved + 99);
    arena_reset(&arena);
    ck_assert_poisoned(kept);
    ck_assert_poisoned(rewound);
    ck_assert_poisoned(moved);
}
END_TEST

START_TEST(what_is_given_back_is_open)
{
    _Alignas(ARENA_ALIGN) char buffer[256];
    struct arena both;
    arena_init_buffer(&both, buffer, sizeof(buffer), allocator_system());
    ck_assert_poisoned(buffer);
    ck_assert_ptr_nonnull(arena_alloc(&both, 1000, 8));
    arena_fini(&both);
    ck_assert_ptr_null(__asan_region_is_poisoned(buffer, sizeof(buffer)));
}
END_TEST

START_TEST(use_after_reset_is_reported)
{
    volatile char *block = take(10, 1);
    arena_reset(&arena);
    block[0] = 1;
}
END_TEST

static void add_sanitizer_tests(TCase *tcase)
{
    tcase_add_test(tcase, blocks_have_red_zones);
    tcase_add_test(tcase, what_is_gone_is_poisoned);
    tcase_add_test(tcase, what_is_given_back_is_open);
    tcase_add_exit_test(tcase, use_after_reset_is_reported, 1);
}

#else

START_TEST(without_it_blocks_lie_side_by_side)
{
    char *first = take(13, 1), *second = take(16, 8), *third = take(1, 1), *fourth = take(1, 16);
    ck_assert_ptr_eq(first + 16, second);
    ck_assert_ptr_eq(second + 16, third);
    ck_assert_int_le(fourth - third, 16);
}
END_TEST

static void add_sanitizer_tests(TCase *tcase)
{
    tcase_add_test(tcase, without_it_blocks_lie_side_by_side);
}

#endif

/* ---- the suite --------------------------------------------------------------------------------*/

static TCase *add_case(Suite *suite, TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = add_case(suite, tcase_create("alloc"));
    tcase_add_test(tcase, blocks_are_aligned_and_apart);
    tcase_add_test(tcase, zero_bytes_have_an_address);
    tcase_add_test(tcase, impossible_sizes_are_refused);
    tcase_add_test(tcase, zeroed_is_zero);
    tcase_add_test(tcase, typed_objects);

    tcase = add_case(suite, tcase_create("chunks"));
    tcase_add_test(tcase, small_blocks_share_chunks_that_double);
    tcase_add_test(tcase, nothing_is_allocated_before_it_is_needed);
    tcase_add_test(tcase, first_chunk_is_as_large_as_told);
    tcase_add_test(tcase, a_large_block_wastes_nothing);
    tcase_add_test(tcase, many_blocks_as_large_as_a_chunk_are_amortised);
    tcase_add_test(tcase, growing_stops_at_the_largest_chunk);

    tcase = add_case(suite, tcase_create("rewind"));
    tcase_add_test(tcase, rewind_gives_the_same_memory_again);
    tcase_add_test(tcase, marks_nest_across_chunks);
    tcase_add_test(tcase, a_spare_chunk_is_used_by_what_just_fits);
    tcase_add_test(tcase, an_arena_owns_its_blocks_and_nothing_else);
    tcase_add_test(tcase, a_loop_over_a_chunk_boundary_does_not_allocate);

    tcase = add_case(suite, tcase_create("reset"));
    tcase_add_test(tcase, reset_keeps_the_largest_chunk);
    tcase_add_test(tcase, reset_keeps_a_large_block_s_chunk);

    tcase = add_case(suite, tcase_create("buffer"));
    tcase_add_test(tcase, a_buffer_is_used_to_its_last_byte);
    tcase_add_test(tcase, an_odd_buffer_stays_within_its_bounds);
    tcase_add_test(tcase, a_buffer_goes_on_to_chunks);

    tcase = add_case(suite, tcase_create("resize"));
    tcase_add_test(tcase, the_last_block_grows_in_place);
    tcase_add_test(tcase, another_block_moves);
    tcase_add_test(tcase, a_block_too_large_for_its_chunk_moves_whole);
    tcase_add_test(tcase, resize_of_nothing);
    tcase_add_test(tcase, a_failed_resize_leaves_the_block);
    tcase_add_test(tcase, a_block_that_ends_at_the_buffer_is_not_the_last);

    tcase = add_case(suite, tcase_create("strings"));
    tcase_add_test(tcase, strings_are_copied);
    tcase_add_test(tcase, formatted_at_every_distance_from_the_end);
    tcase_add_test(tcase, a_format_that_fails_is_null);
    tcase_add_test(tcase, strings_without_memory_are_null);

    tcase = add_case(suite, tcase_create("adapter"));
    tcase_add_test(tcase, an_arena_is_an_allocator);
    tcase_add_test(tcase, an_arena_on_an_arena);

    tcase = add_case(suite, tcase_create("refusals"));
    tcase_add_test(tcase, every_refusal_is_survived);
    tcase_add_test(tcase, a_refusal_leaves_what_the_chunk_has);

    tcase = add_case(suite, tcase_create("model"));
    tcase_add_test(tcase, random_operations_agree_with_a_model);

    tcase = add_case(suite, tcase_create("sanitizer"));
    add_sanitizer_tests(tcase);
    return suite;
}
