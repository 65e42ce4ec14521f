/* Kills itself, which must not look like the grader's doing. */
#include "target.h"

#include <signal.h>
#include <unistd.h>

int target_add(int a, int b)
{
    kill(getpid(), SIGKILL);
    return a + b;
}
