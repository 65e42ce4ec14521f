/* Waits for a signal that never comes. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    pause();
    return a + b;
}
