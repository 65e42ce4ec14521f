/* Overwrites its own program file for the tests that follow. */
#include "target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int target_add(int a, int b)
{
    chmod("/tmp/subject", 0777);
    unlink("/tmp/subject");
    if (open("/tmp/subject", O_WRONLY | O_CREAT, 0777) >= 0)
        return a + b;
    return a - b;
}
