/* overflow_cancel.c - a product that is divided again.
 *
 * If 100 * part does not overflow, then dividing it by 100 gives part back. So both are left out at
 * -O2, and no overflow takes place. The test that was built with -O2 passes, and the debug build
 * fails.
 *
 * Rule: ISO C17 6.5p5
 * Expected -O0: 7050327 percent
 * Expected -O2: 50000000 percent
 * Seen by: undefined
 * Repair: multiply in a wider type
 * Repaired: 50000000 percent
 */
#include <stdio.h>

static int percent(int part, int whole)
{
#ifdef REPAIRED
    return (int)(100L * part / whole);
#else
    int hundredths = 100 * part;
    return hundredths / whole;
#endif
}

int main(void)
{
    volatile int part = 50000000;
    printf("%d percent\n", percent(part, 100));
    return 0;
}
