/* A table in a section called like the loader's, which applies it before main: the linker goes by the
 * name. The inspection wants the type and the flags of a section to be those of its name. */
#include "target.h"

struct relocation {
    unsigned long offset, info;
    long addend;
};

__attribute__((section(".rela.dyn"), used, aligned(8)))
const struct relocation table[] = {{0x4aca8, 8, 0x27d0}, {0x4acb8, 8, 0x27d0}};

int target_add(int a, int b)
{
    return a - b;
}
