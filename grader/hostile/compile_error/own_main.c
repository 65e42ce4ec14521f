/* Brings a main that reports success. */
#include "target.h"

int target_add(int a, int b)
{
    return a + b;
}

int main(void)
{
    return 0;
}
