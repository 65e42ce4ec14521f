/* test_tagged_stack.c - the graded tests of 07_unsafe/tagged_stack: what the handout promises.
 *
 * Most give the same verdict every time. In the three `..._is_stopped_anywhere` one thread plays two:
 * an operation is stopped after each of its instructions in turn (step.h), others' operations run there,
 * and what comes out has to be what would have come out had they run before it or after it: an array
 * without secrets, the model, says what that is.
 */
#include "step.h"
#include "subject.h"
#include "tagged_stack.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

/* ---- one stack of a few items, known by their numbers, and its model ---- */

enum { ITEMS = 9, PUSHED = 6, NOBODY = -1, STRANGER = -2 };

static struct tagged_item items[ITEMS];
static struct tagged_stack stack;
static int model[ITEMS];
static size_t model_count;

/* What calls gave, and what was left at the end, from the top. */
struct history {
    int numbers[4 * ITEMS];
    size_t count;
};

static void note(struct history *history, int number)
{
    if (history->count < sizeof(history->numbers) / sizeof(history->numbers[0]))
        history->numbers[history->count++] = number;
}

static int number_of(const struct tagged_item *item)
{
    if (!item)
        return NOBODY;
    for (int i = 0; i < ITEMS; i++)
        if (item == &items[i])
            return i;
    return STRANGER;
}

/* The same three operations, as a submission does them and as an array does. */
struct actor {
    void (*push)(int number);
    int (*pop)(void);
    void (*take_all)(struct history *history);
};

static void stack_push(int number)
{
    if (number >= 0)
        tagged_stack_push(&stack, &items[number]);
}

static int stack_pop(void)
{
    return number_of(tagged_stack_pop(&stack));
}

/* One chain, which may be broken: it is followed so far and no further. */
static void note_chain(const struct tagged_item *item, struct history *history)
{
    for (size_t i = 0; item && i <= ITEMS; i++) {
        int number = number_of(item);
        note(history, number);
        item = number >= 0 ? tagged_stack_next(&stack, item) : NULL;
    }
    note(history, NOBODY);
}

static void stack_take_all(struct history *history)
{
    note_chain(tagged_stack_take_all(&stack), history);
}

static void model_push(int number)
{
    if (number >= 0)
        model[model_count++] = number;
}

static int model_pop(void)
{
    return model_count > 0 ? model[--model_count] : NOBODY;
}

static void model_take_all(struct history *history)
{
    while (model_count > 0)
        note(history, model_pop());
    note(history, NOBODY);
}

static const struct actor of_stack = {stack_push, stack_pop, stack_take_all};
static const struct actor of_model = {model_push, model_pop, model_take_all};

/* '-' pops, '*' takes all, 'a' to 'c' push a new item, and '0' pushes the first that came out. */
static void act(const struct actor *actor, const char *script, struct history *history)
{
    for (; *script; script++) {
        if (*script == '-')
            note(history, actor->pop());
        else if (*script == '*')
            actor->take_all(history);
        else if (*script == '0')
            actor->push(history->count > 0 ? history->numbers[0] : NOBODY);
        else
            actor->push(PUSHED + (*script - 'a'));
    }
}

static void drain(const struct actor *actor, struct history *history)
{
    for (size_t i = 0; i <= ITEMS; i++) {
        int number = actor->pop();
        note(history, number);
        if (number < 0)
            return;
    }
}

/* Items 0 to 5, 0 on top, in memory that held something else before. 8 was pushed and popped. */
static void fill(void)
{
    memset(&stack, 0xa5, sizeof(stack));
    memset(items, 0xa5, sizeof(items));
    tagged_stack_init(&stack, items, ITEMS);
    model_count = 0;
    for (int i = PUSHED; i-- > 0;) {
        tagged_stack_push(&stack, &items[i]);
        model_push(i);
    }
    tagged_stack_push(&stack, &items[ITEMS - 1]);
    tagged_stack_pop(&stack);
}

/* ---- one thread ---- */

static void empty_stack(void)
{
    memset(&stack, 0xa5, sizeof(stack));
    memset(items, 0xa5, sizeof(items));
    tagged_stack_init(&stack, items, ITEMS);
    expect_null(tagged_stack_pop(&stack), "a pop of a new stack gives NULL");
    expect_null(tagged_stack_take_all(&stack), "tagged_stack_take_all of a new stack gives NULL");
    for (int turn = 0; turn < 3; turn++) {
        tagged_stack_push(&stack, &items[1]);
        expect_pointer(tagged_stack_pop(&stack), &items[1], "a pop gives the item that was pushed");
        expect_null(tagged_stack_pop(&stack), "a pop of a stack that all have left gives NULL");
        expect_null(tagged_stack_take_all(&stack), "nothing is there to be taken");
    }
    subject_done();
}

static void last_in_first_out(void)
{
    fill();
    for (int i = 0; i < PUSHED; i++)
        expect_int(stack_pop(), i, "a pop gives the item that was pushed last");
    for (int i = 0; i < ITEMS; i++) {
        items[i].value = (uintptr_t)i;
        stack_push(i);
    }
    for (int i = ITEMS; i-- > 0;) {
        expect_int(stack_pop(), i, "items that were popped can be pushed again");
        expect_int(items[i].value, i, "an item's value is the caller's");
    }
    expect_null(tagged_stack_pop(&stack), "then the stack is empty");
    subject_done();
}

static void take_all_gives_a_chain(void)
{
    for (int count = 1; count <= ITEMS; count++) {
        fill();
        while (stack_pop() >= 0)
            ;
        for (int i = 0; i < count; i++)
            stack_push(i);
        const struct tagged_item *item = tagged_stack_take_all(&stack);
        expect_null(tagged_stack_pop(&stack), "after tagged_stack_take_all the stack is empty");
        for (int i = count; i-- > 0;) {
            expect_int(number_of(item), i, "the chain has the items from the top down (%d: none)",
                       NOBODY);
            item = tagged_stack_next(&stack, item);
        }
        expect_null(item, "the chain of %d items ends with NULL", count);
        stack_push(count / 2);
        expect_int(stack_pop(), count / 2, "an item of the chain can be pushed again");
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

static void random_operations(void)
{
    uint64_t state = subject_seed() * 2 + 1;
    int idle[ITEMS], idle_count = 0;
    fill();
    while (idle_count < ITEMS - PUSHED)
        idle[idle_count] = PUSHED + idle_count, idle_count++;
    for (int i = 0; i < 20000; i++) {
        uint64_t what = next_random(&state) % 16;
        struct history real = {.count = 0}, wanted = {.count = 0};
        if (what < 8 && idle_count > 0) {
            int number = idle[--idle_count];
            stack_push(number);
            model_push(number);
        } else if (what < 15) {
            act(&of_stack, "-", &real);
            act(&of_model, "-", &wanted);
        } else {
            act(&of_stack, "*", &real);
            act(&of_model, "*", &wanted);
        }
        expect_size(real.count, wanted.count, "operation %d gives as many items as it should", i);
        for (size_t at = 0; at < wanted.count; at++) {
            expect_int(real.numbers[at], wanted.numbers[at], "operation %d gives the right item",
                       i);
            if (wanted.numbers[at] >= 0)
                idle[idle_count++] = wanted.numbers[at];
        }
    }
    subject_done();
}

/* As many as there may be; and a second stack, of which the first one knows nothing. */
static void many_items(void)
{
    static struct tagged_item many[TAGGED_STACK_ITEMS_MAX];
    struct tagged_stack large;
    fill();
    tagged_stack_init(&large, many, TAGGED_STACK_ITEMS_MAX);
    for (size_t i = 0; i < TAGGED_STACK_ITEMS_MAX; i++)
        tagged_stack_push(&large, &many[i]);
    for (size_t i = TAGGED_STACK_ITEMS_MAX; i-- > TAGGED_STACK_ITEMS_MAX / 2;)
        expect_pointer(tagged_stack_pop(&large), &many[i], "item %zu of a large stack", i);
    const struct tagged_item *item = tagged_stack_take_all(&large);
    for (size_t i = TAGGED_STACK_ITEMS_MAX / 2; i-- > 0;) {
        expect_pointer(item, &many[i], "item %zu of a large stack's chain", i);
        item = tagged_stack_next(&large, item);
    }
    expect_int(stack_pop(), 0, "one stack knows nothing of another");
    subject_done();
}

/* ---- an operation that is stopped at each of its instructions ---- */

/* What others do meanwhile: the script, and then often enough a pop and a push of the same item. */
struct interruption {
    const char *script, *words;
    size_t rounds;
    struct history history;
};

static void interrupt(void *context)
{
    struct interruption *between = context;
    act(&of_stack, between->script, &between->history);
    for (size_t i = 0; i < between->rounds; i++)
        stack_push(stack_pop());
}

/* What is stopped, and what it gave. */
static struct tagged_item *given;

static void pop_one(void *context)
{
    (void)context;
    given = tagged_stack_pop(&stack);
}

static void push_one(void *context)
{
    (void)context;
    tagged_stack_push(&stack, &items[PUSHED + 2]);
}

static void take_them(void *context)
{
    (void)context;
    given = tagged_stack_take_all(&stack);
}

struct operation {
    const char *name, *script; /* the script does the same for the model */
    step_fn run;
};

static const struct operation pops = {"tagged_stack_pop", "-", pop_one};
static const struct operation pushes = {"tagged_stack_push", "c", push_one};
static const struct operation takes = {"tagged_stack_take_all", "*", take_them};

struct outcome {
    struct history own, others, rest;
};

/* " 2 3 -". A dash: nothing, or the end. */
static const char *numbers_of(const struct history *history)
{
    char words[sizeof(history->numbers) / sizeof(history->numbers[0]) * sizeof(" stranger")] = "";
    for (size_t i = 0; i < history->count; i++) {
        int number = history->numbers[i];
        if (number >= 0)
            sprintf(words + strlen(words), " %d", number);
        else
            strcat(words, number == NOBODY ? " -" : " stranger");
    }
    return subject_format("%s", words);
}

/* "it gives 0; the others get 0 1; left are 2 3 -" */
static const char *words_of(const struct outcome *outcome)
{
    return subject_format("it gives%s; the others get%s; left are%s", numbers_of(&outcome->own),
                          numbers_of(&outcome->others), numbers_of(&outcome->rest));
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

/* As it has to be if the operation takes place wholly before the others' or wholly after. */
static struct outcome modelled(const struct operation *operation, const char *script, bool first)
{
    struct outcome wanted = {.own.count = 0};
    model_count = 0;
    for (int i = PUSHED; i-- > 0;)
        model_push(i);
    if (first)
        act(&of_model, operation->script, &wanted.own);
    act(&of_model, script, &wanted.others);
    if (!first)
        act(&of_model, operation->script, &wanted.own);
    drain(&of_model, &wanted.rest);
    return wanted;
}

static void expect_one_of(const struct outcome *real, const struct outcome wanted[2],
                          const struct operation *operation, const struct interruption *between,
                          size_t steps)
{
    if (same(real, &wanted[0]) || same(real, &wanted[1]))
        return;
    char both[600];
    snprintf(both, sizeof(both), "%s; ", words_of(&wanted[0]));
    snprintf(both + strlen(both), sizeof(both) - strlen(both), "or %s", words_of(&wanted[1]));
    subject_expect(false, SUBJECT_HERE, both, words_of(real),
                   "%s is stopped (%zu instructions after the test's call of it), others %s%s, it "
                   "goes on: as if they had come before it or after it. Items 0 to 5, 0 on top",
                   operation->name, steps, between->words,
                   between->rounds
                       ? subject_format(", pop and push what is on top %zu times", between->rounds)
                       : "");
}

/* Stop it everywhere. At the last turn it has come to its end, and the others did not run. */
static void stop_anywhere(const struct operation *operation, const struct interruption *others)
{
    const struct outcome wanted[2] = {modelled(operation, others->script, true),
                                      modelled(operation, others->script, false)};
    bool stopped = true;
    for (size_t steps = 0; stopped; steps++) {
        struct interruption between = *others;
        struct outcome real = {.own.count = 0};
        fill();
        given = NULL;
        stopped = step_run(operation->run, NULL, steps, interrupt, &between);
        if (!stopped)
            break;
        if (operation == &pops)
            note(&real.own, number_of(given));
        else if (operation == &takes)
            note_chain(given, &real.own);
        real.others = between.history;
        drain(&of_stack, &real.rest);
        expect_one_of(&real, wanted, operation, &between, steps);
    }
}

/* What others do. The rounds let a counter that was set back to 0 come to where it was: one that counts
 * what leaves, one that counts every change. */
static const struct interruption meanwhile[] = {
    {.script = "a", .words = "push 6"},
    {.script = "--0", .words = "pop 0, pop 1, push 0"},
    {.script = "*", .words = "take all"},
    {.script = "--0a-", .words = "pop 0, pop 1, push 0, push 6, pop 6"},
    {.script = "*0", .words = "take all, push 0"},
    {.script = "*0", .words = "take all, push 0", .rounds = 1},
    {.script = "-*a0", .words = "pop 0, take all, push 6, push 0", .rounds = 3},
    {.script = "------a0", .words = "pop all six, push 6, push 0", .rounds = 1},
};

static void pop_is_stopped_anywhere(void)
{
    for (size_t i = 0; i < sizeof(meanwhile) / sizeof(meanwhile[0]); i++)
        stop_anywhere(&pops, &meanwhile[i]);
    subject_done();
}

/* ABA is harmless to who does not look below the top: the first three are enough. */
static void stop_among_three(const struct operation *operation)
{
    for (size_t i = 0; i < 3; i++)
        stop_anywhere(operation, &meanwhile[i]);
    subject_done();
}

static void push_is_stopped_anywhere(void)
{
    stop_among_three(&pushes);
}

static void take_all_is_stopped_anywhere(void)
{
    stop_among_three(&takes);
}

/* 65536 pops and as many pushes: a counter of 16 bits is where it was, whichever of them it counts. */
static void counter_does_not_come_round(void)
{
    const struct interruption others = {
        .script = "--a0", .words = "pop 0, pop 1, push 6, push 0", .rounds = 65536 - 2};
    stop_anywhere(&pops, &others);
    subject_done();
}

/* ---- threads ---- */

/* A turn that is passed on by relaxed operations: it says "now", and orders nothing. */
static atomic_int turn;

static void wait_for_turn(int mine)
{
    while (atomic_load_explicit(&turn, memory_order_relaxed) != mine)
        sched_yield();
}

static void *push_values(void *argument)
{
    (void)argument;
    for (int i = 0; i < 4; i++) {
        items[i].value = 40u + (unsigned)i;
        tagged_stack_push(&stack, &items[i]);
    }
    atomic_store_explicit(&turn, 1, memory_order_relaxed);
    return NULL;
}

/* Nothing but the stack makes the writes of one thread come before the reads of another. */
static void pass_values_on(bool at_once)
{
    pthread_t thread;
    uintptr_t values[4] = {0};
    memset(items, 0, sizeof(items));
    tagged_stack_init(&stack, items, ITEMS);
    atomic_store(&turn, 0);
    expect_int(pthread_create(&thread, NULL, push_values, NULL), 0, "a thread starts");
    wait_for_turn(1);
    const struct tagged_item *item = at_once ? tagged_stack_take_all(&stack) : NULL;
    for (int i = 4; i-- > 0;) {
        if (!at_once)
            item = tagged_stack_pop(&stack);
        values[i] = item == &items[i] ? item->value : 0;
        if (at_once && item)
            item = tagged_stack_next(&stack, item);
    }
    pthread_join(thread, NULL);
    for (int i = 0; i < 4; i++)
        expect_int(values[i], 40 + i, "what a thread wrote to an item is there for who takes it");
}

static void values_are_passed_on(void)
{
    pass_values_on(false);
    pass_values_on(true);
    subject_done();
}

enum { THREADS = 4, SHARED = 16, HELD_MAX = 3 };

/* One for each item: nobody else may have it. */
static struct tagged_item shared_items[SHARED];
static atomic_int held[SHARED];

struct worker {
    uint64_t random;
    unsigned turns, twice, spoilt;
};

static void hold(struct worker *worker, struct tagged_item *item)
{
    size_t number = (size_t)(item - shared_items);
    if (number >= SHARED) {
        worker->spoilt++;
        return;
    }
    worker->twice += atomic_fetch_add_explicit(&held[number], 1, memory_order_relaxed) != 0;
    worker->spoilt += item->value != number;
    item->value = number + 1; /* while it is held; a second holder would see it */
}

static void give_back(struct tagged_item *item)
{
    size_t number = (size_t)(item - shared_items);
    item->value = number;
    atomic_fetch_sub_explicit(&held[number], 1, memory_order_relaxed);
    tagged_stack_push(&stack, item);
}

static void pop_some(struct worker *worker)
{
    struct tagged_item *own[HELD_MAX];
    size_t count = 0, wanted = 1 + next_random(&worker->random) % HELD_MAX;
    while (count < wanted && (own[count] = tagged_stack_pop(&stack)))
        hold(worker, own[count++]);
    if (next_random(&worker->random) % 8 == 0)
        sched_yield();
    for (size_t i = 0; i < count && worker->spoilt == 0; i++) /* the first one first: A, B, A */
        give_back(own[i]);
}

static void take_some(struct worker *worker)
{
    struct tagged_item *item = tagged_stack_take_all(&stack), *next;
    for (size_t i = 0; item && i < SHARED && worker->spoilt == 0; i++, item = next) {
        hold(worker, item);
        next = tagged_stack_next(&stack, item);
        give_back(item);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned i = 0; i < worker->turns && worker->twice == 0 && worker->spoilt == 0; i++) {
        if (next_random(&worker->random) % 16 == 0)
            take_some(worker);
        else
            pop_some(worker);
    }
    return NULL;
}

static void start_shared(void)
{
    tagged_stack_init(&stack, shared_items, SHARED);
    for (size_t i = 0; i < SHARED; i++) {
        shared_items[i].value = i;
        tagged_stack_push(&stack, &shared_items[i]);
    }
}

static void overlap(unsigned turns)
{
    static struct worker workers[THREADS];
    pthread_t threads[THREADS];
    start_shared();
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.random = subject_seed() * 8 + i + 1, .turns = turns};
        expect_int(pthread_create(&threads[i], NULL, work, &workers[i]), 0, "a thread starts");
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        expect_int(workers[i].twice, 0, "no two threads have the same item");
        expect_int(workers[i].spoilt, 0, "an item comes out with the value that it went in with");
    }
    for (size_t i = 0; i < SHARED; i++)
        expect_not_null(tagged_stack_pop(&stack), "no item is lost: pop %zu of %d", i + 1, SHARED);
    expect_null(tagged_stack_pop(&stack), "no item is there twice");
    subject_done();
}

static void threads_overlap(void)
{
    overlap(300);
}

static void contention_is_survived(void)
{
    overlap(5000);
}

const struct subject_test subject_tests[] = {
    {"empty_stack", empty_stack},
    {"last_in_first_out", last_in_first_out},
    {"take_all_gives_a_chain", take_all_gives_a_chain},
    {"random_operations", random_operations},
    {"many_items", many_items},
    {"pop_is_stopped_anywhere", pop_is_stopped_anywhere},
    {"push_is_stopped_anywhere", push_is_stopped_anywhere},
    {"take_all_is_stopped_anywhere", take_all_is_stopped_anywhere},
    {"counter_does_not_come_round", counter_does_not_come_round},
    {"values_are_passed_on", values_are_passed_on},
    {"threads_overlap", threads_overlap},
    {"contention_is_survived", contention_is_survived},
    {NULL, NULL},
};
