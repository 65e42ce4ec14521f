/* test_spsc_ring.c - the graded tests of 02_concurrency/spsc_ring: what the handout promises.
 *
 * Items are numbered, so that what comes out says whether something was lost, doubled or exchanged. In the two
 * `..._is_stopped_anywhere` one thread plays both: an operation is stopped after each of its instructions in turn
 * (step.h), the other side's run there, and what comes out has to be what the contract allows. In the two
 * `..._seldom_looks` the other side's line begins a page of its own, which may not be touched: the handler of the
 * fault opens it, and the test counts the operations that needed it open.
 */
#include "spsc_ring.h"
#include "step.h"
#include "subject.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- a ring, and what it should hold ---- */

enum { BATCH_MAX = 16 };

struct watched {
    struct spsc_ring *ring;
    void **slots;
    uint32_t capacity;
    uintptr_t pushed, popped; /* the numbers of the next item to push and of the next to come out */
    bool disorder;            /* something else came out */
};

static uint32_t inside(const struct watched *watched)
{
    return (uint32_t)(watched->pushed - watched->popped);
}

/* Item number 0 is NULL: an item like others. */
static void *item(uintptr_t number)
{
    return (void *)(number * 8);
}

/* How many operations move: 1 by the simple call, others by the one for batches. Returns: how many were moved. */
static size_t push_some(struct watched *watched, size_t count, bool simple)
{
    void *items[BATCH_MAX];
    for (size_t i = 0; i < BATCH_MAX; i++)
        items[i] = item(watched->pushed + i);
    size_t moved = simple ? spsc_ring_push(watched->ring, items[0])
                          : spsc_ring_push_many(watched->ring, items, count);
    watched->pushed += moved;
    return moved;
}

static size_t pop_some(struct watched *watched, size_t count, bool simple)
{
    void *items[BATCH_MAX];
    memset(items, 0xa5, sizeof(items));
    size_t moved = simple ? spsc_ring_pop(watched->ring, items)
                          : spsc_ring_pop_many(watched->ring, items, count);
    for (size_t i = 0; i < BATCH_MAX && i < moved; i++)
        watched->disorder |= items[i] != item(watched->popped + i);
    watched->popped += moved;
    return moved;
}

/* A ring in memory that held something else, and slots of which none is more than there are. */
static struct watched watch_ring(struct spsc_ring *ring, uint32_t capacity, uint32_t start)
{
    void **slots = malloc(capacity * sizeof(*slots));
    expect_not_null(slots, "the harness has memory");
    memset(slots, 0xa5, capacity * sizeof(*slots));
    memset(ring, 0xa5, sizeof(*ring));
    spsc_ring_init(ring, slots, capacity, start);
    return (struct watched){.ring = ring, .slots = slots, .capacity = capacity};
}

static void unwatch(struct watched *watched)
{
    free(watched->slots);
}

/* ---- one thread ---- */

static void new_ring_is_empty(void)
{
    static struct spsc_ring ring;
    for (uint32_t capacity = 1; capacity <= 8; capacity *= 2) {
        struct watched watched = watch_ring(&ring, capacity, 0);
        void *items[2] = {&ring, &ring};
        expect_true(!spsc_ring_pop(&ring, items), "a pop of a new ring gives false");
        expect_size(spsc_ring_pop_many(&ring, items, 2), 0, "a batch of a new ring is empty");
        expect_pointer(items[0], &ring, "what finds nothing writes nothing");
        expect_pointer(items[1], &ring, "what finds nothing writes nothing");
        expect_true(spsc_ring_push(&ring, items), "then something can be pushed");
        unwatch(&watched);
    }
    subject_done();
}

static void first_in_first_out(void)
{
    static struct spsc_ring ring;
    struct watched watched = watch_ring(&ring, 8, 0);
    void *out = &ring;
    expect_true(spsc_ring_push(&ring, NULL), "NULL can be pushed");
    expect_true(spsc_ring_pop(&ring, &out), "and is an item like others");
    expect_null(out, "what was pushed comes out");
    for (int turn = 0; turn < 20; turn++) {
        for (int i = 0; i < 5; i++)
            expect_size(push_some(&watched, 1, true), 1, "a push into a ring with room gives true");
        for (int i = 0; i < 5; i++)
            expect_size(pop_some(&watched, 1, true), 1, "a pop of a ring with items gives true");
        expect_true(!watched.disorder, "items come out in the order in which they were pushed");
        expect_size(pop_some(&watched, 1, true), 0, "when all have left the ring is empty");
    }
    unwatch(&watched);
    subject_done();
}

/* Full means full: no slot is left over, and one that was given back can be used at once. */
static void capacity_is_used(void)
{
    static struct spsc_ring ring;
    for (uint32_t capacity = 1; capacity <= SPSC_RING_CAPACITY_MAX; capacity *= 4) {
        struct watched watched = watch_ring(&ring, capacity, 0);
        for (uint32_t i = 0; i < capacity; i++)
            expect_size(push_some(&watched, 1, true), 1, "push %u into a ring of %u", i + 1,
                        capacity);
        for (int turn = 0; turn < 3; turn++) {
            expect_size(push_some(&watched, 1, true), 0,
                        "a push into a full ring of %u gives false", capacity);
            expect_size(push_some(&watched, 3, false), 0, "nor does a batch go in");
            expect_size(pop_some(&watched, 1, true), 1, "a pop of a full ring");
            expect_size(push_some(&watched, 1, true), 1, "then there is room for one");
        }
        for (uint32_t i = 0; i < capacity; i++)
            expect_size(pop_some(&watched, 1, true), 1, "all %u come out", capacity);
        expect_size(pop_some(&watched, 1, true), 0, "and not one more");
        expect_true(!watched.disorder, "in the order in which they were pushed");
        unwatch(&watched);
    }
    subject_done();
}

/* The two batches of one step move what they should: all that there is room for, all that is inside. */
static void move_both(struct watched *watched, size_t pushes, size_t pops)
{
    size_t room = watched->capacity - inside(watched);
    expect_size(push_some(watched, pushes, false), pushes < room ? pushes : room,
                "a batch of %zu into a ring with room for %zu", pushes, room);
    size_t there = inside(watched);
    expect_size(pop_some(watched, pops, false), pops < there ? pops : there,
                "a batch of %zu out of a ring that holds %zu", pops, there);
    expect_true(!watched->disorder, "batches keep the order");
}

static void batches_go_as_far_as_they_can(void)
{
    static struct spsc_ring ring;
    for (uint32_t capacity = 1; capacity <= 16; capacity *= 2) {
        struct watched watched = watch_ring(&ring, capacity, 0);
        for (size_t pushes = 0; pushes <= BATCH_MAX; pushes++)
            for (size_t pops = 0; pops <= BATCH_MAX; pops++)
                move_both(&watched, pushes, pops);
        unwatch(&watched);
    }
    subject_done();
}

/* Over the end of the counts, at each distance from it, full and empty and in between. */
static void counts_come_round(void)
{
    static struct spsc_ring ring;
    for (uint32_t capacity = 1; capacity <= 8; capacity *= 2)
        for (uint32_t before = 0; before <= 2 * capacity; before++) {
            struct watched watched = watch_ring(&ring, capacity, 0u - before);
            expect_size(pop_some(&watched, 1, true), 0, "a ring that begins at %u is empty",
                        0u - before);
            for (uint32_t i = 0; i < 5 * capacity; i++) {
                while (inside(&watched) < capacity)
                    expect_size(push_some(&watched, 1, true), 1,
                                "a push into a ring of %u, start %u, with %u inside", capacity,
                                0u - before, inside(&watched));
                expect_size(push_some(&watched, 1, i % 2), 0, "the ring is full");
                move_both(&watched, 2, 1 + i % capacity);
            }
            while (inside(&watched) > 0)
                expect_size(pop_some(&watched, 1, true), 1, "all come out");
            expect_size(pop_some(&watched, 1, true), 0, "the ring is empty");
            expect_true(!watched.disorder, "in order");
            unwatch(&watched);
        }
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

/* Two rings in turn, so that nothing of one may be kept where the other finds it. */
static void random_operations(void)
{
    static struct spsc_ring rings[2];
    uint64_t state = subject_seed() * 2 + 1;
    struct watched both[2] = {watch_ring(&rings[0], 8, UINT32_MAX - 10000),
                              watch_ring(&rings[1], 32, 0)};
    char common[2][sizeof(rings[0].common)];
    for (int i = 0; i < 2; i++)
        memcpy(common[i], &rings[i].common, sizeof(common[i]));
    for (int i = 0; i < 20000; i++) {
        uint64_t random = next_random(&state);
        struct watched *watched = &both[random % 2];
        bool push = random & 2, simple = random & 4;
        size_t count = simple ? 1 : random / 8 % (BATCH_MAX + 1);
        size_t most = push ? watched->capacity - inside(watched) : inside(watched);
        size_t moved = push ? push_some(watched, count, simple) : pop_some(watched, count, simple);
        expect_size(moved, count < most ? count : most,
                    "operation %d, a %s of %zu where %zu can go", i, push ? "push" : "pop", count,
                    most);
        expect_true(!watched->disorder, "operation %d gives the oldest items", i);
    }
    for (int i = 0; i < 2; i++) {
        expect_true(memcmp(common[i], &rings[i].common, sizeof(common[i])) == 0,
                    "nobody writes to the common line after spsc_ring_init");
        unwatch(&both[i]);
    }
    subject_done();
}

/* ---- the other side's line ---- */

static char *closed_page;
static size_t page_bytes;
static volatile sig_atomic_t looked;

/* The other side's page was touched: note it and open the page. A fault elsewhere is the submission's. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    char *at = info->si_addr;
    (void)context;
    looked = at >= closed_page && at < closed_page + page_bytes;
    if (!looked || mprotect(closed_page, page_bytes, PROT_READ | PROT_WRITE) != 0)
        signal(number, SIG_DFL);
}

/* A ring of which the bytes before border lie in one page and the rest in the next. */
static struct spsc_ring *ring_across_pages(size_t border, bool close_second)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    char *pages =
        mmap(NULL, 2 * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    expect_true(pages != MAP_FAILED, "the harness has memory");
    action.sa_sigaction = on_fault;
    sigaction(SIGSEGV, &action, NULL);
    closed_page = pages + (close_second ? page_bytes : 0);
    return (struct spsc_ring *)(void *)(pages + page_bytes - border);
}

/* Returns: how many of the operations that move `count` items in steps of `step` touched the closed page. */
static size_t count_looks(struct watched *watched, bool push, size_t count, size_t step)
{
    size_t looks = 0, most = push ? watched->capacity - inside(watched) : inside(watched);
    for (size_t done = 0; done < count; done += step) {
        looked = 0;
        mprotect(closed_page, page_bytes, PROT_NONE);
        size_t moved =
            push ? push_some(watched, step, step == 1) : pop_some(watched, step, step == 1);
        mprotect(closed_page, page_bytes, PROT_READ | PROT_WRITE);
        looks += looked != 0;
        expect_size(moved, step, "%s %zu of %zu, one by one or in batches of %zu",
                    push ? "push" : "pop", done + step, most, step);
    }
    expect_true(!watched->disorder, "items come out in order");
    return looks;
}

/* The other side works, in batches, until this one can move count items. */
static void make_ready(struct watched *watched, bool push, size_t count)
{
    size_t ready;
    while ((ready = push ? watched->capacity - inside(watched) : inside(watched)) < count) {
        size_t step = count - ready < BATCH_MAX ? count - ready : BATCH_MAX;
        expect_size(push ? pop_some(watched, step, false) : push_some(watched, step, false), step,
                    "a batch of %zu that can be moved", step);
    }
}

/* One look tells of all that the other side has done. */
static void looks_are_few(bool push)
{
    static const size_t steps[] = {1, 4, 16, 1};
    enum { CAPACITY = 64 };
    size_t border =
        push ? offsetof(struct spsc_ring, consumer) : offsetof(struct spsc_ring, common);
    struct watched watched =
        watch_ring(ring_across_pages(border, push), CAPACITY, UINT32_MAX - 100);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        for (size_t count = CAPACITY; count >= 16; count /= 2) {
            make_ready(&watched, push, count);
            expect_at_most(
                count_looks(&watched, push, count, steps[i]), 1,
                "%s for %zu: so many of the %s's calls, of %zu each, touch the other's line",
                push ? "room" : "items", count, push ? "producer" : "consumer", steps[i]);
            make_ready(&watched, !push, watched.capacity);
        }
    unwatch(&watched);
    subject_done();
}

static void producer_seldom_looks(void)
{
    looks_are_few(true);
}

static void consumer_seldom_looks(void)
{
    looks_are_few(false);
}

/* ---- an operation that is stopped at each of its instructions ---- */

/* A script: '+' is a push, '-' a pop, and a number behind it makes it a batch of so many. */
struct scenario {
    const char *before, *operation, *others;
};

enum { STOP_CAPACITY = 4, MOVES_MAX = 4 };

/* How many items each call of a script moved. */
struct moves {
    size_t counts[MOVES_MAX], count;
};

static const char *next_move(const char *script, bool *push, bool *simple, size_t *count)
{
    *push = script[0] == '+';
    *simple = script[1] < '0' || script[1] > '9';
    *count = *simple ? 1 : (size_t)(script[1] - '0');
    return script + (*simple ? 1 : 2);
}

static void act(struct watched *watched, const char *script, struct moves *moves)
{
    bool push, simple;
    size_t count;
    while (*script) {
        script = next_move(script, &push, &simple, &count);
        size_t moved = push ? push_some(watched, count, simple) : pop_some(watched, count, simple);
        if (moves->count < MOVES_MAX)
            moves->counts[moves->count++] = moved;
    }
}

/* The same with numbers alone: `held` items are inside. */
static void act_model(size_t *held, const char *script, struct moves *moves)
{
    bool push, simple;
    size_t count;
    while (*script) {
        script = next_move(script, &push, &simple, &count);
        size_t most = push ? STOP_CAPACITY - *held : *held;
        count = count < most ? count : most;
        *held = push ? *held + count : *held - count;
        moves->counts[moves->count++] = count;
    }
}

static bool same_moves(const struct moves *a, const struct moves *b)
{
    return a->count == b->count &&
           memcmp(a->counts, b->counts, a->count * sizeof(a->counts[0])) == 0;
}

/* " 2 0" */
static const char *words_of(const struct moves *moves)
{
    char words[MOVES_MAX * 24] = "";
    for (size_t i = 0; i < moves->count; i++)
        sprintf(words + strlen(words), " %zu", moves->counts[i]);
    return subject_format("%s", words);
}

/* Either it came before the others and moved what it could then; or it came after them, and moved no less than it
 * could have moved before and no more than it can now, for it may have looked in between. */
static bool allowed(const struct scenario *scenario, size_t own, const struct moves *others,
                    const char **expected)
{
    struct moves before = {.count = 0}, least = before, most = before, first = before,
                 second = before;
    size_t held = 0, start;
    act_model(&held, scenario->before, &before);
    start = held;
    act_model(&held, scenario->operation, &least);
    act_model(&held, scenario->others, &second); /* the others come second */
    held = start;
    act_model(&held, scenario->others, &first);
    act_model(&held, scenario->operation, &most);
    *expected = subject_format("its own%s, the others'%s; or its own%s to%s, the others'%s",
                               words_of(&least), words_of(&second), words_of(&least),
                               words_of(&most), words_of(&first));
    return (own == least.counts[0] && same_moves(others, &second)) ||
           (own >= least.counts[0] && own <= most.counts[0] && same_moves(others, &first));
}

/* The call that is stopped, and nothing around it: each instruction costs a signal. */
struct stopped {
    struct spsc_ring *ring;
    bool push, simple;
    size_t count, moved;
    void *items[BATCH_MAX];
};

static void call_stopped(void *argument)
{
    struct stopped *call = argument;
    if (call->push)
        call->moved = call->simple ? spsc_ring_push(call->ring, call->items[0])
                                   : spsc_ring_push_many(call->ring, call->items, call->count);
    else
        call->moved = call->simple ? spsc_ring_pop(call->ring, call->items)
                                   : spsc_ring_pop_many(call->ring, call->items, call->count);
}

static struct stopped prepare(const struct watched *watched, const char *operation)
{
    struct stopped call = {.ring = watched->ring};
    next_move(operation, &call.push, &call.simple, &call.count);
    for (size_t i = 0; i < BATCH_MAX; i++)
        call.items[i] = call.push ? item(watched->pushed + i) : call.items;
    return call;
}

/* The others are the other side, so the two do not change the same numbers. */
static void note_stopped(struct watched *watched, const struct stopped *call)
{
    uintptr_t *moved = call->push ? &watched->pushed : &watched->popped;
    for (size_t i = 0; !call->push && i < call->moved && i < BATCH_MAX; i++)
        watched->disorder |= call->items[i] != item(watched->popped + i);
    *moved += call->moved;
}

struct meanwhile {
    struct watched *watched;
    const char *script;
    struct moves moves;
};

static void act_meanwhile(void *argument)
{
    struct meanwhile *meanwhile = argument;
    act(meanwhile->watched, meanwhile->script, &meanwhile->moves);
}

static void stop_once(const struct scenario *scenario, const char *name, size_t steps,
                      bool *stopped)
{
    static struct spsc_ring ring;
    struct watched watched = watch_ring(&ring, STOP_CAPACITY, UINT32_MAX - 5);
    struct moves before = {.count = 0};
    const char *expected;
    act(&watched, scenario->before, &before);
    struct stopped call = prepare(&watched, scenario->operation);
    struct meanwhile others = {.watched = &watched, .script = scenario->others};
    *stopped = step_run(call_stopped, &call, steps, act_meanwhile, &others);
    note_stopped(&watched, &call);
    if (*stopped && !allowed(scenario, call.moved, &others.moves, &expected))
        subject_expect(
            false, SUBJECT_HERE, expected,
            subject_format("its own %zu, the others'%s", call.moved, words_of(&others.moves)),
            "a ring of 4 after \"%s\"; the %s's call \"%s\" is stopped (%zu "
            "instructions after the test's call of it), the other side does \"%s\", "
            "it goes on. How many items did each call move? (+ is a push, -3 a batch "
            "of three pops)",
            scenario->before, name, scenario->operation, steps, scenario->others);
    expect_true(!watched.disorder,
                "the items come out in order (\"%s\", \"%s\" stopped after %zu instructions, "
                "\"%s\")",
                scenario->before, scenario->operation, steps, scenario->others);
    size_t left = inside(&watched);
    expect_size(pop_some(&watched, BATCH_MAX, false), left, "what is left comes out");
    expect_true(!watched.disorder, "what is left comes out in order");
    unwatch(&watched);
}

static void stop_anywhere(const struct scenario *scenario, const char *name)
{
    bool stopped = true;
    for (size_t steps = 0; stopped; steps++)
        stop_once(scenario, name, steps, &stopped);
}

static void producer_is_stopped_anywhere(void)
{
    static const struct scenario scenarios[] = {
        {"+4", "+", "-2"},
        {"+4-3", "+", "-3-"},
        {"+3", "+3", "-2"},
        {"+4-2", "+3", "-4-4"},
    };
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        stop_anywhere(&scenarios[i], "producer");
    subject_done();
}

static void consumer_is_stopped_anywhere(void)
{
    static const struct scenario scenarios[] = {
        {"", "-", "+2"},
        {"+4-3", "-", "+4+"},
        {"+", "-3", "+3"},
        {"+4-2", "-3", "+4+4"},
    };
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        stop_anywhere(&scenarios[i], "consumer");
    subject_done();
}

/* ---- two threads ---- */

/* A turn that is passed on by relaxed operations: it says "now", and orders nothing. */
static atomic_int turn;

static void wait_for_turn(int mine)
{
    while (atomic_load_explicit(&turn, memory_order_relaxed) != mine)
        sched_yield();
}

enum { PASSED = 4 };

struct passing {
    struct spsc_ring *ring;
    bool many;
    int values[PASSED];
};

static void push_passed(struct passing *passing, void *items[PASSED])
{
    if (passing->many)
        spsc_ring_push_many(passing->ring, items, PASSED);
    else
        for (int i = 0; i < PASSED; i++)
            spsc_ring_push(passing->ring, items[i]);
}

static void pop_passed(struct passing *passing, void *items[PASSED])
{
    if (passing->many)
        spsc_ring_pop_many(passing->ring, items, PASSED);
    else
        for (int i = 0; i < PASSED; i++)
            spsc_ring_pop(passing->ring, &items[i]);
}

static void *push_values(void *argument)
{
    struct passing *passing = argument;
    void *items[PASSED];
    for (int i = 0; i < PASSED; i++) {
        passing->values[i] = 40 + i;
        items[i] = &passing->values[i];
    }
    push_passed(passing, items);
    atomic_store_explicit(&turn, 1, memory_order_relaxed);
    return NULL;
}

/* Nothing but the ring makes the writes of one thread come before the reads of another. */
static void pass_values_on(bool many_pushed, bool many_popped)
{
    static struct spsc_ring ring;
    pthread_t thread;
    struct watched watched = watch_ring(&ring, PASSED, 0);
    struct passing pushing = {.ring = &ring, .many = many_pushed};
    struct passing popping = {.ring = &ring, .many = many_popped};
    void *items[PASSED] = {NULL};
    int values[PASSED] = {0};
    atomic_store(&turn, 0);
    expect_int(pthread_create(&thread, NULL, push_values, &pushing), 0, "a thread starts");
    wait_for_turn(1);
    pop_passed(&popping, items);
    for (int i = 0; i < PASSED; i++)
        values[i] = items[i] == &pushing.values[i] ? *(int *)items[i] : 0;
    pthread_join(thread, NULL);
    for (int i = 0; i < PASSED; i++)
        expect_int(values[i], 40 + i, "what a thread wrote before its push is there after the pop");
    unwatch(&watched);
}

static void values_are_passed_on(void)
{
    for (int i = 0; i < 4; i++)
        pass_values_on(i & 1, i & 2);
    subject_done();
}

static void *pop_values(void *argument)
{
    void *items[PASSED] = {NULL};
    pop_passed(argument, items);
    atomic_store_explicit(&turn, 1, memory_order_relaxed);
    return NULL;
}

/* And nothing but the ring makes the read of a slot come before the next write to it. */
static void give_slots_back(bool many_pushed, bool many_popped)
{
    static struct spsc_ring ring;
    pthread_t thread;
    struct watched watched = watch_ring(&ring, PASSED, 0);
    struct passing pushing = {.ring = &ring, .many = many_pushed};
    struct passing popping = {.ring = &ring, .many = many_popped};
    void *items[PASSED] = {&pushing, &pushing, &pushing, &pushing};
    push_passed(&pushing, items);
    atomic_store(&turn, 0);
    expect_int(pthread_create(&thread, NULL, pop_values, &popping), 0, "a thread starts");
    wait_for_turn(1);
    push_passed(&pushing, items);
    pthread_join(thread, NULL);
    expect_size(spsc_ring_pop_many(&ring, items, PASSED), PASSED, "the slots were used again");
    unwatch(&watched);
}

static void slots_are_given_back(void)
{
    for (int i = 0; i < 4; i++)
        give_slots_back(i & 1, i & 2);
    subject_done();
}

/* Both sides at once, singles and batches by chance, until `total` items went through or something went wrong. */
struct crossing {
    struct watched watched; /* of the producer, what it pushed; of the consumer, what came out */
    size_t total;
    uint64_t random;
};

static atomic_bool pushing_is_over, popping_is_over;

static void *push_all(void *argument)
{
    struct crossing *crossing = argument;
    struct watched *watched = &crossing->watched;
    while (watched->pushed < crossing->total &&
           !atomic_load_explicit(&popping_is_over, memory_order_relaxed)) {
        size_t left = crossing->total - watched->pushed;
        size_t count = next_random(&crossing->random) % 6;
        if (push_some(watched, count < left ? count : left, count == 0) == 0)
            sched_yield();
    }
    atomic_store(&pushing_is_over, true);
    return NULL;
}

static void *pop_all(void *argument)
{
    struct crossing *crossing = argument;
    struct watched *watched = &crossing->watched;
    while (watched->popped < crossing->total && !watched->disorder) {
        size_t count = next_random(&crossing->random) % 6;
        bool over = atomic_load(&pushing_is_over);
        if (pop_some(watched, count, count == 0) > 0)
            continue;
        if (over && count != 0 && pop_some(watched, BATCH_MAX, false) == 0)
            break; /* nothing more will come */
        sched_yield();
    }
    atomic_store_explicit(&popping_is_over, true, memory_order_relaxed); /* orders nothing */
    return NULL;
}

static void cross(size_t total)
{
    static struct spsc_ring ring;
    static struct crossing pushing, popping;
    pthread_t threads[2];
    struct watched alone = watch_ring(&ring, 8, 0);
    for (int i = 0; i < 24; i++) /* who cannot do it alone would keep two waiting */
        expect_size(push_some(&alone, 1, true) + pop_some(&alone, 1, true), 2,
                    "an item goes through");
    pushing = (struct crossing){alone, total, subject_seed() * 2 + 1};
    popping = (struct crossing){alone, total, subject_seed() * 2 + 3};
    expect_int(pthread_create(&threads[0], NULL, push_all, &pushing), 0, "a thread starts");
    expect_int(pthread_create(&threads[1], NULL, pop_all, &popping), 0, "a thread starts");
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    expect_true(!popping.watched.disorder, "items come out in the order in which they were pushed");
    expect_size(popping.watched.popped, total, "all items come out");
    unwatch(&alone);
    subject_done();
}

static void threads_overlap(void)
{
    cross(5000);
}

static void items_stream_through(void)
{
    cross(50000);
}

const struct subject_test subject_tests[] = {
    {"new_ring_is_empty", new_ring_is_empty},
    {"first_in_first_out", first_in_first_out},
    {"capacity_is_used", capacity_is_used},
    {"batches_go_as_far_as_they_can", batches_go_as_far_as_they_can},
    {"counts_come_round", counts_come_round},
    {"random_operations", random_operations},
    {"producer_is_stopped_anywhere", producer_is_stopped_anywhere},
    {"consumer_is_stopped_anywhere", consumer_is_stopped_anywhere},
    {"producer_seldom_looks", producer_seldom_looks},
    {"consumer_seldom_looks", consumer_seldom_looks},
    {"values_are_passed_on", values_are_passed_on},
    {"slots_are_given_back", slots_are_given_back},
    {"threads_overlap", threads_overlap},
    {"items_stream_through", items_stream_through},
    {NULL, NULL},
};
