/* Fills a file in memory. In the plain build the guard lets nobody make one. */
#include "target.h"

#include <sys/mman.h>
#include <unistd.h>

int target_add(int a, int b)
{
    static char text[1 << 16];
    int fd = memfd_create("all", 0);
    for (int i = 0; fd >= 0 && i < 1 << 14; i++)
        lseek(fd, 0, SEEK_END), write(fd, text, sizeof(text));
    return a + b;
}
