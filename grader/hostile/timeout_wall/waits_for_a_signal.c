/* Blocks every signal it can and waits for one. */
#include "target.h"

#include <signal.h>
#include <unistd.h>

int target_add(int a, int b)
{
    for (int i = 1; i < 64; i++)
        signal(i, SIG_IGN);
    for (;;)
        pause();
    return a + b;
}
