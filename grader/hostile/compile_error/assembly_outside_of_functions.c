/* Writes target_add itself in assembly, outside of any function: it leaves by a system call that lies
 * in another instruction's operand. */
#include "target.h"

__asm__(".text\n.globl target_add\n.type target_add, @function\ntarget_add:\n\tmov $231, %eax\n"
        "\txor %edi, %edi\n\tjmp 1f+1\n1:\t.byte 0xa9, 0x0f, 0x05, 0x90, 0x90\n\tret\n");
