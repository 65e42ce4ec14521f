/* test_context.c - contexts: what a switch keeps, and how one begins and ends. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "07_unsafe/context.h"
#include "07_unsafe/context_inline.h"
#include "07_unsafe/stack_cache.h"

enum { STACK_BYTES = 64 << 10, ROUNDS = 1000, FIBERS = 100, DEPTH = 50 };

/* A context with somewhere to go back to, and something to say. */
struct fiber {
    struct context own, home;
    struct stack stack;
    uint64_t value;
    unsigned rounds;
    bool (*step)(struct fiber *fiber); /* false: leave */
};

static struct stack_cache stacks;

static void set_up(void)
{
    ck_assert_int_eq(stack_cache_init(&stacks, STACK_BYTES, 8), 0);
}

static void tear_down(void)
{
    ck_assert_uint_eq(stacks.live_count, 0);
    stack_cache_fini(&stacks);
}

static void fiber_main(void *argument)
{
    struct fiber *fiber = argument;
    while (fiber->step(fiber))
        context_switch(&fiber->own, &fiber->home);
    context_leave(&fiber->own, &fiber->home);
}

static void start(struct fiber *fiber, bool (*step)(struct fiber *))
{
    memset(fiber, 0, sizeof(*fiber));
    fiber->step = step;
    ck_assert_int_eq(stack_cache_get(&stacks, &fiber->stack), 0);
    context_init(&fiber->own, fiber->stack.base, fiber->stack.size_bytes, fiber_main, fiber);
}

static void resume(struct fiber *fiber)
{
    context_switch(&fiber->home, &fiber->own);
}

static void finish(struct fiber *fiber)
{
    context_fini(&fiber->own);
    context_fini(&fiber->home);
    stack_cache_put(&stacks, fiber->stack);
}

static bool count_step(struct fiber *fiber)
{
    fiber->value += ++fiber->rounds;
    return fiber->rounds <= ROUNDS;
}

START_TEST(a_switch_goes_there_and_back)
{
    struct fiber fiber;
    start(&fiber, count_step);
    ck_assert_uint_eq(fiber.rounds, 0); /* nothing runs before the first switch */
    for (unsigned i = 1; i <= ROUNDS; i++) {
        resume(&fiber);
        ck_assert_uint_eq(fiber.rounds, i);
    }
    resume(&fiber); /* leaves */
    ck_assert_uint_eq(fiber.value, (uint64_t)(ROUNDS + 1) * (ROUNDS + 2) / 2);
    finish(&fiber);
}
END_TEST

START_TEST(the_inline_switch_meets_the_other)
{
    struct fiber fiber;
    start(&fiber, count_step);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        if (i % 2)
            context_switch_inline(&fiber.home, &fiber.own);
        else
            resume(&fiber);
        ck_assert_uint_eq(fiber.rounds, i);
    }
    resume(&fiber);
    finish(&fiber);
}
END_TEST

/* Each round goes down `depth` calls and stops at the bottom, so that whole stacks wait. */
static uint64_t dive(struct fiber *fiber, unsigned depth)
{
    volatile uint64_t here = fiber->value * 31 + depth;
    if (depth == 0) {
        context_switch(&fiber->own, &fiber->home);
        return here;
    }
    uint64_t below = dive(fiber, depth - 1);
    return here ^ below;
}

static bool dive_step(struct fiber *fiber)
{
    fiber->value = dive(fiber, DEPTH);
    return ++fiber->rounds < 3;
}

/* What dive returns, without any switch. */
static uint64_t dive_plainly(uint64_t value)
{
    uint64_t result = 0;
    for (unsigned depth = 0; depth <= DEPTH; depth++)
        result ^= value * 31 + depth;
    return result;
}

START_TEST(many_stacks_keep_their_frames)
{
    static struct fiber fibers[FIBERS];
    for (unsigned i = 0; i < FIBERS; i++) {
        start(&fibers[i], dive_step);
        fibers[i].value = i;
    }
    for (unsigned round = 0; round < 6; round++) /* at the bottom, then between two dives */
        for (unsigned i = 0; i < FIBERS; i++)
            resume(&fibers[(i * 37 + round) % FIBERS]);
    for (unsigned i = 0; i < FIBERS; i++) {
        ck_assert_uint_eq(fibers[i].rounds, 3);
        ck_assert_uint_eq(fibers[i].value, dive_plainly(dive_plainly(dive_plainly(i))));
        finish(&fibers[i]);
    }
}
END_TEST

/* The ABI promises a function that the stack is a multiple of 16 at the call. */
static bool alignment_step(struct fiber *fiber)
{
    _Alignas(16) volatile char aligned[16] = {0};
    fiber->value = (uintptr_t)aligned % 16 + (uintptr_t)__builtin_frame_address(0) % 16;
    return false;
}

START_TEST(a_context_begins_on_an_aligned_stack)
{
    for (unsigned odd = 0; odd < 16; odd++) { /* whatever its end is */
        struct fiber fiber;
        start(&fiber, alignment_step);
        context_fini(&fiber.own);
        context_init(&fiber.own, fiber.stack.base, fiber.stack.size_bytes - odd, fiber_main,
                     &fiber);
        resume(&fiber);
        ck_assert_uint_eq(fiber.value, 0);
        finish(&fiber);
    }
}
END_TEST

#if defined(__x86_64__)
static bool rounding_step(struct fiber *fiber)
{
    fiber->value = (uint64_t)fegetround();
    fesetround(FE_UPWARD);
    return ++fiber->rounds < 3;
}

START_TEST(each_context_has_its_own_rounding)
{
    struct fiber fiber;
    fesetround(FE_DOWNWARD);
    start(&fiber, rounding_step); /* begins as its maker rounds */
    resume(&fiber);
    ck_assert_uint_eq(fiber.value, FE_DOWNWARD);
    ck_assert_int_eq(fegetround(), FE_DOWNWARD);
    fesetround(FE_TONEAREST);
    resume(&fiber);
    ck_assert_uint_eq(fiber.value, FE_UPWARD);
    ck_assert_int_eq(fegetround(), FE_TONEAREST);
    resume(&fiber);
    finish(&fiber);
}
END_TEST
#endif

/* ---- threads ----------------------------------------------------------------------------------*/

static void *resume_in_thread(void *argument)
{
    resume(argument);
    return NULL;
}

START_TEST(a_context_goes_on_in_another_thread)
{
    struct fiber fiber;
    start(&fiber, dive_step);
    fiber.value = 5;
    for (unsigned i = 0; i < 6; i++) {
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, resume_in_thread, &fiber), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    ck_assert_uint_eq(fiber.value, dive_plainly(dive_plainly(dive_plainly(5))));
    finish(&fiber);
}
END_TEST

/* ---- errors of the programmer -----------------------------------------------------------------*/

static void entry_that_returns(void *argument)
{
    (void)argument;
}

static int signal_of(void (*body)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGILL, SIG_DFL); /* a sanitizer's report of the trap is not wanted here */
        signal(SIGTRAP, SIG_DFL);
        signal(SIGSEGV, SIG_DFL);
        body();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void return_from_entry(void)
{
    struct context home = {0}, fiber;
    struct stack stack;
    if (stack_cache_get(&stacks, &stack) != 0)
        _exit(1);
    context_init(&fiber, stack.base, stack.size_bytes, entry_that_returns, NULL);
    context_switch(&home, &fiber);
}

START_TEST(entry_may_not_return)
{
    int signal_number = signal_of(return_from_entry);
    ck_assert(signal_number == SIGILL || signal_number == SIGTRAP);
}
END_TEST

START_TEST(what_is_no_stack_is_refused)
{
    static char room[2 * CONTEXT_STACK_MIN_BYTES];
    struct context context, before;
    memset(&context, 0x5a, sizeof(context));
    before = context;
    const struct {
        void *stack;
        size_t stack_bytes;
        context_fn entry;
    } wrong[] = {
        {NULL, STACK_BYTES, entry_that_returns},
        {room, 0, entry_that_returns},
        {room + 1, CONTEXT_STACK_MIN_BYTES - 1, entry_that_returns},
        {room, SIZE_MAX, entry_that_returns},
        {room, SIZE_MAX - (uintptr_t)room + 1, entry_that_returns},
        {room, sizeof(room), NULL},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        ck_assert_int_eq(
            context_init(&context, wrong[i].stack, wrong[i].stack_bytes, wrong[i].entry, NULL),
            -EINVAL);
        ck_assert_mem_eq(&context, &before, sizeof(context));
    }
    ck_assert_int_eq(
        context_init(&context, room + 1, CONTEXT_STACK_MIN_BYTES, entry_that_returns, NULL), 0);
    context_fini(&context);
}
END_TEST

/* ---- stacks -----------------------------------------------------------------------------------*/

START_TEST(stacks_are_kept_and_reused)
{
    struct stack a, b, c;
    ck_assert_int_eq(stack_cache_get(&stacks, &a), 0);
    ck_assert_int_eq(stack_cache_get(&stacks, &b), 0);
    ck_assert_uint_eq(a.size_bytes, STACK_BYTES);
    ck_assert_uint_eq(stacks.live_count, 2);
    memset(a.base, 1, a.size_bytes); /* all of it can be used */
    stack_cache_put(&stacks, a);
    stack_cache_put(&stacks, b);
    ck_assert_uint_eq(stacks.free_count, 2);
    ck_assert_int_eq(stack_cache_get(&stacks, &c), 0);
    ck_assert_ptr_eq(c.base, b.base); /* the latest, whose lines are still in cache */
    stack_cache_put(&stacks, c);
    stack_cache_trim(&stacks, 1);
    ck_assert_uint_eq(stacks.free_count, 1);
}
END_TEST

START_TEST(no_more_than_free_max_are_kept)
{
    struct stack many[20];
    for (unsigned i = 0; i < 20; i++)
        ck_assert_int_eq(stack_cache_get(&stacks, &many[i]), 0);
    for (unsigned i = 0; i < 20; i++)
        stack_cache_put(&stacks, many[i]);
    ck_assert_uint_eq(stacks.free_count, 8);
}
END_TEST

START_TEST(sizes_are_whole_pages)
{
    struct stack_cache cache;
    struct stack stack;
    ck_assert_int_eq(stack_cache_init(&cache, 1, 1), 0);
    ck_assert_int_eq(stack_cache_get(&cache, &stack), 0);
    ck_assert_uint_eq(stack.size_bytes, (size_t)sysconf(_SC_PAGESIZE));
    stack_cache_put(&cache, stack);
    stack_cache_fini(&cache);
    ck_assert_int_eq(stack_cache_init(&cache, 0, 1), -EINVAL);
    ck_assert_int_eq(stack_cache_init(&cache, SIZE_MAX, 1), -EINVAL);
    ck_assert_int_eq(stack_cache_init(&cache, PTRDIFF_MAX, 1), -EINVAL);
}
END_TEST

START_TEST(too_large_a_stack_is_refused)
{
    struct stack_cache cache;
    struct stack stack = {NULL, 7};
    ck_assert_int_eq(stack_cache_init(&cache, (size_t)1 << 60, 1), 0);
    ck_assert_int_eq(stack_cache_get(&cache, &stack), -ENOMEM);
    ck_assert_ptr_null(stack.base);
    ck_assert_uint_eq(cache.live_count, 0);
    stack_cache_fini(&cache);
}
END_TEST

static bool by_madvise;

static void touch_guard(void)
{
    struct stack stack;
    stacks.guard_by_madvise = by_madvise;
    if (stack_cache_get(&stacks, &stack) != 0)
        _exit(1);
    memset(stack.base, 1, stack.size_bytes);
    ((volatile char *)stack.base)[-1] = 1;
}

START_TEST(below_a_stack_is_a_guard)
{
    by_madvise = false;
    ck_assert_int_eq(signal_of(touch_guard), SIGSEGV);
    by_madvise = stacks.guard_by_madvise;
    ck_assert_int_eq(signal_of(touch_guard), SIGSEGV);
}
END_TEST

/* The kernel refuses the newer way: the older one is taken. */
START_TEST(a_refused_guard_falls_back)
{
    struct stack_cache cache;
    struct stack stack;
    ck_assert_int_eq(stack_cache_init(&cache, STACK_BYTES, 1), 0);
    cache.guard_by_madvise = true; /* what an older kernel answers with EINVAL */
    ck_assert_int_eq(stack_cache_get(&cache, &stack), 0);
    stack_cache_put(&cache, stack);
    stack_cache_fini(&cache);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("context");
    TCase *switching = tcase_create("switch");
    tcase_add_test(switching, a_switch_goes_there_and_back);
    tcase_add_test(switching, the_inline_switch_meets_the_other);
    tcase_add_test(switching, many_stacks_keep_their_frames);
    tcase_add_test(switching, a_context_begins_on_an_aligned_stack);
#if defined(__x86_64__)
    tcase_add_test(switching, each_context_has_its_own_rounding);
#endif
    TCase *threads = tcase_create("threads");
    tcase_add_test(threads, a_context_goes_on_in_another_thread);
    TCase *errors = tcase_create("errors");
    tcase_add_test(errors, entry_may_not_return);
    tcase_add_test(errors, what_is_no_stack_is_refused);
    TCase *stack = tcase_create("stacks");
    tcase_add_test(stack, stacks_are_kept_and_reused);
    tcase_add_test(stack, no_more_than_free_max_are_kept);
    tcase_add_test(stack, sizes_are_whole_pages);
    tcase_add_test(stack, too_large_a_stack_is_refused);
    tcase_add_test(stack, below_a_stack_is_a_guard);
    tcase_add_test(stack, a_refused_guard_falls_back);
    TCase *cases[] = {switching, threads, errors, stack};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tcase_add_checked_fixture(cases[i], set_up, tear_down);
        tcase_set_timeout(cases[i], 50);
        suite_add_tcase(suite, cases[i]);
    }
    return suite;
}
