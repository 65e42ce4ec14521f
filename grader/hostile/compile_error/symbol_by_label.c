/* Reaches a function that is not allowed under another name. */
#include "target.h"

int harmless(int) __asm__("usleep_or_so");

int target_add(int a, int b)
{
    harmless(1);
    return a + b;
}
