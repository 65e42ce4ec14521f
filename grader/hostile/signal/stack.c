/* Takes its whole stack by one array whose size nobody knew. */
#include "target.h"

int target_add(int a, int b)
{
    volatile char block[(unsigned)(a + 1) << 24];
    for (unsigned i = 0; i < sizeof(block); i += 4096)
        block[i] = (char)b;
    return a + b;
}
