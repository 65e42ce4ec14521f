/* Stops itself. Nothing will let it go on. */
#include "target.h"

#include <signal.h>

int target_add(int a, int b)
{
    raise(SIGSTOP);
    return a + b;
}
