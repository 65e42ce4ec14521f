/* Makes a sparse file of a terabyte. */
#include "target.h"

#include <fcntl.h>
#include <unistd.h>

int target_add(int a, int b)
{
    ftruncate(open("all", O_CREAT | O_WRONLY, 0600), 1L << 40);
    return a + b;
}
