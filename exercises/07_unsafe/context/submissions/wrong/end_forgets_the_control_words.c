/* A switch restores how floating point rounds; the end of an entry steps over it. */
#include "context.h"

struct frame {
    uint32_t mxcsr;
    uint16_t x87_control, unused[1];
    uint64_t r15, r14, r13;
    void *r12;
    context_fn rbx;
    uint64_t rbp; /* 0 ends a walk along frame pointers */
    void (*return_address)(void);
};
_Static_assert(sizeof(struct frame) % 16 == 0, "so the end of a frame is aligned as its beginning");

void context_begin(void);

void context_init(struct context *context, void *stack, size_t stack_bytes, context_fn entry,
                  void *argument)
{
    uintptr_t top = ((uintptr_t)stack + stack_bytes) & ~(uintptr_t)15;
    struct frame *frame = (struct frame *)(top - sizeof(struct frame));
    *frame = (struct frame){.r12 = argument, .rbx = entry, .return_address = context_begin};
    __asm__("stmxcsr %0\n\tfnstcw %1" : "=m"(frame->mxcsr), "=m"(frame->x87_control));
    context->word[0] = (uintptr_t)frame;
}

__asm__(".text\n"
        ".globl context_switch\n"
        ".type context_switch, @function\n"
        "context_switch:\n" /* rdi: from, rsi: to, rdx: value */
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    subq $8, %rsp\n"
        "    stmxcsr (%rsp)\n"
        "    fnstcw 4(%rsp)\n"
        "    movq %rsp, (%rdi)\n" /* from waits */
        "    movq (%rsi), %rsp\n" /* to goes on */
        "    movq %rdx, %rax\n"
        "context_restore:\n"
        "    ldmxcsr (%rsp)\n"
        "    fldcw 4(%rsp)\n"
        "    addq $8, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size context_switch, . - context_switch\n"

        ".globl context_begin\n"
        ".type context_begin, @function\n"
        "context_begin:\n" /* rax: value, r12: argument, rbx: entry */
        "    movq %r12, %rdi\n"
        "    movq %rax, %rsi\n"
        "    call *%rbx\n"
        "    movq (%rax), %rsp\n" /* rax: who goes on; nothing of this one is kept */
        "    xorl %eax, %eax\n"
        "    addq $8, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size context_begin, . - context_begin\n");
