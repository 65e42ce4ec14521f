/* Defines the C library's functions that a harness might use. */
#include "target.h"

long write(int fd, const void *data, unsigned long size)
{
    (void)fd, (void)data;
    return (long)size;
}

int strcmp(const char *a, const char *b)
{
    (void)a, (void)b;
    return 0;
}

int fork(void)
{
    return 1;
}

int target_add(int a, int b)
{
    return write(1, "", 0) + a - b;
}
