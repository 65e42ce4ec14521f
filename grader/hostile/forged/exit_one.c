/* Leaves with the status that a failed test has, hoping for a mere failure. */
#include "target.h"

#include <stdlib.h>

int target_add(int a, int b)
{
    exit(1);
    return a + b;
}
