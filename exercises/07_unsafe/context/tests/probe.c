#include "probe.h"

enum { MXCSR_FLAGS = 0x3f };

const char *const probe_register_names[PROBE_REGISTERS] = {"rbx", "rbp", "r12",
                                                           "r13", "r14", "r15"};

uintptr_t probe_entry_stack;

/* Six pushes and the seventh make the stack a multiple of 16 at the call. */
__asm__(".text\n"
        ".globl probe_switch\n"
        ".type probe_switch, @function\n"
        "probe_switch:\n" /* rdi: from, rsi: to, rdx: value, rcx: registers */
        "    pushq %rbx\n"
        "    pushq %rbp\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    pushq %rcx\n"
        "    movq (%rcx), %rbx\n"
        "    movq 8(%rcx), %rbp\n"
        "    movq 16(%rcx), %r12\n"
        "    movq 24(%rcx), %r13\n"
        "    movq 32(%rcx), %r14\n"
        "    movq 40(%rcx), %r15\n"
        "    call context_switch\n"
        "    popq %rcx\n"
        "    movq %rbx, (%rcx)\n"
        "    movq %rbp, 8(%rcx)\n"
        "    movq %r12, 16(%rcx)\n"
        "    movq %r13, 24(%rcx)\n"
        "    movq %r14, 32(%rcx)\n"
        "    movq %r15, 40(%rcx)\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbp\n"
        "    popq %rbx\n"
        "    ret\n"
        ".size probe_switch, . - probe_switch\n"

        ".globl probe_entry\n"
        ".type probe_entry, @function\n"
        "probe_entry:\n"
        "    movq %rsp, probe_entry_stack(%rip)\n"
        "    jmp probe_entered\n"
        ".size probe_entry, . - probe_entry\n");

struct probe_control probe_control_read(void)
{
    struct probe_control control;
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(control.mxcsr), "=m"(control.x87));
    control.mxcsr &= ~(uint32_t)MXCSR_FLAGS;
    return control;
}

void probe_control_write(struct probe_control control)
{
    __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(control.mxcsr), "m"(control.x87));
}
