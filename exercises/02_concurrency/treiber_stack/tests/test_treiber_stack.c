/* test_treiber_stack.c - the graded tests of 02_concurrency/treiber_stack: what the handout promises.
 *
 * In the tests of stops one thread plays two: an operation is stopped after each of its instructions in turn (step.h),
 * the other player's operations run there, and what comes out has to be what would have come out had they run before it
 * or after it. The memory is a yard (yard.h): either what was given back is closed, and who touches it is caught; or it
 * comes again as soon as it can, so that a node at the same address is another one.
 */
#include "step.h"
#include "subject.h"
#include "subject_door.h"
#include "treiber_stack.h"
#include "yard.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { LAST = TREIBER_STACK_THREADS - 1 };

/* Value number 0 is NULL: a value like others. */
static void *value_of(size_t number)
{
    return (void *)(number * 8);
}

static struct allocator_counting counting;
static struct treiber_stack *stack;

static void open_stack(void)
{
    allocator_counting_init(&counting, allocator_system());
    stack = treiber_stack_create(subject_door(&counting.base));
    expect_not_null(stack, "a stack is made");
}

static size_t live_blocks(void)
{
    return allocator_counting_read(&counting).live_blocks;
}

static void close_stack(void)
{
    treiber_stack_destroy(stack);
    expect_no_leak(allocator_counting_read(&counting).live_bytes,
                   "treiber_stack_destroy gives all memory back");
}

static void push_number(unsigned thread, size_t number)
{
    expect_true(treiber_stack_push(stack, thread, value_of(number)), "a push gives true");
}

static void pop_number(unsigned thread, size_t number)
{
    void *value = &stack;
    expect_true(treiber_stack_pop(stack, thread, &value), "a pop of a stack with items gives true");
    expect_pointer(value, value_of(number), "a pop gives the value that was pushed last");
}

/* ---- one thread ---- */

static void new_stack_is_empty(void)
{
    void *value = &value;
    open_stack();
    for (unsigned thread = 0; thread < TREIBER_STACK_THREADS; thread++)
        expect_true(!treiber_stack_pop(stack, thread, &value), "a pop of a new stack gives false");
    expect_pointer(value, &value, "what finds nothing writes nothing");
    push_number(0, 0);
    pop_number(LAST, 0);
    expect_true(!treiber_stack_pop(stack, 0, &value), "when all have left the stack is empty");
    close_stack();
    treiber_stack_destroy(NULL);
    subject_done();
}

static void last_in_first_out(void)
{
    open_stack();
    for (size_t count = 1; count <= 64; count *= 2)
        for (int turn = 0; turn < 3; turn++) {
            for (size_t i = 0; i < count; i++)
                push_number((unsigned)i % TREIBER_STACK_THREADS, i);
            for (size_t i = count; i-- > 0;)
                pop_number((unsigned)(i + 3) % TREIBER_STACK_THREADS, i);
        }
    close_stack();
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

static void random_operations(void)
{
    enum { DEEPEST = 200 };
    size_t model[DEEPEST], depth = 0, pushed = 0;
    uint64_t state = subject_seed() * 2 + 1;
    void *value;
    open_stack();
    for (int i = 0; i < 20000; i++) {
        uint64_t random = next_random(&state);
        unsigned thread = (unsigned)(random / 64 % TREIBER_STACK_THREADS);
        bool rises = i / 1000 % 2; /* up and down, to the bottom now and then */
        if (depth < DEEPEST && (random % 8 < (rises ? 5 : 3))) {
            push_number(thread, pushed);
            model[depth++] = pushed++;
        } else if (depth > 0) {
            pop_number(thread, model[--depth]);
        } else {
            expect_true(!treiber_stack_pop(stack, thread, &value), "the stack is empty");
        }
    }
    close_stack();
    subject_done();
}

/* Memory runs out at each request in turn, until it is enough. */
static void failure_is_survived(void)
{
    struct allocator_failing failing;
    size_t most = 0;
    for (size_t allowed = 0; allowed < 40; allowed++) {
        size_t pushed = 0;
        allocator_counting_init(&counting, allocator_system());
        allocator_failing_init(&failing, &counting.base, allowed);
        stack = treiber_stack_create(subject_door(&failing.base));
        for (; stack && pushed < 40; pushed++)
            if (!treiber_stack_push(stack, 0, value_of(pushed)))
                break;
        expect_true(pushed < 40, "without memory treiber_stack_create gives NULL, a push false");
        most = pushed > most ? pushed : most;
        void *value = NULL;
        for (size_t i = pushed; i-- > 0;) {
            expect_true(treiber_stack_pop(stack, (unsigned)i % 2, &value), "a pop needs no memory");
            expect_pointer(value, value_of(i), "a push that failed changed nothing");
        }
        expect_true(!stack || !treiber_stack_pop(stack, 0, &value),
                    "no more comes out than went in");
        close_stack();
    }
    expect_true(most >= 40 - 16,
                "of 39 blocks a new stack takes 16 at most, and an item takes one");
    subject_done();
}

/* Items inside, and items that were popped by this thread or that: all comes back. */
static void destroy_gives_everything_back(void)
{
    for (size_t items = 0; items <= 48; items += 3)
        for (unsigned thread = 0; thread < TREIBER_STACK_THREADS; thread += LAST) {
            open_stack();
            for (size_t i = 0; i < items; i++)
                push_number(0, i);
            for (size_t i = items; i-- > items / 3;)
                pop_number(thread, i);
            close_stack();
        }
    subject_done();
}

static void expect_little_garbage(size_t live, size_t own, size_t inside, const char *when)
{
    size_t most = own + inside + TREIBER_STACK_GARBAGE_MAX;
    expect_at_most(live, most,
                   "%s, no more than %d blocks are neither the stack's own (%zu, when it was new), "
                   "nor items' (%zu), nor given back: so many blocks",
                   when, TREIBER_STACK_GARBAGE_MAX, own, inside);
}

static void garbage_is_bounded(void)
{
    open_stack();
    size_t own = live_blocks();
    for (size_t i = 0; i < 1000; i++)
        push_number(0, i);
    for (size_t i = 1000; i-- > 500;)
        pop_number((unsigned)i % TREIBER_STACK_THREADS, i);
    expect_little_garbage(live_blocks(), own, 500, "after 500 of 1000 items were popped");
    for (unsigned thread = 0; thread < TREIBER_STACK_THREADS; thread++)
        for (size_t i = 0; i < 300; i++) {
            push_number(thread, i);
            pop_number(thread, i);
        }
    expect_little_garbage(live_blocks(), own, 500, "after each thread pushed and popped 300 times");
    for (size_t i = 500; i-- > 0;)
        pop_number(LAST, i);
    expect_little_garbage(live_blocks(), own, 0, "when all items were popped");
    close_stack();
    subject_done();
}

/* ---- an operation that is stopped at each of its instructions ---- */

enum { ITEMS = 6, MOVES_MAX = 12, NOTHING = -1, STRANGER = -2, CHURN = 300 };

/* What pops gave, by number. */
struct history {
    int numbers[MOVES_MAX];
    size_t count;
};

struct play {
    unsigned stopped, other; /* the threads' numbers */
    bool push;               /* what is stopped: a push of item 7, or a pop */
    bool guard;
    const char *script; /* '-' pops, a digit pushes that item */
    const char *words;
};

/* The play under way, for whoever touches what was given back. */
static const struct play *playing;
static size_t stopped_after;

static void note(struct history *history, int number)
{
    if (history->count < MOVES_MAX)
        history->numbers[history->count++] = number;
}

static int pop_and_say(unsigned thread)
{
    void *value = NULL;
    if (!treiber_stack_pop(stack, thread, &value))
        return NOTHING;
    uintptr_t number = (uintptr_t)value / 8;
    return number < 100 && value == value_of(number) ? (int)number : STRANGER;
}

static const char *words_of_stop(void)
{
    return subject_format("thread %u's %s is stopped (%zu instructions after the test's call of "
                          "it), thread %u's %s, it goes on. Items 0 to 5, 0 on top",
                          playing->stopped,
                          playing->push ? "treiber_stack_push" : "treiber_stack_pop", stopped_after,
                          playing->other, playing->words);
}

/* A page that was closed when its block was given back. Anything else is a crash like any other. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (playing && yard_is_closed(info->si_addr))
        subject_expect(false, SUBJECT_HERE, "not touched",
                       "touched: with malloc, this is a use after free",
                       "memory that was given back is not looked into. %s", words_of_stop());
    signal(number, SIG_DFL);
}

static void watch_closed_pages(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_fault;
    sigaction(SIGSEGV, &action, NULL);
}

static size_t own_blocks, inside_blocks; /* what may be live beside garbage */
static struct history others;
static const void *first_block; /* item 0's */

/* Push and pop often enough that nothing that could be given back is kept; and where addresses come again, stop
 * when item 8, which stays, has the block of item 0. */
static void churn(unsigned thread, bool guard)
{
    for (int i = 0; i < CHURN; i++) {
        treiber_stack_push(stack, thread, value_of(8));
        if (i + 1 == CHURN || (!guard && yard_block() == first_block))
            return;
        if (pop_and_say(thread) != 8)
            note(&others, STRANGER);
    }
}

static void meanwhile(void *context)
{
    const struct play *play = context;
    yard_play(1);
    for (const char *at = play->script; *at; at++) {
        if (*at == '-')
            note(&others, pop_and_say(play->other));
        else
            treiber_stack_push(stack, play->other, value_of((size_t)(*at - '0')));
    }
    churn(play->other, play->guard);
    expect_little_garbage(yard_live(), own_blocks, inside_blocks, words_of_stop());
    yard_play(0);
}

/* The call, and nothing around it: each instruction costs a signal. */
static void *popped;
static bool succeeded;

static void pop_stopped(void *context)
{
    succeeded = treiber_stack_pop(stack, ((const struct play *)context)->stopped, &popped);
}

static void push_stopped(void *context)
{
    succeeded = treiber_stack_push(stack, ((const struct play *)context)->stopped, value_of(7));
}

/* ---- and what should come of it ---- */

struct outcome {
    int own;
    struct history others, rest;
};

static int model[ITEMS + MOVES_MAX];
static size_t model_count;

static int model_pop(void)
{
    return model_count > 0 ? model[--model_count] : NOTHING;
}

static int model_own(const struct play *play)
{
    if (!play->push)
        return model_pop();
    model[model_count++] = 7;
    return true;
}

static struct outcome modelled(const struct play *play, bool own_first)
{
    struct outcome outcome = {.own = NOTHING};
    for (model_count = 0; model_count < ITEMS; model_count++)
        model[model_count] = (int)(ITEMS - 1 - model_count);
    if (own_first)
        outcome.own = model_own(play);
    for (const char *at = play->script; *at; at++) {
        if (*at == '-')
            note(&outcome.others, model_pop());
        else
            model[model_count++] = *at - '0';
    }
    model[model_count++] = 8; /* of churn */
    if (!own_first)
        outcome.own = model_own(play);
    while (model_count > 0)
        note(&outcome.rest, model_pop());
    return outcome;
}

static bool same_history(const struct history *a, const struct history *b)
{
    return a->count == b->count &&
           memcmp(a->numbers, b->numbers, a->count * sizeof(a->numbers[0])) == 0;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->own == b->own && same_history(&a->others, &b->others) &&
           same_history(&a->rest, &b->rest);
}

static const char *numbers_of(const struct history *history)
{
    char words[MOVES_MAX * sizeof(" something else")] = "";
    for (size_t i = 0; i < history->count; i++) {
        if (history->numbers[i] >= 0)
            sprintf(words + strlen(words), " %d", history->numbers[i]);
        else
            strcat(words, history->numbers[i] == NOTHING ? " nothing" : " something else");
    }
    return subject_format("%s", words);
}

static const char *words_of(const struct play *play, const struct outcome *outcome)
{
    struct history own = {.numbers = {outcome->own}, .count = 1};
    return subject_format("%s%s; the other's pops give%s; then the stack holds%s",
                          play->push ? "pushed" : "it gives", play->push ? "" : numbers_of(&own),
                          numbers_of(&outcome->others), numbers_of(&outcome->rest));
}

/* Everywhere among the first 128 instructions; behind them, where only the longest answers still are, ever fewer: the
 * time grows with the square of the length. */
static size_t next_stop(size_t steps)
{
    return steps + 1 + steps / 128;
}

/* Items 5 to 0 are pushed by the thread that will be stopped. Returns: whether the call was stopped. */
static bool play_once(const struct play *play, const struct outcome wanted[2], size_t steps)
{
    struct outcome real = {.own = NOTHING};
    yard_open(play->guard);
    stack = treiber_stack_create(yard_allocator());
    expect_not_null(stack, "a stack is made");
    own_blocks = yard_live();
    for (size_t i = ITEMS; i-- > 0;)
        push_number(play->stopped, i);
    first_block = yard_block();
    inside_blocks = ITEMS + 3; /* with what is pushed now, at most */
    others.count = 0;
    stopped_after = steps;
    playing = play;
    bool stopped = step_run(play->push ? push_stopped : pop_stopped, (void *)play, steps, meanwhile,
                            (void *)play);
    real.own =
        play->push || !succeeded ? (succeeded ? true : NOTHING) : (int)((uintptr_t)popped / 8);
    real.others = others;
    for (int number;
         stopped && (number = pop_and_say(play->other)) != NOTHING && real.rest.count < MOVES_MAX;)
        note(&real.rest, number);
    if (stopped && !same(&real, &wanted[0]) && !same(&real, &wanted[1]))
        subject_expect(
            false, SUBJECT_HERE,
            subject_format("%s; or %s", words_of(play, &wanted[0]), words_of(play, &wanted[1])),
            words_of(play, &real), "%s", words_of_stop());
    treiber_stack_destroy(stack);
    playing = NULL;
    expect_true(!yard_fault(), "blocks are given back as they were asked for, once (%s)",
                yard_fault());
    expect_no_leak(yard_live(), "treiber_stack_destroy gives everything back (%zu blocks)",
                   yard_live());
    return stopped;
}

static void stop_anywhere(const struct play *play)
{
    const struct outcome wanted[2] = {modelled(play, true), modelled(play, false)};
    watch_closed_pages();
    for (size_t steps = 0; play_once(play, wanted, steps); steps = next_stop(steps))
        ;
}

static void pop_is_stopped_anywhere(void)
{
    static const struct play plays[] = {
        {0, 1, false, true, "-", "pop 0 and then push and pop often"},
        {LAST, 0, false, true, "---", "pop 0, 1 and 2 and then push and pop often"},
        {2, LAST, false, true, "6", "push 6 and then push and pop often"},
        {0, LAST, false, true, "------", "pop all six and then push and pop often"},
    };
    for (size_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++)
        stop_anywhere(&plays[i]);
    subject_done();
}

static void addresses_come_again(void)
{
    static const struct play plays[] = {
        {0, 1, false, false, "--", "pop 0 and 1 and then push and pop until a node is where 0 was"},
        {LAST, 2, false, false, "------",
         "pop all six and then push and pop until a node is where 0 was"},
    };
    for (size_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++)
        stop_anywhere(&plays[i]);
    subject_done();
}

static void push_is_stopped_anywhere(void)
{
    static const struct play plays[] = {
        {0, 1, true, true, "-6", "pop 0, push 6 and then push and pop often"},
        {LAST, 0, true, false, "--",
         "pop 0 and 1 and then push and pop until a node is where 0 was"},
    };
    for (size_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++)
        stop_anywhere(&plays[i]);
    subject_done();
}

/* Four hundred items are inside when a pop is stopped, and others pop them all. */
enum { MANY = 400 };

static void pop_many_meanwhile(void *context)
{
    const struct play *play = context;
    yard_play(1);
    for (int i = 0; i < MANY; i++)
        pop_and_say(play->other);
    expect_little_garbage(yard_live(), own_blocks, 1, words_of_stop());
    yard_play(0);
}

static void stopped_pop_keeps_little(void)
{
    static const struct play play = {2, 1, false, false, "", "pop all 400"};
    bool stopped = true;
    for (size_t steps = 0; stopped; steps = next_stop(steps)) {
        yard_open(false);
        stack = treiber_stack_create(yard_allocator());
        expect_not_null(stack, "a stack is made");
        own_blocks = yard_live();
        for (size_t i = MANY; i-- > 0;)
            push_number(0, i);
        playing = &play;
        stopped_after = steps;
        stopped = step_run(pop_stopped, (void *)&play, steps, pop_many_meanwhile, (void *)&play);
        playing = NULL;
        treiber_stack_destroy(stack);
        expect_no_leak(yard_live(), "treiber_stack_destroy gives everything back");
    }
    subject_done();
}

/* ---- threads ---- */

/* A turn that is passed on by relaxed operations: it says "now", and orders nothing. */
static atomic_int turn;

enum { PASSED = 4 };

static void *push_values(void *argument)
{
    int *values = argument;
    for (int i = 0; i < PASSED; i++) {
        values[i] = 40 + i;
        treiber_stack_push(stack, 1, &values[i]);
    }
    atomic_store_explicit(&turn, 1, memory_order_relaxed);
    return NULL;
}

/* Nothing but the stack makes the writes of one thread come before the reads of another. */
static void values_are_passed_on(void)
{
    static int values[PASSED];
    int seen[PASSED] = {0};
    pthread_t thread;
    open_stack();
    expect_int(pthread_create(&thread, NULL, push_values, values), 0, "a thread starts");
    while (atomic_load_explicit(&turn, memory_order_relaxed) != 1)
        sched_yield();
    for (int i = PASSED; i-- > 0;) {
        void *value = NULL;
        if (treiber_stack_pop(stack, 0, &value) && value == &values[i])
            seen[i] = values[i];
    }
    pthread_join(thread, NULL);
    for (int i = 0; i < PASSED; i++)
        expect_int(seen[i], 40 + i, "what a thread wrote before its push is there after the pop");
    close_stack();
    subject_done();
}

enum { WORKERS = 4, SHARED = 16, HELD_MAX = 3 };

static atomic_int held[SHARED]; /* by how many */

struct worker {
    unsigned thread, turns, twice, spoilt, refused;
    uint64_t random;
};

/* Pop up to three, be late now and then, and push them again, the first one first: A, B, A. */
static void pop_some(struct worker *worker)
{
    uintptr_t own[HELD_MAX];
    size_t count = 0, wanted = 1 + next_random(&worker->random) % HELD_MAX;
    void *value;
    for (; count < wanted && treiber_stack_pop(stack, worker->thread, &value); count++) {
        own[count] = (uintptr_t)value / 8;
        if (own[count] >= SHARED) {
            worker->spoilt++;
            return;
        }
        worker->twice += atomic_fetch_add_explicit(&held[own[count]], 1, memory_order_relaxed) != 0;
    }
    if (next_random(&worker->random) % 8 == 0)
        sched_yield();
    for (size_t i = 0; i < count; i++) {
        atomic_fetch_sub_explicit(&held[own[i]], 1, memory_order_relaxed);
        worker->refused += !treiber_stack_push(stack, worker->thread, value_of(own[i]));
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned i = 0; i < worker->turns && worker->twice + worker->spoilt == 0; i++)
        pop_some(worker);
    return NULL;
}

static void overlap(unsigned turns)
{
    static struct worker workers[WORKERS];
    pthread_t threads[WORKERS];
    void *value;
    open_stack();
    for (size_t i = 0; i < SHARED; i++)
        push_number(0, i);
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] =
            (struct worker){.thread = i, .turns = turns, .random = subject_seed() * 8 + i + 1};
        expect_int(pthread_create(&threads[i], NULL, work, &workers[i]), 0, "a thread starts");
    }
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < WORKERS; i++) {
        expect_int(workers[i].twice, 0, "no two threads have the same item");
        expect_int(workers[i].spoilt, 0, "what comes out went in");
        expect_int(workers[i].refused, 0, "a push gives true while there is memory");
    }
    for (size_t i = 0; i < SHARED; i++)
        expect_true(treiber_stack_pop(stack, 0, &value), "no item is lost: pop %zu of %d", i + 1,
                    SHARED);
    expect_true(!treiber_stack_pop(stack, 0, &value), "no item is there twice");
    close_stack();
    subject_done();
}

static void threads_overlap(void)
{
    overlap(300);
}

static void contention_is_survived(void)
{
    overlap(4000);
}

const struct subject_test subject_tests[] = {
    {"new_stack_is_empty", new_stack_is_empty},
    {"last_in_first_out", last_in_first_out},
    {"random_operations", random_operations},
    {"failure_is_survived", failure_is_survived},
    {"destroy_gives_everything_back", destroy_gives_everything_back},
    {"garbage_is_bounded", garbage_is_bounded},
    {"pop_is_stopped_anywhere", pop_is_stopped_anywhere},
    {"addresses_come_again", addresses_come_again},
    {"push_is_stopped_anywhere", push_is_stopped_anywhere},
    {"stopped_pop_keeps_little", stopped_pop_keeps_little},
    {"values_are_passed_on", values_are_passed_on},
    {"threads_overlap", threads_overlap},
    {"contention_is_survived", contention_is_survived},
    {NULL, NULL},
};
