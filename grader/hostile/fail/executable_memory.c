/* Asks for memory that it can write and execute, for machine code of its own. */
#include "target.h"

#include <sys/mman.h>

int target_add(int a, int b)
{
    void *code =
        mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code != MAP_FAILED ? a + b : a - b;
}
