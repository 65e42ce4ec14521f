/* 512 MiB for every thread: the loader fails before main. */
#include "target.h"

static _Thread_local char table[1 << 29];

int target_add(int a, int b)
{
    return table[a & 1] + a + b;
}
