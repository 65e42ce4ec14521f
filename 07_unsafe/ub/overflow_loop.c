/* overflow_loop.c - a loop that waits for the sign to change.
 *
 * Doubling a positive int gives a positive int, or is undefined. The compiler need not think of the
 * second. The condition x > 0 then holds for ever, and at -O2 it is no longer looked at.
 *
 * Rule: ISO C17 6.5p5
 * Expected -O0: 31 bits
 * Expected -O2: did not end
 * Seen by: undefined
 * Repair: count in unsigned, which wraps by definition
 * Repaired: 31 bits
 */
#include <limits.h>
#include <stdio.h>

static volatile int bits; /* volatile: somebody may watch it, so the loop has to be run */

int main(void)
{
#ifdef REPAIRED
    for (unsigned x = 1; x <= INT_MAX; x *= 2)
#else
    for (int x = 1; x > 0; x *= 2)
#endif
        bits++;
    printf("%d bits\n", bits);
    return 0;
}
