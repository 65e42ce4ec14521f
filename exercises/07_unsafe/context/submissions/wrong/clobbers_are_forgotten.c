/* The asm statement names what it changes itself. What the other context changes meanwhile, nobody
 * has said. */
#include "context.h"

enum { RSP, RIP, CONTROL, ENTRY, ARGUMENT };

void *context_switch(struct context *from, struct context *to, void *value)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"
                     "pushq %%rbp\n\t"
                     "leaq 1f(%%rip), %%rcx\n\t"
                     "movq %%rcx, 8(%%rdi)\n\t"
                     "movq %%rsp, (%%rdi)\n\t"
                     "stmxcsr 16(%%rdi)\n\t"
                     "fnstcw 20(%%rdi)\n\t"
                     "ldmxcsr 16(%%rsi)\n\t"
                     "fldcw 20(%%rsi)\n\t"
                     "movq (%%rsi), %%rsp\n\t"
                     "jmp *8(%%rsi)\n"
                     "1:\n\t"
                     "popq %%rbp\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     : "+D"(from), "+S"(to), "+a"(value)
                     :
                     : "rcx", "rdx", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st",
                       "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "memory",
                       "cc");
    return value;
}

/* Where a new context goes on: rsi is still the context itself, rax the value. */
void first_steps(void);
__asm__(".type first_steps, @function\n"
        "first_steps:\n\t"
        "movq 24(%rsi), %rcx\n\t"
        "movq 32(%rsi), %rdi\n\t"
        "movq %rax, %rsi\n\t"
        "xorl %ebp, %ebp\n\t"
        "call *%rcx\n\t"
        "movq %rax, %rsi\n\t"
        "xorl %eax, %eax\n\t"
        "ldmxcsr 16(%rsi)\n\t"
        "fldcw 20(%rsi)\n\t"
        "movq (%rsi), %rsp\n\t"
        "jmp *8(%rsi)\n"
        ".size first_steps, . - first_steps\n");

void context_init(struct context *context, void *stack, size_t stack_bytes, context_fn entry,
                  void *argument)
{
    uint32_t mxcsr;
    uint16_t x87_control;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87_control));
    context->word[RSP] = ((uintptr_t)stack + stack_bytes) & ~(uintptr_t)15;
    context->word[RIP] = (uintptr_t)first_steps;
    context->word[ENTRY] = (uintptr_t)entry;
    context->word[ARGUMENT] = (uintptr_t)argument;
    context->word[CONTROL] = mxcsr | (uint64_t)x87_control << 32;
}
