/* Never ends. */
#include "target.h"

int target_add(int a, int b)
{
    for (volatile int i = 0;; i = 0)
        ;
}
