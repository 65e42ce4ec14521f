/* context.h - a second flow of control in one thread: its own stack, and a switch that costs a call.
 *
 * A function that wants to wait has two ways: to return and be called again (a state machine), or to
 * stop in the middle and let somebody else run. The second needs a stack to stop on. A context is
 * such a stack and one pointer into it; a switch saves what a called function has to preserve,
 * exchanges the stack pointers, and restores. No system call, no signal mask: that is what
 * swapcontext(3) pays for.
 *
 *     a stack, while its context waits (x86-64)           high addresses
 *     +--------------------------------------------+
 *     | frames of entry and of what it called      |
 *     | where context_switch returns to            |
 *     | rbp rbx r12 r13 r14 r15                    |  what a callee preserves (System V ABI 3.2.1)
 *     | mxcsr, x87 control word                    |  rounding, exceptions: preserved too
 *     | where to resume                            |  <- context.stack_pointer
 *     +--------------------------------------------+
 *     | free                                       |
 *     | guard page (stack_cache.h)                 |  low addresses
 *
 *     static void entry(void *argument) { ...; context_switch(&fiber, &here); ...;
 *                                         context_leave(&fiber, &here); }
 *     struct context here = {0}, fiber;
 *     context_init(&fiber, stack.base, stack.size_bytes, entry, argument);
 *     context_switch(&here, &fiber);          runs entry up to its first switch
 *     context_switch(&here, &fiber);          goes on there
 *     context_fini(&fiber);
 *
 * Invariant: of the contexts of a thread exactly one runs. stack_pointer of every other one points
 * at what it has to restore, and at its top the address to resume at.
 *
 * Do not: return from entry (it traps: there is nowhere to return to; context_leave instead); switch
 * to a context that runs or has left; keep the address of a thread-local variable, errno among them,
 * across a switch if contexts move between threads; use less than CONTEXT_STACK_MIN_BYTES, or no
 * guard page; longjmp from one context's stack to another's.
 *
 * Threads: a context may be resumed by another thread than the one that it stopped in, if the two
 * synchronise in between. Signal-safe: no. Works under the address and the thread sanitizer, which
 * are told of each switch. Unwinds in gdb to context_start.
 *
 * Interface: context_init context_fini context_switch context_leave
 * Source: System V ABI, AMD64 supplement 1.0, 3.2.1 and 3.2.3; AAPCS64 2023Q3, 6.1; DWARF 5, 6.4;
 *         sanitizer/common_interface_defs.h and tsan_interface.h of LLVM.
 */
#ifndef SYSLAB_UNSAFE_CONTEXT_H
#define SYSLAB_UNSAFE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "07_unsafe/sanitizer.h"

enum {
    CONTEXT_STACK_MIN_BYTES = 4096
}; /* for code that calls nothing large; printf wants 16 KiB */

/* All zero: the flow of control that runs already, a thread's own, to be switched away from. */
struct context {
    void *stack_pointer; /* while it waits; see the drawing */
    void *stack;         /* its lowest byte; of a thread's own, known after the first switch */
    size_t stack_bytes;
    void *sanitizer; /* address sanitizer: its fake stack; thread sanitizer: its fiber */
};

typedef void (*context_fn)(void *argument);

/* A context that will call entry(argument) on that stack, which may begin at any address, when it is first switched to.
 * Errors: -EINVAL: no entry, no stack, less of it than CONTEXT_STACK_MIN_BYTES, or more than there are addresses;
 * *context is then as it was.
 * Owns: the caller owns the stack, until the context has left for good. Cost: about ten stores. */
int context_init(struct context *context, void *stack, size_t stack_bytes, context_fn entry,
                 void *argument);

/* The context has left, or will never run again. Frees what a sanitizer keeps of it. Objects on its
 * stack are simply gone: nothing in C runs for them. A thread's own is only cleared. */
void context_fini(struct context *context);

/* The switch itself, in context_<machine>.S. Returns: when somebody switches back, who it was.
 * Not to be called: context_switch tells the sanitizers. */
struct context *context_swap(struct context *from, struct context *to);

/* What a sanitizer has to know of a switch, ahead of it and, on the other stack, after it. `forever`: from is
 * not come back to. Not to be called: context_switch does. */
#if SANITIZER_ADDRESS || SANITIZER_THREAD
void context_tell_before(struct context *from, const struct context *to, bool forever);
/* back: who runs again; came_from: who switched to it. */
void context_tell_after(struct context *back, struct context *came_from);
#else
static inline void context_tell_before(struct context *from, const struct context *to, bool forever)
{
    (void)from, (void)to, (void)forever;
}
static inline void context_tell_after(struct context *back, struct context *came_from)
{
    (void)back, (void)came_from;
}
#endif

/* Stop here, in from, which runs, and go on in to, which waits.
 * Returns: when somebody switches to from. Cost: about 20 instructions each way, no system call. */
static inline void context_switch(struct context *from, struct context *to)
{
    context_tell_before(from, to, false);
    struct context *came_from = context_swap(from, to);
    context_tell_after(from, came_from);
}

/* The last switch of a context: from never runs again, and its stack may be used for another as
 * soon as `to` runs. */
_Noreturn static inline void context_leave(struct context *from, struct context *to)
{
    context_tell_before(from, to, true);
    context_swap(from, to);
    __builtin_trap();
}

#endif
