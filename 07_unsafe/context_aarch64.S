/* context_aarch64.S - context_swap for AArch64, AAPCS64.
 *
 * A called function may change every register but x19 to x28, x29 (the frame pointer), sp and the
 * lower halves of v8 to v15, which are d8 to d15. x30 holds where to return to. 20 registers, 160
 * bytes; the frame is struct frame of context.c.
 *
 * Unlike on x86-64 the address to return to is in a register, and `br` through another register
 * instead of `ret` keeps the processor's stack of return addresses from guessing wrong.
 */
    .text

    .globl context_swap
    .type context_swap, %function
    .balign 16
context_swap:                           /* x0: from, x1: to; returns in x0 who switched back */
    .cfi_startproc
    sub sp, sp, #160
    .cfi_adjust_cfa_offset 160
    stp x19, x20, [sp]
    .cfi_rel_offset x19, 0
    .cfi_rel_offset x20, 8
    stp x21, x22, [sp, #16]
    .cfi_rel_offset x21, 16
    .cfi_rel_offset x22, 24
    stp x23, x24, [sp, #32]
    .cfi_rel_offset x23, 32
    .cfi_rel_offset x24, 40
    stp x25, x26, [sp, #48]
    .cfi_rel_offset x25, 48
    .cfi_rel_offset x26, 56
    stp x27, x28, [sp, #64]
    .cfi_rel_offset x27, 64
    .cfi_rel_offset x28, 72
    stp x29, x30, [sp, #80]
    .cfi_rel_offset x29, 80
    .cfi_rel_offset x30, 88
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]

    mov x9, sp
    str x9, [x0]                        /* from waits; x0 stays, and is the result over there */
    ldr x9, [x1]
    mov sp, x9                          /* to runs */

    ldp x19, x20, [sp]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    .cfi_adjust_cfa_offset -160
    .cfi_restore x19
    .cfi_restore x20
    .cfi_restore x21
    .cfi_restore x22
    .cfi_restore x23
    .cfi_restore x24
    .cfi_restore x25
    .cfi_restore x26
    .cfi_restore x27
    .cfi_restore x28
    .cfi_restore x29
    .cfi_restore x30
    mov x9, x30
    br x9
    .cfi_endproc
    .size context_swap, . - context_swap

/* The outermost frame of a context. An undefined return address is how DWARF says "no caller". It
 * begins behind the nop: a debugger takes a return address for that of the instruction behind a call,
 * and asks in which function the byte before it lies. */
    .globl context_start
    .hidden context_start
    .type context_start, %function
    .balign 16
context_start:                          /* x0: who switched here; x19: entry; x20: argument */
    .cfi_startproc
    .cfi_undefined x30
    nop
    mov x1, x19
    mov x2, x20
    bl context_main
    brk #1
    .cfi_endproc
    .size context_start, . - context_start

    .section .note.GNU-stack, "", %progbits
