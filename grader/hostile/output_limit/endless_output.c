/* Prints without end. */
#include "target.h"

#include <stdio.h>

int target_add(int a, int b)
{
    for (;;)
        puts("verdict pass");
}
