/* Not an attack: an instruction for waiting loops, which reaches no memory. */
#include "target.h"

int target_add(int a, int b)
{
    for (int i = 0; i < 3; i++)
        __builtin_ia32_pause();
    return a + b;
}
