/* Has the compiler write another name into the object: the test's call would be its exit. */
#pragma redefine_extname target_add subject_done
#include "target.h"

int target_add(int a, int b)
{
    return a + b;
}
