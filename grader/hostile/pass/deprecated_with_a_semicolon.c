/* Not an attack: the text of a warning has what ends a name in assembly, and reaches none. */
#include "target.h"

__attribute__((deprecated("use target_add; it \"adds\" #1"))) int target_sum(int a, int b);

int target_sum(int a, int b)
{
    return a + b;
}

int target_add(int a, int b)
{
    return a + b;
}
