/* Not an attack: what the target asks for. If this fails, the other verdicts say nothing. */
#include "target.h"

int target_add(int a, int b)
{
    return a + b;
}
