/* overflow_promoted.c - two unsigned shorts, multiplied as int.
 *
 * A uint16_t is promoted to int before it is multiplied, and 65535 * 65535 does not fit int. The
 * compiler concludes that the product is at most INT_MAX, although the result is unsigned.
 *
 * Rule: ISO C17 6.5p5
 * Expected -O0: large
 * Expected -O2: small
 * Seen by: undefined
 * Repair: convert to unsigned first
 * Repaired: large
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

static const char *area_class(uint16_t width, uint16_t height)
{
#ifdef REPAIRED
    unsigned area = (unsigned)width * height;
#else
    unsigned area = width * height;
#endif
    return area > INT_MAX ? "large" : "small";
}

int main(void)
{
    volatile uint16_t side = 65535;
    printf("%s\n", area_class(side, side));
    return 0;
}
