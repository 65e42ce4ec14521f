/* Leaves children behind in sessions of their own, one of them stopped, which go on when the test is over.
 * There is no second process; where there is one, it dies with the test. */
#include "target.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int target_add(int a, int b)
{
    for (int i = 0; i < 2; i++) {
        if (fork() != 0)
            continue;
        setsid();
        if (fork() != 0)
            for (;;)
                pause();
        if (i == 0)
            raise(SIGSTOP);
        for (;;)
            sleep(60);
    }
    return a - b;
}
