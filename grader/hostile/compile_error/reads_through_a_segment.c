/* Reads one behind the end, through a segment that begins at 0: the address sanitizer looks at none. */
#include "target.h"

#include <stdint.h>

static int numbers[4];

int target_add(int a, int b)
{
    volatile int read = *(const int __seg_gs *)(uintptr_t)(numbers + 4);
    return a + b + 0 * read;
}
