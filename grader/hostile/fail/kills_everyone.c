/* Sends SIGKILL to every process that it can see: there is only itself, and it is spared. */
#include "target.h"

#include <signal.h>
#include <unistd.h>

int target_add(int a, int b)
{
    kill(-1, SIGKILL);
    kill(getppid(), SIGKILL);
    return a - b;
}
