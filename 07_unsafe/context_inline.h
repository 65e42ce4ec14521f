/* context_inline.h - context_swap as inline assembly: the compiler saves what it needs, and no more.
 *
 * A function in assembly preserves six registers, whether they hold anything or not. Inline assembly
 * that names them as clobbered leaves it to the compiler: what is live at this place is spilled
 * before and loaded after, and mostly that is one or two of them. The price is code at each place.
 *
 * Each operand and clobber, and what breaks without it:
 *
 *     "+D"(from), "+S"(to)  in rdi and rsi, and changed: the other side leaves its own values there
 *     "=a"                  rax comes back with who switched to us
 *     rbx, rcx, rdx, r8-15  the other context used them
 *     xmm0-15 (zmm, k)      likewise: the ABI preserves none of them
 *     st, st(1)-st(7)       the x87 stack, of which mmx is a part
 *     memory                all that is in registers goes to memory first: others will run and look
 *     cc                    flags
 *     rbp                   cannot be named where it is the frame pointer; so it is pushed
 *     lea -128(%rsp)        the 128 bytes below rsp, the red zone, are in use: a function that calls
 *                           nothing keeps its variables there, and the compiler sees no call here
 *
 * A context that stopped here and one that stopped in context_swap can switch to each other: both
 * leave an address to resume at on top of their stack. For x86-64. Not for the sanitizers, which
 * have to be told of a switch: there it is context_switch.
 *
 * Do not: use it where a debugger shall unwind from the instructions in between (they move rsp, and
 * nothing tells it so).
 *
 * Interface: context_switch_inline
 * Source: GCC manual, "Extended Asm", 6.47.2.6 (clobbers); System V ABI 3.2.2 (the red zone).
 */
#ifndef SYSLAB_UNSAFE_CONTEXT_INLINE_H
#define SYSLAB_UNSAFE_CONTEXT_INLINE_H

#include "07_unsafe/context.h"

#if defined(__AVX512F__)
#define CONTEXT_CLOBBER_AVX512                                                                     \
    , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",    \
        "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6",  \
        "k7"
#else
#define CONTEXT_CLOBBER_AVX512
#endif

#if defined(__x86_64__) && !SANITIZER_ADDRESS && !SANITIZER_THREAD
/* As context_switch. */
static inline void context_switch_inline(struct context *from, struct context *to)
{
    /* lesson: context-inline */
    struct context *came_from;
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t" /* step over the red zone */
                     "pushq %%rbp\n\t"
                     "subq $8, %%rsp\n\t"
                     "stmxcsr (%%rsp)\n\t"
                     "fnstcw 4(%%rsp)\n\t"
                     "leaq 1f(%%rip), %%rcx\n\t"
                     "pushq %%rcx\n\t" /* where to resume */
                     "movq %%rsp, (%%rdi)\n\t"
                     "movq (%%rsi), %%rsp\n\t"
                     "movq %%rdi, %%rax\n\t"
                     "popq %%rcx\n\t"
                     "jmp *%%rcx\n"
                     "1:\n\t"
                     "ldmxcsr (%%rsp)\n\t"
                     "fldcw 4(%%rsp)\n\t"
                     "addq $8, %%rsp\n\t"
                     "popq %%rbp\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     : "+D"(from), "+S"(to), "=a"(came_from)
                     :
                     : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)",
                       "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "memory",
                       "cc" CONTEXT_CLOBBER_AVX512);
    /* end lesson */
    (void)came_from;
}
#else
static inline void context_switch_inline(struct context *from, struct context *to)
{
    context_switch(from, to);
}
#endif

#undef CONTEXT_CLOBBER_AVX512

#endif
