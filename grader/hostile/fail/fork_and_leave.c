/* Leaves the test to a child and ends with status 0 in the parent. There is no child: the exercise
 * has no processes. Without seccomp: forged. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    if (fork() > 0)
        _exit(0);
    return a - b;
}
