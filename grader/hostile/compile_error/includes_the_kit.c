/* Includes the archive of tests by the path that the linker uses. */
#include "target.h"

#include "/kit/plain.a"

int target_add(int a, int b)
{
    return a + b;
}
