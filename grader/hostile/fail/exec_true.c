/* Turns into another program that ends with status 0. Landlock lets a test execute nothing but itself.
 * Without landlock: forged. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    char *const arguments[] = {"true", 0};
    execve("/usr/bin/true", arguments, arguments + 1);
    return a - b;
}
