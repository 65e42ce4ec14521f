/* Leaves by quick_exit. */
#include "target.h"

#include <stdlib.h>

int target_add(int a, int b)
{
    quick_exit(0);
    return a + b;
}
