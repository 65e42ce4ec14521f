/* test_parallel_sort.c - the graded tests of 02_concurrency/parallel_sort: what the handout promises.
 *
 * All but the last two run the workers in an order that is the same every time (workers.h), and count
 * comparisons, so that no verdict depends on how fast or how busy the machine is.
 */
#include "parallel_sort.h"
#include "subject.h"
#include "subject_door.h"
#include "workers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 1 << 16, FEWEST_FOR_A_WORKER = 512, ITEMS_FOR_EACH_WORKER = 64 };

struct record {
    int key;
    unsigned place; /* where it stood before the sort */
};

/* What the comparator is handed; and what it finds. */
struct order {
    int sign; /* -1: the other way round */
    bool adversary;
    int frozen; /* the adversary's: how many keys are decided */
    const void *candidate;
    atomic_size_t strangers;
};

static struct record records[ITEMS_MAX];
static void *items[ITEMS_MAX], *before[ITEMS_MAX];
static struct order order;

static struct allocator_tracking tracking;
static struct allocator_counting counting;
static struct allocator_failing failing;

static const struct workers_refused nobody = {0, 0}, everybody = {0, SIZE_MAX};
static const char *const mode_names[] = {
    [WORKERS_AT_ONCE] = "workers that run when they are started",
    [WORKERS_AT_JOIN] = "workers that run when they are joined",
    [WORKERS_THREADS] = "workers that are threads"};

/* ---- what is sorted ---- */

static bool is_item(const void *item)
{
    uintptr_t offset = (uintptr_t)item - (uintptr_t)records;
    return offset < sizeof(records) && offset % sizeof(records[0]) == 0;
}

/* Decide on a key as late as can be, and so that the item that seems to be a pivot is the smallest. */
static void freeze(struct record *a, struct record *b)
{
    const int open = ITEMS_MAX;
    if (a->key == open && b->key == open) {
        struct record *frozen = order.candidate == a ? a : b;
        frozen->key = order.frozen++;
    }
    if (a->key == open)
        order.candidate = a;
    else if (b->key == open)
        order.candidate = b;
}

static int compare(const void *a, const void *b, void *context)
{
    struct order *given = context;
    workers_tick();
    if (given != &order || !is_item(a) || !is_item(b)) {
        atomic_fetch_add_explicit(&order.strangers, 1, memory_order_relaxed);
        return 0;
    }
    if (given->adversary)
        freeze((struct record *)(uintptr_t)a, (struct record *)(uintptr_t)b);
    const struct record *first = a, *second = b;
    int sign = given->sign * ((first->key > second->key) - (first->key < second->key));
    /* beyond 1 and -1, as a subtraction's or strcmp's */
    return sign * (2 + (int)(first->place % 3));
}

/* xorshift: its state is never 0. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

typedef int key_fn(size_t place, size_t count, uint64_t *random);

/* Each key once, in an order without order: an odd factor permutes the numbers below a power of two. */
static int key_shuffled(size_t place, size_t count, uint64_t *random)
{
    (void)count;
    static uint64_t factor, offset;
    if (place == 0) {
        factor = next_random(random) | 1;
        offset = next_random(random);
    }
    uint64_t mixed = (place * factor + offset) % ITEMS_MAX;
    mixed = (mixed ^ mixed >> 7) * 40503 % ITEMS_MAX;
    return (int)((mixed ^ mixed >> 9) * 30677 % ITEMS_MAX);
}

static int key_random(size_t place, size_t count, uint64_t *random)
{
    (void)place, (void)count;
    return (int)(next_random(random) % 1000003);
}

static int key_of_five(size_t place, size_t count, uint64_t *random)
{
    (void)place, (void)count;
    return (int)(next_random(random) % 5);
}

static int key_equal(size_t place, size_t count, uint64_t *random)
{
    (void)place, (void)count, (void)random;
    return 7;
}

static int key_sorted(size_t place, size_t count, uint64_t *random)
{
    (void)count, (void)random;
    return (int)place;
}

static int key_reversed(size_t place, size_t count, uint64_t *random)
{
    (void)random;
    return (int)(count - place);
}

static int key_organ_pipe(size_t place, size_t count, uint64_t *random)
{
    (void)random;
    return (int)(place < count / 2 ? place : count - place);
}

static int key_sawtooth(size_t place, size_t count, uint64_t *random)
{
    (void)count, (void)random;
    return (int)(place % 100);
}

static int key_last_is_first(size_t place, size_t count, uint64_t *random)
{
    (void)random;
    return place == count - 1 ? -1 : (int)place;
}

static int key_open(size_t place, size_t count, uint64_t *random)
{
    (void)place, (void)count, (void)random;
    return ITEMS_MAX;
}

/* ---- one sort ---- */

struct trial {
    size_t count;
    unsigned threads;
    enum workers_mode mode;
    struct workers_refused refused;
    key_fn *key;
    const char *what; /* of the keys */
};

static uint64_t random_state;

static void allow(size_t requests)
{
    allocator_failing_init(&failing, &counting.base, requests);
}

static void prepare(const struct trial *trial)
{
    if (random_state == 0)
        random_state = subject_seed() * 2 + 1;
    order = (struct order){.sign = 1, .adversary = trial->key == key_open};
    for (size_t i = 0; i < trial->count; i++) {
        records[i] = (struct record){trial->key(i, trial->count, &random_state), (unsigned)i};
        items[i] = before[i] = &records[i];
    }
    allocator_tracking_init(&tracking, allocator_system());
    allocator_counting_init(&counting, &tracking.base);
    allow(SIZE_MAX);
}

static const char *words_of(const struct trial *trial)
{
    return subject_format("%zu %s, threads = %u, %s", trial->count, trial->what, trial->threads,
                          mode_names[trial->mode]);
}

static int sort_them(const struct trial *trial, struct workers_tally *tally)
{
    struct parallel_sort sort = {.items = trial->count ? items : NULL,
                                 .count = trial->count,
                                 .compare = compare,
                                 .context = &order,
                                 .threads = trial->threads,
                                 .allocator = subject_door(&failing.base)};
    workers_begin(trial->mode, trial->refused);
    int result = parallel_sort(&sort);
    *tally = workers_end();
    return result;
}

static bool in_order(const struct record *a, const struct record *b)
{
    int by_key = order.sign * ((a->key > b->key) - (a->key < b->key));
    return by_key < 0 || (by_key == 0 && a->place < b->place);
}

static void check_sorted(const struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) { /* each is there once if all rise strictly */
        if (!is_item(items[i]) || (struct record *)items[i] >= records + trial->count)
            expect_true(false, "place %zu holds one of the items (%s)", i, words_of(trial));
    }
    for (size_t i = 1; i < trial->count; i++) {
        const struct record *a = items[i - 1], *b = items[i];
        if (in_order(a, b))
            continue;
        subject_expect(false, SUBJECT_HERE,
                       a->key == b->key ? "the one that stood before the other comes first"
                                        : "the smaller one comes first",
                       subject_format("key %d, which stood at %u, and behind it key %d of %u",
                                      a->key, a->place, b->key, b->place),
                       "places %zu and %zu are in order (%s)", i - 1, i, words_of(trial));
    }
}

/* What is so after every call, however it went. */
static void check_the_rest(const struct trial *trial, const struct workers_tally *tally)
{
    struct allocator_fault fault;
    if (allocator_tracking_check(&tracking) > 0 && allocator_tracking_fault(&tracking, 0, &fault))
        subject_expect(false, SUBJECT_HERE, "no fault", allocator_fault_name(fault.kind),
                       "the sort uses only memory that it has from the allocator, and gives each "
                       "block back once, with the size and alignment that it was asked for with");
    expect_size(tally->misused, 0, "only a worker that was started is joined, and once (%s)",
                words_of(trial));
    expect_size(tally->unjoined, 0, "all workers are joined when parallel_sort returns (%s)",
                words_of(trial));
    expect_size(order.strangers, 0,
                "the comparator is called with two of the items and with the context (%s)",
                words_of(trial));
    struct allocator_counts counts = allocator_counting_read(&counting);
    expect_no_leak(counts.live_bytes, "all memory has gone back to the allocator (%s)",
                   words_of(trial));
    expect_at_most(counts.peak_bytes, 2 * trial->count * sizeof(void *) + 65536,
                   "there are never more than two pointers for each item, and 64 KiB, allocated");
    allocator_tracking_fini(&tracking);
}

static struct workers_tally try_it(const struct trial *trial)
{
    struct workers_tally tally;
    prepare(trial);
    int result = sort_them(trial, &tally);
    expect_int(result, 0, "parallel_sort returns 0 when there is memory (%s)", words_of(trial));
    check_sorted(trial);
    check_the_rest(trial, &tally);
    return tally;
}

/* ---- what is sorted is sorted ---- */

static void small_arrays(void)
{
    struct trial trial = {.key = key_random, .what = "keys"};
    for (trial.count = 0; trial.count <= 40; trial.count++)
        for (trial.threads = 1; trial.threads <= 4; trial.threads++)
            for (trial.mode = WORKERS_AT_ONCE; trial.mode <= WORKERS_AT_JOIN; trial.mode++)
                try_it(&trial);
    subject_done();
}

static void random_arrays(void)
{
    static const size_t counts[] = {511, 512, 513, 1000, 1023, 1024, 1025, 2047, 2048, 5003};
    struct trial trial = {.key = key_random, .what = "random keys"};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        for (trial.threads = 1; trial.threads <= 9; trial.threads += 1 + trial.threads / 4) {
            trial.count = counts[i];
            for (trial.mode = WORKERS_AT_ONCE; trial.mode <= WORKERS_AT_JOIN; trial.mode++)
                try_it(&trial);
        }
    trial = (struct trial){
        .count = 3000, .threads = 4, .key = key_random, .what = "random keys, largest first"};
    struct workers_tally tally;
    prepare(&trial);
    order.sign = -1;
    expect_int(sort_them(&trial, &tally), 0, "parallel_sort returns 0 when there is memory");
    check_sorted(&trial);
    check_the_rest(&trial, &tally);
    subject_done();
}

static void equal_items_keep_their_order(void)
{
    static key_fn *const keys[] = {key_equal, key_of_five, key_sawtooth};
    static const char *const words[] = {"equal keys", "keys of five values", "keys from 0 to 99"};
    for (size_t i = 0; i < 3; i++)
        for (unsigned threads = 1; threads <= 8; threads += 1 + threads / 4)
            for (size_t count = 2; count < 6000; count = count * 3 + 1)
                for (enum workers_mode mode = WORKERS_AT_ONCE; mode <= WORKERS_AT_JOIN; mode++)
                    try_it(&(struct trial){.count = count,
                                           .threads = threads,
                                           .mode = mode,
                                           .key = keys[i],
                                           .what = words[i]});
    subject_done();
}

static const struct {
    key_fn *key;
    const char *words;
} patterns[] = {{key_random, "random keys"},
                {key_sorted, "keys that are sorted"},
                {key_reversed, "keys that fall"},
                {key_organ_pipe, "keys that rise and fall"},
                {key_sawtooth, "keys from 0 to 99, again and again"},
                {key_last_is_first, "sorted keys, but the smallest is last"},
                {key_equal, "equal keys"},
                {key_open, "keys that are chosen while they are compared"}};

enum { PATTERNS = sizeof(patterns) / sizeof(patterns[0]) };

static void patterns_are_sorted(void)
{
    for (size_t i = 0; i < PATTERNS; i++)
        for (unsigned threads = 1; threads <= 6; threads += 5)
            for (size_t count = 100; count <= 2000; count *= 20)
                for (enum workers_mode mode = WORKERS_AT_ONCE; mode <= WORKERS_AT_JOIN; mode++)
                    try_it(&(struct trial){.count = count,
                                           .threads = threads,
                                           .mode = mode,
                                           .key = patterns[i].key,
                                           .what = patterns[i].words});
    subject_done();
}

/* ---- work, and who does it ---- */

/* The exponent of the smallest power of two that is not below count. */
static size_t levels(size_t count)
{
    size_t exponent = 0;
    while (((size_t)1 << exponent) < count)
        exponent++;
    return exponent;
}

static void work_is_bounded(void)
{
    for (size_t i = 0; i < PATTERNS; i++)
        for (unsigned threads = 1; threads <= 16; threads *= 4)
            for (size_t count = 64; count <= 4096; count *= 2) {
                struct trial trial = {.count = count,
                                      .threads = threads,
                                      .key = patterns[i].key,
                                      .what = patterns[i].words};
                struct workers_tally tally = try_it(&trial);
                expect_at_most(tally.work, 3 * count * levels(count),
                               "n items are sorted with at most 3 n log n comparisons (%s)",
                               words_of(&trial));
            }
    subject_done();
}

static void workers_are_bounded(void)
{
    static const size_t counts[] = {2, 100, 511, 512, 1024, 4000};
    struct trial trial = {.key = key_random, .what = "random keys"};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        for (trial.threads = 1; trial.threads <= 64; trial.threads += 1 + trial.threads / 3)
            for (trial.mode = WORKERS_AT_ONCE; trial.mode <= WORKERS_AT_JOIN; trial.mode++) {
                trial.count = counts[i];
                struct workers_tally tally = try_it(&trial);
                expect_at_most(tally.at_once, trial.threads - 1,
                               "no more workers are under way at once than threads - 1 (%s)",
                               words_of(&trial));
                size_t most =
                    trial.count < FEWEST_FOR_A_WORKER ? 0 : trial.count / ITEMS_FOR_EACH_WORKER;
                expect_at_most(tally.started, most,
                               "no worker is started for fewer than %d items, and no more than one "
                               "for every %d (%s)",
                               FEWEST_FOR_A_WORKER, ITEMS_FOR_EACH_WORKER, words_of(&trial));
            }
    subject_done();
}

/* The span is at most `parts` in 1000 of n log n. */
static void expect_span(size_t count, unsigned threads, size_t parts)
{
    for (enum workers_mode mode = WORKERS_AT_ONCE; mode <= WORKERS_AT_JOIN; mode++) {
        struct trial trial = {.count = count,
                              .threads = threads,
                              .mode = mode,
                              .key = key_shuffled,
                              .what = "keys in random order"};
        struct workers_tally tally = try_it(&trial);
        expect_at_most(tally.span, count * levels(count) / 1000 * parts,
                       "the longest chain of comparisons is at most %zu.%zu %% of n log n (%s)",
                       parts / 10, parts % 10, words_of(&trial));
    }
}

static void workers_share_the_sorting(void)
{
    expect_span(1 << 14, 2, 600);
    expect_span(1 << 14, 4, 400);
    subject_done();
}

static void workers_share_the_merging(void)
{
    expect_span(ITEMS_MAX, 16, 110);
    subject_done();
}

/* ---- what is refused ---- */

static void refused_workers_are_survived(void)
{
    struct trial trial = {.count = 3000, .key = key_of_five, .what = "keys of five values"};
    for (trial.mode = WORKERS_AT_ONCE; trial.mode <= WORKERS_AT_JOIN; trial.mode++)
        for (trial.threads = 2; trial.threads <= 8; trial.threads += 3) {
            trial.refused = everybody;
            expect_size(try_it(&trial).started, 0, "no worker starts where none is to be had");
            trial.refused = nobody;
            size_t starts = try_it(&trial).started;
            expect_true(starts > 0, "workers are started (%s)", words_of(&trial));
            for (size_t i = 0; i < starts && i < 16; i++) {
                trial.refused = (struct workers_refused){i, SIZE_MAX};
                try_it(&trial);
                trial.refused = (struct workers_refused){i, i + 1};
                try_it(&trial);
            }
        }
    subject_done();
}

static void check_unmoved(const struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++)
        if (items[i] != before[i])
            expect_true(false, "after -ENOMEM each item stands where it stood: place %zu (%s)", i,
                        words_of(trial));
}

/* Refuse all memory but for the first `requests`. Returns: whether the sort wanted more. */
static bool survives(const struct trial *trial, size_t requests)
{
    struct workers_tally tally;
    prepare(trial);
    allow(requests);
    int result = sort_them(trial, &tally);
    bool wanted_more = allocator_failing_refused(&failing) > 0;
    if (result == 0)
        check_sorted(trial);
    else
        check_unmoved(trial);
    expect_true(result == 0 || (wanted_more && result == -ENOMEM),
                "parallel_sort returns 0, or -ENOMEM if the allocator refused (%s)",
                words_of(trial));
    check_the_rest(trial, &tally);
    return wanted_more;
}

static void refused_memory_is_survived(void)
{
    struct trial trial = {.key = key_random, .what = "random keys"};
    for (trial.count = 3; trial.count <= 3000; trial.count *= 30)
        for (trial.threads = 1; trial.threads <= 4; trial.threads++)
            for (trial.mode = WORKERS_AT_ONCE; trial.mode <= WORKERS_AT_JOIN; trial.mode++)
                for (size_t requests = 0; requests < 200 && survives(&trial, requests);
                     requests += 1 + requests / 4)
                    ;
    try_it(&(struct trial){
        .count = 5000, .threads = 4, .key = key_random, .what = "random keys, later"});
    subject_done();
}

/* ---- threads ---- */

static void sort_with_threads(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++)
        for (unsigned threads = 2; threads <= 8; threads += 2) {
            struct trial trial = {.count = 3000 + 2000 * (i % 3),
                                  .threads = threads,
                                  .mode = WORKERS_THREADS,
                                  .key = i % 2 ? key_of_five : key_random,
                                  .what = i % 2 ? "keys of five values" : "random keys"};
            struct workers_tally tally = try_it(&trial);
            expect_at_most(tally.at_once, threads - 1,
                           "no more workers are under way at once than threads - 1 (%s)",
                           words_of(&trial));
        }
    subject_done();
}

static void threads_overlap(void)
{
    sort_with_threads(4);
}

static void threads_sort(void)
{
    sort_with_threads(6);
}

const struct subject_test subject_tests[] = {
    {"small_arrays", small_arrays},
    {"random_arrays", random_arrays},
    {"equal_items_keep_their_order", equal_items_keep_their_order},
    {"patterns_are_sorted", patterns_are_sorted},
    {"work_is_bounded", work_is_bounded},
    {"refused_workers_are_survived", refused_workers_are_survived},
    {"refused_memory_is_survived", refused_memory_is_survived},
    {"workers_are_bounded", workers_are_bounded},
    {"threads_overlap", threads_overlap},
    {"threads_sort", threads_sort},
    {"workers_share_the_sorting", workers_share_the_sorting},
    {"workers_share_the_merging", workers_share_the_merging},
    {NULL, NULL},
};
