/* Starts processes until the machine stands still. There is no second process; where there is one, there
 * are as many as the exercise allows. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    for (int i = 0; i < 1000; i++)
        if (fork() == 0)
            for (;;)
                pause();
    return a - b;
}
