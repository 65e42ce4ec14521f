/* test_bytes.c - the graded tests of 03_memory/bytes. The handout states everything that is tested.
 *
 * In most tests one thread runs, or threads take turns, and the verdict is the same every time. Two
 * are for the thread sanitizer: in `threads_overlap` threads are in the library at once; in
 * `last_drop_comes_after_all_reads` they go one after the other, but by a flag that orders nothing,
 * so that the count alone must order them.
 */
#include "subject.h"
#include "subject_door.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

/* Requests pass `failing`, then `counting`; then tracking, which finds wrong sizes and double frees
 * and overwrites what is freed, so that a value that looks there afterwards is found out. */
static struct allocator_tracking tracking;
static struct allocator_counting counting;
static struct allocator_failing failing;

static void allow(size_t requests)
{
    allocator_failing_init(&failing, &counting.base, requests);
}

static void start(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    allocator_counting_init(&counting, &tracking.base);
    allow(SIZE_MAX);
}

static size_t live_bytes(void)
{
    return allocator_counting_read(&counting).live_bytes;
}

static size_t requests(void)
{
    return allocator_failing_requests(&failing);
}

static void check_allocator(void)
{
    struct allocator_fault fault;
    if (allocator_tracking_check(&tracking) > 0 && allocator_tracking_fault(&tracking, 0, &fault))
        subject_expect(false, SUBJECT_HERE, "no fault", allocator_fault_name(fault.kind),
                       "only memory from the allocator is used, and each block goes back once, "
                       "with the size and alignment that it was asked for with");
}

/* All values are dropped: nothing may be left, and nothing may have gone back twice. */
static void finish(void)
{
    check_allocator();
    expect_no_leak(live_bytes(), "when the last value is dropped, all memory goes back");
    allocator_tracking_fini(&tracking);
}

static struct bytes copied(const char *text)
{
    struct bytes bytes = {NULL, 0, NULL};
    expect_true(bytes_copy(subject_door(&failing.base), text, strlen(text), &bytes),
                "bytes_copy of %zu bytes succeeds when there is memory", strlen(text));
    return bytes;
}

static void expect_text(struct bytes bytes, const char *text, const char *requirement)
{
    expect_size(bytes.size_bytes, strlen(text), "%s: the size", requirement);
    expect_bytes(bytes.data, text, strlen(text), "%s: the bytes", requirement);
}

static void expect_empty(struct bytes bytes, const char *what)
{
    expect_null(bytes.data, "%s is empty: data", what);
    expect_size(bytes.size_bytes, 0, "%s is empty: size_bytes", what);
    expect_null(bytes.owner, "%s is empty: owner", what);
}

static void expect_same(struct bytes bytes, struct bytes before, const char *requirement)
{
    expect_pointer(bytes.data, before.data, "%s: data is as it was", requirement);
    expect_size(bytes.size_bytes, before.size_bytes, "%s: size_bytes is as it was", requirement);
    expect_pointer(bytes.owner, before.owner, "%s: owner is as it was", requirement);
}

/* ---- where bytes come from ---- */

static void static_owns_nothing(void)
{
    static const char text[] = "literal";
    start();
    struct bytes bytes = bytes_static(text, 7), part = {NULL, 0, NULL};
    expect_pointer(bytes.data, text, "bytes_static looks at the memory that it is given");
    expect_text(bytes, "literal", "bytes_static(\"literal\", 7)");
    expect_null(bytes.owner, "static bytes have no owner");
    struct bytes clone = bytes_clone(&bytes);
    expect_pointer(clone.data, text, "a clone of static bytes looks at the same memory");
    expect_null(clone.owner, "a clone of static bytes has no owner");
    expect_true(bytes_slice(&bytes, 3, 4, &part), "static bytes can be sliced");
    expect_pointer(part.data, text + 3, "a slice of static bytes looks at the same memory");
    expect_text(part, "eral", "bytes_slice(\"literal\", 3, 4)");
    bytes_drop(&part);
    bytes_drop(&bytes);
    expect_text(clone, "literal", "dropping one static value leaves the others");
    bytes_drop(&clone);
    expect_empty(clone, "a static value that was dropped");
    finish();
    subject_done();
}

/* From less than a header of one's own to many pages. */
static void copies_of_many_sizes(void)
{
    enum { MOST = 20000 };
    static uint8_t pattern[MOST];
    for (size_t i = 0; i < MOST; i++)
        pattern[i] = (uint8_t)(i * 31 + i / 251);
    for (size_t size = 1; size <= MOST; size += size < 100 ? 1 : size) {
        struct bytes bytes = {NULL, 0, NULL};
        expect_true(bytes_copy(subject_door(&failing.base), pattern, size, &bytes),
                    "bytes_copy of %zu bytes succeeds when there is memory", size);
        expect_size(bytes.size_bytes, size, "a copy has the size that was asked for");
        expect_bytes(bytes.data, pattern, size, "a copy of %zu bytes holds them all", size);
        bytes_drop(&bytes);
    }
}

static void copy_is_independent(void)
{
    start();
    copies_of_many_sizes();
    char text[] = "original";
    struct bytes bytes = copied(text), none = {NULL, 0, NULL};
    expect_text(bytes, "original", "bytes_copy holds what it was given");
    expect_not_null(bytes.owner, "copied bytes have an owner");
    memset(text, '#', sizeof(text));
    expect_text(bytes, "original", "a copy is independent of what it was copied from");
    bytes_drop(&bytes);
    expect_true(bytes_copy(subject_door(&failing.base), NULL, 0, &none),
                "copying no bytes is legal");
    expect_size(none.size_bytes, 0, "a copy of no bytes has size 0");
    bytes_drop(&none);
    finish();
    subject_done();
}

/* ---- what values share ---- */

static void clone_shares_memory(void)
{
    start();
    struct bytes bytes = copied("shared by all");
    size_t before = requests();
    struct bytes clone = bytes_clone(&bytes);
    struct bytes second = bytes_clone(&clone);
    expect_pointer(clone.data, bytes.data, "a clone looks at the same memory: nothing is copied");
    expect_pointer(second.data, bytes.data, "a clone of a clone looks at the same memory");
    expect_size(clone.size_bytes, bytes.size_bytes, "a clone is as long as what it was made from");
    expect_size(requests(), before, "bytes_clone asks for no memory");
    bytes_drop(&bytes);
    expect_text(clone, "shared by all", "a clone outlives the value that it was made from");
    bytes_drop(&clone);
    expect_text(second, "shared by all", "the last clone still has the bytes");
    bytes_drop(&second);
    finish();
    subject_done();
}

static void slice_shares_memory(void)
{
    start();
    struct bytes bytes = copied("hello, world"), word = {NULL, 0, NULL}, part = {NULL, 0, NULL};
    size_t before = requests();
    expect_true(bytes_slice(&bytes, 7, 5, &word), "bytes_slice(12 bytes, 7, 5) is inside");
    expect_true(bytes_slice(&word, 1, 3, &part), "a slice can be sliced: (5 bytes, 1, 3)");
    expect_pointer(word.data, bytes.data + 7, "a slice looks at the same memory, offset bytes on");
    expect_pointer(part.data, bytes.data + 8, "a slice of a slice counts from the slice");
    expect_size(requests(), before, "bytes_slice asks for no memory");
    bytes_drop(&bytes);
    expect_text(word, "world", "a slice outlives the value that it was made from");
    bytes_drop(&word);
    expect_text(part, "orl", "a slice of a slice outlives both");
    bytes_drop(&part);
    finish();
    subject_done();
}

static void check_slice(struct bytes *bytes, size_t offset, size_t size_bytes)
{
    bool inside = offset <= bytes->size_bytes && size_bytes <= bytes->size_bytes - offset;
    const struct bytes marked = {(const uint8_t *)"mark", 4, NULL};
    struct bytes part = marked, before = *bytes;
    bool taken = bytes_slice(bytes, offset, size_bytes, &part);
    expect_int(taken, inside, "bytes_slice of %zu bytes at offset %zu for %zu bytes: %s",
               bytes->size_bytes, offset, size_bytes, inside ? "inside" : "outside, refused");
    expect_same(*bytes, before, "bytes_slice leaves what it slices");
    if (!taken) {
        expect_same(part, marked, "a slice that is refused writes nothing to *out");
        return;
    }
    expect_size(part.size_bytes, size_bytes, "a slice has the size that was asked for");
    bytes_drop(&part);
}

static void slice_bounds_are_checked(void)
{
    static const size_t edges[] = {
        0, 1, 7, 8, 9, SIZE_MAX / 2, SIZE_MAX - 8, SIZE_MAX - 7, SIZE_MAX - 1, SIZE_MAX};
    enum { EDGES = sizeof(edges) / sizeof(edges[0]) };
    start();
    struct bytes bytes = copied("01234567");
    for (size_t i = 0; i < EDGES; i++)
        for (size_t j = 0; j < EDGES; j++)
            check_slice(&bytes, edges[i], edges[j]);
    struct bytes middle = {NULL, 0, NULL};
    expect_true(bytes_slice(&bytes, 2, 4, &middle), "bytes_slice(8 bytes, 2, 4) is inside");
    for (size_t offset = 0; offset <= 5; offset++)
        check_slice(&middle, offset, 5 - offset); /* one more than there is */
    bytes_drop(&middle);
    expect_text(bytes, "01234567", "slices that came and went leave the bytes");
    bytes_drop(&bytes);
    finish();
    subject_done();
}

static void split_divides(void)
{
    start();
    struct bytes bytes = copied("headtail"), head = {NULL, 0, NULL}, before = bytes;
    expect_int(bytes_split_to(&bytes, 9, &head), false, "bytes_split_to(8 bytes, 9) is refused");
    expect_int(bytes_split_to(&bytes, SIZE_MAX, &head), false,
               "bytes_split_to(8 bytes, SIZE_MAX) is refused");
    expect_same(bytes, before, "a split that is refused changes nothing");
    expect_empty(head, "what a refused split would have written to");
    size_t requests_before = requests();
    expect_true(bytes_split_to(&bytes, 4, &head), "bytes_split_to(8 bytes, 4) is inside");
    expect_size(requests(), requests_before, "bytes_split_to asks for no memory");
    expect_text(head, "head", "bytes_split_to gives the front");
    expect_text(bytes, "tail", "bytes_split_to keeps the rest");
    expect_pointer(bytes.data, head.data + 4, "both parts lie where the bytes lay");
    struct bytes none = {NULL, 0, NULL}, all = {NULL, 0, NULL};
    expect_true(bytes_split_to(&bytes, 0, &none), "a split at 0 is legal");
    expect_true(bytes_split_to(&bytes, 4, &all), "a split at the end is legal");
    expect_size(none.size_bytes, 0, "the front of a split at 0 is empty");
    expect_size(bytes.size_bytes, 0, "the rest of a split at the end is empty");
    bytes_drop(&head);
    bytes_drop(&none);
    bytes_drop(&bytes);
    expect_text(all, "tail", "one part outlives the others");
    bytes_drop(&all);
    finish();
    subject_done();
}

static void numbers_are_read_in_order(void)
{
    start();
    static const uint8_t data[] = {0x01, 0x02, 0x03, 0x04, 0xff, 0x80,
                                   0x00, 0x7f, 0xaa, 0xbb, 0xcc};
    struct bytes bytes = {NULL, 0, NULL};
    uint32_t value = 99;
    expect_true(bytes_copy(subject_door(&failing.base), data, sizeof(data), &bytes),
                "there is memory");
    expect_true(bytes_get_u32(&bytes, &value), "bytes_get_u32 of 11 bytes succeeds");
    expect_size(value, 0x01020304, "bytes 01 02 03 04 are 0x01020304 (16909060)");
    expect_size(bytes.size_bytes, 7, "bytes_get_u32 moves past the four bytes");
    expect_true(bytes_get_u32(&bytes, &value), "bytes_get_u32 of 7 bytes succeeds");
    expect_size(value, 0xff80007f, "bytes ff 80 00 7f are 0xff80007f (4286578815)");
    struct bytes before = bytes;
    value = 99;
    expect_int(bytes_get_u32(&bytes, &value), false, "bytes_get_u32 of 3 bytes is refused");
    expect_same(bytes, before, "a get that is refused moves nothing");
    expect_size(value, 99, "a get that is refused writes nothing");
    bytes_drop(&bytes);
    struct bytes exact = bytes_static(data, 4);
    expect_true(bytes_get_u32(&exact, &value), "bytes_get_u32 of exactly 4 bytes succeeds");
    finish();
    subject_done();
}

/* ---- when memory goes ---- */

static struct freed {
    int calls;
    void *data, *context;
    size_t size_bytes;
} freed;

static void note_free(void *data, size_t size_bytes, void *context)
{
    freed = (struct freed){freed.calls + 1, data, context, size_bytes};
    memset(data, 0xdd, size_bytes);
}

enum { VALUES = 4, ORDERS = 24 };

/* The `number`th of the 24 orders of 0, 1, 2, 3. */
static void order_of(int number, int order[VALUES])
{
    int left[VALUES] = {0, 1, 2, 3};
    for (int i = 0, count = VALUES; i < VALUES; i++, count--) {
        int at = number % count;
        number /= count;
        order[i] = left[at];
        memmove(left + at, left + at + 1, (size_t)(count - at - 1) * sizeof(left[0]));
    }
}

static void last_drop_frees(void)
{
    for (int number = 0; number < ORDERS; number++) {
        static const char *const texts[VALUES] = {"abcdef", "abcdef", "bcd", "cd"};
        int order[VALUES];
        struct bytes values[VALUES];
        start();
        order_of(number, order);
        values[0] = copied("abcdef");
        values[1] = bytes_clone(&values[0]);
        expect_true(bytes_slice(&values[1], 1, 3, &values[2]), "the slice is inside");
        expect_true(bytes_slice(&values[2], 1, 2, &values[3]), "the slice is inside");
        for (int i = 0; i < VALUES; i++) {
            bytes_drop(&values[order[i]]);
            for (int j = i + 1; j < VALUES; j++)
                expect_text(values[order[j]], texts[order[j]],
                            "the bytes live until the last value is dropped, in any order");
        }
        finish();
    }
    subject_done();
}

static void adopted_is_freed_once(void)
{
    start();
    uint8_t data[16] = "adopted memory";
    int context;
    struct bytes bytes = {NULL, 0, NULL}, part = {NULL, 0, NULL}, none = {NULL, 0, NULL};
    freed = (struct freed){0};
    expect_true(bytes_adopt(subject_door(&failing.base), data, 14, note_free, &context, &bytes),
                "bytes_adopt succeeds when there is memory");
    expect_pointer(bytes.data, data, "adopted memory stays where it is");
    expect_true(bytes_slice(&bytes, 8, 3, &part), "the slice is inside");
    struct bytes clone = bytes_clone(&bytes);
    bytes_drop(&bytes);
    bytes_drop(&clone);
    expect_int(freed.calls, 0, "free_fn is not called while a slice still looks at the memory");
    expect_text(part, "mem", "the slice has its bytes");
    bytes_drop(&part);
    expect_no_leak(freed.calls ? 0 : 14, "free_fn is called when the last value is dropped");
    expect_int(freed.calls, 1, "free_fn is called once");
    expect_pointer(freed.data, data, "free_fn gets the memory as it was adopted, not the slice");
    expect_size(freed.size_bytes, 14, "free_fn gets the size as it was adopted, not the slice's");
    expect_pointer(freed.context, &context, "free_fn gets the context");
    expect_true(bytes_adopt(subject_door(&failing.base), data, 14, NULL, NULL, &none),
                "bytes_adopt without a free_fn succeeds");
    bytes_drop(&none);
    finish();
    subject_done();
}

static void dropped_value_is_empty(void)
{
    start();
    struct bytes bytes = copied("once"), clone = bytes_clone(&bytes);
    bytes_drop(&bytes);
    expect_empty(bytes, "a value that was dropped");
    bytes_drop(&bytes);
    bytes_drop(&bytes);
    expect_text(clone, "once", "dropping an empty value does nothing: the others keep the bytes");
    bytes_drop(&clone);
    bytes_drop(&clone);
    finish();
    subject_done();
}

static void failure_is_survived(void)
{
    const struct bytes marked = {(const uint8_t *)"mark", 4, NULL};
    for (size_t allowed = 0;; allowed++) {
        start();
        uint8_t data[8] = "adopted";
        struct bytes copy = marked, adopted = marked;
        freed = (struct freed){0};
        allow(allowed);
        bool is_copied = bytes_copy(subject_door(&failing.base), "copied", 6, &copy);
        if (!is_copied)
            expect_same(copy, marked, "bytes_copy without memory writes nothing to *out");
        bool is_adopted =
            bytes_adopt(subject_door(&failing.base), data, 7, note_free, NULL, &adopted);
        if (!is_adopted) {
            expect_same(adopted, marked, "bytes_adopt without memory writes nothing to *out");
            expect_int(freed.calls, 0, "when bytes_adopt fails the memory is still the caller's");
        }
        bool refused = allocator_failing_refused(&failing);
        expect_int(is_copied && is_adopted, !refused,
                   "true means that it was done, false that there was no memory (the allocator "
                   "refuses from request %zu on)",
                   allowed);
        if (is_copied)
            bytes_drop(&copy);
        if (is_adopted)
            bytes_drop(&adopted);
        finish();
        if (!refused)
            break;
    }
    start();
    struct bytes huge = marked;
    for (size_t less = 0; less < 256; less += 8)
        expect_int(bytes_copy(subject_door(&failing.base), "x", SIZE_MAX - less, &huge), false,
                   "a size for which there can be no memory is refused: SIZE_MAX - %zu", less);
    expect_same(huge, marked, "bytes_copy that is refused writes nothing to *out");
    finish();
    subject_done();
}

static void unique_is_told(void)
{
    start();
    struct bytes bytes = copied("mine"), part = {NULL, 0, NULL}, fixed = bytes_static("s", 1);
    expect_true(bytes_is_unique(&bytes), "a new copy is the only value of its memory");
    struct bytes clone = bytes_clone(&bytes);
    expect_int(bytes_is_unique(&bytes), false, "with a clone, a value is not unique");
    expect_int(bytes_is_unique(&clone), false, "a clone of a live value is not unique");
    bytes_drop(&bytes);
    expect_true(bytes_is_unique(&clone), "the one that is left is unique");
    expect_true(bytes_slice(&clone, 0, 0, &part), "an empty slice is legal");
    bytes_drop(&part);
    expect_true(bytes_slice(&clone, 1, 2, &part), "the slice is inside");
    expect_int(bytes_is_unique(&clone), false, "with a slice, a value is not unique");
    bytes_drop(&clone);
    expect_true(bytes_is_unique(&part), "a slice that is left alone is unique");
    bytes_drop(&part);
    expect_int(bytes_is_unique(&fixed), false, "static bytes are never unique");
    finish();
    subject_done();
}

/* ---- threads ---- */

enum { THREADS = 4, TURNS = 500 };

static void run_threads(void *(*run)(void *), struct bytes arguments[THREADS])
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        expect_int(pthread_create(&threads[i], NULL, run, &arguments[i]), 0, "a thread starts");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void *drop_mine(void *argument)
{
    bytes_drop(argument);
    return NULL;
}

/* Made here, dropped there: the threads take turns. */
static void dropped_in_another_thread(void)
{
    start();
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        struct bytes bytes = copied("travels"), clone = bytes_clone(&bytes);
        expect_int(pthread_create(&thread, NULL, drop_mine, &bytes), 0, "a thread starts");
        pthread_join(thread, NULL);
        expect_text(clone, "travels", "what another thread drops, this one still has");
        expect_int(pthread_create(&thread, NULL, drop_mine, &clone), 0, "a thread starts");
        pthread_join(thread, NULL);
        finish();
    }
    subject_done();
}

static pthread_barrier_t barrier;

static void *clone_and_drop(void *argument)
{
    struct bytes *mine = argument, part;
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < TURNS; i++) {
        struct bytes clone = bytes_clone(mine);
        if (bytes_slice(&clone, 1, 2, &part))
            bytes_drop(&part);
        bytes_drop(&clone);
    }
    bytes_drop(mine);
    return NULL;
}

static void threads_overlap(void)
{
    start();
    struct bytes bytes = copied("for all"), arguments[THREADS];
    for (int i = 0; i < THREADS; i++)
        arguments[i] = bytes_clone(&bytes);
    pthread_barrier_init(&barrier, NULL, THREADS);
    run_threads(clone_and_drop, arguments);
    expect_text(bytes, "for all", "the bytes are there as long as one value is");
    expect_true(bytes_is_unique(&bytes), "when all others have dropped theirs, one is unique");
    bytes_drop(&bytes);
    finish();
    subject_done();
}

/* A turn that is passed on by relaxed operations: it says "now", and orders nothing. */
static atomic_int turn;
static atomic_int seen;

static void wait_for_turn(int mine)
{
    while (atomic_load_explicit(&turn, memory_order_relaxed) != mine)
        sched_yield();
}

static void *read_and_drop(void *argument)
{
    struct bytes *bytes = argument;
    /* One byte: of each eight the thread sanitizer remembers the last four accesses. */
    atomic_store_explicit(&seen, bytes->data[0], memory_order_relaxed);
    bytes_drop(bytes);
    atomic_store_explicit(&turn, 1, memory_order_relaxed);
    return NULL;
}

/* The other thread reads and drops; then this one is the last, and free_fn writes to the memory. */
static void last_drop_comes_after_all_reads(void)
{
    start();
    static uint8_t data[8];
    struct bytes bytes = {NULL, 0, NULL};
    pthread_t thread;
    freed = (struct freed){0};
    expect_true(
        bytes_adopt(subject_door(&failing.base), data, sizeof(data), note_free, NULL, &bytes),
        "bytes_adopt succeeds when there is memory");
    struct bytes clone = bytes_clone(&bytes);
    expect_int(pthread_create(&thread, NULL, read_and_drop, &clone), 0, "a thread starts");
    wait_for_turn(1);
    bytes_drop(&bytes);
    pthread_join(thread, NULL);
    expect_int(freed.calls, 1, "free_fn is called once");
    finish();
    subject_done();
}

/* The other thread reads and drops; then this one is unique, so it may write. */
static void unique_comes_after_all_reads(void)
{
    start();
    static uint8_t data[8];
    struct bytes bytes = {NULL, 0, NULL};
    pthread_t thread;
    expect_true(bytes_adopt(subject_door(&failing.base), data, sizeof(data), NULL, NULL, &bytes),
                "bytes_adopt succeeds when there is memory");
    struct bytes clone = bytes_clone(&bytes);
    expect_int(pthread_create(&thread, NULL, read_and_drop, &clone), 0, "a thread starts");
    wait_for_turn(1);
    bool unique = bytes_is_unique(&bytes);
    if (unique)
        data[0] = 1;
    pthread_join(thread, NULL);
    expect_true(unique, "when the other thread has dropped its value, this one is unique");
    bytes_drop(&bytes);
    finish();
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"static_owns_nothing", static_owns_nothing},
    {"copy_is_independent", copy_is_independent},
    {"clone_shares_memory", clone_shares_memory},
    {"slice_shares_memory", slice_shares_memory},
    {"slice_bounds_are_checked", slice_bounds_are_checked},
    {"split_divides", split_divides},
    {"numbers_are_read_in_order", numbers_are_read_in_order},
    {"last_drop_frees", last_drop_frees},
    {"adopted_is_freed_once", adopted_is_freed_once},
    {"dropped_value_is_empty", dropped_value_is_empty},
    {"failure_is_survived", failure_is_survived},
    {"unique_is_told", unique_is_told},
    {"dropped_in_another_thread", dropped_in_another_thread},
    {"threads_overlap", threads_overlap},
    {"last_drop_comes_after_all_reads", last_drop_comes_after_all_reads},
    {"unique_comes_after_all_reads", unique_comes_after_all_reads},
    {NULL, NULL},
};
