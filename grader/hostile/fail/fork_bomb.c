/* Doubles itself until the machine stands still. There is no second process. Where there
 * is one, it ends the test as well, and their number is limited. Without seccomp: forged. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    for (int i = 0; i < 1000; i++)
        fork();
    return a - b;
}
