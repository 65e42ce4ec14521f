/* test_ws_deque.c - the graded tests of 02_concurrency/ws_deque: what the handout promises.
 *
 * In the three `..._is_stopped_anywhere` one thread plays owner and thieves: an operation is stopped after
 * each of its instructions in turn (step.h), the others' operations run there, and what comes out has to be
 * what comes out if the operation happens at one moment: before theirs, after them or between two of them. An
 * array without secrets, the model, says what that is. What two threads do to each other when both are stopped,
 * and what weak orders let them see, is for interleave_ws_deque.c.
 */
#include "exercises/support/step.h"
#include "subject.h"
#include "subject_door.h"
#include "ws_deque.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

enum { ITEMS = 48, MANY = 100000, NOBODY = -1, LOST = -2, STRANGER = -3 };

struct item {
    size_t value;
};

static struct item items[ITEMS], many[MANY];
static struct ws_deque *deque;

static struct allocator_tracking tracking;
static struct allocator_counting counting;
static struct allocator_failing failing;

/* ---- the allocator, and a deque of items that are known by their numbers ---- */

static void allow(size_t requests)
{
    allocator_failing_init(&failing, &counting.base, requests);
}

static void prepare(void)
{
    allocator_tracking_init(&tracking, allocator_system());
    allocator_counting_init(&counting, &tracking.base);
    allow(SIZE_MAX);
}

static void start(size_t slots)
{
    prepare();
    deque = ws_deque_create(subject_door(&failing.base), slots);
    expect_not_null(deque, "ws_deque_create(allocator, %zu) makes a deque when there is memory",
                    slots);
}

static void finish(void)
{
    struct allocator_fault fault;
    ws_deque_destroy(deque);
    if (allocator_tracking_check(&tracking) > 0 && allocator_tracking_fault(&tracking, 0, &fault))
        subject_expect(false, SUBJECT_HERE, "no fault", allocator_fault_name(fault.kind),
                       "the deque uses only memory that it has from the allocator, and gives each "
                       "block back once, with the size and alignment that it was asked for with");
    expect_no_leak(allocator_counting_read(&counting).live_bytes,
                   "ws_deque_destroy gives all memory back to the allocator");
    allocator_tracking_fini(&tracking);
}

static int number_of(const void *item)
{
    if (!item)
        return NOBODY;
    for (int i = 0; i < ITEMS; i++)
        if (item == &items[i])
            return i;
    return STRANGER;
}

static int push(int number)
{
    return ws_deque_push(deque, &items[number]);
}

static int pop(void)
{
    return number_of(ws_deque_pop(deque));
}

static int number_of_stolen(enum ws_deque_stolen stolen, const void *item)
{
    if (stolen == WS_DEQUE_STOLEN)
        return item ? number_of(item) : STRANGER;
    if (item)
        return STRANGER; /* the contract: left alone */
    return stolen == WS_DEQUE_EMPTY ? NOBODY : LOST;
}

static int steal(void)
{
    void *item = NULL;
    enum ws_deque_stolen stolen = ws_deque_steal(deque, &item);
    return number_of_stolen(stolen, item);
}

static const char *name_of(int number)
{
    return number == NOBODY     ? "nothing"
           : number == LOST     ? "WS_DEQUE_LOST"
           : number == STRANGER ? "what is no item"
                                : subject_format("item %d", number);
}

/* `requirement` is one literal, and its arguments. */
#define EXPECT_ITEM(actual, wanted, ...)                                                           \
    do {                                                                                           \
        int item_a = (actual), item_w = (wanted);                                                  \
        if (item_a != item_w)                                                                      \
            subject_expect(false, SUBJECT_HERE, name_of(item_w), name_of(item_a), __VA_ARGS__);    \
    } while (0)

static void expect_push(int number)
{
    expect_int(push(number), 0, "a push succeeds when there is memory");
}

/* ---- one thread ---- */

static void empty_deque(void)
{
    for (size_t slots = 1; slots <= 5; slots++) {
        start(slots);
        for (int turn = 0; turn < 20; turn++) {
            EXPECT_ITEM(pop(), NOBODY, "a pop of an empty deque gives NULL");
            EXPECT_ITEM(steal(), NOBODY, "a steal from an empty deque gives WS_DEQUE_EMPTY");
            expect_push(turn);
            EXPECT_ITEM(turn % 3 ? pop() : steal(), turn, "the only item is had by %s",
                        turn % 3 ? "a pop" : "a steal");
        }
        EXPECT_ITEM(pop(), NOBODY, "a pop of a deque that all have left gives NULL");
        EXPECT_ITEM(steal(), NOBODY,
                    "a steal from a deque that all have left gives WS_DEQUE_EMPTY");
        finish();
    }
    subject_done();
}

static void pop_takes_the_youngest(void)
{
    start(8);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 8; i++)
            expect_push(i);
        for (int i = 8; i-- > 0;)
            EXPECT_ITEM(pop(), i, "a pop gives the item that was pushed last");
    }
    finish();
    subject_done();
}

static void steal_takes_the_oldest(void)
{
    start(8);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 8; i++)
            expect_push(i);
        for (int i = 0; i < 6; i++)
            EXPECT_ITEM(steal(), i, "a steal gives the item that was pushed first");
        EXPECT_ITEM(pop(), 7, "a pop gives the item that was pushed last");
        EXPECT_ITEM(steal(), 6, "a steal gives the item that is left");
    }
    expect_push(3);
    finish();
    subject_done();
}

/* xorshift: its state is never 0. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int model[4 * ITEMS], model_top, model_bottom;

static int model_pop(void)
{
    return model_top < model_bottom ? model[--model_bottom] : NOBODY;
}

static int model_steal(void)
{
    return model_top < model_bottom ? model[model_top++] : NOBODY;
}

static void random_operations(void)
{
    uint64_t state = subject_seed() * 2 + 1;
    for (size_t slots = 1; slots <= 16; slots = slots * 2 + slots % 2) {
        start(slots);
        model_top = model_bottom = 0;
        for (int i = 0; i < 4000; i++) {
            uint64_t what = next_random(&state) % 16;
            if (model_top == model_bottom)
                model_top = model_bottom = 0;
            if (what < 8 && model_bottom - model_top < ITEMS && model_bottom < 4 * ITEMS) {
                model[model_bottom++] = i % ITEMS;
                expect_push(i % ITEMS);
            } else if (what < 12) {
                EXPECT_ITEM(pop(), model_pop(), "operation %d, a pop, gives the right item", i);
            } else {
                EXPECT_ITEM(steal(), model_steal(), "operation %d, a steal, gives the right item",
                            i);
            }
        }
        finish();
    }
    subject_done();
}

/* ---- growing, and memory ---- */

enum { BYTES_FOR_AN_ITEM = 64, BYTES_BESIDE = 4096 };

static void expect_bounded(size_t most_items)
{
    expect_at_most(
        allocator_counting_read(&counting).peak_bytes,
        BYTES_FOR_AN_ITEM * most_items + BYTES_BESIDE,
        "a deque that never had more than %zu items holds at most %d bytes for each, and "
        "%d",
        most_items, BYTES_FOR_AN_ITEM, BYTES_BESIDE);
}

static void it_grows(void)
{
    start(1);
    for (size_t i = 0; i < MANY; i++) {
        many[i].value = i;
        expect_int(ws_deque_push(deque, &many[i]), 0, "a push succeeds when there is memory");
    }
    expect_bounded(MANY);
    for (size_t i = 0; i < MANY / 2; i++) {
        void *item = NULL;
        expect_int(ws_deque_steal(deque, &item), WS_DEQUE_STOLEN, "steal %zu of %d finds an item",
                   i, MANY);
        expect_pointer(item, &many[i], "steal %zu of %d finds the oldest item", i, MANY);
        expect_pointer(ws_deque_pop(deque), &many[MANY - 1 - i], "pop %zu of %d finds the youngest",
                       i, MANY);
    }
    EXPECT_ITEM(pop(), NOBODY, "then the deque is empty");
    finish();
    start(4);
    expect_push(0);
    for (int i = 0; i < 20000; i++) { /* never more than three, never none */
        expect_push((i + 1) % ITEMS);
        expect_push((i + 2) % ITEMS);
        EXPECT_ITEM(steal(), i % ITEMS, "a steal gives the oldest item");
        EXPECT_ITEM(pop(), (i + 2) % ITEMS, "a pop gives the youngest item");
    }
    expect_bounded(4);
    finish();
    start(WS_DEQUE_SLOTS_MAX);
    expect_bounded(WS_DEQUE_SLOTS_MAX);
    expect_push(1);
    EXPECT_ITEM(steal(), 1, "a steal gives the oldest item");
    finish();
    subject_done();
}

/* Refuses one request and no other: memory that is short for a moment. */
static struct {
    struct allocator base;
    size_t asked, refused;
} picky;

static void *picky_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self;
    return picky.asked++ == picky.refused ? NULL
                                          : allocator_alloc(&counting.base, size_bytes, align);
}

static void *picky_resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                          size_t align)
{
    (void)self;
    if (picky.asked++ == picky.refused)
        return NULL;
    return allocator_resize(&counting.base, block, old_bytes, new_bytes, align);
}

static void picky_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)self;
    allocator_free(&counting.base, block, size_bytes, align);
}

static void refused_creation_is_survived(void)
{
    picky.base = (struct allocator){picky_alloc, picky_resize, picky_free};
    for (picky.refused = 0; picky.refused < 100; picky.refused++) {
        prepare();
        picky.asked = 0;
        deque = ws_deque_create(subject_door(&picky.base), 4);
        if (picky.asked <= picky.refused)
            break; /* it wants no more than that */
        expect_null(deque, "ws_deque_create gives NULL when a request is refused");
        expect_no_leak(allocator_counting_read(&counting).live_bytes,
                       "a ws_deque_create that gives NULL leaves nothing allocated");
        allocator_tracking_fini(&tracking);
    }
    expect_not_null(deque, "ws_deque_create makes a deque when nothing is refused");
    expect_push(1);
    EXPECT_ITEM(pop(), 1, "a deque that could be made works");
    finish();
}

/* Push until there is no room. The items stand in the slots in every way that they can. */
static void refused_growth_is_survived(int slots, int moved)
{
    int top = moved, bottom = moved;
    start((size_t)slots);
    for (int i = 0; i < moved; i++) {
        expect_push(i);
        EXPECT_ITEM(i % 2 ? steal() : pop(), i, "the only item is had");
    }
    allow(0);
    while (bottom - top < 32 && push(bottom) == 0)
        bottom++;
    expect_true(bottom - top >= slots, "a deque that was made for %d items has room for them",
                slots);
    for (int turn = 0; turn < 3 && bottom - top < 32; turn++)
        expect_int(push(bottom), -ENOMEM,
                   "a push for which there is no room and no memory: -ENOMEM");
    EXPECT_ITEM(steal(), top++, "what was in the deque is still there: a steal");
    expect_int(push(bottom++), 0, "where an item was taken, there is room for one");
    EXPECT_ITEM(pop(), --bottom, "what was in the deque is still there: a pop");
    allow(SIZE_MAX);
    for (int i = 0; i < 5; i++)
        expect_push(bottom++);
    while (top < bottom)
        EXPECT_ITEM(steal(), top++, "when there is memory again, the deque grows");
    EXPECT_ITEM(steal(), NOBODY, "then the deque is empty");
    finish();
}

static void refused_memory_is_survived(void)
{
    refused_creation_is_survived();
    for (int slots = 1; slots <= 9; slots++)
        for (int moved = 0; moved < 5; moved++)
            refused_growth_is_survived(slots, moved);
    subject_done();
}

/* ---- an operation that is stopped at each of its instructions ---- */

/* Memory that is handed out in few instructions, for each of them is a place to stop. What is freed is
 * spoilt, so that who reads it comes out with no item. */
static struct {
    struct allocator base;
    _Alignas(128) unsigned char bytes[16384];
    size_t used;
} region;

static void *region_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    size_t begin = (region.used + align - 1) & ~(align - 1);
    (void)self;
    if (begin > sizeof(region.bytes) || size_bytes > sizeof(region.bytes) - begin)
        return NULL;
    region.used = begin + size_bytes;
    return region.bytes + begin;
}

static void *region_resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                           size_t align)
{
    void *moved = region_alloc(self, new_bytes, align);
    if (moved && block) {
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        memset(block, 0, old_bytes);
    }
    return moved;
}

static void region_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)self, (void)align;
    memset(block, 0, size_bytes);
}

struct history {
    int numbers[2 * ITEMS];
    size_t count;
};

static void note(struct history *history, int number)
{
    if (history->count < sizeof(history->numbers) / sizeof(history->numbers[0]))
        history->numbers[history->count++] = number;
}

/* What is in it at first: items 0 to count - 1, 0 the oldest, after some came and went. */
struct setting {
    size_t slots;
    int moved, count;
};

/* '+' pushes the next item, '-' pops, '<' steals. */
struct scene {
    struct setting setting;
    char stopped;
    const char *script;
};

static int next_item;

static void fill(const struct setting *setting)
{
    region.base = (struct allocator){region_alloc, region_resize, region_free};
    region.used = 0;
    memset(region.bytes, 0xa5, sizeof(region.bytes));
    deque = ws_deque_create(subject_door(&region.base), setting->slots);
    expect_not_null(deque, "ws_deque_create(allocator, %zu) makes a deque when there is memory",
                    setting->slots);
    for (int i = 0; i < setting->moved; i++) {
        push(ITEMS - 1);
        EXPECT_ITEM(i % 2 ? pop() : steal(), ITEMS - 1, "the only item is had");
    }
    for (next_item = 0; next_item < setting->count; next_item++)
        expect_push(next_item);
}

static void model_fill(const struct setting *setting)
{
    model_top = model_bottom = 0;
    for (next_item = 0; next_item < setting->count; next_item++)
        model[model_bottom++] = next_item;
}

/* A thief that has lost tries again, and may not lose for ever. */
static int steal_at_last(void)
{
    int number = LOST;
    for (int attempt = 0; attempt < 4 && number == LOST; attempt++)
        number = steal();
    return number;
}

static void act(char what, struct history *history)
{
    if (what == '+')
        push(next_item++);
    else
        note(history, what == '-' ? pop() : steal_at_last());
}

static void model_act(char what, struct history *history)
{
    if (what == '+')
        model[model_bottom++] = next_item++;
    else
        note(history, what == '-' ? model_pop() : model_steal());
}

struct outcome {
    struct history own, others, rest;
};

/* The stopped operation: one item, if it is a push, is kept for it. */
static struct outcome real;
static const struct scene *current;

/* What it gave. The harness's own instructions are places to stop, too: few. */
static struct {
    void *item;
    int pushed;
    enum ws_deque_stolen stolen;
} given;

static void run_push(void *context)
{
    (void)context;
    given.pushed = ws_deque_push(deque, &items[ITEMS - 2]);
}

static void run_pop(void *context)
{
    (void)context;
    given.item = ws_deque_pop(deque);
}

static void run_steal(void *context)
{
    (void)context;
    given.stolen = ws_deque_steal(deque, &given.item);
}

static const step_fn stopped_ones[] = {['+'] = run_push, ['-'] = run_pop, ['<'] = run_steal};

static int number_given(void)
{
    if (current->stopped == '+')
        return given.pushed == 0 ? ITEMS - 2 : NOBODY;
    return current->stopped == '-' ? number_of(given.item)
                                   : number_of_stolen(given.stolen, given.item);
}

static void run_others(void *context)
{
    (void)context;
    for (const char *at = current->script; *at; at++)
        act(*at, &real.others);
}

static void model_stopped(struct outcome *wanted)
{
    if (current->stopped == '+')
        note(&wanted->own, model[model_bottom++] = ITEMS - 2);
    else
        note(&wanted->own, current->stopped == '-' ? model_pop() : model_steal());
}

/* As it has to be if the operation happens when `before` of the others' are done, or loses and does nothing. */
static struct outcome modelled(size_t before, bool loses)
{
    struct outcome wanted = {.own.count = 0};
    model_fill(&current->setting);
    for (size_t i = 0; i <= strlen(current->script); i++) {
        if (i == before && !loses)
            model_stopped(&wanted);
        if (current->script[i])
            model_act(current->script[i], &wanted.others);
    }
    if (loses)
        note(&wanted.own, LOST);
    while (model_top < model_bottom)
        note(&wanted.rest, model_pop());
    return wanted;
}

static bool same_history(const struct history *a, const struct history *b)
{
    return a->count == b->count &&
           memcmp(a->numbers, b->numbers, a->count * sizeof(a->numbers[0])) == 0;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return same_history(&a->own, &b->own) && same_history(&a->others, &b->others) &&
           same_history(&a->rest, &b->rest);
}

static bool somebody_took(const struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        if (history->numbers[i] >= 0)
            return true;
    return false;
}

static bool is_possible(void)
{
    for (size_t before = 0; before <= strlen(current->script); before++) {
        struct outcome wanted = modelled(before, false);
        if (same(&real, &wanted))
            return true;
    }
    struct outcome lost = modelled(0, true);
    return current->stopped == '<' && somebody_took(&lost.others) && same(&real, &lost);
}

/* " 2 3". */
static const char *numbers_of(const struct history *history)
{
    char words[sizeof(history->numbers) / sizeof(history->numbers[0]) * sizeof(" stranger")] = "";
    for (size_t i = 0; i < history->count; i++) {
        int number = history->numbers[i];
        if (number >= 0)
            sprintf(words + strlen(words), number == ITEMS - 2 ? " new" : " %d", number);
        else
            strcat(words, number == NOBODY ? " nothing" : number == LOST ? " lost" : " stranger");
    }
    return subject_format("%s", history->count ? words : " nothing");
}

static const char *words_of(const struct outcome *outcome)
{
    return subject_format("it gives%s; the others get%s; left are, from the youngest,%s",
                          numbers_of(&outcome->own), numbers_of(&outcome->others),
                          numbers_of(&outcome->rest));
}

static void judge(size_t steps)
{
    static const char *const names[] = {['+'] = "a push", ['-'] = "a pop", ['<'] = "a steal"};
    if (is_possible())
        return;
    struct outcome first = modelled(0, false), last = modelled(strlen(current->script), false);
    char both[700];
    snprintf(both, sizeof(both), "%s; ", words_of(&first));
    snprintf(both + strlen(both), sizeof(both) - strlen(both), "or %s; or another order%s",
             words_of(&last), current->stopped == '<' ? ", or WS_DEQUE_LOST" : "");
    subject_expect(
        false, SUBJECT_HERE, both, words_of(&real),
        "%s is stopped (%zu instructions after the test's call of it), others do %s (- pop, < "
        "steal, + push), it goes on: as if it had happened at one moment. Items 0 to %d, 0 the "
        "oldest; made for %zu, after %d had come and gone",
        names[(int)current->stopped], steps, current->script, current->setting.count - 1,
        current->setting.slots, current->setting.moved);
}

static void stop_anywhere(const struct scene *scene)
{
    bool stopped = true;
    current = scene;
    for (size_t steps = 0; stopped; steps++) {
        fill(&scene->setting);
        real = (struct outcome){.own.count = 0};
        given.item = NULL;
        stopped = step_run(stopped_ones[(int)scene->stopped], NULL, steps, run_others, NULL);
        if (!stopped)
            break;
        note(&real.own, number_given());
        for (int number; (number = pop()) != NOBODY && real.rest.count < ITEMS;)
            note(&real.rest, number);
        judge(steps);
        ws_deque_destroy(deque);
    }
}

static void stop_in_scenes(char stopped, const struct setting *settings, const char *const *scripts)
{
    for (; settings->slots; settings++)
        for (const char *const *script = scripts; *script; script++)
            stop_anywhere(&(struct scene){*settings, stopped, *script});
    subject_done();
}

/* The owner's operations: the others are thieves. */
static void pop_is_stopped_anywhere(void)
{
    stop_in_scenes('-',
                   (const struct setting[]){{1, 0, 1}, {2, 1, 2}, {4, 3, 3}, {4, 2, 4}, {0, 0, 0}},
                   (const char *const[]){"<", "<<<", NULL});
}

static void push_is_stopped_anywhere(void)
{
    stop_in_scenes('+', (const struct setting[]){{1, 0, 1}, {4, 2, 3}, {0, 0, 0}},
                   (const char *const[]){"<<<", NULL});
}

/* The owner pops and pushes, into the same slots and into larger arrays; and other thieves steal. */
static void steal_is_stopped_anywhere(void)
{
    stop_in_scenes('<', (const struct setting[]){{1, 0, 1}, {2, 1, 2}, {4, 3, 3}, {0, 0, 0}},
                   (const char *const[]){"<", "-", "---+", "---++++", "<++++", "+++++++", "<<<+++-",
                                         "-+-+<+", NULL});
}

/* ---- threads ---- */

/* A turn that is passed on by relaxed operations: it says "now", and orders nothing. */
static atomic_int turn;

static void wait_for_turn(int mine)
{
    while (atomic_load_explicit(&turn, memory_order_relaxed) != mine)
        sched_yield();
}

enum { PASSED = 20 };

static void *push_values(void *argument)
{
    (void)argument;
    for (int i = 0; i < PASSED; i++) {
        items[i].value = 40u + (unsigned)i;
        push(i);
    }
    atomic_store_explicit(&turn, 1, memory_order_relaxed);
    return NULL;
}

/* Nothing but the deque makes the writes of the owner come before the reads of the thief. */
static void values_are_passed_on(void)
{
    for (size_t slots = 1; slots <= 32; slots *= 32) {
        pthread_t owner;
        size_t values[PASSED] = {0};
        start(slots);
        atomic_store(&turn, 0);
        expect_int(pthread_create(&owner, NULL, push_values, NULL), 0, "a thread starts");
        wait_for_turn(1);
        for (int i = 0; i < PASSED; i++)
            values[i] = steal() == i ? items[i].value : 0;
        pthread_join(owner, NULL);
        for (int i = 0; i < PASSED; i++)
            expect_int(values[i], 40 + i,
                       "what the owner wrote to an item is there for who steals it");
        finish();
    }
    subject_done();
}

enum { THIEVES = 3, SHARED_MAX = 40000 };

/* One for each item: how often it was had. */
static atomic_uchar had[SHARED_MAX];
static atomic_bool over;
static atomic_int ready;

struct taker {
    size_t taken, spoilt;
};

static void take(struct taker *taker, void *item)
{
    size_t number = (size_t)((struct item *)item - many);
    taker->taken++;
    if (!item || number >= SHARED_MAX || many[number].value != number + 7)
        taker->spoilt++;
    else
        atomic_fetch_add_explicit(&had[number], 1, memory_order_relaxed);
}

static void *thieve(void *argument)
{
    struct taker *taker = argument;
    enum ws_deque_stolen stolen;
    atomic_fetch_add(&ready, 1);
    do {
        bool last_look = atomic_load(&over);
        void *item = NULL;
        stolen = ws_deque_steal(deque, &item);
        if (stolen == WS_DEQUE_STOLEN)
            take(taker, item);
        else if (stolen == WS_DEQUE_EMPTY && last_look)
            return NULL;
        else
            sched_yield();
    } while (taker->spoilt == 0);
    return NULL;
}

/* The owner keeps few in it, so that the last one is wanted by all; now and then it makes it grow. */
static void own(struct taker *taker, size_t count, uint64_t random)
{
    while (atomic_load(&ready) < THIEVES)
        sched_yield();
    for (size_t i = 0; i < count && taker->spoilt == 0;) {
        size_t burst = 1 + next_random(&random) % (next_random(&random) % 64 == 0 ? 50 : 3);
        for (; burst > 0 && i < count; burst--, i++) {
            many[i].value = i + 7;
            taker->spoilt += ws_deque_push(deque, &many[i]) != 0;
        }
        for (size_t pops = next_random(&random) % 5; pops > 0; pops--) {
            void *item = ws_deque_pop(deque);
            if (!item)
                break;
            take(taker, item);
        }
        if (next_random(&random) % 256 == 0)
            sched_yield(); /* also on one core the thieves have their turn */
    }
    for (void *item; (item = ws_deque_pop(deque));)
        take(taker, item);
}

static void check_shares(const struct taker takers[THIEVES + 1], size_t count)
{
    size_t taken = 0;
    for (size_t i = 0; i <= THIEVES; i++) {
        expect_size(takers[i].spoilt, 0, "an item comes out with the value that it went in with");
        taken += takers[i].taken;
    }
    for (size_t i = 0; i < count; i++)
        expect_int(atomic_load(&had[i]), 1, "each item is had once: item %zu of %zu", i, count);
    expect_size(taken, count, "as many items come out as went in");
}

static void overlap(size_t count, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        struct taker takers[THIEVES + 1] = {{0, 0}};
        pthread_t threads[THIEVES];
        start(1u << round % 3);
        memset(had, 0, sizeof(had));
        atomic_store(&over, false);
        atomic_store(&ready, 0);
        for (size_t i = 0; i < THIEVES; i++)
            expect_int(pthread_create(&threads[i], NULL, thieve, &takers[i]), 0, "a thread starts");
        own(&takers[THIEVES], count, subject_seed() * 8 + (unsigned)round + 1);
        atomic_store(&over, true);
        for (size_t i = 0; i < THIEVES; i++)
            pthread_join(threads[i], NULL);
        check_shares(takers, count);
        finish();
    }
    subject_done();
}

static void threads_overlap(void)
{
    overlap(400, 6);
}

static void contention_is_survived(void)
{
    overlap(SHARED_MAX, 1);
}

const struct subject_test subject_tests[] = {
    {"empty_deque", empty_deque},
    {"pop_takes_the_youngest", pop_takes_the_youngest},
    {"steal_takes_the_oldest", steal_takes_the_oldest},
    {"random_operations", random_operations},
    {"it_grows", it_grows},
    {"refused_memory_is_survived", refused_memory_is_survived},
    {"pop_is_stopped_anywhere", pop_is_stopped_anywhere},
    {"push_is_stopped_anywhere", push_is_stopped_anywhere},
    {"steal_is_stopped_anywhere", steal_is_stopped_anywhere},
    {"values_are_passed_on", values_are_passed_on},
    {"threads_overlap", threads_overlap},
    {"contention_is_survived", contention_is_survived},
    {NULL, NULL},
};
