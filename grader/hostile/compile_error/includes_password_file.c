/* Shows a file of the machine in the compiler's messages. */
#include "target.h"

#include "/etc/passwd"

int target_add(int a, int b)
{
    return a + b;
}
