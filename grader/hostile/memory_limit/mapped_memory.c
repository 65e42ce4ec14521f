/* Maps memory and touches it. */
#include "target.h"

#include <sys/mman.h>

int target_add(int a, int b)
{
    volatile char *block =
        mmap(0, 1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 1 << 30; i += 4096)
        block[i] = 1;
    return a + b;
}
