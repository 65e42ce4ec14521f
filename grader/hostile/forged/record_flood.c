/* Fills the record channel. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    static char text[4096];
    for (int i = 0; i < 64; i++)
        write(3, text, sizeof(text));
    return a + b;
}
