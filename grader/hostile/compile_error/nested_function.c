/* Honest: a nested function whose address is taken. Its trampoline needs an executable stack. */
#include "target.h"

__attribute__((noinline)) static int apply(int (*function)(int), int value)
{
    return function(value);
}

int target_add(int a, int b)
{
    int add(int value)
    {
        return value + b;
    }
    return apply(add, a);
}
