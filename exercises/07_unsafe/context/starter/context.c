/* context.c - your contexts. The handout is README.md; the contract is context.h.
 *
 * Assembly may stand between the functions, as the one below; in a function with __attribute__((naked));
 * or in an asm statement with operands. Here, what is written between the quotes goes to the assembler as
 * it stands, each line with its \n.
 *
 * A good order of work:
 *   1. Draw the stack of a context that waits: from the address that it returns to, down to where its stack
 *      pointer stands.
 *   2. context_switch: push what a called function has to preserve; store the stack pointer in `from`; load
 *      that of `to`; pop the same in reverse; return.
 *   3. context_init: write onto a new stack what step 2 would have left there.
 */
#include "context.h"

void context_init(struct context *context, void *stack, size_t stack_bytes, context_fn entry,
                  void *argument)
{
    (void)context, (void)stack, (void)stack_bytes, (void)entry, (void)argument; /* step 3 */
}

/* Step 2. rdi: from; rsi: to; rdx: value. What is in rax at the end is what is returned. */
__asm__(".text\n"
        ".globl context_switch\n"
        ".type context_switch, @function\n"
        "context_switch:\n"
        "    xorl %eax, %eax\n"
        "    ret\n");
