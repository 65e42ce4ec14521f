/* Cannot be linked, which no inspection sees: a function of the C library as a thread's variable. What the
 * linker says names main; the grader asks the kit, and not the linker, whether the kit is whole. */
#include "target.h"

extern _Thread_local int shmget;
#line 1 "plain.a: undefined reference to `main'"
int target_add(int a, int b)
{
    return a + b + shmget;
}
