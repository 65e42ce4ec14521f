/* remainder_min.c - INT_MIN % -1.
 *
 * The quotient does not fit, so the remainder is undefined too, though it would be 0. The processor
 * divides, and traps. At -O2 the compiler knows that what remains of a division by -1 is 0, and
 * divides nothing.
 *
 * Rule: ISO C17 6.5.5p6
 * Expected -O0: SIGFPE
 * Expected -O2: 0
 * Seen by: undefined
 * Repair: test for -1
 * Repaired: 0
 */
#include <limits.h>
#include <stdio.h>

static int remainder_of(int a, int b)
{
#ifdef REPAIRED
    if (b == -1)
        return 0;
#endif
    return a % b;
}

int main(void)
{
    volatile int smallest = INT_MIN;
    printf("%d\n", remainder_of(smallest, -1));
    return 0;
}
