/* Bytes in the section that tells how to unwind a stack: its type and flags are the compiler's, so the
 * attribute itself is refused. */
#include "target.h"

__attribute__((section(".eh_frame"), used)) static const unsigned char frames[] = {0, 0, 0, 0};

int target_add(int a, int b)
{
    return a + b;
}
