/* Writes a huge file into the scratch folder. */
#include "target.h"

#include <fcntl.h>
#include <unistd.h>

int target_add(int a, int b)
{
    static char text[1 << 16];
    int fd = open("all", O_CREAT | O_WRONLY, 0600);
    for (;;)
        write(fd, text, sizeof(text));
}
