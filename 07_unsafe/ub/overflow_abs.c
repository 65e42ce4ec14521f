/* overflow_abs.c - the magnitude of INT_MIN.
 *
 * There is no int for -INT_MIN. What comes out of x < 0 ? -x : x is therefore never negative, and a
 * test for it is dropped. It would have been needed for one value.
 *
 * Rule: ISO C17 6.5p5
 * Expected -O0: too large for int
 * Expected -O2: fits
 * Seen by: undefined
 * Repair: negate as unsigned
 * Repaired: too large for int
 */
#include <limits.h>
#include <stdio.h>

static const char *magnitude_sign(int x)
{
#ifdef REPAIRED
    unsigned magnitude = x < 0 ? 0u - (unsigned)x : (unsigned)x;
    return magnitude > INT_MAX ? "too large for int" : "fits";
#else
    int magnitude = x < 0 ? -x : x;
    return magnitude < 0 ? "too large for int" : "fits";
#endif
}

int main(void)
{
    volatile int smallest = INT_MIN;
    printf("%s\n", magnitude_sign(smallest));
    return 0;
}
