/* As setjmp does it: what a call preserves goes into the context itself, and nothing onto the stack. A
 * new context is a set of registers that were never in use: the first switch "returns" into begin. */
#include "context.h"

enum { RBX, RBP, R12, R13, R14, R15, RSP, RIP, CONTROL };

__attribute__((naked)) void *context_switch(struct context *from, struct context *to, void *value)
{
    __asm__("movq %rdx, %rax\n\t"
            "movq %rbx, 0(%rdi)\n\t"
            "movq %rbp, 8(%rdi)\n\t"
            "movq %r12, 16(%rdi)\n\t"
            "movq %r13, 24(%rdi)\n\t"
            "movq %r14, 32(%rdi)\n\t"
            "movq %r15, 40(%rdi)\n\t"
            "popq 56(%rdi)\n\t" /* where to go on; then rsp is as it is behind the call */
            "movq %rsp, 48(%rdi)\n\t"
            "stmxcsr 64(%rdi)\n\t"
            "fnstcw 68(%rdi)\n"
            "go_on_in_rsi:\n\t"
            "movq 0(%rsi), %rbx\n\t"
            "movq 8(%rsi), %rbp\n\t"
            "movq 16(%rsi), %r12\n\t"
            "movq 24(%rsi), %r13\n\t"
            "movq 32(%rsi), %r14\n\t"
            "movq 40(%rsi), %r15\n\t"
            "movq 48(%rsi), %rsp\n\t"
            "ldmxcsr 64(%rsi)\n\t"
            "fldcw 68(%rsi)\n\t"
            "jmp *56(%rsi)");
}

/* rbx: entry, r12: argument, rax: value. */
__attribute__((naked)) static void begin(void)
{
    __asm__("movq %r12, %rdi\n\t"
            "movq %rax, %rsi\n\t"
            "call *%rbx\n\t"
            "movq %rax, %rsi\n\t"
            "xorl %eax, %eax\n\t"
            "jmp go_on_in_rsi");
}

void context_init(struct context *context, void *stack, size_t stack_bytes, context_fn entry,
                  void *argument)
{
    uint32_t mxcsr;
    uint16_t x87_control;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    __asm__ volatile("fnstcw %0" : "=m"(x87_control));
    context->word[RBX] = (uintptr_t)entry;
    context->word[RBP] = 0;
    context->word[R12] = (uintptr_t)argument;
    context->word[R13] = context->word[R14] = context->word[R15] = 0;
    context->word[RSP] = ((uintptr_t)stack + stack_bytes) / 16 * 16;
    context->word[RIP] = (uintptr_t)begin;
    context->word[CONTROL] = mxcsr | (uint64_t)x87_control << 32;
}
