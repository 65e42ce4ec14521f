/* Uses one module of each installed library, through the installed headers alone. */
#include "03_memory/allocator.h"
#include "07_unsafe/assert.h"

#include <stdio.h>

int main(void)
{
    struct allocator *system = allocator_system();
    char *block = allocator_alloc(system, 16, 8);
    if (!block)
        return 1;
    allocator_free(system, block, 16, 8);
    puts("a consumer of Syslab");
    return 0;
}
