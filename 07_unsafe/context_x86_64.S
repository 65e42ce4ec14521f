/* context_x86_64.S - context_swap for x86-64, System V ABI. context.h draws the stack.
 *
 * A called function may change every register but rbx, rbp, r12 to r15 and rsp, and the control bits
 * of mxcsr and the x87 control word. Whoever called context_swap has saved all others already, if it
 * needs them: the compiler saw a call. So these are all that there is to save.
 *
 * Each frame ends in an address to resume at, so that contexts that stopped in different ways
 * (context_inline.h) can switch to each other.
 *
 * Why `pop; jmp` and not `ret`: the processor predicts a ret from a small stack of its own, on which
 * it pushed at each call. After a switch that stack tells where the other context came from, and
 * the prediction is wrong every time. An indirect jump is predicted from where it went before.
 *
 * The .cfi lines say after each push where the frame begins, so that a debugger that stops at any
 * instruction finds the caller. They hold on the new stack too: its layout is the same.
 */
    .text

/* lesson: context-swap */
    .globl context_swap
    .type context_swap, @function
    .balign 16
context_swap:                           /* rdi: from, rsi: to; returns in rax who switched back */
    .cfi_startproc
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    leaq context_restore(%rip), %rcx
    pushq %rcx
    .cfi_adjust_cfa_offset 8

    movq %rsp, (%rdi)                   /* from waits */
    movq (%rsi), %rsp                   /* to runs */
    movq %rdi, %rax
    popq %rcx
    .cfi_adjust_cfa_offset -8
    jmp *%rcx

    .globl context_restore
    .hidden context_restore
context_restore:
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore rbp
    popq %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rcx
    jmp *%rcx
    .cfi_endproc
    .size context_swap, . - context_swap
/* end lesson */

/* The outermost frame of a context. An undefined return address is how DWARF says "no caller". It
 * begins behind the nop: a debugger takes a return address for that of the instruction behind a call,
 * and asks in which function the byte before it lies. */
    .globl context_start
    .hidden context_start
    .type context_start, @function
    .balign 16
context_start:                          /* rax: who switched here; rbx: entry; r12: argument */
    .cfi_startproc
    .cfi_undefined rip
    nop
    movq %rax, %rdi
    movq %rbx, %rsi
    movq %r12, %rdx
    call context_main
    ud2
    .cfi_endproc
    .size context_start, . - context_start

    .section .note.GNU-stack, "", @progbits
