/* Stops the process above it, which has to measure the time. */
#include "target.h"

#include <signal.h>
#include <unistd.h>

int target_add(int a, int b)
{
    kill(getppid(), SIGSTOP);
    kill(1, SIGSTOP);
    return a - b;
}
