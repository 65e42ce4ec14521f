/* bench_context.c - one round: into another flow of control and back.
 *
 *   there-and-back   beside swapcontext(3), which asks the kernel for the signal mask each time
 *   yield            beside one yield_now of a task in tokio's current-thread runtime: leave the task,
 *                    find it in the run queue, poll it again
 *   there-and-back-inline   as the first, by inline assembly
 *
 * tokio does more in a round: it has a queue, a budget and a waker, and switches to whoever is next.
 * Ours is the switch alone; 01_async puts a scheduler around it.
 */
#include <stdlib.h>
#include <ucontext.h>

#include "07_unsafe/context.h"
#include "07_unsafe/context_inline.h"
#include "bench/bench.h"

enum { STACK_BYTES = 64 << 10 };

static _Alignas(16) char stack[STACK_BYTES];
static uint64_t rounds;

/* ---- ours -------------------------------------------------------------------------------------*/

static struct context home, fiber;

static void run_switch(void *argument)
{
    (void)argument;
    for (;;) {
        rounds++;
        context_switch(&fiber, &home);
    }
}

static void run_switch_inline(void *argument)
{
    (void)argument;
    for (;;) {
        rounds++;
        context_switch_inline(&fiber, &home);
    }
}

static void *set_up(void)
{
    home = (struct context){0};
    context_init(&fiber, stack, sizeof(stack), run_switch, NULL);
    rounds = 0;
    return &fiber;
}

static void *set_up_inline(void)
{
    home = (struct context){0};
    context_init(&fiber, stack, sizeof(stack), run_switch_inline, NULL);
    rounds = 0;
    return &fiber;
}

static void tear_down(void *context)
{
    context_fini(context);
    context_fini(&home);
}

static uint64_t ours(void *context, uint64_t operations)
{
    uint64_t before = rounds;
    for (uint64_t i = 0; i < operations; i++)
        context_switch(&home, context);
    return rounds - before;
}

static uint64_t ours_inline(void *context, uint64_t operations)
{
    uint64_t before = rounds;
    for (uint64_t i = 0; i < operations; i++)
        context_switch_inline(&home, context);
    return rounds - before;
}

/* ---- swapcontext ------------------------------------------------------------------------------*/

static ucontext_t libc_home, libc_fiber;

static void run_swapcontext(void)
{
    for (;;) {
        rounds++;
        swapcontext(&libc_fiber, &libc_home);
    }
}

static void *libc_set_up(void)
{
    rounds = 0;
    if (getcontext(&libc_fiber) != 0)
        return NULL;
    libc_fiber.uc_stack.ss_sp = stack;
    libc_fiber.uc_stack.ss_size = sizeof(stack);
    makecontext(&libc_fiber, run_swapcontext, 0);
    return &libc_fiber;
}

static uint64_t libc_rounds(void *context, uint64_t operations)
{
    uint64_t before = rounds;
    for (uint64_t i = 0; i < operations; i++)
        swapcontext(&libc_home, context);
    return rounds - before;
}

/* The address sanitizer is not told of swapcontext's switches, and then reports what is not there. */
static bool libc_available(void)
{
#if SANITIZER_ADDRESS || SANITIZER_THREAD
    return false;
#else
    return true;
#endif
}

/* ---- rows -------------------------------------------------------------------------------------*/

static const struct bench_contender there_and_back[] = {
    {.name = "syslab", .run = ours, .setup = set_up, .teardown = tear_down},
    {.name = "swapcontext", .run = libc_rounds, .setup = libc_set_up, .available = libc_available},
    {0},
};
static const struct bench_contender inlined[] = {
    {.name = "syslab", .run = ours_inline, .setup = set_up_inline, .teardown = tear_down},
    {.name = "swapcontext", .run = libc_rounds, .setup = libc_set_up, .available = libc_available},
    {0},
};
static const struct bench_contender yields[] = {
    {.name = "syslab", .run = ours, .setup = set_up, .teardown = tear_down},
    {.name = "tokio", .symbol = "peer_tokio_yield_now", .package = "librust-tokio-dev"},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "context/there-and-back",
     .work = "a switch to another stack, and one back",
     .operations = 1 << 20,
     .floor = 1.0 / 15,
     .contenders = there_and_back},
    {.name = "context/there-and-back-inline",
     .work = "the same by inline assembly",
     .operations = 1 << 20,
     .floor = 1.0 / 15,
     .contenders = inlined},
    {.name = "context/yield",
     .work = "leave the flow of control, and come back to it",
     .operations = 1 << 20,
     .floor = 1.0 / 3,
     .contenders = yields},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
