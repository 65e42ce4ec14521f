/* A million constants that have the bytes of a system call: more than a disassembler may say of one
 * submission. */
#include "target.h"

__asm__(".text\n.rept 1000000\nmov $0x050f,%eax\n.endr\n");

int target_add(int a, int b)
{
    return a + b;
}
