/* Writes to standard error without end. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    for (;;)
        write(2, "verdict pass\n", 13);
}
