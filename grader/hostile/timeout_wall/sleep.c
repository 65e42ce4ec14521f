/* Sleeps through the time limit at no cost of CPU. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    sleep(1000);
    return a + b;
}
