/* Takes and touches all the memory that it can get. */
#include "target.h"

#include <stdlib.h>

int target_add(int a, int b)
{
    for (;;) {
        volatile char *block = malloc(1 << 20);
        for (int i = 0; block && i < 1 << 20; i += 4096)
            block[i] = 1;
    }
}
