/* Asks for more static memory than a program can have. */
#include "target.h"

static char table[1L << 46];

int target_add(int a, int b)
{
    return table[a] + a + b;
}
