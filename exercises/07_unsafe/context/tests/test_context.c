/* test_context.c - the graded tests of 07_unsafe/context: what context.h and the handout promise.
 *
 * A context only notes what it sees; the test's own flow of control judges. What is on a stack when its
 * context is left for good is simply forgotten, and the address sanitizer has to be told so. */
#include "probe.h"
#include "subject.h"

#include <string.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define __asan_unpoison_memory_region(at, size_bytes) ((void)(at), (void)(size_bytes))
#endif

enum { STACK_BYTES = 16 << 10, AROUND_BYTES = 256, AROUND = 0x6b };

/* ---- stacks with something on either side that nobody may touch ---- */

struct stack {
    _Alignas(64) unsigned char below[AROUND_BYTES];
    unsigned char bytes[STACK_BYTES];
    unsigned char above[AROUND_BYTES];
};

static struct stack stacks[3];
static struct context home, contexts[3];

static void prepare(struct stack *stack)
{
    __asan_unpoison_memory_region(stack, sizeof(*stack));
    memset(stack->below, AROUND, AROUND_BYTES);
    memset(stack->bytes, 0xa5, STACK_BYTES);
    memset(stack->above, AROUND, AROUND_BYTES);
}

static void expect_untouched(const struct stack *stack)
{
    for (size_t i = 0; i < AROUND_BYTES; i++) {
        expect_true(stack->below[i] == AROUND, "nothing is written below a stack");
        expect_true(stack->above[i] == AROUND, "nothing is written above a stack");
    }
}

/* Context number i, with a stack of its own; every word of it holds something before. */
static void make(size_t i, context_fn entry, void *argument)
{
    prepare(&stacks[i]);
    memset(&contexts[i], 0xa5, sizeof(contexts[i]));
    context_init(&contexts[i], stacks[i].bytes, STACK_BYTES, entry, argument);
}

/* ---- in and out ---- */

/* What an entry saw. */
static struct {
    unsigned calls;
    void *argument, *value;
    uintptr_t local;
} seen;

static int marks[8];

static struct context *note_and_come_back(void *argument, void *value)
{
    volatile char local = 1;
    seen.calls++;
    seen.argument = argument;
    seen.value = value;
    seen.local = (uintptr_t)&local;
    context_switch(&contexts[0], &home, &marks[2]);
    seen.calls++;
    context_switch(&contexts[0], &home, &marks[3]);
    return &home;
}

static void first_switch_enters(void)
{
    make(0, note_and_come_back, &marks[0]);
    expect_int(seen.calls, 0, "context_init runs nothing of the context");
    void *value = context_switch(&home, &contexts[0], &marks[1]);
    expect_int(seen.calls, 1, "the first switch to a context calls its entry");
    expect_pointer(seen.argument, &marks[0], "entry gets the argument of context_init");
    expect_pointer(seen.value, &marks[1], "entry gets the value of the first switch");
    expect_true(seen.local >= (uintptr_t)stacks[0].bytes &&
                    seen.local < (uintptr_t)stacks[0].bytes + STACK_BYTES,
                "entry's variables are on the context's stack");
    expect_pointer(value, &marks[2], "a switch gives the value of the one that comes back");
    value = context_switch(&home, &contexts[0], NULL);
    expect_int(seen.calls, 2, "a second switch goes on where the context stopped");
    expect_pointer(value, &marks[3], "a switch gives the value of the one that comes back");
    expect_untouched(&stacks[0]);
    subject_done();
}

/* Answers a number with its successor. */
static struct context *count_up(void *argument, void *value)
{
    (void)argument;
    for (;;)
        value = context_switch(&contexts[0], &home, (char *)value + 1);
    return NULL;
}

static void values_travel(void)
{
    static char numbers[1001];
    make(0, count_up, NULL);
    for (size_t i = 0; i < 1000; i++) {
        const char *answer = context_switch(&home, &contexts[0], &numbers[i]);
        expect_pointer(answer, &numbers[i + 1], "switch %zu there and back brings its answer", i);
    }
    expect_untouched(&stacks[0]);
    subject_done();
}

/* ---- the stack ---- */

static unsigned entered;

struct context *probe_entered(void *argument, void *value)
{
    (void)argument, (void)value;
    entered++;
    return &home;
}

/* What context_init has of a stack is its upper end. */
static void expect_room(const unsigned char *stack, const unsigned char *end)
{
    for (const unsigned char *at = stack; at < end - CONTEXT_STACK_OWN_BYTES; at++)
        expect_true(*at == 0xa5, "context_init writes to no byte of a stack but the upper %d",
                    CONTEXT_STACK_OWN_BYTES);
}

static void enter_at(size_t offset, size_t less)
{
    prepare(&stacks[0]);
    unsigned char *stack = stacks[0].bytes + offset;
    size_t stack_bytes = STACK_BYTES / 2 - less;
    unsigned char *end = stack + stack_bytes;
    memset(end, AROUND, AROUND_BYTES);
    context_init(&contexts[0], stack, stack_bytes, probe_entry, NULL);
    if (offset == less)
        expect_room(stack, end);
    entered = 0;
    context_switch(&home, &contexts[0], NULL);
    expect_int(entered, 1, "the first switch calls entry");
    expect_int(
        probe_entry_stack % 16, 8,
        "a stack from %p of %zu bytes: at entry, behind the return address, the stack pointer "
        "is a multiple of 16",
        (void *)stack, stack_bytes);
    expect_true(probe_entry_stack >= (uintptr_t)stack && probe_entry_stack + 8 <= (uintptr_t)end,
                "entry begins inside of its stack");
    expect_at_most((uintptr_t)end - probe_entry_stack, CONTEXT_STACK_OWN_BYTES,
                   "you take no more than CONTEXT_STACK_OWN_BYTES of a stack");
    for (size_t i = 0; i < AROUND_BYTES; i++)
        expect_true(end[i] == AROUND, "a stack of %zu bytes: nothing is written above it",
                    stack_bytes);
    expect_untouched(&stacks[0]);
}

static void stack_is_aligned(void)
{
    for (size_t offset = 0; offset < 33; offset++)
        for (size_t less = 0; less < 33; less++)
            enter_at(offset, less);
    subject_done();
}

/* ---- registers ---- */

static struct probe_registers filled(uint64_t with)
{
    struct probe_registers registers;
    for (uint64_t i = 0; i < PROBE_REGISTERS; i++)
        registers.value[i] = with * 0x0101010101010101u + i;
    return registers;
}

/* Of what a context saw: the first register that was not as it had been, and when. */
static struct {
    int changed; /* its number, or -1 */
    uint64_t was, is;
    unsigned turns;
} found[4];

static void compare(size_t who, uint64_t with, const struct probe_registers *registers)
{
    const struct probe_registers wanted = filled(with);
    found[who].turns++;
    for (int i = 0; i < PROBE_REGISTERS && found[who].changed < 0; i++)
        if (registers->value[i] != wanted.value[i]) {
            found[who].changed = i;
            found[who].was = wanted.value[i];
            found[who].is = registers->value[i];
        }
}

static struct context *end_there(void *argument, void *value)
{
    (void)value;
    return argument;
}

/* To the next of the three and to home in turn, each time with other values in all registers. */
static struct context *keep_registers(void *argument, void *value)
{
    size_t who = (size_t)((struct context *)argument - contexts);
    (void)value;
    for (uint64_t turn = 0;; turn++) {
        uint64_t with = 16 * (who + 1) + turn % 16;
        struct probe_registers registers = filled(with);
        struct context *to = turn % 2 ? &home : &contexts[(who + 1) % 3];
        probe_switch(&contexts[who], to, NULL, &registers);
        compare(who, with, &registers);
    }
    return NULL;
}

static void registers_are_preserved(void)
{
    for (size_t i = 0; i < 4; i++)
        found[i].changed = -1;
    for (size_t i = 0; i < 3; i++)
        make(i, keep_registers, &contexts[i]);
    for (uint64_t turn = 0; turn < 300; turn++) {
        struct probe_registers registers = filled(128 + turn % 64);
        probe_switch(&home, &contexts[turn % 3], NULL, &registers);
        compare(3, 128 + turn % 64, &registers);
    }
    make(0, end_there, &home);
    struct probe_registers at_the_end = filled(200);
    probe_switch(&home, &contexts[0], NULL, &at_the_end);
    compare(3, 200, &at_the_end);
    for (size_t i = 0; i < 4; i++) {
        int changed = found[i].changed;
        expect_true(found[i].turns >= 20, "contexts go on in turn");
        subject_expect(changed < 0, SUBJECT_HERE,
                       subject_format("%#llx", (unsigned long long)found[i].was),
                       subject_format("%#llx", (unsigned long long)found[i].is),
                       "what a context had in %s is there again when it goes on",
                       changed < 0 ? "" : probe_register_names[changed]);
    }
    subject_done();
}

/* ---- control words ---- */

/* Four ways to round, in the bits that SSE and x87 have for it; and flush to zero, and a precision. */
static struct probe_control rounding(unsigned way)
{
    struct probe_control control = {.mxcsr = 0x1f80u | way << 13 | (way & 1u) << 15,
                                    .x87 = (uint16_t)(0x007fu | way << 10 | (way & 1u) << 9)};
    return control;
}

static void expect_control(struct probe_control is, unsigned way, const char *who)
{
    struct probe_control wanted = rounding(way);
    subject_expect(is.mxcsr == wanted.mxcsr, SUBJECT_HERE, subject_format("%#x", wanted.mxcsr),
                   subject_format("%#x", is.mxcsr), "%s: the control bits of mxcsr", who);
    subject_expect(is.x87 == wanted.x87, SUBJECT_HERE, subject_format("%#x", wanted.x87),
                   subject_format("%#x", is.x87), "%s: the x87 control word", who);
}

static struct probe_control at_entry[3], after_switch[3];
static unsigned rounded;

static struct context *round_in_its_own_way(void *argument, void *value)
{
    size_t who = (size_t)((struct context *)argument - contexts);
    (void)value;
    at_entry[who] = probe_control_read();
    probe_control_write(rounding((unsigned)who + 1));
    for (;;) {
        rounded++;
        context_switch(&contexts[who], who == 2 ? &home : &contexts[who + 1], NULL);
        after_switch[who] = probe_control_read();
    }
    return NULL;
}

static struct probe_control begun;

static struct context *round_and_end(void *argument, void *value)
{
    (void)value;
    begun = probe_control_read();
    probe_control_write(rounding(3));
    return argument;
}

/* Two contexts end one after the other, with other control words than home's. */
static void expect_control_at_the_end(void)
{
    const struct probe_control before = probe_control_read();
    probe_control_write(rounding(2));
    make(1, round_and_end, &home);
    make(0, round_and_end, &contexts[1]);
    probe_control_write(rounding(1));
    context_switch(&home, &contexts[0], NULL);
    struct probe_control after = probe_control_read();
    probe_control_write(before);
    expect_control(begun, 2, "a new context that goes on where another ended");
    expect_control(after, 1, "a context that goes on where another ended");
}

static void each_context_rounds_in_its_own_way(void)
{
    const struct probe_control before = probe_control_read();
    for (size_t i = 0; i < 3; i++)
        make(i, round_in_its_own_way, &contexts[i]);
    probe_control_write(rounding(0));
    context_switch(&home, &contexts[0], NULL);
    struct probe_control first = probe_control_read();
    context_switch(&home, &contexts[0], NULL);
    struct probe_control second = probe_control_read();
    probe_control_write(before);
    expect_int(rounded, 6, "three contexts run in turn, twice");
    expect_control(first, 0, "after a switch there and back");
    expect_control(second, 0, "after a second one");
    for (unsigned i = 0; i < 3; i++)
        expect_control(after_switch[i], i + 1, "in a context that has set them, and goes on");
    expect_control_at_the_end();
    subject_done();
}

static void new_context_rounds_like_its_maker(void)
{
    const struct probe_control before = probe_control_read();
    for (unsigned i = 0; i < 3; i++) {
        probe_control_write(rounding(3 - i));
        make(i, round_in_its_own_way, &contexts[i]);
    }
    probe_control_write(rounding(0));
    context_switch(&home, &contexts[0], NULL);
    probe_control_write(before);
    expect_int(rounded, 3, "three contexts run in turn");
    for (unsigned i = 0; i < 3; i++)
        expect_control(at_entry[i], 3 - i, "a new context, beside what its maker had set");
    subject_done();
}

/* ---- the end ---- */

static unsigned ended;

static struct context *end_at_once(void *argument, void *value)
{
    (void)value;
    ended++;
    return argument;
}

static struct context *end_after_one_switch(void *argument, void *value)
{
    (void)value;
    ended += context_switch(&contexts[1], &home, NULL) == &marks[4];
    return argument;
}

/* Waits for the one that ends. */
static struct context *wait_for_the_end(void *argument, void *value)
{
    context_switch(&contexts[2], &home, NULL);
    value = context_switch(&contexts[2], &contexts[1], &marks[4]);
    ended += value == NULL;
    return argument;
}

static void entry_returns_to_whom_it_names(void)
{
    for (int turn = 1; turn <= 10; turn++) {
        make(0, end_at_once, &home);
        const void *value = context_switch(&home, &contexts[0], &marks[1]);
        expect_int(ended, turn, "an entry that returns at once has run");
        expect_null(value, "when an entry has returned, the switch that goes on gives NULL");
    }
    ended = 0;
    make(1, end_after_one_switch, &contexts[2]);
    make(2, wait_for_the_end, &home);
    context_switch(&home, &contexts[1], NULL);
    context_switch(&home, &contexts[2], NULL);
    expect_null(context_switch(&home, &contexts[2], &marks[5]),
                "when an entry has returned, the switch that goes on gives NULL");
    expect_int(ended, 2, "an entry returns to the context that it names, which goes on");
    for (size_t i = 0; i < 3; i++)
        expect_untouched(&stacks[i]);
    subject_done();
}

static void stack_is_used_again(void)
{
    struct probe_registers registers = filled(7);
    for (int turn = 0; turn < 100; turn++) {
        ended = 0;
        context_init(&contexts[0], stacks[0].bytes, STACK_BYTES, end_at_once, &home);
        context_init(&contexts[1], stacks[1].bytes, STACK_BYTES, end_at_once, &contexts[0]);
        probe_switch(&home, &contexts[0], NULL, &registers);
        expect_int(ended, 1, "a stack whose context is over is used for another");
        context_init(&contexts[0], stacks[0].bytes, STACK_BYTES, end_at_once, &home);
        probe_switch(&home, &contexts[1], NULL, &registers);
        expect_int(ended, 3, "an entry may return to a context that was never entered");
    }
    const struct probe_registers wanted = filled(7);
    for (int i = 0; i < PROBE_REGISTERS; i++)
        expect_int(registers.value[i], wanted.value[i],
                   "%s is as it was when an entry has returned", probe_register_names[i]);
    subject_done();
}

/* ---- many ---- */

enum { MANY = 600, MANY_STACK_BYTES = 8 << 10 };

static _Alignas(16) unsigned char many_stacks[MANY][MANY_STACK_BYTES];
static struct context many[MANY];
static uint64_t sums[MANY];

/* xorshift: its state is never 0. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct context *add_up(void *argument, void *value)
{
    size_t who = (size_t)(uintptr_t)argument;
    uint64_t sum = (uintptr_t)value, turns = 1;
    for (;;) {
        sums[who] = sum * 1000 + turns;
        sum += (uintptr_t)context_switch(&many[who], &home, &many[who]);
        turns++;
    }
    return NULL;
}

static void many_contexts(void)
{
    uint64_t wanted[MANY] = {0};
    for (uintptr_t i = 0; i < MANY; i++)
        context_init(&many[i], many_stacks[i], MANY_STACK_BYTES, add_up, (void *)i);
    for (uintptr_t turn = 0; turn < 50; turn++)
        for (uintptr_t i = 0; i < MANY; i++) {
            uintptr_t who = i * 7 % MANY; /* 7 and 600 have no common factor */
            wanted[who] += turn + who;
            const void *from = context_switch(&home, &many[who], (void *)(turn + who));
            expect_pointer(from, &many[who], "context %zu answers", (size_t)who);
        }
    for (size_t i = 0; i < MANY; i++)
        expect_int(sums[i], wanted[i] * 1000 + 50, "context %zu of %d has its own variables", i,
                   MANY);
    subject_done();
}

/* Who runs draws who comes next, itself not among them; number 0 is the test's own. */
enum { DRAWN = 8, DRAWS = 20000 };
static uint64_t draw_state;
static unsigned draws, misled, confused;
static unsigned sent[DRAWN]; /* how often each was switched to */

static struct context *drawn(size_t who)
{
    return who == 0 ? &home : &many[who];
}

/* came: a variable of this context alone, which has to agree with what all others count. */
static void draw(size_t who, unsigned came)
{
    while (draws < DRAWS) {
        size_t next = (who + 1 + next_random(&draw_state) % (DRAWN - 1)) % DRAWN;
        draws++;
        sent[next]++;
        misled += context_switch(drawn(who), drawn(next), drawn(next)) != drawn(who);
        confused += ++came != sent[who];
    }
}

static struct context *draw_in_a_context(void *argument, void *value)
{
    size_t who = (size_t)(uintptr_t)argument;
    misled += value != drawn(who);
    draw(who, 1);
    sent[0]++;
    context_switch(drawn(who), &home, &home);
    return NULL;
}

static void contexts_switch_among_each_other(void)
{
    draw_state = subject_seed() * 2 + 1;
    for (uintptr_t i = 1; i < DRAWN; i++)
        context_init(&many[i], many_stacks[i], MANY_STACK_BYTES, draw_in_a_context, (void *)i);
    draw(0, 0);
    expect_int(misled, 0, "a value comes to the context that was switched to");
    expect_int(confused, 0, "each context finds its variables as it left them");
    expect_int(draws, DRAWS, "contexts switch among each other until all is done");
    subject_done();
}

/* ---- deep ---- */

enum { DEPTH = 200, DEEP_STACK_BYTES = 256 << 10 };
static _Alignas(16) unsigned char deep_stack[DEEP_STACK_BYTES];
static unsigned deepest, broken;

/* A frame with an array, a double and numbers, each checked after a switch on the way down and up. */
static double go_deep(unsigned depth)
{
    volatile unsigned own[16];
    double third = depth / 3.0;
    for (unsigned i = 0; i < 16; i++)
        own[i] = depth * 16 + i;
    deepest = depth > deepest ? depth : deepest;
    context_switch(&contexts[0], &home, NULL);
    double below = depth < DEPTH ? go_deep(depth + 1) : 0;
    context_switch(&contexts[0], &home, NULL);
    for (unsigned i = 0; i < 16; i++)
        broken += own[i] != depth * 16 + i;
    return third + below;
}

static struct context *dive(void *argument, void *value)
{
    (void)value;
    *(double *)argument = go_deep(1);
    return &home;
}

static void deep_recursion_is_kept(void)
{
    static double sum;
    unsigned switches = 0;
    context_init(&contexts[0], deep_stack, DEEP_STACK_BYTES, dive, &sum);
    for (; sum == 0 && switches < 10 * DEPTH; switches++)
        context_switch(&home, &contexts[0], NULL);
    expect_int(deepest, DEPTH, "a context calls as deep as its stack allows");
    expect_int(broken, 0, "every frame is as it was when the switch returns to it");
    expect_int(switches, 2 * DEPTH + 1, "each switch goes on where the last one stopped");
    expect_int((long long)(sum * 3 + 0.5), DEPTH * (DEPTH + 1) / 2,
               "what the frames computed arrives");
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"first_switch_enters", first_switch_enters},
    {"values_travel", values_travel},
    {"stack_is_aligned", stack_is_aligned},
    {"registers_are_preserved", registers_are_preserved},
    {"each_context_rounds_in_its_own_way", each_context_rounds_in_its_own_way},
    {"new_context_rounds_like_its_maker", new_context_rounds_like_its_maker},
    {"entry_returns_to_whom_it_names", entry_returns_to_whom_it_names},
    {"stack_is_used_again", stack_is_used_again},
    {"many_contexts", many_contexts},
    {"contexts_switch_among_each_other", contexts_switch_among_each_other},
    {"deep_recursion_is_kept", deep_recursion_is_kept},
    {NULL, NULL},
};
