/* Not an attack: a constant whose bytes are those of a system call instruction, 0f 05. Only a
 * disassembler tells the difference, and honest code must not pay for it. */
#include "target.h"

int target_add(int a, int b)
{
    if (a == 0x050f)
        return b + 0x050f;
    return a + b;
}
