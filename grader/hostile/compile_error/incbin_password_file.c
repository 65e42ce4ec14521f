/* Has the assembler copy a file of the machine into the object. */
#include "target.h"

__asm__(".incbin \"/etc/passwd\"");

int target_add(int a, int b)
{
    return a + b;
}
