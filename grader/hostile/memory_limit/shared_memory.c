/* Fills memory that is shared, and so nobody's own. */
#include "target.h"

#include <sys/mman.h>

int target_add(int a, int b)
{
    for (;;) {
        char *block = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED)
            continue;
        for (int i = 0; i < 1 << 20; i += 4096)
            block[i] = 1;
    }
    return a + b;
}
