/* Writes where nothing is. */
#include "target.h"

int target_add(int a, int b)
{
    *(volatile int *)8 = 1;
    return a + b;
}
