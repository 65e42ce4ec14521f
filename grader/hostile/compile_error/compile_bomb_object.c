/* A small source, a huge object. */
#include "target.h"

static char table[1 << 28] = {1};

int target_add(int a, int b)
{
    return a + b + table[a + b];
}
