/* Leaves with status 0 and without the C library noticing. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    _exit(0);
    return a + b;
}
