/* A static array larger than the memory of the exercise. */
#include "target.h"

static volatile char table[1 << 30];

int target_add(int a, int b)
{
    for (int i = 0; i < 1 << 30; i += 4096)
        table[i] = 1;
    return a + b;
}
