/* Aligned to 256 MiB: no loader does that. */
#include "target.h"

static _Alignas(1 << 28) volatile char byte;

int target_add(int a, int b)
{
    return byte + a + b;
}
