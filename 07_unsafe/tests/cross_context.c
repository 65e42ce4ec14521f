/* cross_context.c - what the ABI says that a call preserves, a switch preserves: every register.
 *
 * A plain program, so that it can be built for another processor and run under qemu-user
 * (tests/cross.sh); it runs on this one as well. Prints one line for each claim; exit 1 if one fails.
 */
#include <stdint.h>
#include <stdio.h>

#include "07_unsafe/context.h"

enum { ROUNDS = 1000 };

static _Alignas(16) char stack[64 << 10];
static struct context home, fiber;
static int failures;

static void claim(bool holds, const char *what)
{
    printf("%s %s\n", holds ? "ok  " : "FAIL", what);
    failures += !holds;
}

/* Whatever a call may not change, set to the same value, which nobody else uses. */
#if defined(__x86_64__)
static inline void spoil(void)
{
    __asm__ volatile("movq $-1, %%rbx\n\tmovq $-1, %%r12\n\tmovq $-1, %%r13\n\t"
                     "movq $-1, %%r14\n\tmovq $-1, %%r15"
                     :
                     :
                     : "rbx", "r12", "r13", "r14", "r15");
}

/* Returns: the bits in which the preserved registers differ after a switch there and back. */
static uint64_t changed_by_switch(void)
{
    uint64_t changed;
    struct context *from = &home, *to = &fiber;
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\tpushq %%rbp\n\t"
                     "movq $0x1111, %%rbx\n\tmovq $0x2222, %%rbp\n\tmovq $0x3333, %%r12\n\t"
                     "movq $0x4444, %%r13\n\tmovq $0x5555, %%r14\n\tmovq $0x6666, %%r15\n\t"
                     "call context_swap\n\t"
                     "xorq $0x1111, %%rbx\n\txorq $0x2222, %%rbp\n\txorq $0x3333, %%r12\n\t"
                     "xorq $0x4444, %%r13\n\txorq $0x5555, %%r14\n\txorq $0x6666, %%r15\n\t"
                     "orq %%rbp, %%rbx\n\torq %%r12, %%rbx\n\torq %%r13, %%rbx\n\t"
                     "orq %%r14, %%rbx\n\torq %%r15, %%rbx\n\tmovq %%rbx, %%rax\n\t"
                     "popq %%rbp\n\tleaq 128(%%rsp), %%rsp"
                     : "=a"(changed), "+D"(from), "+S"(to)
                     :
                     : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "memory", "cc");
    return changed;
}
#elif defined(__aarch64__)
static inline void spoil(void)
{
    __asm__ volatile("mov x19, #-1\n\tmov x20, #-1\n\tmov x21, #-1\n\tmov x22, #-1\n\t"
                     "mov x23, #-1\n\tmov x24, #-1\n\tmov x25, #-1\n\tmov x26, #-1\n\t"
                     "mov x27, #-1\n\tmov x28, #-1\n\tmovi d8, #0\n\tmovi d9, #0\n\t"
                     "movi d10, #0\n\tmovi d11, #0\n\tmovi d12, #0\n\tmovi d13, #0\n\t"
                     "movi d14, #0\n\tmovi d15, #0"
                     :
                     :
                     : "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "d8",
                       "d9", "d10", "d11", "d12", "d13", "d14", "d15");
}

/* xN = N and dN = N; after the switch, what differs is gathered in x0. */
#define SET(n)     "mov x" #n ", #" #n "\n\t"
#define CHECK(n)   "sub x" #n ", x" #n ", #" #n "\n\torr x0, x0, x" #n "\n\t"
#define SET_D(n)   "mov x9, #" #n "\n\tfmov d" #n ", x9\n\t"
#define CHECK_D(n) "fmov x9, d" #n "\n\tsub x9, x9, #" #n "\n\torr x0, x0, x9\n\t"

static uint64_t changed_by_switch(void)
{
    register struct context *from __asm__("x0") = &home;
    register struct context *to __asm__("x1") = &fiber;
    __asm__ volatile(
        "stp x29, x30, [sp, #-16]!\n\t" SET(19) SET(20) SET(21) SET(22) SET(23) SET(24) SET(25)
            SET(26) SET(27) SET(28) SET_D(8) SET_D(9) SET_D(10) SET_D(11) SET_D(12) SET_D(13)
                SET_D(14) SET_D(15) "bl context_swap\n\tmov x0, #0\n\t" CHECK(19) CHECK(20)
                    CHECK(21) CHECK(22) CHECK(23) CHECK(24) CHECK(25) CHECK(26) CHECK(27) CHECK(28)
                        CHECK_D(8) CHECK_D(9) CHECK_D(10) CHECK_D(11) CHECK_D(12) CHECK_D(13)
                            CHECK_D(14) CHECK_D(15) "ldp x29, x30, [sp], #16"
        : "+r"(from), "+r"(to)
        :
        : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
          "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
          "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13",
          "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",
          "v27", "v28", "v29", "v30", "v31", "memory", "cc");
    return (uint64_t)from;
}
#endif

static void spoiler(void *argument)
{
    unsigned *rounds = argument;
    for (;;) {
        ++*rounds;
        spoil();
        context_swap(&fiber, &home);
    }
}

int main(void)
{
    unsigned rounds = 0;
    uint64_t changed = 0;
    context_init(&fiber, stack, sizeof(stack), spoiler, &rounds);
    for (unsigned i = 0; i < ROUNDS; i++)
        changed |= changed_by_switch();
    claim(rounds == ROUNDS, "each switch ran the other context once");
    claim(changed == 0, "every register that a call preserves is as it was");
    claim((char *)fiber.stack_pointer > stack &&
              (char *)fiber.stack_pointer < stack + sizeof(stack),
          "a waiting context points into its stack");
    context_fini(&fiber);
    return failures != 0;
}
