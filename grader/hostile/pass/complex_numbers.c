/* Honest: complex numbers are multiplied and divided by functions of libgcc. */
#include "target.h"

int target_add(int a, int b)
{
    volatile double _Complex one = 1.0, sum = a + b;
    return (int)(sum * one / one);
}
