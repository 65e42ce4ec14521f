/* Includes itself until the compiler gives up. */
#include "target.h"

#include __FILE__

int target_add(int a, int b)
{
    return a + b;
}
