/* Ignores every signal that can be ignored, and sleeps. */
#include "target.h"

#include <signal.h>
#include <unistd.h>

int target_add(int a, int b)
{
    for (int number = 1; number < 32; number++)
        signal(number, SIG_IGN);
    for (;;)
        sleep(1000);
}
