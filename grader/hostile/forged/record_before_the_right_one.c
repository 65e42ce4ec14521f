/* Writes a record of its own and lets the test write its true one behind it. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    write(3, "syslab 1\n", 9);
    return a + b;
}
