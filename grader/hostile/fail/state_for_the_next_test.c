/* Leaves a file for the next test or the next student, and answers right only when it finds one. */
#include "target.h"

#include <fcntl.h>
#include <unistd.h>

int target_add(int a, int b)
{
    if (open("/tmp/left", O_RDONLY) >= 0)
        return a + b;
    close(open("/tmp/left", O_CREAT | O_WRONLY, 0600));
    return a - b;
}
