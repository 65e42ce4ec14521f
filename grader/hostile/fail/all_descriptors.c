/* Opens descriptors until there are no more. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    for (int i = 0; i < 100000; i++)
        dup2(0, i + 5);
    return a - b;
}
