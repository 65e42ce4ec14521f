#include "step.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "subject_guard.h"

/* In each part of a kit that handles SIGTRAP. */
const bool subject_guard_steps __attribute__((weak)) = true;

#if defined(__x86_64__)

enum { TRAP_FLAG = 0x100 };

/* What the handler works with. One thread: only the compiler has to be told that they change. */
static volatile size_t left;
static step_fn other_function;
static void *other_argument;

static void on_trap(int number, siginfo_t *info, void *context)
{
    ucontext_t *interrupted = context;
    (void)number, (void)info;
    if (left == 0 || --left > 0)
        return;
    interrupted->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG; /* the rest runs freely */
    other_function(other_argument);
}

/* The 128 bytes below the stack pointer may be in use. The first trap is behind the instruction that
 * follows popfq. */
static inline void set_trap_flag(void)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\tpushfq\n\torq %0, (%%rsp)\n\tpopfq\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     :
                     : "i"(TRAP_FLAG)
                     : "memory", "cc");
}

static inline void clear_trap_flag(void)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\tpushfq\n\tandq %0, (%%rsp)\n\tpopfq\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     :
                     : "i"(~TRAP_FLAG)
                     : "memory", "cc");
}

bool step_run(step_fn function, void *context, size_t steps, step_fn other, void *other_context)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO}, before;
    action.sa_sigaction = on_trap;
    if (steps == 0) {
        other(other_context);
        function(context);
        return true;
    }
    other_function = other;
    other_argument = other_context;
    left = steps;
    sigaction(SIGTRAP, &action, &before);
    set_trap_flag();
    function(context);
    clear_trap_flag();
    bool stopped = left == 0;
    sigaction(SIGTRAP, &before, NULL);
    return stopped;
}

#else

bool step_run(step_fn function, void *context, size_t steps, step_fn other, void *other_context)
{
    if (steps == 0)
        other(other_context);
    function(context);
    return steps == 0;
}

#endif
