/* Includes a device that never ends. */
#include "target.h"

#include "/dev/zero"

int target_add(int a, int b)
{
    return a + b;
}
