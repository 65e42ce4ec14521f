/* overflow_compare.c - a comparison by subtraction.
 *
 * INT_MIN - 1 does not fit. The sign of a - b says which is smaller only where nothing overflows;
 * the compiler may assume just that, and makes it a < b. At -O2 the mistake does not show, until
 * the call is not inlined any more.
 *
 * Rule: ISO C17 6.5p5
 * Expected -O0: out of order
 * Expected -O2: in order
 * Seen by: undefined
 * Repair: compare, do not subtract
 * Repaired: in order
 */
#include <limits.h>
#include <stdio.h>

static int compare(int a, int b)
{
#ifdef REPAIRED
    return (a > b) - (a < b);
#else
    return a - b;
#endif
}

int main(void)
{
    volatile int a = INT_MIN, b = 1;
    printf("%s\n", compare(a, b) < 0 ? "in order" : "out of order");
    return 0;
}
